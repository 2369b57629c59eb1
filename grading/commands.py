"""nbgrader's own commands with this course's configuration, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from grading.home import HOME, ROOT, Home


def nbgrader(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `nbgrader ARGUMENTS` for a class; its output is text."""
    home.folder.mkdir(parents=True, exist_ok=True)
    # nbgrader's own commands know no --config; this is where they look first, wherever they are started
    path = [str(ROOT / "grading"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        env={**os.environ, HOME: str(home.folder), "JUPYTER_CONFIG_PATH": os.pathsep.join(path)},
        cwd=home.folder,  # nbgrader puts the working directory on sys.path
        capture_output=True,
        text=True,
        check=False,
    )
