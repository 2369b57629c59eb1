"""Chapter 9: pooling. What is asked of pool.py."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases import pool as cases
from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import ROUNDED, TRANSFORMED, Case
from cnnlab.gradcheck.problem import Freedom, Rival

pooling = partial(define_operation, topic="pool", chapter="ch09", wrt={"dx": "x"})


def _geometry(case: Case):
    """The sizes of a max pooling, by the piece of pool.py that was handed out."""
    options = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, **case.options}
    sizes = (options[k] for k in ("kernel_size", "stride", "padding", "dilation", "ceil_mode"))
    return loader.load_stub_function("pool", "geometry")(case.inputs["x"].shape, *sizes)


def _taps(case: Case):
    """Every tap's slice of the padded image, with the padded image, whose border is -inf."""
    geo = _geometry(case)
    x = np.asarray(case.inputs["x"], np.float64)
    padded = np.full((*x.shape[:2], *geo.padded), -np.inf)
    loader.load_stub_function("pool", "crop")(padded, geo)[...] = x
    return geo, padded, list(loader.load_stub_function("pool", "taps")(geo))


def _crop_copy(padded: np.ndarray, geo) -> np.ndarray:
    return loader.load_stub_function("pool", "crop")(padded, geo).copy()


def ties(case: Case) -> dict[str, Freedom]:
    """The cells of a tied window may share its gradient in any way in which the shares add up."""
    geo, padded, taps = _taps(case)
    dy = np.asarray(case.dy, np.float64)
    y = np.max([padded[cells] for cells in taps], axis=0)
    winners = np.sum([padded[cells] == y for cells in taps], axis=0)
    low, high, free = np.zeros(padded.shape), np.zeros(padded.shape), np.zeros(padded.shape, bool)
    for cells in taps:
        wins = padded[cells] == y
        low[cells] += np.where(wins, np.where(winners > 1, np.minimum(dy, 0), dy), 0)
        high[cells] += np.where(wins, np.where(winners > 1, np.maximum(dy, 0), dy), 0)
        free[cells] |= wins & (winners > 1)
    ends = (np.where(free, end, np.nan) for end in (low, high))
    return {"dx": Freedom(*(_crop_copy(end, geo) for end in ends), total=float(dy[np.isfinite(y)].sum()))}


def _smallest(case: Case, right):
    """What the smallest cell of every window would get."""
    return right(replace(case, inputs={"x": -case.inputs["x"]})) if not np.any(_padding(case)) else None


def _padding(case: Case) -> tuple[int, int]:
    return two(case.options.get("padding", 0))


def _send_to_all_cells(case: Case, right):
    """dy to every cell of the window."""
    geo, padded, taps = _taps(case)
    dx = np.zeros(padded.shape)
    for cells in taps:
        dx[cells] += np.asarray(case.dy, np.float64)
    return _crop_copy(dx, geo)


def _shared_equally(case: Case, right):
    return _send_to_all_cells(case, right) / prod(two(case.options["kernel_size"]))


def _last_window(case: Case, right):
    """What stays when a cell that wins in several windows keeps the last one's gradient."""
    geo, padded, taps = _taps(case)
    dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
    y = np.max([padded[cells] for cells in taps], axis=0)
    for index in np.ndindex(*y.shape[2:]):
        for cells in taps:
            rows, columns = (range(s.start, s.stop, s.step)[i] for s, i in zip(cells[1:], index, strict=True))
            wins = padded[:, :, rows, columns] == y[:, :, *index]
            dx[:, :, rows, columns] = np.where(wins, dy[:, :, *index], dx[:, :, rows, columns])
    return _crop_copy(dx, geo)


def _sizes(case: Case) -> dict[str, float]:
    kernel = prod(two(case.options["kernel_size"]))
    n, channels, *image = case.inputs["x"].shape
    windows = prod(np.shape(case.dy)[2:])
    return {"KH·KW": kernel, "N": n, "C": channels, "OH·OW": windows, "H·W": prod(image), "N·OH·OW": n * windows}


