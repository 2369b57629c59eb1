"""Chapters 10 and 12: update rules with one piece changed. Rivals of the functions of optim.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.topics import update_rules
from cnnlab.course.topics.update_rules import Direction, along_rates, fading

#: sentence -> what `unroll_steps` is given instead.
Mistakes = Mapping[str, Mapping[str, Any]]


def list_walk_mistakes(direction: Direction) -> Mistakes:
    """Return what can go wrong in any rule: the rate, the state and the parameter itself."""
    stateless = direction is update_rules.sgd
    carried = "Every step is a first one: the state that the step before returned is not used."
    return {
        **({} if stateless else {carried: {"direction": lambda g, lr, **o: direction(g[-1:], lr[-1:], **o)}}),
        "The learning rate is not used: lr multiplies the step.": {
            "direction": lambda g, lr, **o: direction(g, np.ones_like(lr), **o)
        },
        "Every step has the learning rate of the first: the rate of a step is the lr that it is given.": {
            "direction": lambda g, lr, **o: direction(g, np.full_like(lr, lr[0]), **o)
        },
        "The step divides by the learning rate where it multiplies.": {
            "direction": lambda g, lr, **o: direction(g, 1 / lr, **o)
        },
        "The parameter comes back as it was: no step is taken.": {"direction": lambda g, lr, **o: 0.0 * g[-1]},
        "What comes back is the step alone: the parameter that it is taken from is missing.": {"keep": 0.0},
    }


def list_decay_mistakes(coupled: bool, plain: bool = False) -> Mistakes:
    """Return what can go wrong with weight decay. coupled: it belongs to the gradient.   plain: there is no state."""

    def share(weight: float) -> Mapping[str, Any]:
        return {"in_gradient": weight * coupled, "in_parameter": weight * (not coupled)}

    def add(term: Callable[[np.ndarray], np.ndarray | float]) -> Mapping[str, Any]:
        """Another term in place of the parameter."""
        return {
            "shrink": lambda g, p, decay, rate: (g + decay * term(p), p) if coupled else (g, p - rate * decay * term(p))
        }

    found: dict[str, Mapping[str, Any]] = {
        "The parameter shrinks by weight_decay itself: the learning rate multiplies it too, lr · weight_decay.": {
            "shrink": lambda g, p, decay, rate: (g, p * (1 - decay))
        },
        "The weight decay has the wrong sign: it makes the parameter smaller.": share(-1.0),
        "The weight decay counts twice.": share(2.0),
        "The weight decay counts half.": share(0.5),
        "weight_decay is added without the parameter: it is weight_decay · param.": add(lambda p: 1.0),
        "The weight decay takes the sign of the parameter: it is weight_decay · param.": add(np.sign),
        "The weight decay takes the square of the parameter: it is weight_decay · param.": add(np.square),
    }
    if plain:  # rules that divide by the size of the gradient give the same as without weight decay
        found["weight_decay multiplies the gradient: it multiplies the parameter."] = {
            "shrink": lambda g, p, decay, rate: (g + decay * g, p)
        }
        found["The new parameter shrinks, after the step: the decay is of the parameter before the step."] = {
            "shrink": lambda g, p, decay, rate: (g * (1 - rate * decay), p * (1 - rate * decay))
        }
    elif not coupled:
        found["The new parameter shrinks, after the step: the decay is of the parameter before the step."] = {
            "in_parameter": 0.0,
            "shrink_after": True,
        }
    else:
        found["The weight decay shrinks the parameter apart from the step: here it is added to the gradient."] = {
            "in_gradient": 0.0,
            "in_parameter": 1.0,
        }
    return found


# momentum.

#: (last velocity, gradient, momentum, dampening) -> the next velocity.
Velocity = Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]

#: (gradient, velocity, the velocity before, momentum) -> what nesterov goes along.
Look = Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


def _walk_velocity(
    velocity: Velocity = lambda v, g, m, damp: m * v + (1 - damp) * g,
    look: Look = lambda g, v, before, m: g + m * v,
    late: bool = False,
) -> Mapping[str, Any]:
    """Momentum with another velocity, or another look ahead. late: the step goes along the velocity before."""

    def direction(grads, rates, momentum=0.0, dampening=0.0, nesterov=False) -> np.ndarray:
        if momentum == 0:
            return rates[-1] * grads[-2:][0 if late else -1]
        v = before = grads[0]
        for g in grads[1:]:
            before, v = v, velocity(v, g, momentum, dampening)
        plain = before if late else v
        return rates[-1] * (look(grads[-1], v, before, momentum) if nesterov else plain)

    return {"direction": direction}


def _put_rate_inside(g, lr, momentum=0.0, dampening=0.0, nesterov=False) -> np.ndarray:
    steps = g * along_rates(lr, g)
    if momentum == 0:
        return steps[-1]
    velocity = fading(np.concatenate([steps[:1], (1 - dampening) * steps[1:]]), momentum)[-1]
    return steps[-1] + momentum * velocity if nesterov else velocity


def _dampen_always(g, lr, momentum=0.0, dampening=0.0, nesterov=False) -> np.ndarray:
    if momentum == 0 and len(g) > 1:
        return lr[-1] * (1 - dampening) * g[-1]
    return update_rules.momentum(g, lr, momentum=momentum, dampening=dampening, nesterov=nesterov)


def _dampen_first(g, lr, momentum=0.0, dampening=0.0, nesterov=False) -> np.ndarray:
    if momentum == 0:
        return lr[-1] * g[-1]
    velocity = fading(g, momentum, 1 - dampening)[-1]
    return lr[-1] * (g[-1] + momentum * velocity if nesterov else velocity)


INSIDE = "The velocity holds {}: an old step keeps its old rate then. The rate multiplies the whole velocity."

MOMENTUM: Mistakes = {
    INSIDE.format("lr · g"): {"direction": _put_rate_inside},
    INSIDE.format("lr · g") + " nesterov is left out.": {"direction": _put_rate_inside, "nesterov": False},
    INSIDE.format("lr · g") + " nesterov and dampening are left out.": {
        "direction": _put_rate_inside,
        "nesterov": False,
        "dampening": 0.0,
    },
    "The first step is dampened: the first velocity is the gradient itself.": {"direction": _dampen_first},
    "momentum multiplies the gradient too: v = momentum · v + g.": _walk_velocity(
        lambda v, g, m, damp: m * (v + (1 - damp) * g)
    ),
    "Without momentum the gradient is dampened all the same: where momentum is 0 there is no velocity, and the step is "
    "lr · g.": {"direction": _dampen_always},
    "The gradient enters with a minus sign into the velocity: v = momentum · v + g, and the step takes lr · v off.": (
        _walk_velocity(lambda v, g, m, damp: m * v - (1 - damp) * g)
    ),
    "The state keeps the last gradient: it has to keep the velocity, in which all gradients before are.": {
        "direction": lambda g, lr, **o: update_rules.momentum(g[-2:], lr[-2:], **o)
    },
    "After the first step the gradient enters with 1 − momentum: the velocity is a sum, v = momentum · v + g.": (
        _walk_velocity(lambda v, g, m, damp: m * v + (1 - m) * (1 - damp) * g)
    ),
    "The gradient is multiplied by dampening: it enters with 1 − dampening.": (
        _walk_velocity(lambda v, g, m, damp: m * v + (damp or 1.0) * g)
    ),
    "The old velocity is dampened: it is the new gradient that enters with 1 − dampening.": (
        _walk_velocity(lambda v, g, m, damp: (1 - damp) * m * v + g)
    ),
    "The whole velocity is dampened: it is the new gradient alone that enters with 1 − dampening.": (
        _walk_velocity(lambda v, g, m, damp: (1 - damp) * (m * v + g))
    ),
    "The step goes along the velocity of the step before: first the velocity is renewed, and then the step goes along "
    "it.": _walk_velocity(late=True),
    "nesterov goes along v + momentum · v: it goes along g + momentum · v.": (
        _walk_velocity(look=lambda g, v, before, m: v + m * v)
    ),
    "nesterov goes along momentum · v: the gradient is missing, g + momentum · v.": (
        _walk_velocity(look=lambda g, v, before, m: m * v)
    ),
    "nesterov goes along g + v: it goes along g + momentum · v.": _walk_velocity(look=lambda g, v, before, m: g + v),
    "nesterov goes along g − momentum · v: the sign is wrong, it goes along g + momentum · v.": (
        _walk_velocity(look=lambda g, v, before, m: g - m * v)
    ),
    "nesterov goes along momentum · v − g: the sign of g is wrong, it goes along g + momentum · v.": (
        _walk_velocity(look=lambda g, v, before, m: m * v - g)
    ),
    "nesterov looks ahead with the velocity of the step before: first the velocity is renewed, and then the step goes "
    "along g + momentum · v.": _walk_velocity(look=lambda g, v, before, m: g + m * before),
}

# adam and adamw.


def _store_corrected(which: tuple[bool, bool]) -> Direction:
    """Adam whose state holds corrected averages. which: the mean, the mean square."""

    def step(g, lr, betas=(0.9, 0.999), eps=1e-8) -> np.ndarray:
        mean = square = first = second = np.zeros_like(g[0])
        for t, grad in enumerate(g, start=1):
            mean = betas[0] * mean + (1 - betas[0]) * grad
            square = betas[1] * square + (1 - betas[1]) * grad**2
            first, second = mean / (1 - betas[0] ** t), square / (1 - betas[1] ** t)
            mean, square = (first if which[0] else mean), (second if which[1] else square)
        return lr[-1] * first / (np.sqrt(second) + eps)

    return step


def _weigh(stay: Callable[[float, float], tuple[float, float]], new: Callable[[float, float], tuple[float, float]]):
    """Adam with other weights, (beta1, beta2) -> those of what stays and of what is new, for both averages."""

    def step(g, lr, betas=(0.9, 0.999), eps=1e-8) -> np.ndarray:
        (keep1, keep2), (new1, new2), t = stay(*betas), new(*betas), len(g)
        mean = fading(g, keep1, new1)[-1] / (1 - betas[0] ** t)
        square = fading(g**2, keep2, new2)[-1] / (1 - betas[1] ** t)
        return lr[-1] * mean / (np.sqrt(square) + eps)

    return {"direction": step}


def _correct(
    change: Callable[[np.ndarray, np.ndarray, tuple[float, float], int], tuple[np.ndarray, np.ndarray]],
) -> Mapping[str, Any]:
    """Adam with another correction. change: (mean, mean square, betas, t) -> what is divided, and by what."""

    def step(g, lr, betas=(0.9, 0.999), eps=1e-8) -> np.ndarray:
        mean = fading(g, betas[0], 1 - betas[0])[-1]
        square = fading(g**2, betas[1], 1 - betas[1])[-1]
        above, root = change(mean, square, betas, len(g))
        return lr[-1] * above / (root + eps)

    return {"direction": step}


def _count_entries(g, lr, betas=(0.9, 0.999), eps=1e-8) -> np.ndarray:
    """Adam whose t grows with every entry of the parameter."""
    size = g[0].size
    t = (len(g) - 1) * size + np.arange(1, size + 1).reshape(g[0].shape)
    mean = fading(g, betas[0], 1 - betas[0])[-1] / (1 - betas[0] ** t)
    return lr[-1] * mean / (np.sqrt(fading(g**2, betas[1], 1 - betas[1])[-1] / (1 - betas[1] ** t)) + eps)


def _divide_by_largest(g, lr, betas=(0.9, 0.999), eps=1e-8) -> np.ndarray:
    """AMSGrad, with the largest of the corrected means of squares."""
    t = np.arange(1, len(g) + 1).reshape(-1, *[1] * (g.ndim - 1))
    largest = (fading(g**2, betas[1], 1 - betas[1]) / (1 - betas[1] ** t)).max(axis=0)
    return lr[-1] * fading(g, betas[0], 1 - betas[0])[-1] / (1 - betas[0] ** len(g)) / (np.sqrt(largest) + eps)


STORED = "The state keeps the corrected {}: the correction is for the step, and what is kept is the average itself."
WHOLE = "{} enters with factor 1 into its average: it enters with 1 − {}."

NO_EPS = "eps is left out: it is added to the root, so that a gradient of 0 is not divided by 0."

ADAM: Mistakes = {
    NO_EPS: {"eps": 0.0},
    STORED.format("mean of the gradients"): {"direction": _store_corrected((True, False))},
    STORED.format("mean of the squares"): {"direction": _store_corrected((False, True))},
    STORED.format("averages"): {"direction": _store_corrected((True, True))},
    "Both averages use beta1: beta2 belongs to the squares.": {
        "direction": lambda g, lr, betas=(0.9, 0.999), **o: update_rules.adam(g, lr, betas=(betas[0], betas[0]), **o)
    },
    "Both averages use beta2: beta1 belongs to the gradients.": {
        "direction": lambda g, lr, betas=(0.9, 0.999), **o: update_rules.adam(g, lr, betas=(betas[1], betas[1]), **o)
    },
    "beta and 1 − beta are exchanged in both averages: beta is the share that stays.": _weigh(
        lambda b1, b2: (1 - b1, 1 - b2), lambda b1, b2: (b1, b2)
    ),
    WHOLE.format("g", "beta1"): _weigh(lambda b1, b2: (b1, b2), lambda b1, b2: (1.0, 1 - b2)),
    WHOLE.format("g²", "beta2"): _weigh(lambda b1, b2: (b1, b2), lambda b1, b2: (1 - b1, 1.0)),
    "The step goes along the gradient: it goes along the mean of the gradients, corrected.": {
        "direction": lambda g, lr, betas=(0.9, 0.999), eps=1e-8: (
            lr[-1] * g[-1] / (np.sqrt(fading(g**2, betas[1], 1 - betas[1])[-1] / (1 - betas[1] ** len(g))) + eps)
        )
    },
}

# t in adam and adamw, and what is done with it.

ADAM = {
    **ADAM,
    "t is 0 in the first step: 1 − beta⁰ is 0, and dividing by it gives NaN. Count the step first, so that t is 1.": {
        "direction": lambda g, lr, **o: update_rules.adam(g, lr, steps=len(g) - 1, **o)
    },
    "t stays at 2 from the second step on: the state has to hold the t that was counted.": {
        "direction": lambda g, lr, **o: update_rules.adam(g, lr, steps=min(len(g), 2), **o)
    },
    "t grows with every entry of the parameter: it counts steps, so all entries of one step have the same t.": {
        "direction": _count_entries
    },
    "The correction is 1 − beta · t: it is a power, 1 − betaᵗ.": _correct(
        lambda m, s, b, t: (m / (1 - b[0] * t), np.sqrt(s / (1 - b[1] * t)))
    ),
    "The averages are multiplied by 1 − betaᵗ: they are too small at first, so they are divided by it.": _correct(
        lambda m, s, b, t: (m * (1 - b[0] ** t), np.sqrt(s * (1 - b[1] ** t)))
    ),
    "The two corrections are exchanged: the mean of the gradients is divided by 1 − beta1ᵗ, that of the squares by "
    "1 − beta2ᵗ.": _correct(lambda m, s, b, t: (m / (1 - b[1] ** t), np.sqrt(s / (1 - b[0] ** t)))),
    "Both averages are divided by 1 − beta1ᵗ: that of the squares is divided by 1 − beta2ᵗ.": _correct(
        lambda m, s, b, t: (m / (1 - b[0] ** t), np.sqrt(s / (1 - b[0] ** t)))
    ),
    "Both averages are divided by 1 − beta2ᵗ: that of the gradients is divided by 1 − beta1ᵗ.": _correct(
        lambda m, s, b, t: (m / (1 - b[1] ** t), np.sqrt(s / (1 - b[1] ** t)))
    ),
    "The correction comes after the root: the mean square is divided by 1 − beta2ᵗ first, and then comes the root.": (
        _correct(lambda m, s, b, t: (m / (1 - b[0] ** t), np.sqrt(s) / (1 - b[1] ** t)))
    ),
    "The square is that of the mean of the gradients: the second average is of the squares, g².": _correct(
        lambda m, s, b, t: (m / (1 - b[0] ** t), np.abs(m / (1 - b[0] ** t)))
    ),
    "The second average is of |g|: it is of the squares, g².": {
        "direction": lambda g, lr, betas=(0.9, 0.999), eps=1e-8: (
            lr[-1]
            * (fading(g, betas[0], 1 - betas[0])[-1] / (1 - betas[0] ** len(g)))
            / (np.sqrt(fading(abs(g), betas[1], 1 - betas[1])[-1] / (1 - betas[1] ** len(g))) + eps)
        )
    },
    "The largest mean of the squares so far is divided by, as in AMSGrad: Adam divides by the present one.": {
        "direction": _divide_by_largest
    },
    "The second average is of g: it is of the squares, g².": {
        "direction": lambda g, lr, betas=(0.9, 0.999), eps=1e-8: (
            lr[-1]
            * (fading(g, betas[0], 1 - betas[0])[-1] / (1 - betas[0] ** len(g)))
            / (np.sqrt(fading(g, betas[1], 1 - betas[1])[-1] / (1 - betas[1] ** len(g))) + eps)
        )
    },
}
