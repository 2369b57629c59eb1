"""Chapter 1: what a cell sees of the image. What is asked of receptive_field in shapes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases import shapes as cases
from cnnlab.course.cases.smaller_networks import propose_smaller_networks
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import field_mistakes
from cnnlab.course.topics.field_mistakes import read_layer
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall

# PyTorch sends a gradient back from two neighbouring cells; NumPy follows their windows down.

SEES = ("size", "jump", "start")


def _find_field_by_pytorch(case: Case) -> Expected:
    import torch

    rows = torch.zeros(1, 1, 500, dtype=torch.float64, requires_grad=True)
    y = rows
    for kind, given in case.inputs["layers"]:
        if kind != "relu":
            k, s, p, d = read_layer(kind, given)
            w = torch.ones(1, 1, k, dtype=torch.float64)
            y = torch.nn.functional.conv1d(y, w, stride=s, padding=p, dilation=d)
    middle = y.shape[2] // 2  # far from both ends, so that all it sees is there
    seen = [torch.autograd.grad(y[0, 0, i], rows, retain_graph=True)[0][0, 0] for i in (middle, middle + 1)]
    first, second = (np.flatnonzero(g.numpy()) for g in seen)
    jump = second[0] - first[0]
    return _expect_field(first[-1] - first[0] + 1, jump, first[0] - jump * middle)


def _find_field_by_following(case: Case) -> Expected:
    """From a cell down: its window in the last layer's input, the windows of that window's ends, and so on."""

    def window(cell: int) -> tuple[int, int]:
        low = high = cell
        for kind, given in reversed(case.inputs["layers"]):
            if kind != "relu":
                k, s, p, d = read_layer(kind, given)
                low, high = s * low - p, s * high - p + d * (k - 1)
        return low, high

    (low, high), (following, _) = window(0), window(1)
    return _expect_field(high - low + 1, following - low, low)


def _expect_field(*values) -> Expected:
    return Expected(None, {name: np.array(int(v)) for name, v in zip(SEES, values, strict=True)})


def change_layers(change: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Callable[[Case, Any], np.ndarray]:
    """What the right function says of a network whose options were changed."""

    def compute(case: Case, right) -> np.ndarray:
        layers = [(kind, change(kind, options)) for kind, options in case.inputs["layers"]]
        return right(replace(case, inputs={"layers": layers}))

    return compute


def _measure_each_layer(case: Case, right) -> list[np.ndarray]:
    """What each layer would give if it were the only one."""
    return [right(replace(case, inputs={"layers": [layer]})) for layer in case.inputs["layers"]]


def _reverse_layers(case: Case, right) -> np.ndarray:
    return right(replace(case, inputs={"layers": case.inputs["layers"][::-1]}))


def _skip_pools(case: Case, right) -> np.ndarray:
    layers = [layer for layer in case.inputs["layers"] if "pool" not in layer[0]]
    return right(replace(case, inputs={"layers": layers}))


def _jump_first(case: Case, right) -> np.ndarray:
    """Where a layer's own stride counts for its own window too."""
    size = jump = 1
    for kind, given in case.inputs["layers"]:
        if kind != "relu":
            k, s, _, d = read_layer(kind, given)
            jump *= s
            size += d * (k - 1) * jump
    return np.array(size)


RIVALS = (
    Rival(
        "size",
        "formula",
        "size adds k − 1 for every layer, without the jump: after a stride neighbouring cells are further apart in "
        "the image.",
        lambda case, right: np.array(1 + sum(size - 1 for size in _measure_each_layer(case, right)), int),
    ),
    Rival(
        "size",
        "formula",
        "size is the product of the windows: neighbouring windows overlap, so a layer adds (k − 1) · jump, and the "
        "jump is the product of the strides.",
        lambda case, right: np.array(np.prod(_measure_each_layer(case, right)), int),
    ),
    Rival(
        "size",
        "formula",
        "size uses a layer's stride for that layer's own window: the jump of what comes before the layer counts, and "
        "the stride only afterwards.",
        _jump_first,
    ),
    Rival("size", "formula", "size goes through the layers from the last to the first.", _reverse_layers),
    Rival(
        "size",
        "option",
        "size leaves the dilation out: with it a window reaches over d·(k − 1) + 1 cells.",
        change_layers(lambda kind, o: {**o, "dilation": 1} if kind == "conv" else o),
    ),
    *(
        Rival(
            name,
            "option",
            "The jump takes pooling to move by 1 where no stride is given: a window of pooling then moves by its own "
            "size.",
            change_layers(lambda kind, o: {"stride": 1, **o} if "pool" in kind else o),
        )
        for name in ("size", "jump")
    ),
    Rival(
        "size",
        "option",
        "size leaves the dilation out, and takes pooling to move by 1 where no stride is given: it then moves by its "
        "own size.",
        change_layers(lambda kind, o: {"stride": 1, **o, "dilation": 1} if kind != "relu" else o),
    ),
    *(
        Rival(
            name,
            "formula",
            "Pooling layers are left out: their windows slide like those of a convolution.",
            _skip_pools,
        )
        for name in SEES
    ),
    Rival(
        "start",
        "formula",
        "start takes off the padding of every layer, without the jump: after a stride a row of padding is as wide as "
        "the jump.",
        lambda case, right: np.array(sum(_measure_each_layer(case, right)), int),
    ),
    Rival(
        "start",
        "sign",
        "start has the wrong sign: padding moves the window towards rows below 0.",
        lambda case, right: -right(case),
    ),
    *field_mistakes.RIVALS,
)


FIELD = Exercise(
    op="receptive_field",
    topic="shapes",
    chapter="ch01",
    problem=Problem(
        "receptive_field",
        FunctionCall("receptive_field", ("layers",)),
        SEES,
        Oracle(
            cases.networks(cases.SEEN),
            by_pytorch=_find_field_by_pytorch,
            by_numpy=_find_field_by_following,
            properties=(cases.STRIDE, cases.PADDING, cases.DILATION, cases.DEFAULT_STRIDE, cases.SEVERAL),
            smaller=propose_smaller_networks,
        ),
        RIVALS,
    ),
    points=4,
    where="chapter 1, steps 5 and 6",
    hints=(
        (
            "With no layer at all, cell i sees row i alone: size 1, jump 1, start 0. How does one more layer change "
            "each of them?"
        ),
        (
            "A cell of the new layer sees k cells of the layer before, which lie `jump` rows apart in the image. So "
            "how many rows are added to size? And by how many rows does padding move start?"
        ),
        (
            "Change size and start with the jump from before the layer, and only then multiply the jump by the "
            "stride. A ReLU changes nothing; a pool without a stride has its kernel_size as stride."
        ),
    ),
)

RECEPTIVE_FIELD = Operation("receptive_field", "shapes", "ch01", (FIELD,))
