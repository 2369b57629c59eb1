"""Chapter 13: penalties. What is asked of penalty.py."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Freedom, Property, Rival


def weights(shape: tuple[int, ...] = (3, 4), strength: float = 0.5, **more: Any) -> Spec:
    """Weights of this shape; its properties follow from it."""
    return Spec({"w": shape}, {"strength": strength}, **more)


CORE = {
    "one weight": weights((1,)),
    "a vector": weights((5,)),
    "as many rows as columns": weights((3, 3)),
    "filters": weights((2, 3, 2, 2)),
    "strength 2": weights(strength=2.0),
    "strength 0.01": weights(strength=0.01),
    "some weights 0": weights(values={"w": [[0.0, 1.0, -2.0, 0.0]] * 3}),
}

GENERAL = {
    "strength 0": weights(strength=0.0),
    "numbers with fractions": weights(numbers="normals"),
    "large numbers": weights(scale=2.0**6),
    "tiny numbers": weights(scale=2.0**-10),
}


def _parts(case: Case) -> tuple[np.ndarray, float, float]:
    """w, the strength and dy."""
    return np.asarray(case.inputs["w"], np.float64), case.options["strength"], float(case.dy)


def _wrong(formula):
    return lambda case, right: np.asarray(formula(*_parts(case)), np.float64)


def penalty(name: str, **more: Any) -> Operation:
    """A penalty; they are asked the same cases."""
    return define_operation(
        name,
        topic="penalty",
        chapter="ch13",
        wrt={"dw": "w"},
        base=weights(),
        core=CORE,
        general=GENERAL,
        tolerance=ROUNDED,
        properties=(
            Property("another strength", "option", "strength", lambda spec: spec.options["strength"] != 0.5),
            Property("more than one weight", "reduction", "weights", lambda spec: prod(spec.shapes["w"]) > 1),
        ),
        quantities=lambda case: {
            "the number of weights": case.inputs["w"].size,
            "strength": case.options["strength"] or 1.0,
        },
        **more,
    )


def _free_at_zero(case: Case) -> dict[str, Freedom]:
    """At w = 0 any slope from −strength to strength is right."""
    w, strength, dy = _parts(case)
    ends = np.where(w == 0, abs(strength * dy), np.nan)
    return {"dw": Freedom(-ends, ends)}


L1_PENALTY = penalty(
    "l1_penalty",
    points=1,
    where="chapter 13, step 4",
    hints=(
        "What is the slope of |w|, on either side of 0?",
        "1 above 0, −1 below: the sign of w.",
        "dw = dy · strength · sign(w).",
    ),
    torch_forward=lambda w, strength: strength * w.abs().sum(),
    freedom=_free_at_zero,
    rivals=(
        Rival(
            "dw",
            "formula",
            "dw is strength·w, the slope of l2_penalty; |w| has slope sign(w).",
            _wrong(lambda w, s, d: d * s * w),
        ),
        Rival(
            "dw", "formula", "dw has |w| where its slope, sign(w), belongs.", _wrong(lambda w, s, d: d * s * np.abs(w))
        ),
        Rival(
            "dw",
            "mask",
            "dw is strength everywhere: below 0 the slope of |w| is −1.",
            _wrong(lambda w, s, d: d * s * np.ones_like(w)),
        ),
        Rival(
            "dw",
            "kink",
            "dw is NaN where w is 0: w/|w| is 0/0 there. |w| has a corner at 0, and np.sign(w) takes the slope 0.",
            _wrong(lambda w, s, d: d * s * np.where(w == 0, np.nan, np.sign(w))),
        ),
    ),
)

L2_PENALTY = penalty(
    "l2_penalty",
    points=1,
    where="chapter 13, step 2",
    hints=(
        "What is the slope of w²?",
        "2w, and the half in front takes the 2 away.",
        "dw = dy · strength · w.",
    ),
    torch_forward=lambda w, strength: strength / 2 * (w**2).sum(),
    rivals=(
        Rival(
            "dw",
            "formula",
            "dw has w² where its slope belongs: half of w² has slope w.",
            _wrong(lambda w, s, d: d * s * w**2),
        ),
        Rival(
            "dw",
            "formula",
            "dw is the slope of l1_penalty, sign(w); half of w² has slope w.",
            _wrong(lambda w, s, d: d * s * np.sign(w)),
        ),
        Rival(
            "dw",
            "scale",
            "dw is 2·strength·w: the penalty is strength/2 times the sum of w², and its half takes the 2 away.",
            _wrong(lambda w, s, d: 2 * d * s * w),
        ),
        Rival(
            "dw",
            "scale",
            "dw is strength/2 · w: the slope of w² is 2w, and its 2 is missing.",
            _wrong(lambda w, s, d: d * s / 2 * w),
        ),
        Rival(
            "dw",
            "formula",
            "dw is divided by the root of the sum of w²: the penalty has the sum itself, without a root.",
            _wrong(lambda w, s, d: d * s * w / np.sqrt((w**2).sum())),
        ),
    ),
)

OPERATIONS = (L1_PENALTY, L2_PENALTY)
