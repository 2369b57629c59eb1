"""Write an entry of a gradient out as a sum: of every entry of dy, times the derivative of y's entry there.

The derivatives are the right gradients for a dy that is 1 at one entry and 0 elsewhere. One that is exactly an entry of
an input, or a multiple, for these numbers and for others, is called by that entry's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.example import ByHand, Term

#: A sum is written out where it has at most so many terms, and y at most so many entries.
MAX_TERMS = 12
MAX_DY_ENTRIES = 36

#: Where more entries are wrong, only the worst is written out.
MAX_ENTRIES = 16

#: Numbers are shown where they are multiples of 1/8 and below this size: then sums and products of them are exact.
UNIT = 1 / 8
LARGEST_SHOWN = 1e9

#: Other inputs, to see which derivative changes with which entry: from these, no two are alike by chance.
OTHER_NUMBERS = (10, 1_000_000)


@dataclass(frozen=True)
class _Named:
    """What a derivative is: so many times an entry of an input."""

    times: float
    name: str
    index: tuple[int, ...]


@dataclass(frozen=True)
class _Derivatives:
    """matrix[k]: the derivative of entry k of y, of x's shape.   names: by place in the matrix, where it has one."""

    matrix: np.ndarray
    names: dict[tuple[int, ...], _Named]


def write_out_sums(
    case: Case,
    got: np.ndarray,
    expected: np.ndarray,
    right: Callable[[Case], np.ndarray],
    inputs: tuple[str, ...],
    rounded: bool,
) -> tuple[ByHand, ...]:
    """Return the wrong entries written out, the worst first; nothing where the numbers are not exact.

    got, expected: the gradient of the case.   right: (case) -> the right gradient.
    inputs: those whose entries a derivative may be; the first of them is the data, the others are parameters.
    rounded: whether the right gradient is known by differences.
    """
    dy = np.asarray(case.dy, np.float64)
    if dy.size > MAX_DY_ENTRIES or not (_is_exact(dy) and _is_exact(expected)):
        return ()
    error = np.abs(got - expected)
    error = np.where(np.isnan(error), np.inf, error)
    order = [i for i in np.argsort(-error, axis=None, kind="stable") if error.flat[i] > 0]
    wrong = [tuple(int(n) for n in np.unravel_index(i, error.shape)) for i in order]
    found = _find_derivatives(case, right, inputs, rounded)
    if found is None:
        return ()
    entries = (
        _write_entry(case, index, found, inputs) for index in (wrong if len(wrong) <= MAX_ENTRIES else wrong[:1])
    )
    return tuple(
        ByHand(index, terms, float(expected[index]), float(got[index]))
        for index, terms in zip(wrong, entries, strict=False)
        if terms is not None and sum(term.product for term in terms) == expected[index]
    )


def _is_exact(numbers: np.ndarray) -> bool:
    """Return whether sums and products of the numbers are exact, and are shown as they are."""
    return bool(np.all(np.abs(numbers) <= LARGEST_SHOWN) and np.all(numbers / UNIT == np.round(numbers / UNIT)))


def _find_derivatives(
    case: Case, right: Callable[[Case], np.ndarray], inputs: tuple[str, ...], rounded: bool
) -> _Derivatives | None:
    """Return every derivative and its name, or None where one of them is not exact."""
    matrix = snap_to_units(_differentiate_each_entry(case, right), rounded)
    if matrix is None:
        return None
    arrays = {name: v for name in inputs if isinstance(v := case.inputs[name], np.ndarray) and v.dtype.kind == "f"}
    rng = np.random.default_rng(0)
    others = {name: rng.integers(*OTHER_NUMBERS, v.shape).astype(np.float64) for name, v in arrays.items()}
    try:
        changed = _differentiate_each_entry(replace(case, inputs={**case.inputs, **others}), right)
    except Exception:  # other numbers are none that the op takes
        return _Derivatives(matrix, {})
    return _Derivatives(matrix, dict(_name_derivatives(matrix, changed, arrays, others)))


def _differentiate_each_entry(case: Case, right: Callable[[Case], np.ndarray]) -> np.ndarray:
    """Return the right gradient for a dy of 1 at each entry in turn."""
    shape = np.shape(case.dy)
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return np.array([right(replace(case, dy=unit if shape else float(unit))) for unit in units])


def snap_to_units(numbers: np.ndarray, rounded: bool) -> np.ndarray | None:
    """Return numbers as multiples of UNIT, or None where they are not: not quite, if they are `rounded` differences."""
    snapped = UNIT * np.round(numbers / UNIT) + 0.0  # without a zero that has a sign
    largest = float(np.abs(snapped).max(initial=0.0))
    near = np.abs(numbers - snapped) <= (1e-7 * max(1.0, largest) if rounded else 1e-13 * largest)
    return snapped if near.all() and largest <= LARGEST_SHOWN else None


def _name_derivatives(
    matrix: np.ndarray, changed: np.ndarray, arrays: dict[str, np.ndarray], others: dict[str, np.ndarray]
) -> Iterator[tuple[tuple[int, ...], _Named]]:
    """Yield (place in the matrix, what it is) for every derivative that is a multiple of one entry of an input."""
    entries = [(name, index) for name in arrays for index in np.ndindex(arrays[name].shape)]
    before = np.array([arrays[name][index] for name, index in entries])
    after = np.array([others[name][index] for name, index in entries])
    for place in map(tuple, np.argwhere(matrix).tolist()):
        with np.errstate(divide="ignore"):
            times = matrix[place] / before
        same = np.flatnonzero(np.abs(changed[place] - times * after) <= 1e-7 * np.abs(changed[place]))
        if same.size == 1 and _is_exact(times[same]):
            yield place, _Named(float(times[same[0]]), *entries[same[0]])


def _write_entry(
    case: Case, index: tuple[int, ...], found: _Derivatives, inputs: tuple[str, ...]
) -> tuple[Term, ...] | None:
    """Return the terms of one entry, in the order in which a loop over windows comes to them."""
    dy = np.asarray(case.dy, np.float64)
    terms: list[tuple[Any, Term]] = []
    for k, place in enumerate(np.ndindex(dy.shape)):
        upstream, slope = float(dy[place]), float(found.matrix[(k, *index)])
        if upstream * slope == 0:
            continue
        named = found.names.get((k, *index))
        factors = [(name_entry("dy", dy.shape, place), upstream)]
        if named is None or named.times != 1:
            factors.append((f"{named.times if named else slope:g}", named.times if named else slope))
        if named:
            array = case.inputs[named.name]
            factors.append((name_entry(named.name, array.shape, named.index), float(array[named.index])))
        at_weight = named.index if named and named.name != inputs[0] else ()
        names, values = zip(*factors, strict=True)
        terms.append(((at_weight, place), Term(names, values, upstream * slope)))
    terms.sort(key=lambda pair: pair[0])
    return tuple(term for _, term in terms) if len(terms) <= MAX_TERMS else None


def name_entry(name: str, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """Return an entry's name: of one image, channel and filter only the row and the column count.

    Example:
        >>> name_entry("w", (1, 1, 2, 2), (0, 0, 1, 0)), name_entry("w", (2, 1, 2, 2), (0, 0, 1, 0))
        ('w[1, 0]', 'w[0, 0, 1, 0]')"""
    if not shape:
        return name
    shown = index[-2:] if len(shape) > 2 and all(n == 1 for n in shape[:-2]) else index
    return f"{name}[{', '.join(map(str, shown))}]"
