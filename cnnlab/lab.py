"""Opening JupyterLab with the course's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

#: Quiet and offline: see the file in it. A copy of the course without it opens JupyterLab as it is.
SETTINGS = Path(__file__).parents[1] / "config" / "jupyter"


def main() -> int:
    """Run JupyterLab until it is closed; its exit code, or 2 where it is not installed."""
    if find_spec("jupyterlab") is None:
        print("cnnlab lab: JupyterLab is not installed here; python3 start.py installs it", file=sys.stderr)
        return 2
    path = [str(SETTINGS)] if SETTINGS.is_dir() else []
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join([*path, *([known] if known else [])])}
    try:
        return subprocess.run([sys.executable, "-P", "-m", "jupyterlab"], env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
