"""Chapter 1: sizes, parameters, receptive fields. What is asked of shapes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases import shapes as cases
from cnnlab.course.cases.conv import two
from cnnlab.course.cases.smaller_networks import propose_smaller_networks, propose_smaller_windows
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import receptive_field, size_mistakes
from cnnlab.course.topics.receptive_field import change_layers
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, ExpectedError, Oracle, Problem, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall

# conv_output_size: PyTorch is asked for a layer's output on an image without memory; NumPy lays the windows down.


def _size_by_pytorch(case: Case) -> Expected:
    import torch

    options = dict(case.options)
    kernel, ceil_mode = two(case.inputs["kernel_size"]), options.pop("ceil_mode", False)
    x = torch.empty((1, 1, *case.inputs["size"]), device="meta")
    if ceil_mode:
        options.setdefault("stride", 1)
        y = torch.nn.functional.max_pool2d(x, kernel, ceil_mode=True, **options)
    else:
        y = torch.nn.functional.conv2d(x, torch.empty((1, 1, *kernel), device="meta"), **options)
    return Expected(None, {"size": np.array(y.shape[2:])})


def _size_by_laying(case: Case) -> Expected:
    return Expected(None, {"size": _lay_both_axes(case)})


def _lay_both_axes(case: Case) -> np.ndarray:
    ceil_mode = case.options.get("ceil_mode", False)
    s, p, d = (two(case.options.get(name, usual)) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1)))
    size, k = case.inputs["size"], two(case.inputs["kernel_size"])
    return np.array([_lay_windows(size[i], k[i], s[i], p[i], d[i], ceil_mode) for i in (0, 1)])


def _lay_windows(h: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """Windows laid down one after the other along an axis, for as long as the next one fits."""
    count, reach = 0, d * (k - 1)
    while count * s - p + reach < h + p:
        count += 1
    over = (count - 1) * s - p + reach < h + p - 1  # cells that no window reached
    return count + (ceil_mode and over and count * s - p < h)


def _change_option(name: str, value: Any) -> Callable[[Case, Any], np.ndarray | None]:
    """The size that another value of an option would give, or None where no window fits then."""

    def compute(case: Case, right) -> np.ndarray | None:
        changed = replace(case, options={**case.options, name: value})
        return right(changed) if _lay_both_axes(changed).all() else None

    return compute


def _always_up(case: Case, right) -> np.ndarray:
    """Rounded up, with no look at where the last window begins: as if there were a stride's cells more."""
    stride = two(case.options.get("stride", 1))
    size = tuple(int(n) + s - 1 for n, s in zip(case.inputs["size"], stride, strict=True))
    return right(replace(case, inputs={**case.inputs, "size": size}, options={**case.options, "ceil_mode": False}))


def _up_in_ceil_mode(case: Case, right) -> np.ndarray:
    return _always_up(case, right) if case.options.get("ceil_mode") else right(case)


def _columns_first(case: Case, right) -> np.ndarray:
    return right(case)[::-1]


def _dilate_fully(case: Case, right) -> np.ndarray:
    """Where the kernel is taken to reach over d·k cells and not d·(k − 1) + 1."""
    kernel, dilation = two(case.inputs["kernel_size"]), two(case.options.get("dilation", 1))
    whole = tuple(d * k for d, k in zip(dilation, kernel, strict=True))
    inputs, options = {**case.inputs, "kernel_size": whole}, {**case.options, "dilation": 1}
    return right(replace(case, inputs=inputs, options=options))


SIZE_RIVALS = (
    Rival("size", "option", "size leaves the padding out: it adds p rows at either end.", _change_option("padding", 0)),
    Rival("size", "option", "size leaves the stride out.", _change_option("stride", 1)),
    Rival("size", "option", "size leaves the dilation out.", _change_option("dilation", 1)),
    Rival(
        "size",
        "option",
        "size takes a dilated kernel to reach over d·k cells: between k entries there are k − 1 gaps, so it reaches "
        "over d·(k − 1) + 1.",
        _dilate_fully,
    ),
    Rival("size", "option", "size leaves ceil_mode out.", _change_option("ceil_mode", False)),
    Rival(
        "size",
        "option",
        "size counts a window that begins below the image: with ceil_mode the last window has to begin in the image "
        "or in the padding before it.",
        _up_in_ceil_mode,
    ),
    Rival("size", "transpose", "size has columns before rows.", _columns_first),
    *size_mistakes.SIZE_RIVALS,
)


def _expect_error_where_nothing_fits(judge: Callable[[Case], Expected]) -> Callable[[Case], Expected]:
    """Promise the ValueError of the docstring in the cases that have no size."""

    def expect(case: Case) -> Expected:
        if case.name in cases.NOTHING_FITS:
            return ExpectedError.promise("size", why="not a single window fits")
        return judge(case)

    return expect


