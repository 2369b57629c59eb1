"""Chapter 3: a judge of one's own. What is asked of numeric.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases import numeric as cases
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import bug_hunt, error_mistakes, numeric_mistakes
from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.problem import Expected, HuntProblem, Oracle, Problem, Rival
from cnnlab.gradcheck.runner import named_functions
from cnnlab.gradcheck.runner.calls import FunctionCall

#: What a derivative is taken for: the offsets, in steps, at which f is looked at, with their weights.
Stencil = Mapping[float, float]
CENTRED: Stencil = {1.0: 0.5, -1.0: -0.5}
FORWARD: Stencil = {1.0: 1.0, 0.0: -1.0}
BACKWARD: Stencil = {0.0: 1.0, -1.0: -1.0}
EXTRAPOLATED: Stencil = {0.5: 4 / 3, -0.5: -4 / 3, 1.0: -1 / 6, -1.0: 1 / 6}


def _slope(case: Case, v: np.ndarray, stencil: Stencil, h: float | None = None) -> float:
    """The slope of sum(dy * f(x)) along v."""
    f, h = named_functions.get_function(case.inputs["f"]), float(case.options.get("h", 1e-5) if h is None else h)
    x, dy = (np.asarray(case.inputs[name], np.float64) for name in ("x", "dy"))
    return sum(float(np.sum(weight * dy * f(x + at * h * v))) for at, weight in stencil.items()) / h


def _gradient(case: Case, stencil: Stencil, h: float | None = None) -> np.ndarray:
    """Along every unit vector."""
    shape = np.shape(case.inputs["x"])
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return np.array([_slope(case, unit, stencil, h) for unit in units]).reshape(shape)


def _difference_centred(case: Case) -> Expected:
    return Expected(None, {"dx": _gradient(case, CENTRED)})


def _both(case: Case) -> Expected:
    promised = np.sum(case.inputs["dx"] * case.inputs["v"])
    return Expected(None, {"measured": np.array(_slope(case, case.inputs["v"], CENTRED)), "promised": promised})


def _change_inputs(**inputs: Any):
    """The right answer for changed inputs."""
    return lambda case, right: right(
        replace(case, inputs={**case.inputs, **{n: np.asarray(change(case.inputs)) for n, change in inputs.items()}})
    )


def _all_at_once(case: Case, right) -> np.ndarray | None:
    """dy times the difference when every entry moves, entry by entry: only where y has the shape of x."""
    f, h, x = (
        named_functions.get_function(case.inputs["f"]),
        case.options.get("h", 1e-5),
        np.asarray(case.inputs["x"], np.float64),
    )
    y = (f(x + h) - f(x - h)) / (2 * h)
    return case.inputs["dy"] * y if np.shape(y) == x.shape else None


ONE_SIDED = "{} takes the difference to one side: f(x + h) − f(x − h), over 2h, has an error of h² and not of h."

VJP_RIVALS = (
    Rival("dx", "formula", ONE_SIDED.format("dx"), lambda case, right: _gradient(case, FORWARD)),
    Rival("dx", "formula", ONE_SIDED.format("dx"), lambda case, right: _gradient(case, BACKWARD)),
    Rival(
        "dx",
        "scale",
        "dx is twice too large: from x − h to x + h it is 2h, so the difference is divided by 2h.",
        lambda case, right: 2 * right(case),
    ),
    Rival(
        "dx",
        "upstream",
        "dx is the gradient of the sum of y: every entry of y counts with its own dy.",
        _change_inputs(dy=lambda given: np.ones_like(given["dy"])),
    ),
    Rival("dx", "accumulate", "dx moves all entries at once: each is moved alone, and the others rest.", _all_at_once),
    Rival(
        "dx",
        "option",
        "dx is taken with a step of 1e-5, whatever h says.",
        lambda case, right: _gradient(case, CENTRED, h=1e-5),
    ),
    Rival(
        "dx",
        "formula",
        "dx is extrapolated from two steps; what is asked for is one centred difference with step h.",
        lambda case, right: _gradient(case, EXTRAPOLATED),
    ),
    *numeric_mistakes.VJP_RIVALS,
)

DIRECTION_RIVALS = (
    Rival(
        "measured",
        "formula",
        ONE_SIDED.format("measured"),
        lambda case, right: np.array(_slope(case, case.inputs["v"], FORWARD)),
    ),
    Rival(
        "measured",
        "scale",
        "measured is twice too large: from x − h·v to x + h·v it is two steps.",
        lambda case, right: 2 * right(case),
    ),
    Rival(
        "measured",
        "upstream",
        "measured leaves dy out: it is the slope of sum(dy * f(x)).",
        _change_inputs(dy=lambda given: np.ones_like(given["dy"])),
    ),
    Rival(
        "measured",
        "formula",
        "measured moves every entry of x by h: entry k moves by h times v[k].",
        _change_inputs(v=lambda given: np.ones_like(given["v"])),
    ),
    Rival(
        "promised",
        "formula",
        "promised adds dx up without the direction: along v, entry k moves v[k] times as far.",
        _change_inputs(v=lambda given: np.ones_like(given["v"])),
    ),
    Rival(
        "promised",
        "formula",
        "promised is the slope that was measured: it has to come from dx.",
        lambda case, right: np.array(_slope(case, case.inputs["v"], CENTRED)),
    ),
    *numeric_mistakes.DIRECTION_RIVALS,
)

# relative_error.


def _norms(case: Case) -> tuple[float, float, float]:
    """|a - b|, |a|, |b|, as roots of scalar products."""
    a, b = (np.ravel(case.inputs[name]).astype(np.float64) for name in "ab")
    distance, first, second = (float(np.sqrt(v @ v)) for v in (a - b, a, b))
    return distance, first, second


def _relative(case: Case) -> Expected:
    distance, a, b = _norms(case)
    return Expected(None, {"error": np.array(distance / (a + b) if a + b != 0 else 0.0)})


def _exercise(problem: Problem, **about: Any) -> Exercise:
    return Exercise(op=problem.name, topic="numeric", chapter="ch03", problem=problem, **about)


VJP = _exercise(
    Problem(
        "numerical_vjp",
        FunctionCall("numerical_vjp", ("f", "x", "dy"), options=True, functions=("f",)),
        ("dx",),
        Oracle(
            cases.plan_vjp_cases,
            by_numpy=_difference_centred,
            properties=cases.VJP_PROPERTIES,
        ),
        VJP_RIVALS,
    ),
    points=4,
    where="chapter 3, steps 1 and 2",
    hints=(
        "How does sum(dy * f(x)) change when one entry of x moves up by h? And when it moves down by h?",
        (
            "Loop over the entries of x with np.ndindex. For each make two copies of x in float64, and change this "
            "one entry."
        ),
        (
            "The entry of dx is the difference of the two sums, divided by 2h. np.array(x, dtype=float) makes a new "
            "copy each time."
        ),
    ),
)

ERROR = _exercise(
    Problem(
        "relative_error",
        FunctionCall("relative_error", ("a", "b")),
        ("error",),
        Oracle(cases.plan_comparison_cases, by_numpy=_relative, properties=(cases.ZEROS,)),
        error_mistakes.ERROR_RIVALS,
    ),
    points=2,
    where="chapter 3, step 3",
    hints=(
        "How long is the difference of the two arrays, compared with the arrays themselves?",
        "np.linalg.norm gives the root of the sum of squares. What happens when both arrays are zero?",
        (
            "Divide the norm of a − b by the sum of both norms; if that sum is 0, the error is 0. NaN needs no case "
            "of its own."
        ),
    ),
)

DIRECTION = _exercise(
    Problem(
        "directional_check",
        FunctionCall("directional_check", ("f", "dx", "x", "dy", "v"), options=True, functions=("f",)),
        ("measured", "promised"),
        Oracle(cases.plan_directional_cases, by_numpy=_both, properties=cases.DIRECTION_PROPERTIES),
        DIRECTION_RIVALS,
    ),
    points=3,
    where="chapter 3, step 4",
    hints=(
        (
            "Move all entries of x at once, along v. How much does sum(dy * f(x)) change, and how much does dx say it "
            "should?"
        ),
        (
            "measured is a centred difference again, from x − h·v to x + h·v. promised is a sum of products, with dx "
            "and v."
        ),
        "Both are single numbers, and measured comes first. Divide by 2h, and not by the length of v.",
    ),
)

HUNT = _exercise(
    HuntProblem(
        "hunt_cases",
        FunctionCall("hunt_cases", (), returns="nested values"),
        tuple(bug_hunt.MISTAKES),
        Oracle(
            lambda seed: (Case("your cases", CORE, {}),),
            by_numpy=bug_hunt.list_expected,
        ),
        read=bug_hunt.read,
    ),
    points=5,
    where="chapter 3, the hunt",
    hints=(
        "A mistake hides where something holds in all of your cases. What holds in all of them?",
        (
            "Look at your cases: do the entries of dy differ? Does one column win in two rows? Is there a tie? Does "
            "the scale change which column wins? Is there a row in which no product is above 0?"
        ),
        (
            "One small case for each of these questions is enough. Two of them need a sign: a negative scale makes "
            "the smallest entry win, and in a row the products can all be negative."
        ),
    ),
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (VJP, ERROR, DIRECTION, HUNT))
