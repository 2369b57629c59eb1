"""Chapter 17: wrong differences of gradients, and wrong counts of what a convolution costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival
from cnnlab.gradcheck.runner import named_functions

#: What conv_cost returns, by name, in order.
COUNTS = ("multiplications", "parameters", "outputs")

# hessian_vector_product.


def take_difference(case: Case, **changed: Any) -> np.ndarray:
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


def _differ_twice(case: Case) -> np.ndarray:
    """The second difference of the gradient, over h²."""
    h = float(case.options.get("h", 1e-5))
    return take_difference(case, at={1.0: 1.0, 0.0: -2.0, -1.0: 1.0}) / h


def _keep_diagonal(case: Case) -> np.ndarray:
    """Each entry moved alone, with the change of its own entry of the gradient."""
    found = np.zeros(np.shape(case.inputs["v"]))
    for place in np.ndindex(found.shape):
        alone = np.zeros(found.shape)
        alone[place] = 1.0
        found[place] = take_difference(case, v=lambda v, alone=alone: alone * v)[place]
    return found


def _flatten(case: Case) -> np.ndarray:
    """The difference of gradients at points that were made flat."""
    flat = {name: np.ravel(case.inputs[name]) for name in ("w", "v")}
    return take_difference(replace(case, inputs={**case.inputs, **flat})).reshape(np.shape(case.inputs["w"]))


def _round_to_single(case: Case) -> np.ndarray:
    """The difference at points in float32."""
    gradient = named_functions.get_function(case.inputs["gradient"])
    w, v = (np.asarray(case.inputs[name], np.float32) for name in ("w", "v"))
    h = np.float32(case.options.get("h", 1e-5))
    return (np.asarray(gradient(w + h * v)) - np.asarray(gradient(w - h * v))).astype(np.float64) / (2 * float(h))


def _scaled_step(case: Case) -> np.ndarray:
    """The right direction with a step that the length of v divides."""
    v = np.asarray(case.inputs["v"], np.float64)
    return take_difference(case, h=float(case.options.get("h", 1e-5)) / (float(np.linalg.norm(v)) or 1.0))


ONE_SIDED = (
    "hv takes the difference to one side, whose error grows with h: gradient(w + h·v) − gradient(w − h·v), over 2h, "
    "has an error of the order of h²."
)

POINT_RIVALS = (
    _point_rival("formula", ONE_SIDED, lambda case: take_difference(case, at={1.0: 1.0, 0.0: -1.0})),
    _point_rival("formula", ONE_SIDED, lambda case: take_difference(case, at={0.0: 1.0, -1.0: -1.0})),
    _point_rival(
        "scale",
        "hv is twice too large: from w − h·v to w + h·v it is two steps, so the difference is divided by 2h.",
        lambda case: 2 * take_difference(case),
    ),
    _point_rival(
        "scale", "hv is not divided by 2h.", lambda case: 2 * float(case.options.get("h", 1e-5)) * take_difference(case)
    ),
    _point_rival(
        "scale",
        "hv is that of v scaled to length 1: the Hessian times v grows with v, so v stays as it is.",
        lambda case: take_difference(case, v=_unit),
    ),
    _point_rival(
        "formula",
        "The step is scaled by the length of v: w moves by h·v, however long v is.",
        _scaled_step,
    ),
    _point_rival(
        "formula",
        "hv moves every entry of w by h: entry k moves by h times v[k].",
        lambda case: take_difference(case, v=np.ones_like),
    ),
    *(
        _point_rival(
            "option",
            "hv is taken with a step that is always the same: the step is h, whatever its value.",
            lambda case, step=step: take_difference(case, h=step),
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
        "hv is the second difference of the gradient: the Hessian is its first derivative, so two points are enough, "
        "gradient(w + h·v) − gradient(w − h·v), over 2h.",
        _differ_twice,
    ),
    _point_rival(
        "formula",
        "hv has the diagonal of the Hessian alone: where an entry of w moves, the gradient changes at other entries "
        "too.",
        _keep_diagonal,
    ),
    _point_rival(
        "formula",
        "gradient gets a flat vector: it is to be called with an array of the shape of w.",
        _flatten,
    ),
    _point_rival(
        "dtype",
        "hv is a difference in float32, in which so small a step is mostly rounded away: use float64.",
        _round_to_single,
    ),
    _point_rival(
        "formula",
        "hv is multiplied by v once more: v goes into the difference only.",
        lambda case: take_difference(case) * np.asarray(case.inputs["v"]),
    ),
)


# conv_cost.


def count_layer(case: Case, partial: bool = False, sides: int = 2) -> tuple[int, int, int]:
    """Count the windows one by one.

    partial: also the one that reaches beyond the end, as ceil_mode does.   sides: on how many the padding is.
    """
    n, _, *image = case.inputs["x_shape"]
    filters, *window = case.inputs["w_shape"]
    places = 1
    for axis, (size, k) in enumerate(zip(image, window[1:], strict=True)):
        s, p, d = (
            two(case.options.get(name, usual))[axis] for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
        )
        end = size + (p if sides == 2 else 0)
        beyond = s - 1 if partial else 0
        places *= sum(start + d * (k - 1) < end + beyond for start in range(-p, end, s))
    outputs = n * filters * places
    return outputs * prod(window), filters * prod(window) + filters, outputs


def _change_count(compute: Callable[[Case, int, int, int], tuple[int, int, int] | None]):
    """Wrong counts, from the case and the right ones."""

    def part(k: int):
        def wrong(case: Case, right) -> np.ndarray | None:
            made = compute(case, *count_layer(case))
            return None if made is None else np.array(made[k])

        return wrong

    return part


def _cost_rivals(code: str, sentence: str, compute, names: str) -> tuple[Rival, ...]:
    part = _change_count(compute)
    return tuple(Rival(name, code, sentence, part(COUNTS.index(name))) for name in names.split())


def _drop_option(option: str, usual: int):
    def compute(case: Case, *_: int) -> tuple[int, int, int] | None:
        return count_layer(replace(case, options={**case.options, option: usual})) if option in case.options else None

    return compute


def _exchange_axes(case: Case, *_: int) -> tuple[int, int, int]:
    """The counts where (rows, columns) is read as (columns, rows)."""
    turned = {name: value[::-1] if isinstance(value, tuple) else value for name, value in case.options.items()}
    return count_layer(replace(case, options=turned))


def _divide_by_groups(case: Case, multiplications: int, parameters: int, outputs: int) -> tuple[int, int, int]:
    """The counts where the channels of a filter are divided by groups once more."""
    filters, channels, *kernel = case.inputs["w_shape"]
    window = channels // case.options.get("groups", 1) * prod(kernel)
    return outputs * window, filters * window + filters, outputs


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
        "option",
        "The channels of a filter are divided by groups twice: w_shape has C/groups already.",
        _divide_by_groups,
        "multiplications parameters",
    ),
    *_cost_rivals(
        "option",
        "A pair is read as (columns, rows): it is (rows, columns).",
        _exchange_axes,
        "multiplications outputs",
    ),
    *_cost_rivals(
        "option",
        "The padding is counted on one side: it is on both, 2p rows and columns in all.",
        lambda case, *_: count_layer(case, sides=1),
        "multiplications outputs",
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
        lambda case, *_: count_layer(case, partial=True),
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