def _torch_max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """PyTorch's pooling, by unfold where a window may lie in the padding alone: its own writes beside x's memory."""
    import torch

    functional = torch.nn.functional
    if ceil_mode or not np.any(padding) or np.all(np.equal(dilation, 1)):
        return functional.max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode)
    kernel, (rows, columns) = two(kernel_size), two(padding)
    stride = kernel if stride is None else two(stride)
    padded = functional.pad(x, (columns, columns, rows, rows), value=-np.inf)
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(padded.shape[2:], kernel, stride, two(dilation), strict=True)
    ]
    windows = functional.unfold(padded, kernel, dilation, 0, stride).reshape(*x.shape[:2], prod(kernel), *size)
    return windows.max(dim=2).values


MAX_POOL2D = pooling(
    "max_pool2d",
    torch_forward=_torch_max_pool2d,
    points=6,
    where="chapter 9, max pooling",
    hints=(
        "Change one cell of a window by very little. When does the window's maximum change, and by how much?",
        (
            "The winner of a window gets all of its dy, the others nothing. The cache knows the winner's tap; a cell "
            "may win in several windows."
        ),
        (
            "Zeros of the padded size; for each tap, add dy where this tap is the winner, and 0 elsewhere, to its "
            "slice. Cut the padding off at the end."
        ),
    ),
    base=cases.images(),
    core=cases.CORE,
    general={
        **cases.GENERAL,
        **cases.OF_MAX,
        "large numbers": replace(cases.images(), draws={}, scale=2.0**40),
    },
    properties=cases.MAX_PROPERTIES,
    quantities=_sizes,
    freedom=ties,
    tolerance=TRANSFORMED,
    rivals=(
        Rival("dx", "mask", "dx goes to the smallest cell of every window: the largest one made y.", _smallest),
        Rival(
            "dx",
            "mask",
            "dx goes to every cell of a window: only the winner made y, so the others get nothing.",
            _send_to_all_cells,
        ),
        Rival(
            "dx",
            "mask",
            "dx is shared equally by the cells of a window, as in average pooling: only the winner made y.",
            _shared_equally,
        ),
        Rival(
            "dx",
            "accumulate",
            "dx keeps only the last window that a cell won: = where += is needed. It collects from all that it won.",
            _last_window,
        ),
    ),
)


def _counts(case: Case) -> np.ndarray:
    """How many cells each window counts."""
    return loader.load_stub_function("pool", "cells_counted")(
        _geometry(case), case.options.get("count_include_pad", True)
    )


def _corner_only(share: bool):
    """dy, or its share, to the first cell of each window."""

    def compute(case: Case, right):
        geo, padded, taps = _taps(case)
        dx = np.zeros(padded.shape)
        dx[taps[0]] += np.asarray(case.dy, np.float64) / (_counts(case) if share else 1.0)
        return _crop_copy(dx, geo)

    return compute


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
            "Divide dy by how many cells each window counts, cells_counted of pool.py, and add the result to every "
            "tap's slice; cut the padding off at the end."
        ),
    ),
    base=cases.images(),
    core=cases.CORE,
    general={**cases.GENERAL, **cases.OF_AVERAGE, "large numbers": replace(cases.images(), draws={}, scale=2.0**40)},
    linear=("x",),
    tolerance=ROUNDED,  # a mean divides
    properties=cases.AVERAGE_PROPERTIES,
    quantities=_sizes,
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
            _shared_equally,
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


ADAPTIVE_AVG_POOL2D = pooling(
    "adaptive_avg_pool2d",
    points=4,
    where="chapter 9, adaptive pooling",
    hints=(
        "It is average pooling, but the windows have different sizes. Which rows are in window i?",
        "From row floor(i·H / OH) to before row ceil((i + 1)·H / OH); they may share rows. Each has its own size.",
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

OPERATIONS = (MAX_POOL2D, AVG_POOL2D, ADAPTIVE_AVG_POOL2D)
