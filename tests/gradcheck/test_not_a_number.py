"""A gradient of NaN or infinity has a diagnosis that says which entries are."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.gradcheck import gradcheck


def square(x):
    return x * x, x


def right(dy, cache):
    return 2 * cache * dy


def some(dy, cache):
    dx = right(dy, cache)
    dx[0, 1] = np.nan
    return dx


def some_and_wrong(dy, cache):
    return some(dy, cache) * (1 + cache**2)


WRONG = {
    "every number is NaN": (
        lambda dy, cache: np.full_like(cache, np.nan),
        "Every number of dx is NaN, in every case: look for a division by zero, 0 · inf or inf - inf.",
    ),
    "every number is infinite": (
        lambda dy, cache: np.full_like(cache, np.inf),
        "Every number of dx is infinite, in every case",
    ),
    "some are": (some, "such as (0, 1)), and the others are right."),
    "some are and others are wrong": (some_and_wrong, "such as (0, 1))."),
}


@pytest.mark.parametrize("name", WRONG)
def test_which_entries_are_no_number_is_said(name: str) -> None:
    backward, words = WRONG[name]
    report = gradcheck(square, backward, np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]))
    assert (report.passed, report.diagnosis_code) == (False, "stability")
    assert words in (report.diagnosis or "")
