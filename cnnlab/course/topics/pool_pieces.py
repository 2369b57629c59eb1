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
