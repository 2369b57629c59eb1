"""Chapter 17: curvature along a direction, and the cost of a convolution. What is asked of limits.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.course.cases.planning import labels_of
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import CORE, EXACT, GENERAL, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner import named_functions
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


#: A difference with the step 1e-5 is off by about 1e-10.
SMALL_STEP = 1e-8

POINTS: dict[str, tuple[Stage, Point]] = {
    "a vector": (CORE, Point("cube", (4,))),
    "a matrix": (CORE, Point("cube", (2, 3))),
    "one entry": (CORE, Point("cube", (1,))),
    "each entry acts on its neighbour": (CORE, Point("neighbours", (2, 3))),
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
    Property("entries that act on each other", "accumulate", "mixed", lambda point: point.f == "neighbours"),
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


def _difference(case: Case, **changed: Any) -> np.ndarray:
    """Return the centred difference of the gradient, or another: at: offsets with weights; h; v; over."""
    gradient = named_functions.get_function(case.inputs["gradient"])
    w, v = (np.asarray(case.inputs[name], np.float64) for name in ("w", "v"))
    h = float(changed.get("h", case.options.get("h", 1e-5)))
    v = changed.get("v", lambda v: v)(v)
    at = changed.get("at", {1.0: 0.5, -1.0: -0.5})
    return np.asarray(sum(weight * np.asarray(gradient(w + step * h * v)) for step, weight in at.items())) / h


def _point_rival(code: str, sentence: str, compute: Callable[[Case], np.ndarray]) -> Rival:
    return Rival("hv", code, sentence, lambda case, right: np.asarray(compute(case)))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / (np.linalg.norm(v) or 1.0)


def _scaled_step(case: Case) -> np.ndarray:
    """The right direction with a step that the length of v divides."""
    v = np.asarray(case.inputs["v"], np.float64)
    return _difference(case, h=float(case.options.get("h", 1e-5)) / (float(np.linalg.norm(v)) or 1.0))


ONE_SIDED = (
    "hv takes the difference to one side, whose error grows with h: gradient(w + h·v) − gradient(w − h·v), over 2h, "
    "has an error of the order of h²."
)

POINT_RIVALS = (
    _point_rival("formula", ONE_SIDED, lambda case: _difference(case, at={1.0: 1.0, 0.0: -1.0})),
    _point_rival("formula", ONE_SIDED, lambda case: _difference(case, at={0.0: 1.0, -1.0: -1.0})),
    _point_rival(
        "scale",
        "hv is twice too large: from w − h·v to w + h·v it is two steps, so the difference is divided by 2h.",
        lambda case: 2 * _difference(case),
    ),
    _point_rival(
        "scale", "hv is not divided by 2h.", lambda case: 2 * float(case.options.get("h", 1e-5)) * _difference(case)
    ),
    _point_rival(
        "scale",
        "hv is that of v scaled to length 1: the Hessian times v grows with v, so v stays as it is.",
        lambda case: _difference(case, v=_unit),
    ),
    _point_rival(
        "formula",
        "The step is scaled by the length of v: w moves by h·v, however long v is.",
        _scaled_step,
    ),
    _point_rival(
        "formula",
        "hv moves every entry of w by h: entry k moves by h times v[k].",
        lambda case: _difference(case, v=np.ones_like),
    ),
    *(
        _point_rival(
            "option",
            "hv is taken with a step that is always the same: the step is h, whatever its value.",
            lambda case, step=step: _difference(case, h=step),
        )
        for step in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
    ),
    _point_rival(
        "formula",
        "hv is the gradient at w: what is asked for is how the gradient changes along v.",
        lambda case: named_functions.get_function(case.inputs["gradient"])(np.asarray(case.inputs["w"], np.float64)),
    ),
    _point_rival(
        "formula",
        "hv is multiplied by v once more: v goes into the difference only.",
        lambda case: _difference(case) * np.asarray(case.inputs["v"]),
    ),
)


# conv_cost.


class Layer(NamedTuple):
    """A convolution, from its image to its options."""

    image: tuple[int, int] = (7, 9)
    kernel: tuple[int, int] = (3, 3)
    n: int = 2
    channels: int = 4
    filters: int = 6
    options: tuple[tuple[str, Any], ...] = ()


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
    "pairs": (GENERAL, Layer(options=(("stride", (2, 1)), ("padding", (0, 2)), ("dilation", (1, 2))))),
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
    Property("more than one image", "reduction", "batch", lambda layer: layer.n > 1),
)

COUNTS = ("multiplications", "parameters", "outputs")


def plan_costs(seed: int) -> tuple[Case, ...]:
    """Return the cases of conv_cost; nothing in them is drawn."""

    def case(name: str, stage: Stage, layer: Layer) -> Case:
        options = dict(layer.options)
        shapes = {
            "x_shape": (layer.n, layer.channels, *layer.image),
            "w_shape": (layer.filters, layer.channels // options.get("groups", 1), *layer.kernel),
        }
        labels = labels_of(layer, COST_PROPERTIES)
        return Case(name, stage, shapes, options, varies=labels, has=labels)

    return tuple(case(name, stage, layer) for name, (stage, layer) in COSTS.items())


def _expect_counts(multiplications: int, parameters: int, outputs: int) -> Expected:
    values = (multiplications, parameters, outputs)
    return Expected(None, {name: np.array(value) for name, value in zip(COUNTS, values, strict=True)})


def _count_by_pytorch(case: Case) -> Expected:
    import torch

    x, w = (torch.empty(tuple(case.inputs[name]), device="meta") for name in ("x_shape", "w_shape"))
    y = torch.nn.functional.conv2d(x, w, torch.empty(len(w), device="meta"), **case.options)
    return _expect_counts(y.numel() * w[0].numel(), w.numel() + len(w), y.numel())


def _count_by_laying(case: Case) -> Expected:
    return _expect_counts(*_count(case))


def _count(case: Case, partial: bool = False) -> tuple[int, int, int]:
    """Count the windows one by one. partial: also the one that reaches beyond the end, as ceil_mode does."""
    n, _, *image = case.inputs["x_shape"]
    filters, *window = case.inputs["w_shape"]
    places = 1
    for axis, (size, k) in enumerate(zip(image, window[1:], strict=True)):
        s, p, d = (
            two(case.options.get(name, usual))[axis] for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
        )
        beyond = s - 1 if partial else 0
        places *= sum(start + d * (k - 1) < size + p + beyond for start in range(-p, size + p, s))
    outputs = n * filters * places
    return outputs * prod(window), filters * prod(window) + filters, outputs


def _change_count(compute: Callable[[Case, int, int, int], tuple[int, int, int] | None]):
    """Wrong counts, from the case and the right ones."""

    def part(k: int):
        def wrong(case: Case, right) -> np.ndarray | None:
            made = compute(case, *_count(case))
            return None if made is None else np.array(made[k])

        return wrong

    return part


def _cost_rivals(code: str, sentence: str, compute, names: str) -> tuple[Rival, ...]:
    part = _change_count(compute)
    return tuple(Rival(name, code, sentence, part(COUNTS.index(name))) for name in names.split())


def _drop_option(option: str, usual: int):
    def compute(case: Case, *_: int) -> tuple[int, int, int] | None:
        return _count(replace(case, options={**case.options, option: usual})) if option in case.options else None

    return compute


def _see_all_channels(case: Case, multiplications: int, parameters: int, outputs: int) -> tuple[int, int, int]:
    groups, biases = case.options.get("groups", 1), case.inputs["w_shape"][0]
    return groups * multiplications, groups * (parameters - biases) + biases, outputs


COST_RIVALS = (
    *_cost_rivals(
        "reduction",
        "The images of the batch are not counted: every image has its own output.",
        lambda case, m, p, y: (m // case.inputs["x_shape"][0], p, y // case.inputs["x_shape"][0]),
        "multiplications outputs",
    ),
    *_cost_rivals(
        "formula",
        "parameters leaves the bias out: there is one number for each filter.",
        lambda case, m, p, y: (m, p - case.inputs["w_shape"][0], y),
        "parameters",
    ),
    *_cost_rivals(
        "formula",
        "parameters grows with the output: a filter and its bias are used at every place, and counted once.",
        lambda case, m, p, y: (m, m, y),
        "parameters",
    ),
    *_cost_rivals(
        "channel",
        "multiplications leaves the channels out: a window has KH·KW cells in each of its C/groups channels.",
        lambda case, m, p, y: (m // case.inputs["w_shape"][1], p, y),
        "multiplications",
    ),
    *_cost_rivals(
        "channel",
        "multiplications leaves the filters out: each filter has its own sum at every place.",
        lambda case, m, p, y: (m // case.inputs["w_shape"][0], p, y // case.inputs["w_shape"][0]),
        "multiplications outputs",
    ),
    *_cost_rivals(
        "option",
        "Every filter is taken to see all channels of x: it sees the C/groups channels of its own group.",
        _see_all_channels,
        "multiplications parameters",
    ),
    *_cost_rivals(
        "formula",
        "multiplications is that of one multiplication for every cell of x and every weight: the kernel meets only the "
        "places where it fits.",
        lambda case, m, p, y: (
            prod(case.inputs["x_shape"]) * prod(case.inputs["w_shape"][2:]) * case.inputs["w_shape"][0],
            p,
            y,
        ),
        "multiplications",
    ),
    *_cost_rivals(
        "formula",
        "The output's size is rounded up: a window that reaches beyond the image and its padding is left out.",
        lambda case, *_: _count(case, partial=True),
        "multiplications outputs",
    ),
    *(
        rival
        for option, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
        for rival in _cost_rivals(
            "option",
            f"The {option} is left out of the output's size.",
            _drop_option(option, usual),
            "multiplications outputs",
        )
    ),
)


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
                by_numpy=lambda case: Expected(None, {"hv": _difference(case)}),
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
            Oracle(plan_costs, by_pytorch=_count_by_pytorch, by_numpy=_count_by_laying, properties=COST_PROPERTIES),
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
