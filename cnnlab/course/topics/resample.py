"""Chapter 14: resampling. What is asked of resample.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Property, Rival


def specify(image: tuple[int, int] = (2, 3), n: int = 2, channels: int = 2, **options: Any) -> Spec:
    """A case of this image size; its properties follow from the options."""
    return Spec({"x": (n, channels, *image)}, options)


def _is_bilinear(spec: Spec) -> bool:
    return spec.options.get("mode") == "bilinear"


def _count_cells(spec: Spec) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return rows and columns of x and of y."""
    shape = spec.shapes["x"]
    assert shape is not None
    y = loader.load_stub_function("resample", "interpolate_forward")(np.zeros(shape), **spec.options)[0]
    return (shape[2], shape[3]), (y.shape[2], y.shape[3])


def _has_remainder(spec: Spec) -> bool:
    return any(new % old for old, new in zip(*_count_cells(spec), strict=True))


def _shrinks(spec: Spec) -> bool:
    return any(new < old for old, new in zip(*_count_cells(spec), strict=True))


def _make_matrices(case: Case, **changed: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices of rows and columns, with options changed."""
    forward = loader.load_stub_function("resample", "interpolate_forward")
    cache = forward(np.zeros(case.inputs["x"].shape), **{**case.options, **changed})[1]
    return cache.rows, cache.columns


def _wrong(formula: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray | None]):
    """A wrong formula of dy and the matrices of rows and columns."""
    return lambda case, right: formula(np.asarray(case.dy, np.float64), *_make_matrices(case))


def _send_back(dy: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return rows.T @ dy @ columns


def _change_options(change: Callable[[Case], dict[str, Any] | None]):
    """The gradient as if options were others; None where they are none."""

    def compute(case: Case, right) -> np.ndarray | None:
        changed = change(case)
        return (
            None if changed is None else _send_back(np.asarray(case.dy, np.float64), *_make_matrices(case, **changed))
        )

    return compute


def _other_alignment(case: Case) -> dict[str, Any] | None:
    aligned = bool(case.options.get("align_corners"))
    return {"align_corners": not aligned} if case.options.get("mode") == "bilinear" else None


def _nearest_instead(case: Case) -> dict[str, Any] | None:
    return {"mode": "nearest", "align_corners": None} if case.options.get("mode") == "bilinear" else None


def _size_instead(case: Case) -> dict[str, Any] | None:
    return {"scale_factor": None, "size": case.dy.shape[2:]} if case.options.get("scale_factor") else None


def _share_equally(dy: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The mean of what comes back to a cell in place of the sum."""
    weight = np.outer(rows.sum(0), columns.sum(0))
    return np.divide(
        _send_back(dy, rows, columns), weight, out=np.zeros((*dy.shape[:2], *weight.shape)), where=weight > 0
    )


def _keep_last(dy: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What stays when each output cell overwrites what its input cells had."""
    dx = np.zeros((*dy.shape[:2], rows.shape[1], columns.shape[1]))
    for i, j in np.ndindex(*dy.shape[2:]):
        for a, e in zip(*np.nonzero(np.outer(rows[i], columns[j])), strict=True):
            dx[:, :, a, e] = dy[:, :, i, j] * rows[i, a] * columns[j, e]
    return dx


def _resample_dy(case: Case, right) -> np.ndarray:
    """dy resampled to the size of x."""
    how = {key: value for key, value in case.options.items() if key in ("mode", "align_corners")}
    forward = loader.load_stub_function("resample", "interpolate_forward")
    return forward(np.asarray(case.dy, np.float64), size=case.inputs["x"].shape[2:], **how)[0]


def _count_single_twice(matrix: np.ndarray) -> np.ndarray:
    """An output cell of one input cell counts it as its first neighbour and as its second."""
    return np.where((matrix != 0).sum(axis=1, keepdims=True) == 1, 2, 1) * matrix


def _take_strongest(matrix: np.ndarray) -> np.ndarray:
    """Everything to the cell with the largest weight."""
    return np.eye(matrix.shape[1])[matrix.argmax(axis=1)]


BILINEAR: dict[str, Any] = {"mode": "bilinear"}

INTERPOLATE = define_operation(
    "interpolate",
    topic="resample",
    chapter="ch14",
    points=4,
    where="chapter 14, steps 5 to 7",
    hints=(
        "Every output cell is a weighted sum of input cells, y = rows · x · columnsᵀ. Choose one cell of x: in which "
        "output cells is it, and with which weights?",
        "What a cell gave to an output with a weight comes back from there with the same weight, and everything that "
        "comes back is added up. For one axis, that is a product with the transposed matrix.",
        "The cache holds rows, (OH, H), and columns, (OW, W). From dy, (N, C, OH, OW), to dx, (N, C, H, W): which "
        "product turns OH into H, and which turns OW into W? NumPy's @ works on the last two axes.",
    ),
    wrt={"dx": "x"},
    base=specify(size=(4, 6)),
    core={
        "one cell becomes four": specify((1, 1), n=1, channels=1, size=2),
        "three times as large": specify(size=(6, 9)),
        "one image with one channel": specify(n=1, channels=1, size=(4, 6)),
        "a square image": specify((3, 3), size=6),
        "a scale factor": specify(scale_factor=2),
        "bilinear": specify(size=(4, 6), **BILINEAR),
        "bilinear with a scale factor": specify((3, 2), scale_factor=2, **BILINEAR),
        "bilinear on one row": specify((1, 3), size=(1, 6), **BILINEAR),
    },
    general={
        "rows and columns of different factors": specify(size=(6, 12)),
        "sizes with a remainder": specify((3, 4), size=(5, 9)),
        "a factor with a fraction": specify((3, 4), scale_factor=(1.7, 2.6)),
        "smaller": specify((5, 6), size=(2, 4)),
        "the same size": specify((3, 4), size=(3, 4)),
        "bilinear, sizes with a remainder": specify((3, 4), size=(5, 9), **BILINEAR),
        "bilinear, a factor with a fraction": specify((3, 4), scale_factor=(1.7, 2.6), **BILINEAR),
        "bilinear, a square with two factors": specify((4, 4), scale_factor=(1.5, 1.6), **BILINEAR),
        "bilinear, smaller": specify((5, 6), size=(2, 4), **BILINEAR),
        "corners aligned": specify((3, 4), size=(5, 7), align_corners=True, **BILINEAR),
        "corners aligned, a scale factor": specify((3, 4), scale_factor=2, align_corners=True, **BILINEAR),
        "corners aligned, one output row": specify((3, 4), size=(1, 7), align_corners=True, **BILINEAR),
        "corners aligned, smaller": specify((5, 6), size=(3, 2), align_corners=True, **BILINEAR),
    },
    linear=("x",),
    tolerance=ROUNDED,
    properties=(
        Property("mode bilinear", "option", "mode", _is_bilinear),
        Property("aligned corners", "option", "align_corners", lambda spec: bool(spec.options.get("align_corners"))),
        Property("a scale factor", "option", "scale_factor", lambda spec: "scale_factor" in spec.options),
        Property("a remainder", "geometry", "remainder", _has_remainder),
        Property("a smaller output", "geometry", "smaller output", _shrinks),
    ),
    quantities=lambda case: {
        "the number of output cells for each input cell": np.prod(case.dy.shape[2:])
        / np.prod(case.inputs["x"].shape[2:]),
    },
    rivals=(
        Rival(
            "dx",
            "accumulate",
            "dx keeps what the last output cell sent: a cell of x that is in several output cells collects from each.",
            _wrong(_keep_last),
        ),
        Rival(
            "dx",
            "formula",
            "dx is a mean of what comes back: the gradients of all output cells that a cell is in add up.",
            _wrong(_share_equally),
        ),
        Rival(
            "dx",
            "formula",
            "dx is dy resampled to the size of x: going back is no resampling, but the transposed matrices, which add "
            "up what each cell gave out.",
            _resample_dy,
        ),
        Rival(
            "dx",
            "option",
            "dx has the weights of the other align_corners.",
            _change_options(_other_alignment),
        ),
        Rival(
            "dx",
            "option",
            "dx has the weights of mode nearest: with bilinear an output cell has up to four input cells, each with "
            "its own weight.",
            _change_options(_nearest_instead),
        ),
        Rival(
            "dx",
            "option",
            "dx has the weights of the output size where a scale factor was given: the step between output cells is "
            "then 1 / scale_factor.",
            _change_options(_size_instead),
        ),
        Rival(
            "dx",
            "formula",
            "dx goes to the input cell with the largest weight alone: each of an output's input cells gets its share.",
            _wrong(lambda dy, rows, columns: _send_back(dy, _take_strongest(rows), _take_strongest(columns))),
        ),
        Rival(
            "dx",
            "formula",
            "dx goes in full to every input cell of an output: each gets the part of its weight.",
            _wrong(lambda dy, rows, columns: _send_back(dy, (rows > 0) * 1.0, (columns > 0) * 1.0)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has the squares of the weights: a weight belongs to it once.",
            _wrong(lambda dy, rows, columns: _send_back(dy, rows**2, columns**2)),
        ),
        Rival(
            "dx",
            "formula",
            "dx counts the only input cell of an output cell twice, as its first neighbour and as its second: its "
            "weight counts once.",
            _wrong(lambda dy, rows, columns: _send_back(dy, _count_single_twice(rows), _count_single_twice(columns))),
        ),
        Rival(
            "dx",
            "formula",
            "dx is what undoes the resampling, with the pseudo-inverses of rows and columns: a gradient goes back "
            "through the transposed matrices.",
            _wrong(lambda dy, rows, columns: _send_back(dy, np.linalg.pinv(rows).T, np.linalg.pinv(columns).T)),
        ),
    ),
)

OPERATIONS = (INTERPOLATE,)
