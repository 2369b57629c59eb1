"""The smallest failing case in full: what goes in, what came back, what is right, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlab.gradcheck.case import EXACT, ROUNDED
from cnnlab.gradcheck.render.matrices import MOST_RESULTS, count_hidden_planes, describe_shape, list_planes
from cnnlab.gradcheck.render.palette import find_role
from cnnlab.gradcheck.render.values import Inline, Part, list_parts, write_options
from cnnlab.gradcheck.wording import count, count_part, write_apart, write_number

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import ByHand, Example

#: Of a longer sum the first terms are written out, and the others added up.
MOST_TERMS = 12


@dataclass(frozen=True)
class Sum:
    """One entry worked out by hand. rows: (the product in names, in numbers, its value), each as text."""

    title: str
    rows: tuple[tuple[str, str, str], ...]
    expected: str
    got: str


@dataclass(frozen=True)
class CaseInFull:
    """given: what goes in.   options: in one line.   said: what the results show.   sums: entries worked out by hand.
    command: what shows the same numbers at home, for a graded report, else "".

    results: row by row got, expected and their difference where they could be compared, else one row of what there is.
    """

    case: str
    given: tuple[Part, ...]
    options: str
    results: tuple[tuple[Part, ...], ...]
    compared: bool
    said: str
    sums: tuple[Sum, ...]
    command: str = ""


def lay_out_case(example: Example) -> CaseInFull:
    """Return the parts of an example, in the order in which they are shown."""
    gradients = frozenset({example.gradient}) if example.dy is not None else frozenset()
    given = [part for name, value in _list_inputs(example) for part in list_parts(name, value, gradients)]
    if example.dy is not None:
        given += list_parts("dy", example.dy, gradients)
    results, compared, said = _compare(example, gradients)
    sums = tuple(_write_sum(example.gradient, worked, example.expected) for worked in example.by_hand)
    return CaseInFull(
        example.case,
        tuple(given),
        write_options(example.options),
        tuple(results),
        compared,
        said,
        sums,
        example.command,
    )


def _list_inputs(example: Example) -> Iterator[tuple[str, Any]]:
    """Yield the inputs with their names, and in place of a tuple whose items have names, its items."""
    for name, value in example.inputs.items():
        names = example.item_names.get(name, ())
        yield from zip(names, value, strict=True) if names and len(names) == len(value) else [(name, value)]


def find_wrong_cells(example: Example) -> np.ndarray | None:
    """Return which entries differ, or None where the two are not arrays of one shape.

    The limit is the checker's: whole numbers have to be exact, others right to the digits that rounding leaves.
    """
    got, expected = _read_numbers(example.got), _read_numbers(example.expected)
    if got is None or expected is None or got.shape != expected.shape:
        return None
    if np.array_equal(got, expected, equal_nan=True):
        return np.zeros(expected.shape, bool)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max(initial=0.0)) or 1.0
    with np.errstate(invalid="ignore"):
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        error = np.where(same, 0.0, np.abs(got - expected))
    error = np.where(np.isnan(error), np.inf, error)
    wrong = error > scale * (EXACT if _has_whole_numbers_only(example) else ROUNDED)
    return wrong if wrong.any() else error > scale * EXACT


def _compare(example: Example, gradients: frozenset[str]) -> tuple[list[tuple[Part, ...]], bool, str]:
    """Return the results row by row, whether they are compared cell by cell, and what they show."""
    name, role = example.gradient, find_role(example.gradient, gradients)
    got, expected, wrong = _read_numbers(example.got), _read_numbers(example.expected), find_wrong_cells(example)
    if got is not None and expected is not None and got.shape == expected.shape == ():
        texts = zip(("got", "expected"), write_apart(float(got), float(expected)), strict=True)
        return [tuple(Inline(name, title, role, text) for title, text in texts)], False, ""
    if wrong is None or got is None or expected is None or not expected.ndim or not wrong.any():
        parts = [*_list_result(name, example.got, gradients, "got")]
        parts += _list_result(name, example.expected, gradients, "expected")
        return [tuple(parts)], False, _describe_mismatch(got, expected)
    with np.errstate(all="ignore"):
        difference = np.where(wrong, got - expected, 0.0)
    worst = _find_worst(example, difference, wrong)
    most = MOST_RESULTS
    planes = (
        list_planes(name, f"got {describe_shape(got)}", role, got, wrong, worst, most=most),
        list_planes(name, "expected", role, expected, None, worst, most=most),
        list_planes("got − expected", "", find_role(""), difference, wrong, worst, signed=True, most=most),
    )
    hidden = count_hidden_planes(expected, most)
    said = [f"{count_part(int(wrong.sum()), wrong.size, 'cell')} wrong."] if wrong.size > 1 else []
    said += [f"Not shown: {count(hidden, 'further plane')}."] if hidden else []
    return list(zip(*planes, strict=True)), True, " ".join(said)


def _list_result(name: str, value: Any, gradients: frozenset[str], title: str) -> list[Part]:
    """Return what came back, or what is right."""
    if value is None:
        return [] if title == "expected" else [Inline(name, title, find_role(name, gradients), "no array")]
    return list_parts(name, value, gradients, title)


def _describe_mismatch(got: np.ndarray | None, expected: np.ndarray | None) -> str:
    if got is not None and expected is not None and got.shape != expected.shape:
        return f"The shape is {got.shape}; {expected.shape} is needed."
    return ""


def _find_worst(example: Example, difference: np.ndarray, wrong: np.ndarray) -> tuple[int, ...] | None:
    """Return the entry that is looked at: the one worked out by hand, or the one that is furthest off."""
    if not wrong.any():
        return None
    if example.by_hand and len(example.by_hand[0].index) == difference.ndim:
        return tuple(example.by_hand[0].index)
    sizes = np.where(np.isfinite(difference), np.abs(difference), np.inf)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(np.where(wrong, sizes, -1))), wrong.shape))


def _write_sum(gradient: str, worked: ByHand, expected: Any) -> Sum:
    rows = [
        ("·".join(term.factors), " · ".join(map(_write_factor, term.values)), write_exactly(term.product))
        for term in worked.terms[:MOST_TERMS]
    ]
    rest = worked.terms[MOST_TERMS:]
    if rest:
        rows.append((f"{len(rest)} more products", "", write_exactly(sum(term.product for term in rest))))
    if not rows:
        rows.append(("nothing is added here", "", "0"))
    index = f"[{', '.join(map(str, _shorten_index(worked.index, np.shape(expected))))}]" if worked.index else ""
    return Sum(f"{gradient}{index}", tuple(rows), write_exactly(worked.expected), write_exactly(worked.got))


def _shorten_index(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the row and the column alone where the other axes have one entry each, as on the matrix."""
    return index[-2:] if len(shape) > 2 and all(length == 1 for length in shape[:-2]) else index


def _write_factor(value: float) -> str:
    text = write_exactly(value)
    return f"({text})" if text.startswith("-") else text


def write_exactly(value: float) -> str:
    """Return a number with so many digits that a shown sum comes out."""
    return write_number(value) if value == value and abs(value) < 1e6 and value == round(value) else f"{value:.9g}"


def _read_numbers(value: Any) -> np.ndarray | None:
    if isinstance(value, (bool, int, float, np.number)):
        return np.asarray(value, np.float64)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value.astype(np.float64)
    return None


def _has_whole_numbers_only(example: Example) -> bool:
    arrays = [a for a in (*example.inputs.values(), example.dy) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    return all(bool(np.all(a == np.round(a))) for a in arrays)
