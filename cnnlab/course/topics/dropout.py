"""Chapter 13: dropout. What is asked of dropout.py."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.gradcheck.case import GENERAL, ROUNDED, Case, generator, integers
from cnnlab.gradcheck.problem import Expected, Freedom, Property, Rival
from cnnlab.gradcheck.wording import mark_hidden, write_hidden


def specify_dropout(shape: tuple[int, ...] = (4, 5), p: float = 0.5, seed: int = 1, **more: Any) -> Spec:
    """A case of this shape; its properties follow from it."""
    return Spec({"x": shape}, {"p": p, "rng": seed}, **more)


def _compute_scale(case: Case) -> np.ndarray:
    """The mask times the scale, found from the forward pass that was handed out: dropout is linear in x."""
    return _draw_scale(case.inputs["x"].shape, **case.options)


def _draw_scale(shape: tuple[int, ...], *, p: float, rng: Any) -> np.ndarray:
    """The same for any shape; a Generator is left as it was, so that every judge draws the same."""
    forward = loader.load_stub_function("dropout", "dropout_forward")
    return forward(np.ones(shape), p=p, rng=copy.deepcopy(rng))[0]


def _forward_of_a_copy(x: np.ndarray, *, p: float, rng: Any):
    return loader.load_stub_function("dropout", "dropout_forward")(x, p=p, rng=copy.deepcopy(rng))


def _torch_dropout(x, *, p, rng):
    """PyTorch draws other masks; this one is NumPy's."""
    import torch

    return x * torch.tensor(_draw_scale(tuple(x.shape), p=p, rng=rng))


def _wrong(formula):
    """A wrong formula of dy, the mask, x and p."""
    return lambda case, right: formula(
        np.asarray(case.dy, np.float64),
        _compute_scale(case) != 0,
        np.asarray(case.inputs["x"], np.float64),
        case.options["p"],
    )


DROPOUT = define_operation(
    "dropout",
    topic="dropout",
    chapter="ch13",
    points=2,
    where="chapter 13, steps 5 and 6",
    hints=(
        "The mask is drawn already. With which factor does each entry of x enter y?",
        "A kept entry enters with 1/(1 − p), a dropped one with 0: the backward pass uses the same factors.",
        "dx = dy · mask · scale, with the mask and the scale of the cache.",
    ),
    wrt={"dx": "x"},
    torch_forward=_torch_dropout,
    reference=_forward_of_a_copy,
    base=specify_dropout(),
    core={
        "one entry kept": specify_dropout((1,), seed=1),
        "a vector": specify_dropout((7,), seed=2),
        "as many rows as columns": specify_dropout((4, 4), seed=3),
        "images": specify_dropout((2, 3, 4, 2), seed=4),
        "p 0.2": specify_dropout(p=0.2, seed=5),
        "p 0.8": specify_dropout(p=0.8, seed=6),
        "entries of 0": specify_dropout(values={"x": [[0.0, 1.0, 0.0, 2.0, 0.0]] * 4}, seed=7),
    },
    general={
        "p 0, nothing is dropped": specify_dropout(p=0.0),
        "p 1, everything is dropped": specify_dropout(p=1.0),
        "another seed": specify_dropout(seed=12345),
        "large numbers": specify_dropout(scale=2.0**40),
    },
    linear=("x",),
    tolerance=ROUNDED,
    properties=(Property("another p", "option", "p", lambda spec: spec.options["p"] != 0.5),),
    quantities=lambda case: {
        "1 − p": (1 - case.options["p"]) or 1.0,
        "(1 − p)²": (1 - case.options["p"]) ** 2 or 1.0,
        "p": case.options["p"] or 1.0,
    },
    rivals=(
        Rival(
            "dx",
            "mask",
            "dx lets the gradient through to dropped entries: they did not enter y, so they get 0.",
            _wrong(lambda dy, mask, x, p: dy / (1 - p) if p < 1 else 0 * dy),
        ),
        Rival("dx", "mask", "dx is dy: the mask and the scale are missing.", _wrong(lambda dy, mask, x, p: dy)),
        Rival(
            "dx",
            "mask",
            "dx goes to the dropped entries and not to the kept ones: the mask is the other way round.",
            _wrong(lambda dy, mask, x, p: dy * ~mask / (1 - p) if p < 1 else 0 * dy),
        ),
        Rival(
            "dx",
            "scale",
            "dx is masked and not scaled: a kept entry entered y with the factor 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled twice: 1/(1 − p) belongs to it once, as in the forward pass.",
            _wrong(lambda dy, mask, x, p: dy * mask / (1 - p) ** 2 if p < 1 else 0 * dy),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by 1/p: p is the share that is dropped, so what is kept is scaled by 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask / np.float64(p)),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by p/(1 − p): what is kept entered y with the factor 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask * p / (1 - p) if p < 1 else 0 * dy),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by the share that this mask kept: the forward pass has 1/(1 − p), whatever the mask.",
            _wrong(lambda dy, mask, x, p: dy * mask / mask.mean() if mask.any() else 0 * dy),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the dropped entries and not to the kept ones, and is not scaled.",
            _wrong(lambda dy, mask, x, p: dy * ~mask),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by p: what is kept entered y with the factor 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask * p),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by 1 − p: dropout is inverted here, so a kept entry entered y with the factor 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask * (1 - p)),
        ),
    ),
)

