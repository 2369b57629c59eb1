"""Losses that compare entry by entry: chapter 5 and smooth L1 of chapter 15. The rest of what losses.py is asked."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.losses import (
    FAR,
    NEAR,
    NONE,
    OTHER,
    SUM,
    distances,
    each,
    entries,
    first,
    reductions,
    shapes,
    target,
)
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Freedom, Property, Rival, Sum


def _counts(case: Case) -> dict[str, float]:
    """The number of entries K, of samples N and of the last axis C; with no mean there is nothing to count."""
    shape, mean = (
        case.inputs["target"].shape,
        case.options.get("reduction", "mean") == "mean",
    )
    if not mean:
        return {"K": 1, "N": 1, "K/N": 1, "K/C": 1}
    return {"K": prod(shape), "N": shape[0], "K/N": prod(shape) / shape[0], "K/C": prod(shape) / shape[-1]}


def _make_always_averaged(gradient: str) -> Rival:
    """The mean's division, whatever the reduction is."""
    return Rival(
        gradient,
        "option",
        f'{gradient} is divided by K, the number of entries, also with "sum" and "none", where nothing is averaged.',
        lambda case, right: (
            right(case) / (1 if case.options.get("reduction", "mean") == "mean" else case.inputs["target"].size)
        ),
    )


#: How far pred is from target, where all entries are on one side of beta.
BELOW_BETA, BEYOND_BETA = distances(0.05, 0.95), distances(1.1, 4.0)

EACH = (
    SUM,
    NONE,
    OTHER,
    Property("more than one entry", "reduction", "mean", lambda spec: prod(spec.shapes["target"]) > 1),
)

MSE_LOSS = define_operation(
    "mse_loss",
    topic="losses",
    wrt={"dpred": "pred"},
    chapter="ch05",
    points=2,
    where="chapter 5, step 6",
    hints=(
        "What is the derivative of (pred − target)² with respect to pred? And what does the mean do to it?",
        "The derivative is 2·(pred − target). In a mean of K entries each counts 1/K.",
        'K is the number of all entries, not of samples. Only "mean" divides; do not forget to multiply by dy.',
    ),
    base=entries("pred", numbers="integers"),
    core={**shapes("pred", numbers="integers"), "one entry": entries("pred", (1,))},
    tolerance=ROUNDED,  # a mean divides
    general={
        **reductions("pred", numbers="integers"),
        "numbers with fractions": entries("pred"),
        "pred close to target": entries("pred", draws=distances(2.0**-26, 2.0**-24)),
        "pred as the target": entries("pred", values={"pred": [[1.0, 2.0, 3.0]] * 4, "target": [[1.0, 2.0, 5.0]] * 4}),
    },
    properties=EACH,
    quantities=_counts,
    sums=(
        Sum(
            "dpred",
            lambda case: {"2·pred": 2 * each(case) * first(case), "−2·target": -2 * each(case) * target(case)},
        ),
    ),
    rivals=(
        _make_always_averaged("dpred"),
        Rival(
            "dpred",
            "formula",
            "dpred is (pred − target)²: that is the loss; its slope is 2·(pred − target).",
            lambda case, right: each(case) * (first(case) - target(case)) ** 2,
        ),
        Rival(
            "dpred",
            "formula",
            "dpred has only the sign of pred − target: that is the slope of its absolute value.",
            lambda case, right: each(case) * np.sign(first(case) - target(case)),
        ),
        Rival("dpred", "formula", "dpred is 2·pred: the target is missing.", lambda c, r: each(c) * 2 * first(c)),
    ),
)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


