"""Compute the products dy * y as a function of one input, at many points at once, for finite differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.reference.arrangements import Arrangement, lay_side_by_side, list_arrangements, take_apart

#: How many numbers one call of the forward may be given or give back, where many points share a call.
MAX_CALL_NUMBERS = 1 << 18

#: From this many points on it is worth finding out whether they can share a call: where other cases follow, which gain
#: by it too; in a case of its own, such as a smaller one; and where no case before could.
MIN_SHARED_POINTS, MIN_SHARED_POINTS_ALONE, MIN_SHARED_POINTS_AGAIN = 4, 13, 32

#: How far two calls may differ by rounding alone: relative to a number, and to the largest one.
SAME_RTOL, SAME_ATOL_SHARE = 1e-12, 1e-13


#: By input, how its points shared a call when they last could; None where they never could.
Usual = dict[str, "Arrangement | None"]


class Products:
    """points of one input, (K, *shape) -> dy * y at each, (K, y.size); every other input stays as the case has it.

    Many points share one call where `at_points`, the forward written for many points, is there, or where the forward
    treats samples, channels or units each for itself, so that the points can be laid side by side (arrangements.py).
    Neither is believed: every call is given two more points, and what comes back for them must be what the reference
    gives for each alone.

    x: the case's own point.   here: dy * y there, (y.size,), as the last call computed it.   largest: the largest
    entry of x.
    """

    def __init__(
        self,
        reference: Callable[..., Any],
        case: Case,
        name: str,
        at_points: Callable[..., Any] | None = None,
        y: np.ndarray | None = None,
        usual: Usual | None = None,
    ):
        """Evaluate the reference at the case's own point.

        y: what it gives there in float64, where that is known.   usual: what served in the cases before; that is
        tried first, and what serves here is noted.
        """
        self._reference, self._name, self._options = reference, name, case.options
        self._inputs = {key: to_float64(value) for key, value in case.inputs.items()}
        self._dy = np.asarray(case.dy, np.float64)
        self.x = np.asarray(self._inputs[name], np.float64)
        self.largest = float(np.abs(self.x).max(initial=0.0))
        self._at_points, self._usual = at_points, {} if usual is None else usual
        failed = at_points is None and name in self._usual and self._usual[name] is None
        first = MIN_SHARED_POINTS_ALONE if usual is None else MIN_SHARED_POINTS
        self._least = 1 if at_points else MIN_SHARED_POINTS_AGAIN if failed else first
        y = self._evaluate_forward(self._inputs) if y is None else y
        self._fixed = self._find_fixed_infinities(y)
        self.here = self._alone_here = self._multiply(y)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        if len(points) >= self._least:
            found = self._evaluate_together(points)
            if found is not None:
                return found
        return np.stack([self._multiply(self._evaluate_at(point)) for point in points])

    def evaluate_moved(self, entries: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the products with entry `entries[k]` of the input moved by steps[k], (K, y.size), in chunks."""
        together = max(1, MAX_CALL_NUMBERS // max(1, self.x.size))
        parts = []
        for k in range(0, len(entries), together):
            some = slice(k, k + together)
            points = np.repeat(self.x[None], len(entries[some]), axis=0)
            points.reshape(len(points), -1)[np.arange(len(points)), entries[some]] += steps[some]
            parts.append(self(points))
        return np.concatenate(parts)

    def _find_fixed_infinities(self, y: np.ndarray) -> np.ndarray:
        """Return which entries of y are infinite at x and at 0 alike: no cell of x is in them, and their slope is 0."""
        if not np.isinf(y).any():
            return np.zeros(y.shape, bool)
        return np.isinf(y) & (self._evaluate_at(np.zeros(self.x.shape)) == y)

    def _evaluate_at(self, point: np.ndarray) -> np.ndarray:
        y = self._evaluate_forward(self._inputs | {self._name: point})
        if y.shape != self._dy.shape:  # it could be large, and there are many points
            raise ValueError(f"y has the shape {y.shape} at a point nearby, and {self._dy.shape} in the case")
        return y

    def _evaluate_forward(self, inputs: Mapping[str, Any]) -> np.ndarray:
        return np.asarray(self._reference(*inputs.values(), **self._options)[0], np.float64)

    def _multiply(self, y: np.ndarray) -> np.ndarray:
        """Return dy * y, flat; y may have one more axis in front."""
        return (self._dy * np.where(self._fixed, 0.0, y)).reshape(*y.shape[: y.ndim - self._dy.ndim], self._dy.size)

    @cached_property
    def _ways(self) -> list[Arrangement | None]:
        """How calls may be shared, the one to try first in front; None stands for the forward at many points."""
        found = [] if self._at_points is None else [None]
        arrangements = list(list_arrangements(self._inputs, self._name, self._dy.shape))
        return [*found, *sorted(arrangements, key=lambda way: way != self._usual.get(self._name))]

    def _evaluate_together(self, points: np.ndarray) -> np.ndarray | None:
        """Return the products at all points by shared calls, or None where no way of sharing them is right."""
        while self._ways:
            parts = self._share_calls(points, self._ways[0])
            if parts is not None:
                self._least = 1
                self._usual[self._name] = self._ways[0]
                self.here = parts[0][0]
                return np.concatenate([part[2:] for part in parts])
            self._ways.pop(0)
        self._usual.setdefault(self._name, None)
        return None

    def _share_calls(self, points: np.ndarray, way: Arrangement | None) -> list[np.ndarray] | None:
        """Return the products of every call, with those at the two known points in front, or None where it is wrong."""
        laid = (self._name, *way.beside) if way else (self._name,)
        numbers = max(1, self._dy.size, *(self._inputs[key].size for key in laid))
        together = MAX_CALL_NUMBERS // numbers - 2
        if together < 1 or self._reference_products is None:
            return None
        where, alone = self._reference_products
        parts = []
        for k in range(0, len(points), together):
            some = np.concatenate([where, points[k : k + together]])
            try:
                part = self._multiply(self._evaluate_beside(some, way) if way else self._evaluate_points(some))
            except Exception:  # the forward refuses these shapes or numbers
                return None
            if part.shape != (len(some), self._dy.size) or not are_same(part[:2], alone):
                return None
            parts.append(part)
        return parts

    def _evaluate_points(self, points: np.ndarray) -> np.ndarray:
        assert self._at_points
        arrays = {key: v[None] if isinstance(v, np.ndarray) else v for key, v in self._inputs.items()}
        y = np.asarray(self._at_points(*(arrays | {self._name: points}).values(), **self._options), np.float64)
        return y.reshape(len(points), *self._dy.shape)

    def _evaluate_beside(self, points: np.ndarray, way: Arrangement) -> np.ndarray:
        repeated = {
            key: lay_side_by_side(np.broadcast_to(self._inputs[key], (len(points), *self._inputs[key].shape)), axis)
            for key, axis in way.beside.items()
        }
        y = self._evaluate_forward(self._inputs | repeated | {self._name: lay_side_by_side(points, way.axis)})
        return take_apart(y, way.of_y, self._dy.shape)

    @cached_property
    def _reference_products(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The case's own point and another, and the products at each alone; None where the forward refuses it."""
        elsewhere = find_point_elsewhere(self.x)
        try:
            alone = self._multiply(self._evaluate_at(elsewhere))
        except Exception:  # that says nothing about the case
            return None
        return np.stack([self.x, elsewhere]), np.stack([self._alone_here, alone])


def find_point_elsewhere(x: np.ndarray) -> np.ndarray:
    """Return another point of about the same size."""
    return (np.flip(x, -1) if x.ndim else x) * 0.75 + 0.125


def are_same(found: np.ndarray, alone: np.ndarray) -> bool:
    """Return whether numbers are the same but for rounding."""
    if np.array_equal(found, alone):
        return True
    largest = float(np.abs(alone[np.isfinite(alone)]).max(initial=0.0))  # beside which sums may cancel
    return np.allclose(found, alone, rtol=SAME_RTOL, atol=SAME_ATOL_SHARE * largest, equal_nan=True)


def to_float64(value: Any) -> Any:
    """Return numbers with a fraction as float64."""
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
