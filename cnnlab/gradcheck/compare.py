"""Holding one gradient against the expected one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.gradcheck.problem import Freedom


@dataclass(frozen=True)
class Comparison:
    """One gradient of one case, held against what is right.

    error: |got - expected|, entry by entry; infinite where one of them alone is not a number.
    scale: the largest expected entry, or 1 where all are zero; errors are relative to it.
    free: whether more than one answer is right somewhere.
    """

    got: np.ndarray
    expected: np.ndarray
    error: np.ndarray
    scale: float
    tolerance: float
    free: bool = False

    @property
    def largest(self) -> float:
        return float(self.error.max(initial=0.0))

    @property
    def relative(self) -> float:
        return self.largest / self.scale

    @property
    def passed(self) -> bool:
        return self.relative <= self.tolerance

    @property
    def worst(self) -> tuple[int, ...]:
        """The index of the largest error."""
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(self.error)), self.error.shape))


def compare(got: np.ndarray, expected: np.ndarray, tolerance: float, freedom: Freedom | None = None) -> Comparison:
    """Compare two arrays of one shape; where there is freedom, the nearest right answer is the one to meet."""
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    free = np.zeros(expected.shape, bool) if freedom is None else ~np.isnan(freedom.low)
    nearest = np.where(free, np.clip(got, freedom.low, freedom.high), expected) if freedom else expected
    with np.errstate(all="ignore"):
        error = np.abs(got - nearest)
        missing = abs(got.sum() - freedom.total) if freedom and freedom.total is not None else 0.0
    error = np.where((got == nearest) | (np.isnan(got) & np.isnan(nearest)), 0.0, error)
    largest = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)) or 1.0
    if not missing <= tolerance * largest:
        error = np.where(free, missing, error)
    return Comparison(got, expected, np.where(np.isnan(error), np.inf, error), largest, tolerance, bool(free.any()))


def error_map(error: np.ndarray) -> np.ndarray:
    """The error as a picture of at most two axes: the largest over all axes but the last two."""
    if error.ndim <= 1:
        return error.reshape(1, -1)
    return error.reshape(-1, *error.shape[-2:]).max(axis=0, initial=0.0)
