"""Keep what a learner's code returned or raised as plain data: arrays, names of types, and words on one line."""

from __future__ import annotations

import os
import traceback
from typing import Any

import numpy as np

from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.runner.answer import Failure, Foreign, Frame
from cnnlab.gradcheck.runner.violations import Raised, TimedOut

#: The folder of this file, whose frames say nothing to a learner.
_RUNNER = os.path.dirname(__file__)

#: An exception's message is cut at this many characters; an array in it would fill the report.
MAX_MESSAGE_CHARS = 300


def record_exception(error: BaseException, timeout: type[BaseException] | None = None) -> Failure:
    """Return an exception as plain data: its type, its message, and its frames below this file.

    timeout: the exception that ends code which runs too long; its `seconds`, if it has them, are recorded.
    """
    tail = [f for f in traceback.extract_tb(error.__traceback__) if os.path.dirname(f.filename) != _RUNNER]
    frames = tuple(Frame(f.filename, f.lineno or 0, f.name, clean_text((f.line or "").strip())) for f in tail[-50:])
    if timeout and isinstance(error, timeout):
        return Failure.from_cause(TimedOut(float(getattr(error, "seconds", 0.0))), frames)
    try:
        message = clean_text(str(error)[:2000])
    except Exception:
        message = "(its message cannot be read)"
    bases = tuple(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return Failure.from_cause(Raised(clean_text(type(error).__name__), message, bases), frames)


def clean_text(text: str) -> str:
    """Return a learner's words on one line, shortened, and without what a terminal or UTF-8 cannot take."""
    text = " ".join(text[: 10 * MAX_MESSAGE_CHARS].split())
    text = text if len(text) <= MAX_MESSAGE_CHARS else f"{text[:MAX_MESSAGE_CHARS]} …"
    return escape_line(text)


def list_arrays(returned: Any) -> list[np.ndarray]:
    """Return the arrays among the returned values."""
    values = returned if isinstance(returned, (tuple, list)) else [returned]
    return [v for v in values if type(v) is np.ndarray]


def record_value(returned: Any) -> Any:
    """Return a result as plain arrays: numbers as 0-d arrays, of anything else its type's name."""
    if isinstance(returned, (tuple, list)):
        return tuple(
            record_value(v) if not isinstance(v, (tuple, list)) else Foreign(type(v).__name__) for v in returned
        )
    if returned is None:
        return None
    if isinstance(returned, (bool, int, float, complex, np.generic)):
        return np.array(returned)
    if type(returned) is np.ndarray and returned.dtype.kind in "fiubc":
        return returned.copy()
    if isinstance(returned, np.ndarray):
        return Foreign(f"{type(returned).__name__} of dtype {returned.dtype}")
    return Foreign(type(returned).__name__)
