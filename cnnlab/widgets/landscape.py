"""Read the loss on a plane through a trained network, which build_loss_slices.py has stored, and interpolate it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import floor
from pathlib import Path
from typing import NamedTuple

import numpy as np

FILE = Path(__file__).parents[1] / "data" / "embedded" / "loss_slices.npz"

#: Name of a network in the file -> what it is called.
NETWORKS = {"shortcuts": "with shortcuts", "plain": "without shortcuts"}

#: Heights of the contour lines.
LEVELS = (0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)

Grid = list[list[float]]


class Spot(NamedTuple):
    """The loss at a point of the plane, and its two slopes."""

    loss: float
    along_x: float
    along_y: float


@dataclass(frozen=True)
class Plane:
    """Loss, slopes and mixed second derivative on a square grid from -reach to reach; the first axis is x."""

    reach: float
    loss: Grid
    along_x: Grid
    along_y: Grid
    mixed: Grid

    def read(self, x: float, y: float) -> Spot:
        """Return what a cubic through the four corners around (x, y) gives, as readPlane in landscape.js does."""
        last = len(self.loss) - 1
        gap = 2 * self.reach / last
        i, u = _find_cell((x + self.reach) / gap, last)
        j, v = _find_cell((y + self.reach) / gap, last)
        (across, across_slopes), (up, up_slopes) = _weigh_corners(u), _weigh_corners(v)
        value = slope_x = slope_y = 0.0
        for p in (0, 1):
            for q in (0, 1):
                f, fx = self.loss[i + p][j + q], self.along_x[i + p][j + q] * gap
                fy, fxy = self.along_y[i + p][j + q] * gap, self.mixed[i + p][j + q] * gap * gap
                a, b, c, d = across[2 * p], across[2 * p + 1], up[2 * q], up[2 * q + 1]
                e, g, h, k = across_slopes[2 * p], across_slopes[2 * p + 1], up_slopes[2 * q], up_slopes[2 * q + 1]
                value = value + (a * (c * f + d * fy) + b * (c * fx + d * fxy))
                slope_x = slope_x + (e * (c * f + d * fy) + g * (c * fx + d * fxy)) / gap
                slope_y = slope_y + (a * (h * f + k * fy) + b * (h * fx + k * fxy)) / gap
        return Spot(value, slope_x, slope_y)


def _find_cell(place: float, last: int) -> tuple[int, float]:
    """Return the number of the cell of the grid and the share of it that lies before the place."""
    cell = max(0, min(last - 1, floor(place)))
    return cell, place - cell


def _weigh_corners(u: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return Hermite's four weights (value and slope at 0, value and slope at 1) at u, and their derivatives."""
    weights = (
        2 * u * u * u - 3 * u * u + 1,
        u * u * u - 2 * u * u + u,
        -2 * u * u * u + 3 * u * u,
        u * u * u - u * u,
    )
    return weights, (6 * u * u - 6 * u, 3 * u * u - 4 * u + 1, -6 * u * u + 6 * u, 3 * u * u - 2 * u)


def _round_grid(values: np.ndarray) -> Grid:
    """Return nested lists with seven significant digits: no more are stored."""
    return [[float(f"{v:.7g}") for v in row] for row in values.tolist()]


@cache
def read_plane(network: str) -> Plane:
    """Return the plane of a network, by a name of NETWORKS."""
    with np.load(FILE) as file:
        reach = float(file["reach"])
        loss, along_x, along_y = (file[f"{network}.{part}"].astype(float) for part in ("loss", "slope1", "slope2"))
    gap = 2 * reach / (len(loss) - 1)
    mixed = (np.gradient(along_x, gap, axis=1) + np.gradient(along_y, gap, axis=0)) / 2
    return Plane(reach, *map(_round_grid, (loss, along_x, along_y, mixed)))