def _make_rival_of_p(formula: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    return lambda case, right: each(case) * formula(_sigmoid(first(case)), target(case))


YES_OR_NO = {"target": lambda rng, size: rng.integers(0, 2, size).astype(float)}
CHANCES = {"target": lambda rng, size: rng.random(size)}

BINARY_CROSS_ENTROPY = define_operation(
    "binary_cross_entropy_with_logits",
    topic="losses",
    wrt={"dlogits": "logits"},
    chapter="ch05",
    points=4,
    where="chapter 5, step 11",
    hints=(
        (
            "Take the loss of one entry, −t·log p − (1 − t)·log(1 − p). Multiply its derivative with respect to p by "
            "sigmoid's slope."
        ),
        "The derivative with respect to p is (p − t)/(p·(1 − p)), and sigmoid's slope is p·(1 − p). What cancels?",
        (
            "p − t is left; a mean divides by the number of all entries. Compute p without an exponential of a "
            "positive number."
        ),
    ),
    base=entries("logits", draws=CHANCES),
    core={
        **shapes("logits", draws=CHANCES),
        "targets 0 and 1": entries("logits", draws=YES_OR_NO),
        "large logits": entries(
            "logits", draws=CHANCES, values={"logits": [[1e4, -1e4, 800.0], [-800.0, 0.0, 40.0]] * 2}
        ),
        "logits whose square overflows": entries(
            "logits", reduction="none", draws=CHANCES, values={"logits": [[1e200, -1e200, 0.5], [-1e160, 0.0, 2.0]] * 2}
        ),
    },
    general={
        **reductions("logits", draws=CHANCES),
    },
    properties=EACH,
    quantities=_counts,
    sums=(
        Sum(
            "dlogits",
            lambda case: {"p": each(case) * _sigmoid(first(case)), "−target": -each(case) * target(case)},
            lambda case: {"p": _sigmoid(first(case))},
        ),
    ),
    rivals=(
        _make_always_averaged("dlogits"),
        Rival(
            "dlogits",
            "formula",
            "dlogits rounds p to 0 or 1: it is p − target, with the probability itself.",
            _make_rival_of_p(lambda p, t: np.round(p) - t),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is p: the target is missing; it is p − target.",
            _make_rival_of_p(lambda p, t: p),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is (p − target)·p·(1 − p): sigmoid's slope has cancelled already, so it is p − target.",
            _make_rival_of_p(lambda p, t: (p - t) * p * (1 - p)),
        ),
        Rival(
            "dlogits",
            "formula",
            (
                "dlogits is (p − target)/(p·(1 − p)), the derivative with respect to p: times sigmoid's slope it is "
                "p − target."
            ),
            _make_rival_of_p(lambda p, t: (p - t) / (p * (1 - p))),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is logits − target: the sigmoid is missing.",
            lambda case, right: each(case) * (first(case) - target(case)),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits lacks the second half of the loss, −(1 − target)·log(1 − p).",
            _make_rival_of_p(lambda p, t: -t * (1 - p)),
        ),
    ),
)


def _slope(case: Case) -> tuple[np.ndarray, float]:
    return first(case) - target(case), case.options.get("beta", 1.0)


def _use_slope(slope: Callable[[np.ndarray, float], np.ndarray]):
    """Return a wrong formula from its slope at d = pred − target."""
    return lambda case, right: each(case) * slope(*_slope(case))


def _no_beta(case: Case, right):
    d, beta = _slope(case)
    return each(case) * np.where(np.abs(d) < beta, d, np.sign(d))


def _keep_square(case: Case, right):
    d, beta = _slope(case)
    return each(case) * (d / beta if beta else np.sign(d))


def _corner_at_one(case: Case, right):
    """Let the parabola end at 1, and take the sign where beta is 0; the first of the two rivals takes d there."""
    d, beta = _slope(case)
    return each(case) * (np.where(np.abs(d) < 1, d / beta, np.sign(d)) if beta else np.sign(d))


def _exchange_sides(case: Case, right):
    d, beta = _slope(case)
    return each(case) * np.where(np.abs(d) >= beta, d / (beta or 1.0), np.sign(d))


def _one_sided(case: Case, right):
    d, beta = _slope(case)
    return each(case) * np.where(d < beta, d / (beta or 1.0), 1.0)


def _forget_absolute(case: Case, right):
    """As _one_sided, with the sign beyond beta, and where beta is 0."""
    d, beta = _slope(case)
    return each(case) * np.where(d < beta, d / beta if beta else np.sign(d), np.sign(d))


def _take_sigma(case: Case, right):
    """The loss of another version, whose parabola sigma² d² / 2 ends at 1 / sigma²."""
    d, sigma = _slope(case)
    return each(case) * (np.where(np.abs(d) < 1 / sigma**2, sigma**2 * d, np.sign(d)) if sigma else np.sign(d))


def _far_plus_one(case: Case, right):
    d, beta = _slope(case)
    return each(case) * np.where(np.abs(d) < beta, d / (beta or 1.0), 1.0)


def _split_at_beta(case: Case) -> dict[str, np.ndarray]:
    d, beta = _slope(case)
    near = np.abs(d) < beta
    return {
        "for |d| below beta": each(case) * np.where(near, d / (beta or 1.0), 0.0),
        "for |d| beyond beta": each(case) * np.where(near, 0.0, np.sign(d)),
    }


def _sub_gradients(case: Case) -> dict[str, Freedom]:
    """With beta 0 the loss is |d|, and any slope from −1 to 1 is right at d = 0."""
    d, beta = _slope(case)
    ends = np.where((d == 0) & (beta == 0), np.abs(each(case)), np.nan)
    return {"dpred": Freedom(-ends, ends)}


SMOOTH_L1_LOSS = define_operation(
    "smooth_l1_loss",
    topic="losses",
    wrt={"dpred": "pred"},
    chapter="ch15",
    points=4,
    where="chapter 15, step 7",
    hints=(
        "Two formulas, one on each side of beta. What is the slope of each?",
        "Where |d| is below beta it is d / beta; beyond it the sign of d. At beta the two meet.",
        "dpred = dy · clip(d, −beta, beta) / beta / n for the mean, with d = pred − target.",
    ),
    base=entries("pred", scale=1.0),
    core={
        **shapes("pred"),
        NEAR: entries("pred", draws=BELOW_BETA),
        FAR: entries("pred", draws=BEYOND_BETA),
        "beta 0.3": entries("pred", options={"beta": 0.3}),
        "beta 2": entries("pred", options={"beta": 2.0}),
    },
    general={
        **reductions("pred"),
        "beta 0": entries("pred", options={"beta": 0.0}, draws=distances(0.1, 3.0)),
        "beta 0, no difference": entries(
            "pred",
            options={"beta": 0.0},
            values={"pred": [[1.0, 2.0, 3.0]] * 4, "target": [[1.0, 2.5, 1.0]] * 4},
        ),
        "pred close to target": entries("pred", draws=distances(2.0**-26, 2.0**-24)),
        "a distance whose square overflows": entries("pred", draws=distances(1e160, 1e200)),
        "no difference": entries("pred", values={"pred": [[1.5, -3.0, 0.5]] * 4, "target": [[1.5, 0.0, 0.5]] * 4}),
        "large numbers": entries("pred", scale=2.0**20),
    },
    properties=(
        *EACH,
        Property("another beta", "option", "beta", lambda spec: spec.options.get("beta", 1.0) != 1.0),
        Property("beta 0", "option", "beta", lambda spec: spec.options.get("beta") == 0.0),
        Property(NEAR, "mask", "below beta", lambda spec: spec.draws is BELOW_BETA),
        Property(FAR, "mask", "beyond beta", lambda spec: spec.draws is BEYOND_BETA),
    ),
    quantities=_counts,
    freedom=_sub_gradients,
    sums=(Sum("dpred", _split_at_beta, lambda case: {"|pred − target|": np.abs(_slope(case)[0])}),),
    rivals=(
        _make_always_averaged("dpred"),
        Rival(
            "dpred",
            "option",
            "dpred compares |d| with 1 where beta is meant: the parabola ends at beta.",
            _use_slope(lambda d, beta: np.where(np.abs(d) < 1, d / (beta or 1), np.sign(d))),
        ),
        Rival(
            "dpred",
            "option",
            "dpred compares |d| with 1 where beta is meant: the parabola ends at beta.",
            _corner_at_one,
        ),
        Rival(
            "dpred",
            "option",
            "dpred is ±beta beyond beta: there the loss is |d| − beta/2, of slope ±1.",
            _use_slope(lambda d, beta: np.where(np.abs(d) < beta, d / (beta or 1), beta * np.sign(d))),
        ),
        Rival(
            "dpred",
            "option",
            "dpred is d·beta where d / beta belongs: below beta the loss is d² / (2 beta).",
            _use_slope(lambda d, beta: np.where(np.abs(d) < beta, d * beta, np.sign(d))),
        ),
        Rival(
            "dpred",
            "option",
            "dpred is d where d / beta belongs: below beta the loss is d² / (2 beta).",
            _no_beta,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred is d / beta everywhere: beyond beta the loss is a straight line, of slope ±1.",
            _keep_square,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred has its two formulas exchanged: below beta the slope is d / beta, beyond it the sign of d.",
            _exchange_sides,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred asks whether d is below beta where |d| is meant: far below 0 the slope is −1.",
            _one_sided,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred asks whether d is below beta where |d| is meant: far below 0 the slope is −1.",
            _forget_absolute,
        ),
        Rival(
            "dpred",
            "option",
            "dpred takes beta for the sigma of another version, whose parabola is sigma² d² / 2: here it is "
            "d² / (2 beta), and ends at beta.",
            _take_sigma,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred is +1 beyond beta on both sides: for d below −beta the slope is −1.",
            _far_plus_one,
        ),
        Rival(
            "dpred",
            "mask",
            "dpred is the sign of d everywhere: below beta the loss is a parabola, of slope d / beta.",
            _use_slope(lambda d, beta: np.sign(d)),
        ),
    ),
)
