"""Chapter 1: sizes, parameters, receptive fields. What is asked of shapes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases import shapes as cases
from cnnlab.course.cases.conv import two
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.calling import Call
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Rival

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
    return Expected(None, {"size": _laid_both(case)})


def _laid_both(case: Case) -> np.ndarray:
    ceil_mode = case.options.get("ceil_mode", False)
    s, p, d = (two(case.options.get(name, usual)) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1)))
    size, k = case.inputs["size"], two(case.inputs["kernel_size"])
    return np.array([_laid(size[i], k[i], s[i], p[i], d[i], ceil_mode) for i in (0, 1)])


def _laid(h: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """Windows laid down one after the other along an axis, for as long as the next one fits."""
    count, reach = 0, d * (k - 1)
    while count * s - p + reach < h + p:
        count += 1
    over = (count - 1) * s - p + reach < h + p - 1  # cells that no window reached
    return count + (ceil_mode and over and count * s - p < h)


def _with_option(name: str, value: Any) -> Callable[[Case, Any], np.ndarray | None]:
    """The size that another value of an option would give, or None where no window fits then."""

    def compute(case: Case, right) -> np.ndarray | None:
        changed = replace(case, options={**case.options, name: value})
        return right(changed) if _laid_both(changed).all() else None

    return compute


def _padded_once(case: Case, right) -> np.ndarray:
    padding = two(case.options.get("padding", 0))
    h, w = case.inputs["size"]
    inputs = {**case.inputs, "size": (h + padding[0], w + padding[1])}
    return right(replace(case, inputs=inputs, options={**case.options, "padding": 0}))


def _always_up(case: Case, right) -> np.ndarray:
    """Rounded up, with no look at where the last window begins: as if there were a stride's cells more."""
    stride = two(case.options.get("stride", 1))
    size = tuple(int(n) + s - 1 for n, s in zip(case.inputs["size"], stride, strict=True))
    return right(replace(case, inputs={**case.inputs, "size": size}, options={**case.options, "ceil_mode": False}))


def _up_in_ceil_mode(case: Case, right) -> np.ndarray:
    return _always_up(case, right) if case.options.get("ceil_mode") else right(case)


def _columns_first(case: Case, right) -> np.ndarray:
    return right(case)[::-1]


def _dilated_fully(case: Case, right) -> np.ndarray:
    """Where the kernel is taken to reach over d·k cells and not d·(k − 1) + 1."""
    kernel, dilation = two(case.inputs["kernel_size"]), two(case.options.get("dilation", 1))
    whole = tuple(d * k for d, k in zip(dilation, kernel, strict=True))
    inputs, options = {**case.inputs, "kernel_size": whole}, {**case.options, "dilation": 1}
    return right(replace(case, inputs=inputs, options=options))


SIZE_RIVALS = (
    Rival(
        "size",
        "formula",
        "size lacks the first window: the steps between windows are counted, and there is one window more than steps.",
        lambda case, right: right(case) - 1,
    ),
    Rival("size", "option", "size leaves the padding out: it adds p rows at either end.", _with_option("padding", 0)),
    Rival("size", "option", "size adds the padding once: there are p rows at either end, 2p in all.", _padded_once),
    Rival("size", "option", "size leaves the stride out.", _with_option("stride", 1)),
    Rival("size", "geometry", "size is rounded up: a window that does not fit any more is left out.", _always_up),
    Rival("size", "option", "size leaves the dilation out.", _with_option("dilation", 1)),
    Rival(
        "size",
        "option",
        "size takes a dilated kernel to reach over d·k cells: between k entries there are k − 1 gaps, so it reaches "
        "over d·(k − 1) + 1.",
        _dilated_fully,
    ),
    Rival("size", "option", "size leaves ceil_mode out.", _with_option("ceil_mode", False)),
    Rival(
        "size",
        "option",
        "size counts a window that begins behind the image: with ceil_mode the last window has to begin in the image "
        "or in the padding before it.",
        _up_in_ceil_mode,
    ),
    Rival("size", "transpose", "size has columns before rows.", _columns_first),
)

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


