"""What a case hands over, in readable form: arrays as matrices, graphs and layer lists line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.gradcheck.render.matrices import Matrix, count_hidden_planes, describe_shape, list_planes
from cnnlab.gradcheck.render.palette import Role, find_role
from cnnlab.gradcheck.wording import write_number

#: Of a longer list the first items are shown, and the others counted.
MOST_LINES = 12

#: A list of numbers up to this many characters stands on one line.
MOST_CHARACTERS = 60


@dataclass(frozen=True)
class Lines:
    """A value of several lines: a graph, node by node, or a list of layers."""

    name: str
    title: str
    role: Role
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Inline:
    """A value that fits into a line: a number, a name, a short list. title: what it is, such as "got", or ""."""

    name: str
    title: str
    role: Role
    text: str


Part = Matrix | Lines | Inline


def list_parts(name: str, value: Any, gradients: frozenset[str] = frozenset(), title: str = "") -> list[Part]:
    """Return how a value is shown. gradients: the names that are gradients.   title: what is said beside the name."""
    role = find_role(name, gradients)
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub" and value.size:
        hidden = count_hidden_planes(value)
        shape = describe_shape(value) + (f", {hidden} planes more" if hidden else "")
        return [*list_planes(name, f"{title} {shape}".strip(), role, value)]
    if isinstance(value, Mapping) and any(isinstance(v, np.ndarray) for v in value.values()):
        return [p for key, v in value.items() for p in list_parts(f"{name}[{write_value(key)}]", v, gradients, title)]
    if isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value):
        return [p for key, v in enumerate(value) for p in list_parts(f"{name}[{key}]", v, gradients, title)]
    if isinstance(value, (list, tuple)) and value and all(map(_is_step, value)):
        return [Lines(name, title or _count(value), role, _number_lines([_write_step(*step) for step in value]))]
    text = write_value(value)
    if isinstance(value, (list, tuple)) and len(text) > MOST_CHARACTERS:
        return [Lines(name, title or _count(value), role, _number_lines([write_value(v) for v in value]))]
    return [Inline(name, title, role, text)]


def write_value(value: Any) -> str:
    """Return a value in a few words; nothing of an object that is not Python's or NumPy's own is called."""
    if value is None or type(value) in (bool, np.bool_):
        return str(value)
    if type(value) is str:
        return repr(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return write_number(float(value))
    if type(value) in (list, tuple):
        inside = ", ".join(map(write_value, value))
        comma = "," if len(value) == 1 and type(value) is tuple else ""
        return f"[{inside}]" if type(value) is list else f"({inside}{comma})"
    if type(value) is dict:
        return "{" + ", ".join(f"{write_value(k)}: {write_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, np.ndarray):
        return write_number(float(value)) if value.ndim == 0 and value.dtype.kind in "fiub" else _describe_array(value)
    return f"a {type(value).__name__}"


def write_options(options: Mapping[str, Any]) -> str:
    """Return the options of a case on one line: "stride 1 · padding 0"."""
    return " · ".join(f"{name} {write_value(value)}" for name, value in options.items())


def _describe_array(array: np.ndarray) -> str:
    return f"an array of shape {array.shape} and dtype {array.dtype}"


def _is_step(item: Any) -> bool:
    """Return whether an item is a node or a layer: what it is, and what it takes."""
    return (
        type(item) in (list, tuple) and len(item) == 2 and type(item[0]) is str and type(item[1]) in (list, dict, tuple)
    )


def _write_step(kind: str, rest: Any) -> str:
    if isinstance(rest, dict):
        return f"{kind}  {', '.join(f'{name} {write_value(v)}' for name, v in rest.items())}".strip()
    return f"{kind} of {', '.join(map(write_value, rest))}" if rest else kind


def _number_lines(lines: Sequence[str]) -> tuple[str, ...]:
    shown = [f"{number}  {line}" for number, line in enumerate(lines[:MOST_LINES])]
    return (*shown, f"… and {len(lines) - MOST_LINES} more") if len(lines) > MOST_LINES else tuple(shown)


def _count(value: Sequence) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"
