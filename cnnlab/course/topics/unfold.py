"""Chapters 7 and 8: windows as columns. What is asked of unfold.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.cases import unfold as cases
from cnnlab.course.cases.conv import two
from cnnlab.course.cases.smaller_columns import propose_smaller_columns
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.unfold_rivals import RIVALS, expect_convolution, to_float64
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property
from cnnlab.gradcheck.runner.calls import FunctionCall


def _quantities(case: Case) -> dict[str, float]:
    kernel = case.inputs["w"].shape[2:] if "w" in case.inputs else two(case.options["kernel_size"])
    return {"N": len(next(iter(case.inputs.values()))), "KH·KW": prod(kernel)}


def _torch(value: str, function: str):
    """The oracle by PyTorch's function of the same arguments."""

    def expect_torch_value(case: Case) -> Expected:
        import torch

        tensors = [v if v is None else torch.tensor(v) for v in to_float64(case).values()]
        return Expected(None, {value: getattr(torch.nn.functional, function)(*tensors, **case.options).numpy()})

    return expect_torch_value


# Without PyTorch: a window function is a convolution with filters that each pick one place of the window.


def _windows(x: np.ndarray, kernel_size, **options) -> np.ndarray:
    kernel, channels = two(kernel_size), x.shape[1]
    places = np.eye(channels * prod(kernel)).reshape(-1, channels, *kernel)
    y = loader.load_stub_function("conv", "conv2d_forward")(x, places, None, **options)[0]
    return y.reshape(*y.shape[:2], prod(y.shape[2:]))


def _expect_windows(case: Case) -> Expected:
    return Expected(None, {"cols": _windows(**to_float64(case), **case.options)})


def _give_back_sums(case: Case) -> Expected:
    """Each cell of x collects what im2col copies from it: the product of cols with the windows of an image of one 1."""
    cols, (h, w) = to_float64(case)["cols"], two(case.options["output_size"])
    options = {k: v for k, v in case.options.items() if k != "output_size"}
    channels = cols.shape[1] // prod(two(options["kernel_size"]))
    ones = np.eye(channels * h * w).reshape(-1, channels, h, w)
    x = np.tensordot(cols, _windows(ones, **options), ([1, 2], [1, 2]))
    return Expected(None, {"x": x.reshape(-1, channels, h, w)})


def _operation(name: str, value: str, arguments: str, oracle: Oracle, **about: Any) -> Operation:
    call = FunctionCall(name, tuple(arguments.split()), options=True)
    problem = Problem(name, call, (value,), oracle, tuple(r for r in RIVALS if r.gradient == value))
    exercise = Exercise(op=name, topic="unfold", problem=problem, **about)
    return Operation(name, "unfold", about["chapter"], (exercise,))


def _oracle(draw: cases.Draw, fits: Callable, properties: tuple[Property, ...], by_pytorch, by_numpy) -> Oracle:
    plan = cases.plan(draw, fits, properties)
    return Oracle(plan, by_pytorch=by_pytorch, by_numpy=by_numpy, properties=properties, quantities=_quantities)


OPERATIONS = (
    _operation(
        "conv2d_loops",
        "y",
        "x w b",
        _oracle(
            cases.loops, cases.no_options_of_windows, cases.LOOP_PROPERTIES, _torch("y", "conv2d"), expect_convolution
        ),
        chapter="ch07",
        points=4,
        where="chapter 7, convolution as loops",
        hints=(
            "Write down y[n, f, i, j] as a sum. Over which indices, and which cell of x meets w[f, c, u, v]?",
            "Seven loops: n, f, i, j for the cell, c, u, v for its sum. The cell of x is (s·i + u − p, s·j + v − p).",
            (
                "Where s·i + u − p or s·j + v − p lies outside of x, the cell is padding and adds nothing. After the "
                "sum, add b[f] once."
            ),
        ),
    ),
    _operation(
        "im2col",
        "cols",
        "x",
        _oracle(cases.windows, cases.one_of_each, cases.WINDOW_PROPERTIES, _torch("cols", "unfold"), _expect_windows),
        chapter="ch07",
        points=6,
        where="chapter 7, windows as columns",
        hints=(
            "One column is one window, laid flat. How many windows are there, and how many numbers are in each?",
            (
                "Loop over the places (u, v) of the kernel, not over the windows: for one place, the cells that all "
                "windows see there form one strided slice of the padded image."
            ),
            (
                "Fill an array of shape (N, C, KH, KW, OH, OW), one [:, :, u, v] at a time, with "
                "x_padded[:, :, d·u : d·u + s·(OH−1) + 1 : s, …]; reshape at the end."
            ),
        ),
    ),
    _operation(
        "col2im",
        "x",
        "cols",
        replace(
            _oracle(cases.columns, cases.one_of_each, cases.WINDOW_PROPERTIES, _torch("x", "fold"), _give_back_sums),
            smaller=propose_smaller_columns,
        ),
        chapter="ch08",
        points=4,
        where="chapter 8, step 9",
        hints=(
            "im2col copied a cell of x into several columns. What must come back to that cell?",
            "Go through the same slices as im2col, and turn the assignment around: what was read is now added to.",
            "x_padded[slice] += cols[:, :, u, v], for every place (u, v); then cut the padding off, as a copy.",
        ),
    ),
)
