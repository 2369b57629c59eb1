"""Chapter 13: dropout. What is asked of dropout.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Property, Rival


def specify_dropout(shape: tuple[int, ...] = (4, 5), p: float = 0.5, seed: int = 1, **more: Any) -> Spec:
    """A case of this shape; its properties follow from it."""
    return Spec({"x": shape}, {"p": p, "rng": seed}, **more)


def _compute_scale(case: Case) -> np.ndarray:
    """The mask times the scale, found from the forward pass that was handed out: dropout is linear in x."""
    ones = np.ones(case.inputs["x"].shape)
    return loader.load_stub_function("dropout", "dropout_forward")(ones, **case.options)[0]


def _torch_dropout(x, *, p, rng):
    """PyTorch draws other masks; this one is NumPy's."""
    import torch

    return x * torch.tensor(
        loader.load_stub_function("dropout", "dropout_forward")(np.ones(tuple(x.shape)), p=p, rng=rng)[0]
    )


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
    where="chapter 13, dropout",
    hints=(
        "The mask is drawn already. With which factor does each entry of x enter y?",
        "A kept entry enters with 1/(1 − p), a dropped one with 0: the backward pass uses the same factors.",
        "dx = dy · mask · scale, with the mask and the scale of the cache.",
    ),
    wrt={"dx": "x"},
    torch_forward=_torch_dropout,
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
        "(1 − p)/p": (1 - case.options["p"]) / case.options["p"] if 0 < case.options["p"] < 1 else 1.0,
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
            _wrong(lambda dy, mask, x, p: dy * mask / p if p else None),
        ),
        Rival(
            "dx",
            "scale",
            "dx is scaled by p/(1 − p): what is kept entered y with the factor 1/(1 − p).",
            _wrong(lambda dy, mask, x, p: dy * mask * p / (1 - p) if p < 1 else 0 * dy),
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

OPERATIONS = (DROPOUT,)