#: How many standard deviations the share of kept entries may be off: by chance it is once in a thousand million draws.
MAX_DEVIATIONS = 6


def _follow_mask(case: Case, y: np.ndarray, expected: Expected) -> Expected | str:
    """Return what is right for the mask that a forward of the caller's drew; any seeded mask is right.

    What dropout promises: an entry is x / (1 − p) for a share of about 1 − p, else 0, and dx has the mask of y.
    """
    x, p, dy = np.asarray(case.inputs["x"], np.float64), case.options["p"], np.asarray(case.dy, np.float64)
    scale = 1 / (1 - p) if p < 1 else 0.0
    kept = np.isclose(y, scale * x, rtol=ROUNDED, atol=0) & (scale > 0)
    wrong = ~(kept | (y == 0))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        given, entry, whole = (write_hidden(float(a[at])) for a in (y, x, scale * x))
        return f"is wrong: y{list(at)} is {given} where x is {entry}; with p = {p} it is 0 or {whole}, x / (1 − p)."
    drawn = x != 0  # at an x of 0 the mask cannot be seen
    count, number = int((kept & drawn).sum()), int(drawn.sum())
    if abs(count - (1 - p) * number) > MAX_DEVIATIONS * np.sqrt(number * p * (1 - p)):
        found, about = mark_hidden(str(count)), f"{(1 - p) * number:.0f}"
        return f"is wrong: it keeps {found} of {number} entries; with p = {p} about {about} are expected."
    dx = dy * scale * kept
    ends = np.where(drawn, np.nan, np.stack([np.minimum(0, dy * scale), np.maximum(0, dy * scale)]))
    freedom = {} if drawn.all() else {"dx": Freedom(ends[0], ends[1])}
    return Expected(np.where(kept, scale * x, 0.0), {"dx": dx}, freedom)


def _plan_with_own_mask(plan: Callable[[int], tuple[Case, ...]]) -> Callable[[int], tuple[Case, ...]]:
    """Add what a forward of the caller's is asked as well: enough entries to count, and a Generator as rng."""

    def cases(seed: int) -> tuple[Case, ...]:
        first = plan(seed)[0]
        rng = generator(seed, "many entries")
        x, dy = integers(rng, (40, 50)), integers(rng, (40, 50))
        many = [
            replace(
                first, name=f"many entries, p {p}", stage=GENERAL, inputs={"x": x}, options={"p": p, "rng": 7}, dy=dy
            )
            for p in (0.2, 0.7)
        ]
        options = {"p": 0.5, "rng": np.random.default_rng(seed)}
        return (*plan(seed), *many, replace(first, name="a Generator as rng", stage=GENERAL, options=options))

    return cases


def _allow_own_mask(operation: Operation) -> Operation:
    """Judge a pair of the caller's by what dropout promises; the exercise has the given forward's mask."""
    assert operation.pair
    oracle = replace(operation.pair.oracle, plan=_plan_with_own_mask(operation.pair.oracle.plan))
    return replace(operation, pair=replace(operation.pair, oracle=oracle, rivals=(), follow_forward=_follow_mask))


OPERATIONS = (_allow_own_mask(DROPOUT),)
