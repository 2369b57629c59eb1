"""Find the command that starts cnnlab in the learner's terminal, so that messages name commands that work there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: start.py leaves here how it was started; JupyterLab, whose terminals find cnnlab on PATH, does not pass it on.
STARTED_AS = "CNNLAB_COMMAND"

PYTHON = "py" if os.name == "nt" else "python3"


def command_for(*words: str) -> str:
    """Return a command of cnnlab as it can be typed here.

    Args:
        words: The command's words, such as "hint", "conv2d_bias_grad".

    Returns:
        "python3 start.py hint conv2d_bias_grad" where start.py is the way in, and "cnnlab hint conv2d_bias_grad" where
        that program is on PATH, as in an activated environment and in JupyterLab's own terminals.
    """
    return " ".join([_program(), *words])


def start_command(*words: str) -> str:
    """Return a command of start.py, which installs what is missing, as it can be typed in the course's folder."""
    return " ".join([PYTHON, "start.py", *words])


def _program() -> str:
    if os.environ.get(STARTED_AS):
        return os.environ[STARTED_AS]
    if shutil.which("cnnlab"):
        return "cnnlab"
    return start_command() if (ROOT / "start.py").is_file() else f"{PYTHON} -m cnnlab"
