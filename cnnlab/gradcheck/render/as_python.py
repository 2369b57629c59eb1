"""A case as Python that one can paste: its inputs, options and dy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import Example

#: A longer case is no help to paste.
MOST_CHARACTERS = 4000


def write_as_python(example: Example) -> str:
    """Return the case as assignments, or "" where something in it cannot be written down, or it is too long."""
    values = {**example.inputs, **({} if example.dy is None else {"dy": example.dy})}
    try:
        lines = [f"{name} = {_write(value)}" for name, value in values.items() if name.isidentifier()]
        lines += [f"{name} = {_write(value)}" for name, value in example.options.items() if name.isidentifier()]
        if isinstance(example.expected, (np.ndarray, float, int)):
            lines.append(f"expected = {_write(example.expected)}  # {example.gradient}")
    except TypeError:
        return ""
    code = "\n".join(["import numpy as np", "", *lines])
    return code if len(code) <= MOST_CHARACTERS else ""


def _write(value: Any) -> str:
    """Return a literal, or raise TypeError for what has none."""
    if isinstance(value, np.ndarray):
        return f"np.array({_write(value.tolist())}, dtype={value.dtype.name!r})"
    if isinstance(value, np.generic):
        return _write(value.item())
    if value is None or type(value) in (bool, int, str):
        return repr(value)
    if type(value) is float:
        return repr(value) if np.isfinite(value) else f"float('{value}')"
    if type(value) is list:
        return f"[{', '.join(map(_write, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(_write, value))}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return "{" + ", ".join(f"{_write(k)}: {_write(v)}" for k, v in value.items()) + "}"
    raise TypeError(f"{type(value).__name__} has no literal")
