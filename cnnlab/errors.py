"""The base of every error that a user can mend. The command lines catch it alone: any other exception is a bug of ours.

CnnlabError
├── WrongValue, WrongType, UnusableFile, also ValueError, TypeError and ImportError
├── errors of the course and the checker, beside the function that raises them, such as NoSuchExercise
└── GradingError, the base of the instructor's side (grading/errors.py)
"""

from __future__ import annotations


class CnnlabError(Exception):
    """An error that a user can mend: it says what is wrong, where, and what to do next.

    Args:
        what: what was found and what is needed, one sentence without its full stop or with it.
        where: the file, folder, function or argument that is meant; "" where `what` names it.
        next_step: what to do next, one sentence; "" where `what` makes it plain.

    Example:
        >>> print(CnnlabError("it is empty", where="conv.py", next_step="Run `cnnlab reset conv2d`."))
        conv.py: it is empty. Run `cnnlab reset conv2d`.
    """

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what, self.where, self.next_step = what, where, next_step
        sentence = f"{where}: {what}" if where else what
        if next_step and not sentence.endswith((".", "?")):
            sentence += "."
        super().__init__(f"{sentence} {next_step}".strip())


class WrongValue(CnnlabError, ValueError):
    """A value that cannot be used, given by a caller or returned by a learner's function: give another one."""


class WrongType(CnnlabError, TypeError):
    """Something of a type that cannot be used, given by a caller or returned by a learner's function."""


class UnusableFile(CnnlabError, ImportError):
    """A learner's file that cannot be loaded, or that lacks a function: correct the file, or reset it."""
