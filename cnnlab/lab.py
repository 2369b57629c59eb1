"""Opening JupyterLab."""

from __future__ import annotations

import subprocess
import sys


def main() -> int:
    """Run JupyterLab until it is closed; its exit code."""
    return subprocess.run([sys.executable, "-m", "jupyterlab"]).returncode
