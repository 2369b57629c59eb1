"""Keep standard output for a command's answer, so that output of learner code does not mix with it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

_answers: list[TextIO] = []


def open_missing_streams() -> None:
    """Open standard output and error to the null device if they were closed when the process was started."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, open as long as the process


def answer_stream() -> TextIO:
    """Return the stream for a command's answer: standard output, or the copy of it that `keep_answers_apart` opened."""
    return _answers[-1] if _answers else sys.stdout


def keep_answers_apart() -> None:
    """Send everything else that this process prints to standard error until it ends; for a command in its own process.

    File descriptor 1 itself points there from now on, so that a `print` at import or in a thread, `os.write(1, ...)`,
    compiled code and child processes cannot spoil the answer, not even after it was written.
    """
    sys.stdout.flush()
    _answers.append(os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace"))
    os.dup2(sys.stderr.fileno(), 1)
    sys.stdout = sys.stderr
