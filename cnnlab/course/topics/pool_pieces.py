"""Chapter 9: what both kinds of pooling are judged with, and the wrong formulas that they share."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import Case

pooling = partial(define_operation, topic="pool", chapter="ch09", wrt={"dx": "x"})


def read_geometry(case: Case):
    """The sizes of a max pooling, by the piece of pool.py that was handed out."""
    options = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, **case.options}
    sizes = (options[k] for k in ("kernel_size", "stride", "padding", "dilation", "ceil_mode"))
    return loader.load_stub_function("pool", "geometry")(case.inputs["x"].shape, *sizes)


def list_taps(case: Case):
    """Every tap's slice of the padded image, with the padded image, whose border is -inf."""
    geo = read_geometry(case)
    x = np.asarray(case.inputs["x"], np.float64)
    padded = np.full((*x.shape[:2], *geo.padded), -np.inf)
    loader.load_stub_function("pool", "crop")(padded, geo)[...] = x
    return geo, padded, list(loader.load_stub_function("pool", "taps")(geo))


def crop_copy(padded: np.ndarray, geo) -> np.ndarray:
    return loader.load_stub_function("pool", "crop")(padded, geo).copy()


def send_to_all_cells(case: Case, right):
    """dy to every cell of the window."""
    geo, padded, taps = list_taps(case)
    dx = np.zeros(padded.shape)
    for cells in taps:
        dx[cells] += np.asarray(case.dy, np.float64)
    return crop_copy(dx, geo)


def share_equally(case: Case, right):
    return send_to_all_cells(case, right) / prod(two(case.options["kernel_size"]))


def count_sizes(case: Case) -> dict[str, float]:
    sides = two(case.options["kernel_size"])
    n, channels, *image = case.inputs["x"].shape
    windows = prod(np.shape(case.dy)[2:])
    return {
        "KH": sides[0],
        "KW": sides[1],
        "KH·KW": prod(sides),
        "N": n,
        "C": channels,
        "OH·OW": windows,
        "H·W": prod(image),
        "N·OH·OW": n * windows,
    }


def place_windows(case: Case, terms: list[np.ndarray], move) -> np.ndarray:
    """Return dx of windows that lie elsewhere.

    terms: what each tap gives its cell, (N, C, OH, OW).   move: (i, j, u, v, geometry) -> the row and the column.
    """
    geo, padded, _ = list_taps(case)
    dx = np.zeros(padded.shape)
    for tap, term in enumerate(terms):
        for i, j in np.ndindex(*geo.output):
            row, column = move(i, j, *divmod(tap, geo.kernel[1]), geo)
            if row < geo.padded[0] and column < geo.padded[1]:
                dx[:, :, row, column] += term[:, :, i, j]
    return crop_copy(dx, geo)


#: Where people lay a window by mistake: sentence -> (i, j, u, v, geometry) -> row and column.
MISPLACED = {
    "dx lays window (i, j) at i times the kernel's size: it begins at i times the stride.": lambda i, j, u, v, g: (
        i * g.kernel[0] + u * g.dilation[0],
        j * g.kernel[1] + v * g.dilation[1],
    ),
    "dx does not use dilation: cell (u, v) of a window lies dilation times u rows below its first.": (
        lambda i, j, u, v, g: (i * g.stride[0] + u, j * g.stride[1] + v)
    ),
    "dx exchanges the rows and the columns of windows: window (i, j) begins at row i times the stride.": (
        lambda i, j, u, v, g: (j * g.stride[0] + u * g.dilation[0], i * g.stride[1] + v * g.dilation[1])
    ),
    "dx uses the stride of the rows for the columns too.": lambda i, j, u, v, g: (
        i * g.stride[0] + u * g.dilation[0],
        j * g.stride[0] + v * g.dilation[1],
    ),
}
