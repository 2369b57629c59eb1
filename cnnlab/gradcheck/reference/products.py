"""Compute the products dy * y as a function of one input, at many points at once, for finite differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case

#: How many numbers one call of the forward may be given or give back, where many points share a call.
MAX_CALL_NUMBERS = 1 << 18

#: Below this many entries a call for each costs less than finding out whether calls can be shared.
MIN_SHARED_ENTRIES = 12


class Products:
    """points of one input, (K, *shape) -> dy * y at each, (K, y.size); every other input stays as the case has it.

    Where the forward treats the samples along axis 0 each for itself, many points are laid along that axis and share
    one call; or the channels along axis 1, as where boxes pick the samples. That is found out on the numbers and never
    believed: two different points together must give what each gives alone.
    """

    def __init__(self, reference: Callable[..., Any], case: Case, name: str):
        self._reference, self._name, self._options = reference, name, case.options
        self._inputs = {key: to_float64(value) for key, value in case.inputs.items()}
        self._dy = np.asarray(case.dy, np.float64)
        self.x = np.asarray(self._inputs[name], np.float64)
        self._fixed = self._find_fixed_infinities()
        self._shared = self._find_shared_inputs() if self.x.size > MIN_SHARED_ENTRIES else None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        together = max(1, MAX_CALL_NUMBERS // max(1, self.x.size, self._dy.size)) if self._shared else 1
        if not self._shared or together == 1:
            return np.stack([self._evaluate_point(point) for point in points])
        parts = [
            self._evaluate_together(points[k : k + together], self._shared) for k in range(0, len(points), together)
        ]
        return np.concatenate(parts)

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

    def _find_fixed_infinities(self) -> np.ndarray:
        """Return which entries of y are infinite at x and at 0 alike: no cell of x is in them, and their slope is 0."""
        y = self._evaluate_forward(self._inputs)
        if not np.isinf(y).any():
            return np.zeros(y.shape, bool)
        return np.isinf(y) & (self._evaluate_forward(self._inputs | {self._name: np.zeros(self.x.shape)}) == y)

    def _evaluate_forward(self, inputs: Mapping[str, Any]) -> np.ndarray:
        return np.asarray(self._reference(*inputs.values(), **self._options)[0], np.float64)

    def _evaluate_point(self, point: np.ndarray) -> np.ndarray:
        y = self._evaluate_forward(self._inputs | {self._name: point})
        return (self._dy * np.where(self._fixed, 0.0, y)).reshape(-1)

    def _evaluate_together(self, points: np.ndarray, shared: tuple[int, tuple[str, ...]]) -> np.ndarray:
        axis, tiled = shared
        inputs = {k: np.concatenate([v] * len(points), axis) if k in tiled else v for k, v in self._inputs.items()}
        y = self._evaluate_forward(inputs | {self._name: np.concatenate(list(points), axis)})
        y = np.where(np.concatenate([self._fixed] * len(points), axis), 0.0, y)
        shape = self._dy.shape
        apart = np.moveaxis(y.reshape(*shape[:axis], len(points), *shape[axis:]), axis, 0)
        return (self._dy * apart).reshape(len(points), self._dy.size)

    def _find_shared_inputs(self) -> tuple[int, tuple[str, ...]] | None:
        """Return an axis and the inputs to lay along it together, or None where calls cannot be shared."""
        axes = [k for k in (0, 1) if min(self.x.ndim - 1, self._dy.ndim) > k and self._dy.shape[k] == self.x.shape[k]]
        if not axes:
            return None
        n, other = len(self.x), np.flip(self.x, -1) * 0.75 + 0.125
        points = np.stack([self.x, other])
        alike = tuple(k for k, v in self._inputs.items() if isinstance(v, np.ndarray) and v.ndim and len(v) == n)
        try:
            apart = np.stack([self._evaluate_point(point) for point in points])
        except Exception:  # the forward refuses these numbers, which says nothing about the case
            return None
        for axis in axes:
            for tiled in dict.fromkeys(((self._name,), alike)) if axis == 0 else ((self._name,),):
                try:
                    together = self._evaluate_together(points, (axis, tiled))
                except Exception:
                    continue
                if together.shape == apart.shape and np.allclose(together, apart, rtol=1e-12, atol=0, equal_nan=True):
                    return axis, tiled
        return None


def to_float64(value: Any) -> Any:
    """Return numbers with a fraction as float64."""
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
