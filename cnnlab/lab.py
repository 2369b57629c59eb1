"""Opening JupyterLab with the course's settings, as start.py does."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]


def settings() -> dict[str, str]:
    """Where JupyterLab finds the course's settings and leaves its own; empty for a copy of the course without them."""
    shipped = ROOT / "config" / "jupyter"
    if not shipped.is_dir():
        return {}
    return {
        "JUPYTER_CONFIG_PATH": str(shipped),
        "JUPYTER_CONFIG_DIR": str(ROOT / ".jupyter" / "config"),
        "JUPYTER_DATA_DIR": str(ROOT / ".jupyter" / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def main() -> int:
    """Run JupyterLab until it is closed; its exit code, or 2 where it is not installed."""
    if find_spec("jupyterlab") is None:
        print("cnnlab lab: JupyterLab is not installed here; python3 start.py installs it", file=sys.stderr)
        return 2
    environment = {**os.environ, **settings()}
    try:
        return subprocess.run([sys.executable, "-P", "-m", "jupyterlab"], env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
