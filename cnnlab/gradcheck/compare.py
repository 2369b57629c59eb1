"""Compare a gradient with the expected one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cnnlab.gradcheck.problem import Freedom


@dataclass(frozen=True)
class Comparison:
    """One gradient of one case, compared with the right one.

    error: |got - expected|, entry by entry; infinite where one of them alone is not a number.
    largest: the largest error.   relative: the same, relative to scale.   passed: whether that is within the tolerance.
    free: whether more than one answer is right somewhere.
    vague: whether what is expected is known less well than to the tolerance, as where it cancels to rounding.
    """

    got: np.ndarray
    expected: np.ndarray
    error: np.ndarray
    tolerance: float
    free: bool = False
    vague: bool = False
    largest: float = field(init=False)
    relative: float = field(init=False)
    passed: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find the largest error; most are 0, and then nothing else is computed."""
        largest = float(self.error.max()) if self.error.size else 0.0
        relative = largest / self.scale if largest else 0.0
        object.__setattr__(self, "largest", largest)
        object.__setattr__(self, "relative", relative)
        object.__setattr__(self, "passed", relative <= self.tolerance)

    @cached_property
    def scale(self) -> float:
        """Return the largest expected entry, or 1 where all are zero; errors are relative to it."""
        return _largest_entry(self.expected) or 1.0

    @property
    def error_beyond_tolerance(self) -> np.ndarray:
        """Return the error of each entry, 0 where it is right."""
        return np.where(self.error > self.tolerance * self.scale, self.error, 0.0)

    @property
    def worst(self) -> tuple[int, ...]:
        """Return the index of the largest error."""
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(self.error)), self.error.shape))


def compare(
    got: np.ndarray,
    expected: np.ndarray,
    tolerance: float,
    freedom: Freedom | None = None,
    known: float | np.ndarray = 0.0,
) -> Comparison:
    """Compare two arrays of one shape; if several answers are right, compare with the nearest one.

    known: how far `expected` itself may be off; a distance within that is no error.
    """
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    if freedom is None:
        nearest, free = expected, None
        if np.array_equal(got, expected):
            return Comparison(got, expected, np.zeros(expected.shape), tolerance)
    else:
        free = ~np.isnan(freedom.low)
        nearest = freedom.choose_nearest(got, expected)
    with np.errstate(all="ignore"):
        error = np.abs(got - nearest)
        missing = abs(got.sum() - freedom.total) if freedom and freedom.total is not None else 0.0
    scale = _largest_entry(expected) or 1.0
    error = np.where((error <= known) | (got == nearest) | (np.isnan(got) & np.isnan(expected)), 0.0, error)
    if free is not None and not missing <= tolerance * scale:
        differs = free & (got != expected)
        # what is expected at a tie is one answer of many, in halves by differences: to equal it is no excuse
        error = np.where(differs if differs.any() else free, missing, error)
    error = np.where(np.isnan(error), np.inf, error)
    vague = bool(np.max(known, initial=0.0) > tolerance * scale)
    return Comparison(got, expected, error, tolerance, free is not None and bool(free.any()), vague)


def _largest_entry(expected: np.ndarray) -> float:
    """Return the largest finite entry, without its sign."""
    sizes = np.abs(expected)
    largest = float(sizes.max(initial=0.0))
    return largest if np.isfinite(largest) else float(sizes[np.isfinite(sizes)].max(initial=0.0))


def error_map(error: np.ndarray) -> np.ndarray:
    """Return the error in at most two axes: the largest over all axes but the last two."""
    if error.ndim <= 1:
        return error.reshape(1, -1)
    return error.reshape(-1, *error.shape[-2:]).max(axis=0, initial=0.0)
