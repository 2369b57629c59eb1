"""Holding two arrays against each other."""

import numpy as np
import pytest

from cnnlab.gradcheck.compare import compare, error_map
from cnnlab.gradcheck.problem import Freedom

ONE = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_equal_arrays_pass():
    held = compare(ONE, ONE, 0.0)
    assert held.passed
    assert (held.largest, held.relative) == (0.0, 0.0)


def test_the_worst_entry():
    held = compare(ONE + np.array([[0, 0], [0.5, 0.1]]), ONE, 1e-9)
    assert not held.passed
    assert held.worst == (1, 0)
    assert held.relative == pytest.approx(0.5 / 4)


@pytest.mark.parametrize(
    ("got", "expected", "passes"),
    [
        (np.nan, 1.0, False),
        (1.0, np.nan, False),
        (np.nan, np.nan, True),
        (np.inf, np.inf, True),
        (-np.inf, np.inf, False),
        (np.inf, 1.0, False),
    ],
)
def test_what_is_no_number(got, expected, passes):
    assert compare(np.array([got]), np.array([expected]), 1e-9).passed is passes


def test_zeros_are_held_against_one():
    assert compare(np.full(3, 1e-12), np.zeros(3), 1e-9).passed
    assert not compare(np.full(3, 1e-6), np.zeros(3), 1e-9).passed


def test_empty_arrays_pass():
    assert compare(np.zeros((0, 3)), np.zeros((0, 3)), 1e-9).passed


LOW, HIGH = np.array([np.nan, 0.0, 0.0]), np.array([np.nan, 6.0, 6.0])


@pytest.mark.parametrize(
    ("got", "passes"),
    [
        ([0, 6, 0], True),
        ([0, 0, 6], True),
        ([0, 2, 4], True),
        ([0, 6, 6], False),
        ([0, 0, 0], False),
        ([0, 7, -1], False),
        ([1, 5, 0], False),
        ([0, np.nan, 0], False),
    ],
    ids=str,
)
def test_tied_cells_share_what_is_conserved(got, passes):
    """Two tied cells of a window, and one that lost: 6 arrives, and it may be shared in any convex way."""
    freedom = Freedom(LOW, HIGH, total=6.0)
    assert compare(np.array(got), np.array([0.0, 6.0, 0.0]), 1e-9, freedom).passed is passes


@pytest.mark.parametrize(("got", "passes"), [(0.0, True), (1.5, True), (3.0, True), (3.1, False), (-0.1, False)])
def test_any_sub_gradient_at_a_kink(got, passes):
    freedom = Freedom(np.zeros(1), np.full(1, 3.0))
    assert compare(np.array([got]), np.zeros(1), 1e-9, freedom).passed is passes


@pytest.mark.parametrize(
    ("shape", "picture"), [((), (1, 1)), ((4,), (1, 4)), ((2, 3), (2, 3)), ((5, 2, 3, 4), (3, 4)), ((0, 2, 2), (2, 2))]
)
def test_error_maps_have_two_axes(shape, picture):
    assert error_map(np.zeros(shape)).shape == picture


def test_a_total_that_is_missed_is_not_blamed_on_an_entry_that_is_as_expected():
    free = Freedom(np.zeros(3), np.full(3, 6.0), total=6.0)
    found = compare(np.array([6.0, 6.0, 0.0]), np.array([6.0, 0.0, 0.0]), 1e-9, free)
    assert not found.passed
    assert found.worst == (1,) and found.error.tolist() == [0.0, 6.0, 0.0]
