"""Compute the products dy * y as a function of several inputs together, for differences of them all in a few calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.reference.products import MAX_CALL_NUMBERS, are_same, find_point_elsewhere, to_float64


class NotTheSame(Exception):
    """The forward at many points gives something else than the reference, or one of them refuses a point."""


class JointProducts:
    """points, (K, x.size) -> dy * y at each, (K, y.size). A point holds the entries of each input, one after the other.

    The forward written for many points answers. It is not believed: every call is given two more points, and what
    comes back for them must be what the reference gives for each alone; else NotTheSame is raised.

    x: the case's own point.   here: dy * y there.   largest: for each entry the largest one of its input.
    """

    def __init__(
        self,
        reference: Callable[..., Any],
        case: Case,
        names: Sequence[str],
        at_points: Callable[..., Any],
        y: np.ndarray | None,
    ):
        """Evaluate the reference at the case's own point and at another.

        names: the inputs that move.   y: what the reference gives for the case in float64, where that is known.
        """
        self._at_points, self._options = at_points, case.options
        self._dy = np.asarray(case.dy, np.float64)
        inputs = {key: to_float64(value) for key, value in case.inputs.items()}
        self._laid = {key: value[None] if isinstance(value, np.ndarray) else value for key, value in inputs.items()}
        moving = {name: np.asarray(inputs[name], np.float64) for name in names}
        self._shapes = {name: array.shape for name, array in moving.items()}
        ends = np.cumsum([array.size for array in moving.values()]).tolist()
        self._parts = {name: slice(end - a.size, end) for end, (name, a) in zip(ends, moving.items(), strict=True)}
        self.x = np.concatenate([array.reshape(-1) for array in moving.values()])
        self.largest = np.concatenate([np.full(a.size, np.abs(a).max(initial=0.0)) for a in moving.values()])
        elsewhere = {name: find_point_elsewhere(array) for name, array in moving.items()}
        try:
            there = reference(*(inputs | elsewhere).values(), **case.options)[0]
            here = reference(*inputs.values(), **case.options)[0] if y is None else y
        except Exception as error:  # that says nothing about the case
            raise NotTheSame from error
        self._alone = np.stack([self._dy * here, self._dy * there]).reshape(2, -1)
        if not np.isfinite(self._alone).all():
            raise NotTheSame
        self._known = np.stack([self.x, np.concatenate([array.reshape(-1) for array in elsewhere.values()])])
        self.here = self._alone[0]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        together = max(1, MAX_CALL_NUMBERS // max(1, self.x.size, self._dy.size))
        parts = [self._evaluate_points(points[k : k + together]) for k in range(0, len(points), together)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def evaluate_moved(self, entries: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the products with entry `entries[k]` of the point moved by steps[k], (K, y.size)."""
        points = np.repeat(self.x[None], len(entries), axis=0)
        points[np.arange(len(points)), entries] += steps
        return self(points)

    def list_entries(self, names: Sequence[str]) -> np.ndarray:
        """Return where the entries of some inputs are in a point."""
        return np.concatenate([np.zeros(0, np.intp), *(np.arange(self.x.size)[self._parts[name]] for name in names)])

    def evaluate_units(self, units: Mapping[str, float]) -> dict[str, np.ndarray]:
        """Return by input the products where it is 0, and then where one entry after the other is its unit."""
        if not units:
            return {}
        points = [self._list_unit_points(self._parts[name], unit) for name, unit in units.items()]
        found = np.split(self(np.concatenate(points)), np.cumsum([len(some) for some in points])[:-1])
        return dict(zip(units, found, strict=True))

    def take_apart(self, *numbers: np.ndarray) -> dict[str, list[np.ndarray]]:
        """Return by input its part of each array with a number for every entry of a point, in the input's shape."""
        return {n: [a[part].reshape(self._shapes[n]) for a in numbers] for n, part in self._parts.items()}

    def _list_unit_points(self, part: slice, unit: float) -> np.ndarray:
        points = np.repeat(self.x[None], part.stop - part.start + 1, axis=0)
        points[:, part] = 0
        points[1:, part] += unit * np.eye(part.stop - part.start)
        return points

    def _evaluate_points(self, points: np.ndarray) -> np.ndarray:
        points = np.concatenate([self._known, points])
        moved: Mapping[str, np.ndarray] = {
            name: points[:, part].reshape(-1, *self._shapes[name]) for name, part in self._parts.items()
        }
        try:
            y = np.asarray(self._at_points(*(self._laid | moved).values(), **self._options), np.float64)
            found = (self._dy * y.reshape(len(points), *self._dy.shape)).reshape(len(points), -1)
        except Exception as error:  # it takes some points only, or gives another shape
            raise NotTheSame from error
        if not are_same(found[:2], self._alone):
            raise NotTheSame
        self.here = found[0]
        return found[2:]
