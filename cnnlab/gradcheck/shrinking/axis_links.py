"""Find the axes of a case that must be cut together, by asking the op what it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cnnlab.gradcheck.case import Case

#: Of more axes of one size, only so many are tried together.
MAX_PARTNERS = 5

#: An array with at least this many axes holds images, whose rows and columns stay at least MIN_IMAGE_SIDE.
IMAGE_AXES = 4
MIN_IMAGE_SIDE = 2

#: Returns the shape of y, or () where there is none; raises where the case is none that the op takes.
Ask = Callable[[Case], tuple[int, ...]]


@dataclass(frozen=True)
class AxisLink:
    """Axes of one size that belong together, such as the channels of an image and of its filters."""

    axes: tuple[tuple[str, int], ...]
    least: int

    def size(self, case: Case) -> int:
        name, axis = self.axes[0]
        return case.inputs[name].shape[axis]


def find_axis_links(case: Case, ask: Ask) -> list[AxisLink]:
    """Return the axes that can be cut, alone or together.

    Whether axes belong together is seen by making them longer, or shorter by one: a single axis that is stretched over
    others (from 1) would be taken too, and is no cut.
    """
    axes = [
        (name, axis)
        for name, value in case.inputs.items()
        if isinstance(value, np.ndarray)
        for axis, size in enumerate(value.shape)
        if size > 1
    ]
    links: list[AxisLink] = []
    for first in axes:
        if any(first in link.axes for link in links):
            continue
        size = case.inputs[first[0]].shape[first[1]]
        partners = [a for a in axes if a != first and case.inputs[a[0]].shape[a[1]] == size][:MAX_PARTNERS]
        together = (c for count in range(len(partners) + 1) for c in combinations(partners, count))
        link = next((AxisLink((first, *c), 1) for c in together if _is_linked(case, (first, *c), size, ask)), None)
        if link:
            links.append(replace(link, least=_least_size(case, link)))
    return list(_keep_squares(case, links))


def _keep_squares(case: Case, links: list[AxisLink]) -> Iterator[AxisLink]:
    """Yield the links, and one for the two sides of an image or kernel that is square: it stays so."""
    alone = {link.axes[0]: link for link in links if len(link.axes) == 1}
    for link in links:
        name, axis = link.axes[0]
        last = case.inputs[name].ndim - 1
        other = alone.get((name, 2 * last - 1 - axis)) if len(link.axes) == 1 and link.least > 1 else None
        if other is None or other.size(case) != link.size(case):
            yield link
        elif axis < last:
            yield replace(link, axes=(*link.axes, *other.axes))


def _is_linked(case: Case, axes: tuple[tuple[str, int], ...], size: int, ask: Ask) -> bool:
    return any(_takes(resize_axes(case, axes, n), ask) for n in (size + 1, 2 * size, *([size - 1] if size > 2 else [])))


def _takes(case: Case, ask: Ask) -> bool:
    try:
        ask(case)
    except Exception:  # whatever the op says, it does not take this
        return False
    return True


def _least_size(case: Case, link: AxisLink) -> int:
    """Return the size below which an axis is not cut."""
    for name, axis in link.axes:
        axes = case.inputs[name].ndim
        if axes >= IMAGE_AXES and axis >= axes - 2:
            return MIN_IMAGE_SIDE
    return 1


def resize_axes(case: Case, axes: tuple[tuple[str, int], ...], size: int) -> Case:
    """Return a case with some axes cut to `size`, or lengthened by what they hold, from the beginning."""
    inputs = dict(case.inputs)
    for name, axis in axes:
        array = inputs[name]
        inputs[name] = np.take(array, np.arange(size) % array.shape[axis], axis)
    return replace(case, inputs=inputs)


def fit_dy(case: Case, shape: tuple[int, ...]) -> Case:
    """Return a case whose dy has y's shape: cut, or filled with its own numbers."""
    dy = case.dy
    if dy is None or np.shape(dy) == shape:
        return case
    dy = np.asarray(dy)
    if dy.ndim == len(shape) and all(n <= m for n, m in zip(shape, dy.shape, strict=True)):
        return replace(case, dy=dy[tuple(slice(n) for n in shape)].copy())
    return replace(case, dy=np.resize(dy, shape))
