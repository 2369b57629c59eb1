"""Holding two arrays against each other."""

import numpy as np
import pytest

from cnnlab.gradcheck.compare import compare, error_map

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


@pytest.mark.parametrize(
    ("shape", "picture"), [((), (1, 1)), ((4,), (1, 4)), ((2, 3), (2, 3)), ((5, 2, 3, 4), (3, 4)), ((0, 2, 2), (2, 2))]
)
def test_error_maps_have_two_axes(shape, picture):
    assert error_map(np.zeros(shape)).shape == picture
