"""Chapter 9: average pooling. What is asked of pool.py about means; pool.py of this folder has the maximum."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab import loader
from cnnlab.course.cases import pool as cases
from cnnlab.course.cases.conv import two
from cnnlab.course.topics.pool_pieces import (
    MISPLACED,
    count_sizes,
    crop_copy,
    list_taps,
    place_windows,
    pooling,
    read_geometry,
    share_equally,
)
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Rival


def _counts(case: Case) -> np.ndarray:
    """How many cells each window counts."""
    return loader.load_stub_function("pool", "cells_counted")(
        read_geometry(case), case.options.get("count_include_pad", True)
    )


def _corner_only(share: bool):
    """dy, or its share, to the first cell of each window."""

    def compute(case: Case, right):
        geo, padded, taps = list_taps(case)
        dx = np.zeros(padded.shape)
        dx[taps[0]] += np.asarray(case.dy, np.float64) / (_counts(case) if share else 1.0)
        return crop_copy(dx, geo)

    return compute


def _misplace(move):
    """dx where windows lie elsewhere."""

    def compute(case: Case, right):
        share = np.asarray(case.dy, np.float64) / _counts(case)
        return place_windows(case, [share] * prod(two(case.options["kernel_size"])), move)

    return compute


def _kernel_inside(case: Case, right):
    """Every window divided by its cells of x alone, whatever count_include_pad is."""
    return right(replace(case, options={**case.options, "count_include_pad": False}))


def _leave_out_tap(which: int):
    """dx where the first or the last cell of each window is left out."""

    def compute(case: Case, right):
        geo, padded, taps = list_taps(case)
        if len(taps) < 2:
            return None
        dx, share = np.zeros(padded.shape), np.asarray(case.dy, np.float64) / _counts(case)
        for cells in taps[1:] if which == 0 else taps[:-1]:
            dx[cells] += share
        return crop_copy(dx, geo)

    return compute


def _other_counting(case: Case, right):
    counted = case.options.get("count_include_pad", True)
    return right(replace(case, options={**case.options, "count_include_pad": not counted}))


def _each_times(factor):
    """The right dx of dy times a factor that each window has. factor: case -> array or number."""
    return lambda case, right: right(replace(case, dy=np.asarray(case.dy, np.float64) * factor(case)))


def _kernel_always(case: Case, right):
    """Every window divided by the whole kernel, whatever it counts."""
    return right(replace(case, options={**case.options, "count_include_pad": True}))


AVG_POOL2D = pooling(
    "avg_pool2d",
    points=4,
    where="chapter 9, average pooling",
    hints=(
        "With which factor does each cell of a window enter its mean?",
        "Every cell gets an equal share of the window's dy; where windows overlap the shares add up.",
        (
            "Divide dy by the number of cells that each window counts (`cells_counted` in pool.py), and add the "
            "result to every tap's slice; cut the padding off at the end."
        ),
    ),
    base=cases.images(),
    core=cases.CORE,
    general={**cases.GENERAL, **cases.OF_AVERAGE, "large numbers": replace(cases.images(), draws={}, scale=2.0**40)},
    linear=("x",),
    tolerance=ROUNDED,  # a mean divides
    properties=cases.AVERAGE_PROPERTIES,
    quantities=count_sizes,
    rivals=(
        Rival(
            "dx",
            "option",
            "dx counts the padding where count_include_pad says not to: a mean is over cells of x alone then.",
            _kernel_always,
        ),
        Rival(
            "dx",
            "option",
            "dx divides by the whole kernel everywhere: a window that hangs over the edge may count fewer cells.",
            share_equally,
        ),
        *(Rival("dx", "option", sentence, _misplace(move)) for sentence, move in MISPLACED.items()),
        Rival(
            "dx",
            "option",
            "dx never counts the padding: where count_include_pad is True, padding is part of the mean.",
            _kernel_inside,
        ),
        Rival(
            "dx",
            "option",
            "dx takes count_include_pad the other way round: padding counts where it is True.",
            _other_counting,
        ),
        Rival(
            "dx",
            "mask",
            "dx leaves the last cell of each window out: all of them have a share in the mean.",
            _leave_out_tap(-1),
        ),
        Rival(
            "dx",
            "mask",
            "dx leaves the first cell of each window out: all of them have a share in the mean.",
            _leave_out_tap(0),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the first cell of each window alone: all have a share in the mean.",
            _corner_only(share=False),
        ),
        Rival(
            "dx",
            "mask",
            "dx gives its share to the first cell of each window alone: all of them have one.",
            _corner_only(share=True),
        ),
        Rival(
            "dx",
            "scale",
            "dx is not divided: each cell enters the mean of its window with 1 over the number of its cells.",
            _each_times(_counts),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided twice by the number of cells of a window: each cell enters the mean with 1 over it, once.",
            _each_times(lambda case: 1 / _counts(case)),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the rows of the kernel alone: a window counts rows times columns.",
            _each_times(lambda case: _counts(case) / two(case.options["kernel_size"])[0]),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the columns of the kernel alone: a window counts rows times columns.",
            _each_times(lambda case: _counts(case) / two(case.options["kernel_size"])[1]),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the number of windows: a mean is over the cells of a window.",
            _each_times(lambda case: _counts(case) / prod(np.shape(case.dy)[2:])),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the cells of the whole image: a mean is over the cells of a window.",
            _each_times(lambda case: _counts(case) / prod(case.inputs["x"].shape[2:])),
        ),
        Rival(
            "dx",
            "geometry",
            "dx is divided by the square of the kernel's rows: a window counts rows times columns.",
            _each_times(lambda case: _counts(case) / two(case.options["kernel_size"])[0] ** 2),
        ),
    ),
)


def _sizes_of_windows(case: Case) -> np.ndarray:
    """Rows and columns of each window, (2, OH, OW)."""
    y_shape = np.shape(case.dy)
    sizes = np.zeros((2, *y_shape[2:]))
    for i, j, (_, *cells) in loader.load_stub_function("pool", "adaptive_windows")(case.inputs["x"].shape, y_shape):
        sizes[:, i, j] = [c.stop - c.start for c in cells]
    return sizes


def _windows(case: Case) -> dict[str, float]:
    (n, channels, *image), output = case.inputs["x"].shape, np.shape(case.dy)[2:]
    return {
        "(H·W)/(OH·OW)": prod(image) / prod(output),
        "OH·OW": prod(output),
        "H·W": prod(image),
        "N": n,
        "C": channels,
    }


def _fixed_windows(case: Case, right):
    (h, w), (oh, ow) = case.inputs["x"].shape[2:], np.shape(case.dy)[2:]
    sizes = _sizes_of_windows(case).prod(axis=0)
    return right(replace(case, dy=np.asarray(case.dy, np.float64) * sizes / (max(h // oh, 1) * max(w // ow, 1))))


def _windows_cut(case: Case, right):
    """Windows that end before the next begins: (i + 1)·H / OH rounded down."""
    (h, w), (oh, ow) = case.inputs["x"].shape[2:], np.shape(case.dy)[2:]
    dx = np.zeros(case.inputs["x"].shape)
    for i, j in np.ndindex(oh, ow):
        top, left = i * h // oh, j * w // ow
        bottom, end = max((i + 1) * h // oh, top + 1), max((j + 1) * w // ow, left + 1)
        dx[:, :, top:bottom, left:end] += case.dy[:, :, i, j, None, None] / ((bottom - top) * (end - left))
    return dx


ADAPTIVE_AVG_POOL2D = pooling(
    "adaptive_avg_pool2d",
    points=4,
    where="chapter 9, adaptive pooling",
    hints=(
        "It is average pooling, but the windows have different sizes. Which rows are in window i?",
        "Rows floor(i·H / OH) up to, but not including, ceil((i + 1)·H / OH). Neighbours may share rows; sizes differ.",
        "For each (i, j, cells) of adaptive_windows: dx[cells] += dy[:, :, i, j] / (rows · columns) of that window.",
    ),
    base=cases.adaptive((4, 4), 2),
    core=cases.ADAPTIVE_CORE,
    general={**cases.ADAPTIVE_GENERAL, "large numbers": replace(cases.adaptive((4, 4), 2), scale=2.0**40)},
    linear=("x",),
    tolerance=ROUNDED,
    properties=cases.ADAPTIVE_PROPERTIES,
    quantities=_windows,
    rivals=(
        Rival(
            "dx",
            "geometry",
            "dx is divided by (H // OH)·(W // OW) for every window: where OH does not divide H, windows are larger.",
            _fixed_windows,
        ),
        Rival(
            "dx",
            "geometry",
            "dx rounds the end of a window down: window i ends before row ceil((i + 1)·H / OH).",
            _windows_cut,
        ),
        Rival(
            "dx",
            "scale",
            "dx is not divided: each cell enters the mean of its window with 1 over the number of its cells.",
            _each_times(lambda case: _sizes_of_windows(case).prod(axis=0)),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided twice by the number of cells of a window: each cell enters the mean with 1 over it, once.",
            _each_times(lambda case: 1 / _sizes_of_windows(case).prod(axis=0)),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the rows of a window alone: it has rows times columns.",
            _each_times(lambda case: _sizes_of_windows(case)[1]),
        ),
        Rival(
            "dx",
            "scale",
            "dx is divided by the columns of a window alone: it has rows times columns.",
            _each_times(lambda case: _sizes_of_windows(case)[0]),
        ),
        Rival(
            "dx",
            "geometry",
            "dx is divided by the square of a window's rows: it has rows times columns.",
            _each_times(lambda case: _sizes_of_windows(case)[1] / _sizes_of_windows(case)[0]),
        ),
        Rival(
            "dx",
            "geometry",
            "dx is divided by H·W / (OH·OW), the size of a window on average: each window has a size of its own.",
            _each_times(lambda case: _sizes_of_windows(case).prod(axis=0) / _windows(case)["(H·W)/(OH·OW)"]),
        ),
    ),
)