# count_parameters: PyTorch builds the layers without memory; NumPy fills the arrays of one output and counts.


def _count_by_pytorch(case: Case) -> Expected:
    import torch

    kinds = {"conv": torch.nn.Conv2d, "linear": torch.nn.Linear}
    layers = [kinds[kind](**options, device="meta") for kind, options in case.inputs["layers"] if kind in kinds]
    return Expected(None, {"count": np.array(sum(p.numel() for layer in layers for p in layer.parameters()))})


def _count_by_filling(case: Case) -> Expected:
    return Expected(None, {"count": np.array(sum(_entries(*layer) for layer in case.inputs["layers"]), int)})


def _entries(kind: str, options: dict[str, Any]) -> int:
    if kind not in ("conv", "linear"):
        return 0
    if kind == "linear":
        w = np.zeros((options["out_features"], options["in_features"]))
    else:
        channels = options["in_channels"] // options.get("groups", 1)
        w = np.zeros((options["out_channels"], channels, *two(options["kernel_size"])))
    return w.size + (len(w) if options.get("bias", True) else 0)


COUNT_RIVALS = (
    Rival(
        "count",
        "formula",
        "count leaves the biases out: every filter and every output of a linear layer has one.",
        change_layers(lambda kind, o: {**o, "bias": False} if kind in ("conv", "linear") else o),
    ),
    Rival(
        "count",
        "channel",
        "count gives a filter one kernel: it has one for every channel that it reads.",
        change_layers(lambda kind, o: {**o, "in_channels": 1, "groups": 1} if kind == "conv" else o),
    ),
    Rival(
        "count",
        "option",
        "count leaves groups out: a filter reads in_channels / groups channels.",
        change_layers(lambda kind, o: {**o, "groups": 1} if kind == "conv" else o),
    ),
    Rival(
        "count",
        "option",
        "count leaves bias=False out.",
        change_layers(lambda kind, o: {**o, "bias": True} if kind in ("conv", "linear") else o),
    ),
    Rival(
        "count",
        "option",
        "count leaves out groups and bias=False: a filter reads in_channels / groups channels, and a bias may be "
        "missing.",
        change_layers(lambda kind, o: {n: v for n, v in o.items() if n not in ("groups", "bias")}),
    ),
    *size_mistakes.COUNT_RIVALS,
)


def _operation(
    name: str, call: FunctionCall, values: tuple[str, ...], oracle: Oracle, rivals: tuple[Rival, ...], **about: Any
) -> Operation:
    exercise = Exercise(
        op=name, topic="shapes", chapter="ch01", problem=Problem(name, call, values, oracle, rivals), **about
    )
    return Operation(name, "shapes", "ch01", (exercise,))


OPERATIONS = (
    _operation(
        "conv_output_size",
        FunctionCall("conv_output_size", ("size", "kernel_size"), options=True, returns="numbers"),
        ("size",),
        Oracle(
            cases.windows,
            by_pytorch=_expect_error_where_nothing_fits(_size_by_pytorch),
            by_numpy=_expect_error_where_nothing_fits(_size_by_laying),
            properties=cases.WINDOWS,
            smaller=propose_smaller_windows,
        ),
        SIZE_RIVALS,
        points=3,
        where="chapter 1, steps 1 to 3",
        hints=(
            "Put a window on a row of cells, padding included. Where can the first window begin, and where the last?",
            (
                "In the padded row of H + 2p cells windows begin at 0, s, 2s, … as long as k cells still fit. How "
                "many places is that?"
            ),
            (
                "The last place is the largest multiple of s up to H + 2p − k. Divide, round down to count the steps, "
                "and add the first place. With dilation, k becomes d·(k − 1) + 1."
            ),
        ),
    ),
    _operation(
        "count_parameters",
        FunctionCall("count_parameters", ("layers",)),
        ("count",),
        Oracle(
            cases.networks(cases.COUNTED),
            by_pytorch=_count_by_pytorch,
            by_numpy=_count_by_filling,
            properties=(cases.KERNEL_PAIR, cases.GROUPS, cases.NO_BIAS, cases.SEVERAL),
            smaller=propose_smaller_networks,
        ),
        COUNT_RIVALS,
        points=2,
        where="chapter 1, step 4",
        hints=(
            (
                "Take one output of the layer. How many numbers does it read? It has one weight for each of them, and "
                "one bias."
            ),
            (
                "A filter reads in_channels · k · k numbers, and there are out_channels filters. How many places it "
                "is moved to does not matter."
            ),
            (
                "Go through the list and add up; only conv and linear count. With groups a filter reads in_channels / "
                "groups channels, and options.get('bias', True) says whether there is a bias."
            ),
        ),
    ),
    receptive_field.RECEPTIVE_FIELD,
)
