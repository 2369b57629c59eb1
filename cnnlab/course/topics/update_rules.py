"""Update rules without a state: what a state remembers, written as the sum over all gradients that it stands for.

This is the second judge of an optimiser, and where rivals come from: a rule with one piece changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case

#: (gradients so far, (t, *shape); learning rates so far, (t,); options) -> what the step takes off the parameter.
Direction = Callable[..., np.ndarray]

#: (gradient, parameter, weight decay, learning rate) -> both as the step uses them.
Shrink = Callable[[np.ndarray, np.ndarray, float, float], tuple[np.ndarray, np.ndarray]]


def unroll_steps(
    case: Case,
    direction: Direction,
    *,
    in_gradient: float = 1.0,
    in_parameter: float = 0.0,
    usual_decay: float = 0.0,
    shrink: Shrink | None = None,
    keep: float = 1.0,
    shrink_after: bool = False,
    **fixed: Any,
) -> np.ndarray:
    """The parameter after every step, (T, *shape).

    in_gradient: the share of the weight decay that is added to the gradient.   in_parameter: the share that shrinks
    the parameter, by the learning rate times itself.   usual_decay: the weight decay where a case says none.
    shrink: (gradient, parameter, decay, rate) -> the gradient and the parameter that the step begins with, in place of
    these shares.   keep: the share of the parameter that is kept.   shrink_after: whether the new parameter is
    shrunk too, by the learning rate times the weight decay.   fixed: options to be used whatever the case says.
    """
    options = {**case.options, **fixed}
    decay = options.pop("weight_decay", usual_decay)
    param, rates = np.asarray(case.inputs["param"], np.float64), np.asarray(case.inputs["rates"], np.float64)
    seen: list[np.ndarray] = []
    path: list[np.ndarray] = []
    for t, grad in enumerate(np.asarray(case.inputs["grads"], np.float64), start=1):
        if shrink:
            grad, param = shrink(grad, param, decay, rates[t - 1])
        else:
            grad, param = grad + in_gradient * decay * param, param * (1 - in_parameter * decay * rates[t - 1])
        seen.append(grad)
        param = keep * param - direction(np.stack(seen), rates[:t], **options)
        if shrink_after:
            param = param * (1 - decay * rates[t - 1])
        path.append(param)
    return np.stack(path)


def fading(values: np.ndarray, keep: float, new: float = 1.0) -> np.ndarray:
    """At every step the sum of the values so far, each weighed by new · keep^(its age), (t, *shape)."""
    t = np.arange(len(values))
    age = t[:, None] - t
    weights = np.where(age >= 0, new * float(keep) ** np.maximum(age, 0), 0.0)
    return np.tensordot(weights, values, 1)


def sgd(grads: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """lr · g."""
    return rates[-1] * grads[-1]


def momentum(
    grads: np.ndarray, rates: np.ndarray, *, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False
) -> np.ndarray:
    """lr times the fading sum of gradients, all but the first dampened; nesterov looks one step further."""
    if momentum == 0:
        return rates[-1] * grads[-1]
    dampened = np.concatenate([grads[:1], (1 - dampening) * grads[1:]])
    velocity = fading(dampened, momentum)[-1]
    return rates[-1] * (grads[-1] + momentum * velocity if nesterov else velocity)


def adagrad(
    grads: np.ndarray,
    rates: np.ndarray,
    *,
    lr_decay: float = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: float = 1e-10,
    inside: bool = False,
) -> np.ndarray:
    """The gradient over the root of all squares so far. inside: eps under the root."""
    squares = initial_accumulator_value + (grads**2).sum(axis=0)
    return rates[-1] / (1 + (len(grads) - 1) * lr_decay) * grads[-1] / _root(squares, eps, inside)


def rmsprop(
    grads: np.ndarray,
    rates: np.ndarray,
    *,
    alpha: float = 0.99,
    eps: float = 1e-8,
    momentum: float = 0.0,
    centered: bool = False,
    inside: bool = False,
    new: float | None = None,
) -> np.ndarray:
    """Every gradient over the root of the mean square at its step, and of these the fading sum.

    inside: eps under the root.   new: the weight of a new square, 1 − alpha unless it is said.
    """
    new = 1 - alpha if new is None else new
    spread = fading(grads**2, alpha, new)
    if centered:
        spread = np.maximum(spread - fading(grads, alpha, new) ** 2, 0.0)
    return rates[-1] * fading(grads / _root(spread, eps, inside), momentum)[-1]


def adam(
    grads: np.ndarray,
    rates: np.ndarray,
    *,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    unbiased: tuple[bool, bool] = (True, True),
    late: bool = False,
    steps: int | None = None,
    inside: bool = False,
) -> np.ndarray:
    """The mean gradient over the root of the mean square, each divided by the sum of its weights.

    unbiased: whether the two are divided so.   late: eps is added before that division.   steps: how many are counted.
    inside: eps under the root.
    """
    (beta1, beta2), t = betas, len(grads) if steps is None else steps
    mean = fading(grads, beta1, 1 - beta1)[-1]
    square = fading(grads**2, beta2, 1 - beta2)[-1]
    first = 1 - beta1**t if unbiased[0] else 1.0
    second = 1 - beta2**t if unbiased[1] else 1.0
    if late:
        return rates[-1] * mean / first * np.sqrt(second) / (np.sqrt(square) + eps)
    return rates[-1] * mean / first / _root(square / second, eps, inside)


def _root(squares: np.ndarray, eps: float, inside: bool) -> np.ndarray:
    return np.sqrt(squares + eps) if inside else np.sqrt(squares) + eps


def along_rates(rates: np.ndarray, grads: np.ndarray) -> np.ndarray:
    """Return the rates with as many axes as the gradients, so that each multiplies its own step."""
    return rates.reshape(-1, *[1] * (grads.ndim - 1))


def run_in_pytorch(name: str) -> Callable[[Case], np.ndarray]:
    """The same path walked by the optimiser torch.optim.`name`."""

    def path(case: Case) -> np.ndarray:
        import torch

        param = torch.tensor(np.asarray(case.inputs["param"], np.float64), requires_grad=True)
        options: Mapping[str, Any] = case.options
        optimizer = getattr(torch.optim, name)([param], lr=float(case.inputs["rates"][0]), foreach=False, **options)
        steps = []
        for grad, rate in zip(case.inputs["grads"], case.inputs["rates"], strict=True):
            optimizer.param_groups[0]["lr"] = float(rate)
            param.grad = torch.tensor(np.asarray(grad, np.float64))
            optimizer.step()
            steps.append(param.detach().numpy().copy())
        return np.stack(steps)

    return path