def _changed(change: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Callable[[Case, Any], np.ndarray]:
    """What the right function says of a network whose options were changed."""

    def compute(case: Case, right) -> np.ndarray:
        layers = [(kind, change(kind, options)) for kind, options in case.inputs["layers"]]
        return right(replace(case, inputs={"layers": layers}))

    return compute


def _bias_per_weight(case: Case, right) -> np.ndarray:
    """One bias for each filter and channel."""
    convs = [o for kind, o in case.inputs["layers"] if kind == "conv" and o.get("bias", True)]
    return right(case) + np.array(sum((o["in_channels"] - 1) * o["out_channels"] for o in convs), int)


COUNT_RIVALS = (
    Rival(
        "count",
        "formula",
        "count leaves the biases out: every filter and every output of a linear layer has one.",
        _changed(lambda kind, o: {**o, "bias": False} if kind in ("conv", "linear") else o),
    ),
    Rival(
        "count",
        "channel",
        "count gives a filter one kernel: it has one for every channel that it reads.",
        _changed(lambda kind, o: {**o, "in_channels": 1, "groups": 1} if kind == "conv" else o),
    ),
    Rival(
        "count",
        "formula",
        "count has a bias for each channel of a filter: a filter has one bias, however many channels it reads.",
        _bias_per_weight,
    ),
    Rival(
        "count",
        "option",
        "count leaves groups out: a filter reads in_channels / groups channels.",
        _changed(lambda kind, o: {**o, "groups": 1} if kind == "conv" else o),
    ),
    Rival(
        "count",
        "option",
        "count leaves bias=False out.",
        _changed(lambda kind, o: {**o, "bias": True} if kind in ("conv", "linear") else o),
    ),
)

# receptive_field: PyTorch sends a gradient back from two neighbouring cells; NumPy follows their windows down.

SEES = ("size", "jump", "start")


def _field_by_pytorch(case: Case) -> Expected:
    import torch

    rows = torch.zeros(1, 1, 500, dtype=torch.float64, requires_grad=True)
    y = rows
    for kind, given in case.inputs["layers"]:
        if kind != "relu":
            k, s, p, d = _numbers(kind, given)
            w = torch.ones(1, 1, k, dtype=torch.float64)
            y = torch.nn.functional.conv1d(y, w, stride=s, padding=p, dilation=d)
    middle = y.shape[2] // 2  # far from both ends, so that all it sees is there
    seen = [torch.autograd.grad(y[0, 0, i], rows, retain_graph=True)[0][0, 0] for i in (middle, middle + 1)]
    first, second = (np.flatnonzero(g.numpy()) for g in seen)
    jump = second[0] - first[0]
    return _seen(first[-1] - first[0] + 1, jump, first[0] - jump * middle)


def _field_by_following(case: Case) -> Expected:
    """From a cell down: its window in the last layer's input, the windows of that window's ends, and so on."""

    def window(cell: int) -> tuple[int, int]:
        low = high = cell
        for kind, given in reversed(case.inputs["layers"]):
            if kind != "relu":
                k, s, p, d = _numbers(kind, given)
                low, high = s * low - p, s * high - p + d * (k - 1)
        return low, high

    (low, high), (following, _) = window(0), window(1)
    return _seen(high - low + 1, following - low, low)


def _numbers(kind: str, given: dict[str, Any]) -> tuple[int, int, int, int]:
    k = given["kernel_size"]
    return k, given.get("stride", 1 if kind == "conv" else k), given.get("padding", 0), given.get("dilation", 1)


def _seen(*values) -> Expected:
    return Expected(None, {name: np.array(int(v)) for name, v in zip(SEES, values, strict=True)})


def _alone(case: Case, right) -> list[np.ndarray]:
    """What each layer would give if it were the only one."""
    return [right(replace(case, inputs={"layers": [layer]})) for layer in case.inputs["layers"]]


def _last_stride(case: Case, right) -> np.ndarray:
    sliding = [layer for layer in case.inputs["layers"] if layer[0] != "relu"]
    return right(replace(case, inputs={"layers": sliding[-1:]}))


def _reversed(case: Case, right) -> np.ndarray:
    return right(replace(case, inputs={"layers": case.inputs["layers"][::-1]}))


def _jumped_first(case: Case, right) -> np.ndarray:
    """Where a layer's own stride counts for its own window too."""
    size = jump = 1
    for kind, given in case.inputs["layers"]:
        if kind != "relu":
            k, s, _, d = _numbers(kind, given)
            jump *= s
            size += d * (k - 1) * jump
    return np.array(size)


FIELD_RIVALS = (
    Rival(
        "size",
        "formula",
        "size adds k − 1 for every layer, without the jump: behind a stride neighbouring cells lie further apart in "
        "the image.",
        lambda case, right: np.array(1 + sum(size - 1 for size in _alone(case, right)), int),
    ),
    Rival(
        "size",
        "formula",
        "size multiplies the windows: neighbouring windows overlap, so a layer adds (k − 1) · jump.",
        lambda case, right: np.array(np.prod(_alone(case, right)), int),
    ),
    Rival(
        "size",
        "formula",
        "size uses a layer's stride for that layer's own window: the jump of what comes before the layer counts, and "
        "the stride only afterwards.",
        _jumped_first,
    ),
    Rival("size", "formula", "size goes through the layers from the last to the first.", _reversed),
    Rival(
        "size",
        "option",
        "size leaves the dilation out: with it a window reaches over d·(k − 1) + 1 cells.",
        _changed(lambda kind, o: {**o, "dilation": 1} if kind == "conv" else o),
    ),
    Rival(
        "jump",
        "option",
        "jump takes pooling to move by 1 where no stride is said: a window of pooling then moves by its own size.",
        _changed(lambda kind, o: {"stride": 1, **o} if "pool" in kind else o),
    ),
    Rival(
        "jump",
        "formula",
        "jump adds the strides up: a step behind two layers is a step of the second layer, each of which is as many "
        "steps of the first: they multiply.",
        lambda case, right: np.array(1 + sum(jump - 1 for jump in _alone(case, right)), int),
    ),
    Rival(
        "jump",
        "formula",
        "jump is the last layer's stride alone: those of the layers before it multiply.",
        _last_stride,
    ),
    Rival(
        "start",
        "formula",
        "start takes off the padding of every layer, without the jump: behind a stride a row of padding is as wide as "
        "the jump.",
        lambda case, right: np.array(sum(_alone(case, right)), int),
    ),
    Rival(
        "start",
        "sign",
        "start has the wrong sign: padding moves the window towards rows below 0.",
        lambda case, right: -right(case),
    ),
)


def _operation(name: str, call: Call, values: tuple[str, ...], oracle: Oracle, rivals, **about: Any) -> Operation:
    exercise = Exercise(
        op=name, topic="shapes", chapter="ch01", problem=Problem(name, call, values, oracle, rivals), **about
    )
    return Operation(name, "shapes", "ch01", (exercise,))


OPERATIONS = (
    _operation(
        "conv_output_size",
        Call(None, "conv_output_size", ("size", "kernel_size"), options=True, listed=True),
        ("size",),
        Oracle(cases.windows, by_pytorch=_size_by_pytorch, by_numpy=_size_by_laying, properties=cases.WINDOWS),
        SIZE_RIVALS,
        points=3,
        where="chapter 1, steps 1 to 3",
        hints=(
            "Lay windows on a row of cells. Where does the first one begin, and where must the last one end?",
            (
                "The first begins at 0 of the padded row of H + 2p cells, the last at the largest multiple of s from "
                "which k cells still fit. How many multiples are that?"
            ),
            "(H + 2p − k) // s + 1 for rows, and the same for columns with W; in general k becomes d·(k − 1) + 1.",
        ),
    ),
    _operation(
        "count_parameters",
        Call(None, "count_parameters", ("layers",)),
        ("count",),
        Oracle(
            cases.networks(cases.COUNTED),
            by_pytorch=_count_by_pytorch,
            by_numpy=_count_by_filling,
            properties=(cases.KERNEL_PAIR, cases.GROUPS, cases.NO_BIAS),
        ),
        COUNT_RIVALS,
        points=2,
        where="chapter 1, step 4",
        hints=(
            "For one output: how many numbers does it read? It has a weight for each, and one bias.",
            "A filter reads in_channels · k · k numbers, and there are out_channels filters. Positions do not count.",
            (
                "Go through the layers; for conv add out · (in · k · k + 1), for linear out · (in + 1), else 0. With "
                "groups a filter reads in / groups channels; options.get('bias', True) says whether there is a bias."
            ),
        ),
    ),
    _operation(
        "receptive_field",
        Call(None, "receptive_field", ("layers",)),
        SEES,
        Oracle(
            cases.networks(cases.SEEN),
            by_pytorch=_field_by_pytorch,
            by_numpy=_field_by_following,
            properties=(cases.STRIDE, cases.PADDING, cases.DILATION, cases.DEFAULT_STRIDE),
        ),
        FIELD_RIVALS,
        points=4,
        where="chapter 1, steps 5 and 6",
        hints=(
            "Behind no layer, cell i sees row i alone: size 1, jump 1, start 0. What does one more layer do to each?",
            (
                "A cell of the new layer sees k cells of the old one, which lie `jump` rows apart in the image. So how "
                "many rows are added to size?"
            ),
            (
                "For each layer, in this order: size += d·(k − 1)·jump, start −= p·jump, jump *= s. A ReLU changes "
                "nothing; a pool's stride is its kernel_size where it is not said."
            ),
        ),
    ),
)
