"""Chapters 10 and 12: optimisers and learning rates. What is asked of optim.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnlab.course.cases.optim import CHANGING, TINY, make_smaller_walks, other_value_of, plan
from cnnlab.course.cases.planning import FLOAT32, LAYOUT
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import adaptive_mistakes, schedules, update_mistakes, update_rules
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Rival
from cnnlab.gradcheck.runner.calls import UpdateRuleCall


def rule(
    name: str,
    direction: update_rules.Direction,
    torch_name: str,
    *,
    chapter: str,
    points: int,
    hints: tuple[str, str, str],
    usual: Mapping[str, Any] | None = None,
    others: Mapping[str, Mapping[str, Any]],
    core: tuple[str, ...] = (),
    wrong: Mapping[str, Mapping[str, Any]],
    **decay: Any,
) -> Operation:
    """The update rule `name`_step.

    usual, others, core: options, see cases.optim.plan.   wrong: sentence -> what `unroll_steps` is given instead, for
    rivals.   decay: where weight decay acts, see update_rules.unroll_steps.
    """
    by_pytorch = update_rules.run_in_pytorch(torch_name)
    options = dict.fromkeys(o for values in others.values() for o in values)
    properties = (*map(other_value_of, options), CHANGING, TINY, FLOAT32, LAYOUT)
    oracle = Oracle(
        plan(usual or {}, others, properties, core),
        by_pytorch=lambda case: Expected(None, {"param": by_pytorch(case)}),
        by_numpy=lambda case: Expected(None, {"param": update_rules.unroll_steps(case, direction, **decay)}),
        properties=properties,
        smaller=make_smaller_walks(usual or {}),
    )
    mistakes = {
        **wrong,
        **update_mistakes.list_walk_mistakes(direction),
        **update_mistakes.list_decay_mistakes(
            coupled=decay.get("in_gradient", 1.0) == 1.0, plain=direction is update_rules.sgd
        ),
    }
    right = {"direction": direction, **decay}
    rivals = tuple(_rival(sentence, {**right, **change}) for sentence, change in mistakes.items())
    call = UpdateRuleCall(f"{name}_step")
    where = f"chapter {int(chapter[2:])}, {name}"
    problem = Problem(call.function, call, ("param",), oracle, rivals)
    return Operation(name, "optim", chapter, (Exercise(name, "optim", chapter, points, where, hints, problem),))


def _rival(sentence: str, change: Mapping[str, Any]) -> Rival:
    return Rival("param", "update_rule", sentence, lambda case, right: update_rules.unroll_steps(case, **change))


DECAY = {"weight_decay": 0.1}
UPHILL = (
    "The step goes up the slope: the gradient points to where the loss grows, so lr · g is taken off the parameter."
)
EPS_INSIDE = "eps stands under the root: it is added after the root, where it keeps the division from 0."

SGD = rule(
    "sgd",
    update_rules.sgd,
    "SGD",
    chapter="ch10",
    points=2,
    hints=(
        "The gradient says in which direction the loss grows fastest. Where should the parameter go?",
        "param − lr · grad, as a new array; the state stays what it was, None.",
        "With weight decay the gradient is grad + weight_decay · param; the rest is as before.",
    ),
    others={"weight decay": DECAY},
    wrong={
        UPHILL: {"direction": lambda g, lr: -update_rules.sgd(g, lr)},
    },
)

MOMENTUM = rule(
    "momentum",
    update_rules.momentum,
    "SGD",
    chapter="ch12",
    points=4,
    hints=(
        "A ball that rolls keeps most of its velocity, and the slope adds to it. What does the state have to hold?",
        "v = momentum · v + grad, and then param − lr · v. What is v in the first step?",
        (
            "The first velocity is the gradient itself, undampened; afterwards momentum · v + (1 − dampening) · grad. "
            "Where momentum is 0, dampening changes nothing. nesterov steps along grad + momentum · v."
        ),
    ),
    usual={"momentum": 0.9},
    others={
        "momentum 0.5": {"momentum": 0.5},
        "no momentum": {"momentum": 0.0},
        "no momentum, dampening": {"momentum": 0.0, "dampening": 0.3},
        "dampening": {"dampening": 0.3},
        "nesterov": {"nesterov": True},
        "weight decay": DECAY,
    },
    core=("no momentum, dampening", "dampening", "nesterov"),
    wrong={
        UPHILL: {"direction": lambda g, lr, **o: -update_rules.momentum(g, lr, **o)},
        "The new gradient enters with 1 − momentum: the velocity is a sum, v = momentum · v + g, and no average.": {
            "direction": lambda g, lr, momentum=0.0, **o: lr[-1] * update_rules.fading(g, momentum, 1 - momentum)[-1]
        },
        "The first step is dampened: there the velocity is the gradient itself.": {
            "direction": lambda g, lr, momentum=0.0, dampening=0.0, nesterov=False: (
                lr[-1] * _looking_ahead(g, update_rules.fading(g, momentum, 1 - dampening)[-1], momentum, nesterov)
            )
        },
        "nesterov changes nothing: with it the step goes along g + momentum · v.": {"nesterov": False},
        **update_mistakes.MOMENTUM,
    },
)


def _looking_ahead(grads: np.ndarray, velocity: np.ndarray, momentum: float, nesterov: bool) -> np.ndarray:
    return grads[-1] + momentum * velocity if nesterov else velocity


ADAGRAD = rule(
    "adagrad",
    update_rules.adagrad,
    "Adagrad",
    chapter="ch12",
    points=3,
    hints=(
        "A parameter whose gradients are large should take smaller steps. What must be remembered of all of them?",
        "G = G + g², entry by entry, and the step is lr · g over the root of G.",
        "param − lr / (1 + t · lr_decay) · g / (sqrt(G) + eps), where t counts the steps made before this one.",
    ),
    others={
        "eps 0.1": {"eps": 0.1},
        "the rate decays": {"lr_decay": 0.2},
        "squares that start at 0.5": {"initial_accumulator_value": 0.5},
        "weight decay": DECAY,
    },
    core=("eps 0.1",),
    wrong={
        UPHILL: {"direction": lambda g, lr, **o: -update_rules.adagrad(g, lr, **o)},
        EPS_INSIDE: {"inside": True},
        "The squares are of this step only: G is the sum of all squares so far.": {
            "direction": lambda g, lr, lr_decay=0.0, **o: (
                update_rules.adagrad(g[-1:], lr, **o) / (1 + (len(g) - 1) * lr_decay)
            )
        },
        "The root is missing: the gradient is divided by the root of the sum of squares.": {
            "direction": lambda g, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10: (
                lr[-1] / (1 + (len(g) - 1) * lr_decay) * g[-1] / (initial_accumulator_value + (g**2).sum(axis=0) + eps)
            )
        },
        **adaptive_mistakes.ADAGRAD,
    },
)

RMSPROP = rule(
    "rmsprop",
    update_rules.rmsprop,
    "RMSprop",
    chapter="ch12",
    points=4,
    hints=(
        "AdaGrad never forgets, so its steps only shrink. What if old squares fade?",
        "S = alpha · S + (1 − alpha) · g², from 0, and the step is lr · g / (sqrt(S) + eps).",
        (
            "centered divides by sqrt(S − M²) + eps with the fading mean M of the gradients. With momentum a velocity "
            "v = momentum · v + g / (…) takes the place of the last factor."
        ),
    ),
    others={
        "alpha 0.5": {"alpha": 0.5},
        "eps 0.1": {"eps": 0.1},
        "momentum": {"momentum": 0.8},
        "centered": {"centered": True},
        "weight decay": DECAY,
    },
    core=("eps 0.1",),
    wrong={
        UPHILL: {"direction": lambda g, lr, **o: -update_rules.rmsprop(g, lr, **o)},
        EPS_INSIDE: {"inside": True},
        "alpha and 1 − alpha are exchanged: alpha is the share of S that stays.": {
            "direction": lambda g, lr, alpha=0.99, **o: update_rules.rmsprop(g, lr, alpha=1 - alpha, **o)
        },
        "g² enters with factor 1: it enters with 1 − alpha, so that S is an average.": {"new": 1.0},
        **adaptive_mistakes.RMSPROP,
    },
)

#: What Adam and AdamW have in common.
ADAM_WRONG: dict[str, Mapping[str, Any]] = {
    UPHILL: {"direction": lambda g, lr, **o: -update_rules.adam(g, lr, **o)},
    "The averages are not corrected: from 0 they start too small, by 1 − beta1ᵗ and 1 − beta2ᵗ.": {
        "unbiased": (False, False)
    },
    "Only the mean of the gradients is corrected: the mean of their squares starts too small as well, by 1 − beta2ᵗ.": {
        "unbiased": (True, False)
    },
    "Only the mean of the squares is corrected: the mean of the gradients starts too small as well, by 1 − beta1ᵗ.": {
        "unbiased": (False, True)
    },
    "The correction is that of the first step in every step: t counts the steps.": {"steps": 1},
    "beta1 and beta2 are exchanged: beta1 belongs to the gradient, beta2 to its square.": {
        "direction": lambda g, lr, betas=(0.9, 0.999), **o: update_rules.adam(g, lr, betas=betas[::-1], **o)
    },
    "The step counts from 2: in the first step t is 1.": {
        "direction": lambda g, lr, **o: update_rules.adam(g, lr, steps=len(g) + 1, **o)
    },
    EPS_INSIDE: {"inside": True},
    "eps is added before the correction: the root is of the corrected average, and eps is added to that.": {
        "late": True
    },
    "There is no root: the mean is divided by the root of the mean square.": {
        "direction": lambda g, lr, **o: lr[-1] * _omit_root(g, **o)
    },
    **update_mistakes.ADAM,
}


def _omit_root(grads: np.ndarray, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> np.ndarray:
    (beta1, beta2), t = betas, len(grads)
    mean = update_rules.fading(grads, beta1, 1 - beta1)[-1] / (1 - beta1**t)
    return mean / (update_rules.fading(grads**2, beta2, 1 - beta2)[-1] / (1 - beta2**t) + eps)


ADAM_OTHERS: dict[str, dict[str, Any]] = {
    "betas (0.5, 0.9)": {"betas": (0.5, 0.9)},
    "eps 0.1": {"eps": 0.1},
    "weight decay": DECAY,
}

ADAM = rule(
    "adam",
    update_rules.adam,
    "Adam",
    chapter="ch12",
    points=6,
    hints=(
        "Two fading averages, of the gradient and of its square. Both start at 0: what is wrong with them at first?",
        "After t steps the weights of an average add up to 1 − betaᵗ. Divide by that.",
        (
            "m = beta1 · m + (1 − beta1) · g, s = beta2 · s + (1 − beta2) · g², and the step is "
            "lr · (m / (1 − beta1ᵗ)) / (sqrt(s / (1 − beta2ᵗ)) + eps), with t = 1 in the first."
        ),
    ),
    others=ADAM_OTHERS,
    core=("eps 0.1",),
    wrong={
        **ADAM_WRONG,
    },
)

ADAMW = rule(
    "adamw",
    update_rules.adam,
    "AdamW",
    chapter="ch12",
    points=3,
    hints=(
        "In Adam the decay passes through the averages and is divided by the root. What if it did not?",
        "The parameter shrinks by lr · weight_decay of itself; the averages know nothing of it.",
        "Adam's step, without decay, from (1 − lr · weight_decay) · param.",
    ),
    usual={"weight_decay": 0.1},
    others={**ADAM_OTHERS, "weight decay": {"weight_decay": 0.5}, "no weight decay": {"weight_decay": 0.0}},
    core=("eps 0.1",),
    wrong={
        **ADAM_WRONG,
        "The weight decay is added to the gradient, as in Adam; in AdamW it shrinks the parameter apart from that.": {
            "in_gradient": 1.0,
            "in_parameter": 0.0,
        },
        "There is no weight decay at all: the parameter shrinks by lr · weight_decay of itself in every step.": {
            "in_parameter": 0.0
        },
    },
    usual_decay=0.01,
    in_gradient=0.0,
    in_parameter=1.0,
)


OPERATIONS = (SGD, MOMENTUM, ADAGRAD, RMSPROP, ADAM, ADAMW, *schedules.OPERATIONS)
