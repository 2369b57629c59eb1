"""List the ways in which many points of one input may share a call of a forward that takes them side by side.

Samples lie along axis 0 of an input and of y, channels along axis 1. Weights and biases have their units along one of
their own axes, and each unit is a channel of y: copies of all of them side by side make a layer with more units, whose
channels are those of each copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Arrangement:
    """Where many points of one input are laid, and where their outputs lie then.

    axis: of the input, along which its points are laid.   of_y: the axis of y along which each has its part.
    beside: other inputs, which are repeated for each point, and along which of their axes.
    """

    axis: int
    of_y: int
    beside: Mapping[str, int] = field(default_factory=dict)


def list_arrangements(inputs: Mapping[str, Any], name: str, y_shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield what may be possible by the shapes alone, the most usual first. Whether it is, the numbers must tell."""
    shapes = {key: value.shape for key, value in inputs.items() if isinstance(value, np.ndarray)}
    moved, others = shapes[name], {key: shape for key, shape in shapes.items() if key != name}
    if len(moved) > 1 and y_shape and moved[0] == y_shape[0]:
        samples = {key: 0 for key, shape in others.items() if shape and shape[0] == moved[0]}
        yield from _arrange(0, 0, {}, samples)
    if len(y_shape) < 2:
        return
    units = {key: 0 for key, shape in others.items() if shape == y_shape[1:2]}
    weights = {key: 0 for key, shape in others.items() if shape and shape[0] == y_shape[1]}
    images = {key: 1 for key, shape in others.items() if len(shape) == len(y_shape) and shape[1] == y_shape[1]}
    if len(moved) > 1 and moved[1] == y_shape[1]:
        yield from _arrange(1, 1, {}, units)
    if moved and moved[0] == y_shape[1]:
        yield from _arrange(0, 1, units, weights, units | images)


def _arrange(axis: int, of_y: int, *choices: Mapping[str, int]) -> Iterator[Arrangement]:
    """Yield one arrangement for each choice of the inputs beside, leaving out the second of two equal ones."""
    for k, beside in enumerate(choices):
        if beside not in choices[:k]:
            yield Arrangement(axis, of_y, beside)


def lay_side_by_side(points: np.ndarray, axis: int) -> np.ndarray:
    """Return points, (K, *shape), one after the other along an axis of their shape."""
    shape = points.shape[1:]
    return np.moveaxis(points, 0, axis).reshape(*shape[:axis], len(points) * shape[axis], *shape[axis + 1 :])


def take_apart(y: np.ndarray, axis: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return the parts of this shape that lie one after the other along an axis, (K, *shape)."""
    count = y.shape[axis] // shape[axis]
    return np.moveaxis(y.reshape(*shape[:axis], count, *shape[axis:]), axis, 0)
