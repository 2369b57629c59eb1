"""Losses: chapter 5. What is asked of losses.py about classes; entry_losses.py has the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.losses import NONE, ONE_BY_ONE, OTHER, SUM, classes, each, first
from cnnlab.course.topics import entry_losses
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival, Sum


def _softmax(logits: np.ndarray, axis: int = 1) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _one_hot(case: Case) -> np.ndarray:
    return np.moveaxis(np.eye(case.inputs["logits"].shape[1])[case.inputs["target"]], -1, 1)


def _make_rival_of_p(formula: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    """A wrong formula of the probabilities and the one-hot target, for each of the losses."""
    return lambda case, right: each(case)[:, None] * formula(_softmax(first(case)), _one_hot(case))


def _wrong_axis(case: Case, right):
    return each(case)[:, None] * (_softmax(first(case), axis=0) - _one_hot(case))


def _target_not_averaged(case: Case, right):
    return each(case)[:, None] * _softmax(first(case)) - np.asarray(case.dy) * _one_hot(case)


def _probabilities_not_averaged(case: Case, right):
    return np.asarray(case.dy) * _softmax(first(case)) - each(case)[:, None] * _one_hot(case)


def _other_class(step: int):
    """p minus the one-hot target of the class before or after the right one."""

    def compute(case: Case, right):
        classes = case.inputs["logits"].shape[1]
        moved = {**case.inputs, "target": (case.inputs["target"] + step) % classes}
        return right(replace(case, inputs=moved))

    return compute


def _columns_cut(case: Case, right):
    """1 subtracted in the whole column of every target."""
    taken = np.broadcast_to(_one_hot(case).sum(axis=0, keepdims=True), case.inputs["logits"].shape)
    return each(case)[:, None] * (_softmax(first(case)) - taken)


def _always_averaged(case: Case, right):
    n = case.inputs["target"].size
    return right(case) / (1 if case.options.get("reduction", "mean") == "mean" else n)


def _softmax_of_softmax(case: Case, right):
    return each(case)[:, None] * (_softmax(_softmax(first(case))) - _one_hot(case))


def _sizes(case: Case) -> dict[str, float]:
    """What may be counted wrongly; with no mean there is nothing to count. N includes the positions."""
    n, count, *positions = case.inputs["logits"].shape
    mean = case.options.get("reduction", "mean") == "mean"
    return {
        "N": n * prod(positions) if mean else 1,
        "C": count,
        "C under the mean": count if mean else 1,
        "N·C": n * prod(positions) * count if mean else 1,
        "H·W": prod(positions) if mean else 1,
        "C/N": count / n,
    }


CROSS_ENTROPY = define_operation(
    "cross_entropy",
    topic="losses",
    wrt={"dlogits": "logits"},
    chapter="ch05",
    points=6,
    where="chapter 5, steps 7 to 10",
    hints=(
        (
            "The loss of one sample is −z[r] + log(sum of exp(z)): z the logits, r the right class. What is its "
            "derivative with respect to z[c], for c = r and for the others?"
        ),
        "The derivative of the logarithm is the probability p[c]. The first term adds −1, for the right class only.",
        (
            "So it is p minus the one-hot target; a mean divides it by N, and dy multiplies it. The cache holds log "
            "p, not p."
        ),
    ),
    base=classes(),
    core={
        "one sample": classes((1, 3)),
        "two classes": classes((5, 2)),
        "as many classes as samples": classes((3, 3)),
        "many classes": classes((2, 7)),
        "large logits": replace(classes(), values={"logits": [[1e4, -1e4, 0.0], [800.0, 799.0, -800.0]] * 2}),
        "confident logits": classes(scale=8.0),
        "one class has all samples": replace(
            classes(), draws={"target": lambda rng, size: np.full(size, rng.integers(3))}
        ),
    },
    general={
        "reduction mean, said": classes(reduction="mean"),
        "reduction sum": classes(reduction="sum"),
        "reduction none": classes(reduction="none"),
        "positions": classes((2, 3, 2, 4)),
        "square positions": classes((2, 3, 3, 3)),
        "positions, reduction sum": classes((2, 3, 2, 4), "sum"),
        "positions, reduction none": classes((2, 3, 2, 4), "none"),
        "one class": classes((3, 1)),
        "class numbers in int32": replace(
            classes(), draws={"target": lambda rng, size: rng.integers(0, 3, size).astype(np.int32)}
        ),
    },
    properties=(
        SUM,
        NONE,
        OTHER,
        Property("large logits", "stability", "large logits", lambda spec: "logits" in spec.values),
        Property("positions", "geometry", "positions", lambda spec: len(spec.shapes["logits"]) > 2),
        Property(
            "as many classes as samples",
            "transpose",
            "square logits",
            lambda spec: spec.shapes["logits"][0] == spec.shapes["logits"][1],
        ),
        ONE_BY_ONE,
        Property("more than two classes", "geometry", "classes", lambda spec: spec.shapes["logits"][1] > 2),
    ),
    quantities=_sizes,
    sums=(
        Sum(
            "dlogits",
            lambda case: {
                "p": each(case)[:, None] * _softmax(first(case)),
                "−target (one-hot)": -each(case)[:, None] * _one_hot(case),
            },
            lambda case: {"p": _softmax(first(case))},
        ),
    ),
    rivals=(
        Rival(
            "dlogits",
            "formula",
            "dlogits subtracts the 1 at the class before the right one: target counts the classes from 0.",
            _other_class(-1),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits subtracts the 1 at the class after the right one: target counts the classes from 0.",
            _other_class(1),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is 1 − p at the right class: it is p − 1 there, as p − 0 elsewhere.",
            _make_rival_of_p(lambda p, t: np.where(t > 0, 1 - p, p)),
        ),
        Rival(
            "dlogits",
            "reduction",
            "dlogits subtracts 1 in whole columns, p[:, target]: each sample n has one right class, target[n].",
            _columns_cut,
        ),
        Rival(
            "dlogits",
            "option",
            'dlogits is divided by N whatever the reduction is: with "sum" and "none" nothing is averaged.',
            _always_averaged,
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits takes the softmax twice: exp(log_p) in the cache is p already.",
            _softmax_of_softmax,
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is p/N: the 1 that is subtracted at the right class is missing.",
            _make_rival_of_p(lambda p, t: p),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is −1/N at the right class and 0 elsewhere: the normalising sum of softmax has a slope too, p.",
            _make_rival_of_p(lambda p, t: -t),
        ),
        Rival(
            "dlogits",
            "formula",
            (
                "dlogits is −1/p at the right class: that is the derivative with respect to p. With respect to the "
                "logits it is p − 1 there, p elsewhere."
            ),
            _make_rival_of_p(lambda p, t: -t / p),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is (p − target)·p·(1 − p): the softmax's slope is in p − target already.",
            _make_rival_of_p(lambda p, t: (p - t) * p * (1 - p)),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits holds the right class only: the logits of the other classes raise the normalising sum, by p each.",
            _make_rival_of_p(lambda p, t: (p - t) * t),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is 0 at the right class: the sum of exponentials holds its logit too, so it is p − 1 there.",
            _make_rival_of_p(lambda p, t: (p - t) * (1 - t)),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is p + target: the 1 is subtracted at the right class.",
            _make_rival_of_p(lambda p, t: p + t),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits is (p − target)²: the slope is p − target itself.",
            _make_rival_of_p(lambda p, t: (p - t) ** 2),
        ),
        Rival(
            "dlogits",
            "formula",
            "dlogits uses log p where p belongs: the cache holds the logarithm.",
            _make_rival_of_p(lambda p, t: np.log(p) - t),
        ),
        Rival(
            "dlogits",
            "reduction",
            "dlogits takes the softmax over the samples: the probabilities of one sample, along axis 1, add up to 1.",
            _wrong_axis,
        ),
        Rival(
            "dlogits",
            "scale",
            "dlogits averages p and not the one-hot target: the mean divides the whole of p − target by N.",
            _target_not_averaged,
        ),
        Rival(
            "dlogits",
            "scale",
            "dlogits averages the one-hot target and not p: the mean divides the whole of p − target by N.",
            _probabilities_not_averaged,
        ),
    ),
)

#: In the order of chapter 5, which begins with the squared error.
OPERATIONS = (
    entry_losses.MSE_LOSS,
    CROSS_ENTROPY,
    entry_losses.BINARY_CROSS_ENTROPY,
    entry_losses.SMOOTH_L1_LOSS,
)
