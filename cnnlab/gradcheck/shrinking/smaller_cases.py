"""Propose smaller cases: in row order and float64, with plainer options, with shorter axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.shrinking.axis_links import AxisLink, resize_axes

#: How many sizes of an axis are tried, from its least on.
MAX_SIZES = 4

#: (case) -> a plainer or smaller one, or None where it is that already.
Move = Callable[[Case], Case | None]


def list_moves(case: Case, usual: Mapping[str, Any], links: list[AxisLink]) -> list[Move]:
    """Return what can be made smaller, in the order in which it is tried; of each the smallest size first.

    usual: the options of the plainest case.
    """
    moves: list[Move] = [_make_plain]
    moves += [_set_option(name, value) for name in case.options for value in _plainer_values(name, case, usual)]
    for link in links:
        size = link.size(case)
        targets = {*range(link.least, min(link.least + MAX_SIZES, size)), size // 2, size - 1}
        moves += [_cut_axes(link, n) for n in sorted(targets) if link.least <= n < size]
    return moves


def _make_plain(case: Case) -> Case | None:
    """Return the case in row order, in float64 and without a zero that has a sign."""
    plain = {name: _make_array_plain(value) for name, value in case.inputs.items()}
    dy = _make_array_plain(case.dy)
    if case.layout == "plain" and dy is case.dy and all(plain[name] is v for name, v in case.inputs.items()):
        return None
    return replace(case, inputs=plain, dy=dy, layout="plain")


def _make_array_plain(value: Any) -> Any:
    if not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value
    odd = value.dtype.itemsize < 8 or np.any(np.signbit(value) & (value == 0))
    return value.astype(np.float64) + 0.0 if odd else value


def _set_option(name: str, value: Any) -> Move:
    def move(case: Case) -> Case | None:
        now = case.options[name]
        if repr(now) == repr(value) or _rank_plainness(now) < _rank_plainness(value):
            return None
        return replace(case, options={**case.options, name: value})

    return move


def _rank_plainness(value: Any) -> tuple[int, ...]:
    """Return how plain a whole number or a pair is; two other values are alike."""
    if isinstance(value, bool) or not isinstance(value, (int, tuple)):
        return (0,)
    return (1, value) if isinstance(value, int) else (2, sum(v for v in value if isinstance(v, int)))


def _plainer_values(name: str, case: Case, usual: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the usual value, and smaller ones: of a kernel down to 2, of padding or stride down to its usual value."""
    value, plain = case.options[name], usual.get(name)
    if name in usual and repr(plain) != repr(value):
        yield plain
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        least = plain + 1 if isinstance(plain, int) and plain < value else 2
        yield from range(least, min(least + 2, value))
    if isinstance(value, tuple) and all(isinstance(v, int) for v in value):
        yield from dict.fromkeys(value)
        if max(value) > 2:
            yield tuple(min(v, 2) for v in value)


def _cut_axes(link: AxisLink, size: int) -> Move:
    def move(case: Case) -> Case | None:
        return resize_axes(case, link.axes, size) if size < link.size(case) else None

    return move
