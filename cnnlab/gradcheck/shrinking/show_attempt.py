"""Turn the smallest attempt that fails into the example that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.example import Example
from cnnlab.gradcheck.problem import Oracle
from cnnlab.gradcheck.runner.snapshot import copy_in_layout
from cnnlab.gradcheck.shrinking.attempt import Attempt
from cnnlab.gradcheck.shrinking.written_sum import snap_to_units, write_out_sums

#: The name under which a wrong forward's result is shown.
FORWARD_RESULT = "y"

#: Examples with more numbers are not shown: in the inputs, and in what came back.
MAX_SHOWN_NUMBERS = 200
MAX_RETURNED_NUMBERS = 1000

#: The largest number with which sums are written out.
MAX_BY_HAND = 99


def show_forward(attempt: Attempt) -> Example | None:
    """Return the example of a wrong forward: its y, and the right one."""
    return _make_example(attempt.case, FORWARD_RESULT, attempt.y, attempt.expected.y)


def show_gradient(attempt: Attempt, name: str, oracle: Oracle, right: Callable[[Case], np.ndarray]) -> Example | None:
    """Return the example of a wrong gradient, its entries written out where the numbers are exact.

    right: (case) -> the right gradient.
    """
    case, expected = attempt.case, _find_expected(attempt, name)
    example = _make_example(case, name, attempt.values.get(name), expected)
    if example is None or example.got is None or expected is None or example.got.shape != expected.shape:
        return example
    numbers = [v for v in (*case.inputs.values(), case.dy) if isinstance(v, np.ndarray)]
    rounded = name in attempt.expected.errors
    snapped = snap_to_units(expected, rounded) if all(map(_are_halves, numbers)) else None
    if name not in oracle.wrt or case.dy is None or snapped is None:
        return example
    free = attempt.expected.freedom.get(name)
    sums = write_out_sums(case, example.got, snapped, right, tuple(case.inputs), rounded)
    one_answer = tuple(entry for entry in sums if free is None or np.isnan(free.low[entry.index]))
    return replace(example, expected=snapped, by_hand=one_answer)


def _make_example(case: Case, name: str, got: Any, expected: np.ndarray | None) -> Example | None:
    """Return the example, or None where there is too much to read. What is no array of numbers is not shown."""
    got = got if isinstance(got, np.ndarray) and got.dtype.kind in "fiub" else None
    if got is not None and got.dtype.kind == "f":
        got = np.asarray(got + 0.0)  # without a zero that has a sign
    if count_numbers(case.inputs) > MAX_SHOWN_NUMBERS or (got is not None and got.size > MAX_RETURNED_NUMBERS):
        return None
    inputs = {key: copy_in_layout(value, case.layout) for key, value in case.inputs.items()}
    return Example(name, case.name, inputs, case.options, copy_in_layout(case.dy, case.layout), got, expected)


def count_numbers(value: Any) -> int:
    """Return how many numbers, names and other single values there are in nested lists, tuples, dicts and arrays.

    Example:
        >>> count_numbers({"nodes": [("input", []), ("sin", [0])], "x": np.zeros((2, 3))})
        9"""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, Mapping):
        return sum(map(count_numbers, value.values()))
    if isinstance(value, (tuple, list)):
        return sum(map(count_numbers, value))
    return 1


def _are_halves(array: np.ndarray) -> bool:
    return bool(np.all(np.abs(array) <= MAX_BY_HAND) and np.all(2 * array == np.round(2 * array)))


def _find_expected(attempt: Attempt, name: str) -> np.ndarray | None:
    """Return what is right; where several answers are, what came back if it is one of them, else the nearest to 0."""
    expected, free = attempt.expected.grads.get(name), attempt.expected.freedom.get(name)
    numbers = attempt.numbers.get(name)
    if expected is None or free is None or numbers is None or numbers.passed:
        return expected
    if free.total is None:
        expected = np.where(np.isfinite(free.low), np.clip(0.0, free.low, free.high), expected)
    return np.where(~np.isnan(free.low) & (numbers.error == 0), numbers.got, expected)
