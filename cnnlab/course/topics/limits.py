"""Chapter 17: curvature along a direction, and the cost of a convolution. What is asked of limits.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.planning import labels_of
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.limits_mistakes import COST_RIVALS, COUNTS, POINT_RIVALS, count_layer, take_difference
from cnnlab.gradcheck.case import CORE, EXACT, GENERAL, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Expected, ExpectedError, Oracle, Problem, Property
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.snapshot import Layout

# hessian_vector_product: on whole numbers and with a step that is a power of two, every difference is exact.


class Point(NamedTuple):
    """A gradient by its name, the shape of w, and how the difference is taken."""

    f: str
    shape: tuple[int, ...]
    h: float | None = 0.25
    scale: float = 1.0  # of v
    layout: Layout = "plain"


#: The gradients in which an entry acts on another.
MIXED = ("neighbours", "rows_below")

#: A difference with the step 1e-5 is off by about 1e-10.
SMALL_STEP = 1e-8

POINTS: dict[str, tuple[Stage, Point]] = {
    "a vector": (CORE, Point("cube", (4,))),
    "a matrix": (CORE, Point("cube", (2, 3))),
    "one entry": (CORE, Point("cube", (1,))),
    "each entry acts on its neighbour": (CORE, Point("neighbours", (2, 3))),
    "each entry acts on the next row": (CORE, Point("rows_below", (3, 2))),
    "a quadratic loss": (CORE, Point("same", (3, 2))),
    "a larger step": (CORE, Point("cube", (3,), h=1.0)),
    "a smaller step": (CORE, Point("cube", (3,), h=2.0**-6)),
    "a long direction": (CORE, Point("cube", (3,), scale=8.0)),
    "the usual step": (CORE, Point("sine", (3, 2), h=None)),
    "four axes": (GENERAL, Point("neighbours", (2, 1, 2, 3))),
    "a number without axes": (GENERAL, Point("cube", ())),
    "a gradient that returns a view": (GENERAL, Point("backwards", (3, 2))),
    "arrays with gaps in memory": (GENERAL, Point("cube", (2, 3), layout="strided")),
    "read-only arrays": (GENERAL, Point("cube", (2, 3), layout="read-only")),
}

POINT_PROPERTIES = (
    Property("another step", "option", "h", lambda point: point.h not in (0.25, None)),
    Property("the usual step", "", "", lambda point: point.h is None),
    Property("a long direction", "scale", "length of v", lambda point: point.scale != 1),
    Property("entries that act on each other", "accumulate", "mixed", lambda point: point.f in MIXED),
)


def plan_points(seed: int) -> tuple[Case, ...]:
    """Return the cases of hessian_vector_product."""

    def case(name: str, stage: Stage, point: Point) -> Case:
        rng = generator(seed, name)
        draw = normals if point.h is None else integers
        inputs = {
            "gradient": point.f,
            "w": np.asarray(draw(rng, point.shape), np.float64),
            "v": np.asarray(point.scale * draw(rng, point.shape), np.float64),
        }
        options = {} if point.h is None else {"h": point.h}
        labels = labels_of(point, POINT_PROPERTIES)
        tolerance = SMALL_STEP if point.h is None else EXACT
        return Case(name, stage, inputs, options, varies=labels, has=labels, layout=point.layout, tolerance=tolerance)

    return tuple(case(name, stage, point) for name, (stage, point) in POINTS.items())


# conv_cost.


class Layer(NamedTuple):
    """A convolution, from its image to its options. reads: the channels of each filter, where they do not fit."""

    image: tuple[int, int] = (7, 9)
    kernel: tuple[int, int] = (3, 3)
    n: int = 2
    channels: int = 4
    filters: int = 6
    options: tuple[tuple[str, Any], ...] = ()
    reads: int | None = None


COSTS: dict[str, tuple[Stage, Layer]] = {
    "a 3×3 kernel": (CORE, Layer()),
    "LeNet's first layer": (CORE, Layer((32, 32), (5, 5), 1, 1, 6)),
    "one image": (CORE, Layer(n=1)),
    "one channel": (CORE, Layer(channels=1)),
    "one filter": (CORE, Layer(filters=1)),
    "a 1×1 kernel": (CORE, Layer(kernel=(1, 1))),
    "a kernel that is not square": (CORE, Layer(kernel=(2, 5))),
    "stride 2": (CORE, Layer(options=(("stride", 2),))),
    "stride 2 with a remainder": (CORE, Layer((8, 10), options=(("stride", 2),))),
    "padding 1": (CORE, Layer(options=(("padding", 1),))),
    "two groups": (CORE, Layer(options=(("groups", 2),))),
    "as many groups as channels": (CORE, Layer(filters=8, options=(("groups", 4),))),
    "stride 3 with padding and a remainder": (GENERAL, Layer((9, 11), options=(("stride", 3), ("padding", 1)))),
    "dilation 2": (GENERAL, Layer(options=(("dilation", 2),))),
    "a stride for rows and one for columns": (GENERAL, Layer(options=(("stride", (1, 3)), ("padding", (2, 1))))),
    "pairs": (GENERAL, Layer(options=(("stride", (2, 1)), ("padding", (0, 2)), ("dilation", (1, 2))))),
    "a kernel that just fits": (GENERAL, Layer((5, 9), (5, 3))),
    "a kernel larger than the image": (GENERAL, Layer((4, 9), (5, 3))),
    "dilated beyond the image": (GENERAL, Layer((7, 4), options=(("dilation", 2),))),
    "filters that read other channels": (GENERAL, Layer(reads=3)),
    "filters that groups do not divide": (GENERAL, Layer(filters=5, options=(("groups", 2),))),
}

#: The cases in which a ValueError is promised, with the reason.
REFUSED = {
    "a kernel larger than the image": "the kernel does not fit into the image",
    "dilated beyond the image": "the kernel does not fit into the image",
    "filters that read other channels": "the channels of x and w do not fit together",
    "filters that groups do not divide": "groups do not divide the filters",
}

COST_PROPERTIES = (
    *(
        Property(label, "option", name, lambda layer, name=name: name in dict(layer.options))
        for name, label in (
            ("stride", "another stride"),
            ("padding", "padding"),
            ("dilation", "dilation"),
            ("groups", "groups"),
        )
    ),
    Property(
        "different values for rows and columns",
        "option",
        "pairs",
        lambda layer: any(isinstance(value, tuple) for _, value in layer.options),
    ),
    Property("more than one image", "reduction", "batch", lambda layer: layer.n > 1),
)


def plan_costs(seed: int) -> tuple[Case, ...]:
    """Return the cases of conv_cost; nothing in them is drawn."""

    def case(name: str, stage: Stage, layer: Layer) -> Case:
        options = dict(layer.options)
        shapes = {
            "x_shape": (layer.n, layer.channels, *layer.image),
            "w_shape": (layer.filters, layer.reads or layer.channels // options.get("groups", 1), *layer.kernel),
        }
        labels = labels_of(layer, COST_PROPERTIES)
        return Case(name, stage, shapes, options, varies=labels, has=labels)

    return tuple(case(name, stage, layer) for name, (stage, layer) in COSTS.items())


def _expect_counts(multiplications: int, parameters: int, outputs: int) -> Expected:
    values = (multiplications, parameters, outputs)
    return Expected(None, {name: np.array(value) for name, value in zip(COUNTS, values, strict=True)})


def _promise_error(judge: Callable[[Case], Expected]) -> Callable[[Case], Expected]:
    """Promise the ValueError of the docstring in the cases of REFUSED."""

    def expect(case: Case) -> Expected:
        why = REFUSED.get(case.name)
        return ExpectedError.promise(*COUNTS, why=why) if why else judge(case)

    return expect


def _count_by_pytorch(case: Case) -> Expected:
    import torch

    x, w = (torch.empty(tuple(case.inputs[name]), device="meta") for name in ("x_shape", "w_shape"))
    y = torch.nn.functional.conv2d(x, w, torch.empty(len(w), device="meta"), **case.options)
    return _expect_counts(y.numel() * w[0].numel(), w.numel() + len(w), y.numel())


def _count_by_laying(case: Case) -> Expected:
    return _expect_counts(*count_layer(case))


def _operation(problem: Problem, **about: Any) -> Operation:
    exercise = Exercise(op=problem.name, topic="limits", chapter="ch17", problem=problem, **about)
    return Operation(problem.name, "limits", "ch17", (exercise,))


OPERATIONS = (
    _operation(
        Problem(
            "hessian_vector_product",
            FunctionCall("hessian_vector_product", ("gradient", "w", "v"), options=True, functions=("gradient",)),
            ("hv",),
            Oracle(
                plan_points,
                by_numpy=lambda case: Expected(None, {"hv": take_difference(case)}),
                properties=POINT_PROPERTIES,
            ),
            POINT_RIVALS,
        ),
        points=3,
        where="chapter 17, step 1",
        hints=(
            "The Hessian says how the gradient changes when w moves. How does it change when w moves along v?",
            "Take the gradient at two points, one on either side of w, and compare. How far apart are the points?",
            "The points are w + h·v and w − h·v, and the difference of the gradients is divided by 2h. The length of v "
            "stays as it is.",
        ),
    ),
    _operation(
        Problem(
            "conv_cost",
            FunctionCall("conv_cost", ("x_shape", "w_shape"), options=True),
            COUNTS,
            Oracle(
                plan_costs,
                by_pytorch=_promise_error(_count_by_pytorch),
                by_numpy=_promise_error(_count_by_laying),
                properties=COST_PROPERTIES,
            ),
            COST_RIVALS,
        ),
        points=2,
        where="chapter 17, step 9",
        hints=(
            "How many numbers does the output have? How many products are added up for one of them?",
            "Chapter 1 gave the output's rows and columns. One output number is a sum over a window: KH·KW cells in "
            "each of the channels that its filter sees.",
            "Each of N·F·OH·OW numbers has one product for each weight of its filter, and the shape of w says how many "
            "those are. The bias is a parameter and no multiplication.",
        ),
    ),
)
