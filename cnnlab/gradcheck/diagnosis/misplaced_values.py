"""What came back belongs elsewhere, or has another shape: exchanged, transposed, not summed, with an axis too many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Self

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.diagnosis.evidence import Finding, matches
from cnnlab.gradcheck.problem import Expected, Freedom, Problem

#: Numbers of a value that is kept until every case is judged; a file could return millions in each.
MAX_KEPT_NUMBERS = 100_000


@dataclass(frozen=True)
class Returned:
    """The values of one case by gradient, as they came back, and the right ones."""

    values: Mapping[str, object]
    expected: Expected
    tolerance: float

    @classmethod
    def keep(cls, values: Mapping[str, object], expected: Expected, tolerance: float) -> Self:
        """Return the values without those that are very large."""
        small = {n: v for n, v in values.items() if not isinstance(v, np.ndarray) or v.size <= MAX_KEPT_NUMBERS}
        return cls(small, expected, tolerance)

    def agrees(self, value: object, name: str) -> bool:
        wanted = self.expected.grads[name]
        if wanted is None or not isinstance(value, np.ndarray):
            return wanted is None and value is None
        return self._make_wanted(name, wanted).agrees(value)

    def find_pair(self, name: str) -> tuple[np.ndarray, _Wanted] | None:
        """Return what came back as this gradient and what is wanted, where both are arrays of numbers."""
        value, wanted = self.values.get(name), self.expected.grads.get(name)
        if not isinstance(value, np.ndarray) or wanted is None or value.dtype.kind not in "fiu":
            return None
        return value, self._make_wanted(name, wanted)

    def _make_wanted(self, name: str, gradient: np.ndarray) -> _Wanted:
        return _Wanted(gradient, self.expected.freedom.get(name), self.tolerance)


@dataclass(frozen=True)
class _Wanted:
    """The right gradient of one case, and at a kink every other one that is right too."""

    gradient: np.ndarray
    freedom: Freedom | None
    tolerance: float

    def agrees(self, value: np.ndarray) -> bool:
        """Return whether the value is right."""
        if value.shape != self.gradient.shape or np.iscomplexobj(value):
            return False
        value, expected = np.asarray(value, np.float64), np.asarray(self.gradient, np.float64)
        if self.freedom is not None:
            expected = self.freedom.choose_nearest(value, expected)
        return matches(value, expected, self.tolerance)


def find_exchanged_values(problem: Problem, returned: Sequence[Returned]) -> Finding | None:
    """Find the right gradients, handed back in another order, in every case."""
    names = list(problem.gradients)
    telling = [r for r in returned if set(r.values) == set(names)]
    if len(names) < 2 or len(telling) < 2:
        return None
    fits = {place: [name for name in names if all(r.agrees(r.values[place], name) for r in telling)] for place in names}
    if all(name in fits[name] for name in names):
        return None
    order = next(_list_orders(list(fits.values())), None)
    if order:
        given, needed = ", ".join(order), ", ".join(names)
        text = f"{problem.call.function} returns the right values in the wrong order: ({given}), not ({needed})."
        return Finding(Code.STRUCTURE, text, "another order")
    for first, second in combinations(names, 2):
        if second in fits[first] and first in fits[second] and first not in fits[first]:
            text = f"{first} and {second} are exchanged: what is returned as {first} is {second}, and vice versa."
            return Finding(Code.STRUCTURE, text, f"{first} and {second} exchanged")
    return None


def _list_orders(fits: Sequence[Sequence[str]], taken: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every order that takes each name once. fits: the names that may stand at each place."""
    if not fits:
        yield taken
        return
    for name in fits[0]:
        if name not in taken:
            yield from _list_orders(fits[1:], (*taken, name))


def find_wrong_shape(fault: Fault, returned: Sequence[Returned]) -> Finding | None:
    """Find what makes the right gradient of a value of another shape."""
    usable = [pair for pair in (r.find_pair(fault.gradient) for r in returned) if pair]
    if not usable:
        return None
    value, wanted = usable[0]
    for words, mend in _list_mends(value, wanted.gradient):
        if all(_is_mended(v, w, mend) for v, w in usable):
            return _extend(fault, words, words)
    if all(_is_cut_missing(v, w) for v, w in usable):
        return _extend(fault, "the numbers are right, with others behind them that are to be cut off", "not cut off")
    if all(_is_sum_missing(v, w) for v, w in usable):
        return _extend(fault, "a sum over axes is missing", "a missing sum")
    return None


def _extend(fault: Fault, words: str, detail: str) -> Finding:
    """Return the finding that says more of a wrong shape, in a graded report too."""
    sentence, public = (s and f"{s.rstrip('.')}; {words}." for s in (fault.sentence, fault.public_sentence))
    return Finding(Code.SHAPE, sentence, detail, public_sentence=public)


def _is_sum_missing(value: np.ndarray, wanted: _Wanted) -> bool:
    axes = [c for count in range(1, value.ndim + 1) for c in combinations(range(value.ndim), count)]
    return any(wanted.agrees(value.sum(axis=a)) for a in axes)


def _is_cut_missing(value: np.ndarray, wanted: _Wanted) -> bool:
    sizes = wanted.gradient.shape
    return value.ndim == len(sizes) and wanted.agrees(value[tuple(map(slice, sizes))])


def _list_mends(value: np.ndarray, expected: np.ndarray) -> Iterator[tuple[str, object]]:
    if value.ndim == expected.ndim == 2:
        yield "the numbers are right, transposed", np.transpose
    elif value.ndim == expected.ndim and 2 < value.ndim < 5:
        for order in permutations(range(value.ndim)):
            yield "the numbers are right, with the axes in another order", lambda v, order=order: v.transpose(order)
    yield "the numbers are right, in another shape", lambda v, shape=None: v.ravel()
    for count in range(1, value.ndim + 1):
        for axes in combinations(range(value.ndim), count):
            axis = f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"
            yield f"the sum over {axis} is missing", lambda v, axes=axes: v.sum(axis=axes)
            yield f"the sum over {axis} is missing", lambda v, axes=axes: v.sum(axis=axes, keepdims=True)
    yield "the right gradient was summed over axes of its own too", None


def _is_mended(value: np.ndarray, wanted: _Wanted, mend) -> bool:
    expected = wanted.gradient
    if mend is None:
        return any(
            _Wanted(expected.sum(axis=axes), None, wanted.tolerance).agrees(value)
            for count in range(1, expected.ndim + 1)
            for axes in combinations(range(expected.ndim), count)
        )
    try:
        mended = np.asarray(mend(value))
    except (ValueError, np.exceptions.AxisError):
        return False
    if mended.ndim == 1 and mended.size == expected.size:
        mended = mended.reshape(expected.shape)
    return wanted.agrees(mended)
