"""Optimisers and learning rates, one step at a time (chapters 10 and 12).

An optimiser's step takes one parameter, its gradient and what the optimiser remembers about it, and returns what takes
their place:

    param, state = adam_step(param, grad, state, lr=0.001)

The state is None before the first step, and afterwards whatever the step returned; give it back unopened. Nothing is
changed in place: a step returns new arrays of param's shape and dtype. Options and their defaults are torch.optim's.

A learning rate's schedule is a function of the number of steps made so far, from 0 up: `cosine_lr(step, base_lr=0.1,
t_max=100)`. base_lr is the rate that the schedule starts from; the other options are those of torch.optim.lr_scheduler
in small letters.

Every option is a number from 0 up; a first version of yours need not check it.
"""

import math
from numbers import Integral
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import boolean, float_values, number_from_zero, positive, same_shape


class MomentumState(NamedTuple):
    """velocity: the direction of the last step, of the shape of the parameter."""

    velocity: np.ndarray


class AdagradState(NamedTuple):
    """step: how many steps were made.   square_sum: one number for each entry of the parameter."""

    step: int
    square_sum: np.ndarray


class RmspropState(NamedTuple):
    """Running averages of the gradient's square and of the gradient, and the direction of the last step."""

    square_avg: np.ndarray
    grad_avg: np.ndarray
    velocity: np.ndarray


class AdamState(NamedTuple):
    """How many steps were made, and running averages of the gradient and of its square."""

    step: int
    grad_avg: np.ndarray
    square_avg: np.ndarray


def sgd_step(
    param: np.ndarray, grad: np.ndarray, state: None = None, *, lr: float, weight_decay: float = 0.0
) -> tuple[np.ndarray, None]:
    """Make one step of stochastic gradient descent (chapter 10, sgd).

    Args:
        param, grad: Any shape, the same.
        state: None; gradient descent remembers nothing.
        lr: The learning rate.
        weight_decay: How much of the parameter is added to its gradient.

    Returns:
        The new parameter and None.

    Example:
        >>> param, _ = sgd_step(np.array([1.0]), np.array([2.0]), lr=0.1)
        >>> print(param)
        [0.8]
    """
    # param <- param - lr * (grad + weight_decay * param)
    grad, lr, weight_decay = _checked(param, grad, lr=lr, weight_decay=weight_decay)
    return param - lr * (grad + weight_decay * param), state


def momentum_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: MomentumState | None = None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[np.ndarray, MomentumState]:
    """Make one step of gradient descent with momentum (chapter 12, momentum).

    Polyak (1964); with nesterov as in Sutskever, Martens, Dahl and Hinton (2013). As in torch.optim.SGD, the learning
    rate is outside the velocity, and the first velocity is the gradient itself, not dampened. Where momentum is 0,
    there is no velocity: every step is lr * grad, and dampening changes nothing.

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        momentum: How much of the velocity stays.
        dampening: How much of the gradient is held back, after the first step and where momentum is not 0.
        weight_decay: How much of the parameter is added to its gradient.
        nesterov: Whether to look ahead, which needs a momentum above 0 and a dampening of 0.

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = momentum_step(np.array([1.0]), np.array([2.0]), lr=0.1, momentum=0.9)
        >>> print(param.round(4))
        [0.8]
    """
    # v <- momentum * v + (1 - dampening) * g, at first v <- g;  param <- param - lr * v
    # nesterov: param <- param - lr * (g + momentum * v)
    grad, lr, momentum, dampening, weight_decay = _checked(
        param, grad, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay
    )
    if boolean("nesterov", nesterov) and (momentum == 0 or dampening != 0):
        found = f"momentum is {momentum} and dampening {dampening}"
        raise ValueError(f"{found}; with nesterov a momentum above 0 and a dampening of 0 are needed")
    if weight_decay:
        grad = grad + weight_decay * param
    velocity = grad.copy() if state is None or momentum == 0 else momentum * state.velocity + (1 - dampening) * grad
    direction = grad + momentum * velocity if nesterov else velocity
    return param - lr * direction, MomentumState(velocity)


def adagrad_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: AdagradState | None = None,
    *,
    lr: float,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: float = 1e-10,
) -> tuple[np.ndarray, AdagradState]:
    """Make one step of AdaGrad (chapter 12, adagrad). Duchi, Hazan and Singer (2011).

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        lr_decay: How fast the rate falls with the number of steps.
        weight_decay: How much of the parameter is added to its gradient.
        initial_accumulator_value: Where the sum of squares starts.
        eps: Added to what is divided by.

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = adagrad_step(np.array([1.0]), np.array([2.0]), lr=0.1)
        >>> print(param.round(4))
        [0.9]
    """
    # G <- G + g^2;  param <- param - lr / (1 + t * lr_decay) * g / (sqrt(G) + eps), after t steps
    grad, lr, lr_decay, weight_decay, start, eps = _checked(
        param,
        grad,
        lr=lr,
        lr_decay=lr_decay,
        weight_decay=weight_decay,
        initial_accumulator_value=initial_accumulator_value,
        eps=eps,
    )
    state = state or AdagradState(0, np.full_like(param, start))
    grad = grad + weight_decay * param
    square_sum = state.square_sum + grad**2
    rate = lr / (1 + state.step * lr_decay)
    return param - rate * grad / (np.sqrt(square_sum) + eps), AdagradState(state.step + 1, square_sum)


def rmsprop_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: RmspropState | None = None,
    *,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
) -> tuple[np.ndarray, RmspropState]:
    """Make one step of RMSProp (chapter 12, rmsprop). Tieleman and Hinton (2012), lecture 6.5.

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        alpha: How much of the running averages stays.
        eps: Added to what is divided by.
        weight_decay: How much of the parameter is added to its gradient.
        momentum: How much of the velocity stays.
        centered: Whether to divide by the gradient's standard deviation instead of its root mean square, as in
            Graves (2013).

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = rmsprop_step(np.array([1.0]), np.array([2.0]), lr=0.01)
        >>> print(param.round(4))
        [0.9]
    """
    # S <- alpha * S + (1 - alpha) * g^2;  v <- momentum * v + g / (sqrt(S) + eps);  param <- param - lr * v
    # centered: S - M^2 in place of S, with the mean M <- alpha * M + (1 - alpha) * g
    grad, lr, alpha, eps, weight_decay, momentum = _checked(
        param, grad, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum
    )
    state = state or RmspropState(np.zeros_like(param), np.zeros_like(param), np.zeros_like(param))
    grad = grad + weight_decay * param
    square_avg = alpha * state.square_avg + (1 - alpha) * grad**2
    grad_avg = alpha * state.grad_avg + (1 - alpha) * grad
    variance = np.maximum(square_avg - grad_avg**2, 0)  # rounding can bring it below 0
    spread = variance if boolean("centered", centered) else square_avg
    velocity = momentum * state.velocity + grad / (np.sqrt(spread) + eps)
    return param - lr * velocity, RmspropState(square_avg, grad_avg, velocity)


def adam_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: AdamState | None = None,
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> tuple[np.ndarray, AdamState]:
    """Make one step of Adam (chapter 12, adam). Kingma and Ba (2015), algorithm 1.

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        betas: How much of the running averages of the gradient and of its square stays, each below 1.
        eps: Added to what is divided by.
        weight_decay: How much of the parameter is added to its gradient.

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = adam_step(np.array([1.0]), np.array([2.0]), lr=0.1)
        >>> print(param.round(4))
        [0.9]
    """
    # m <- beta1 * m + (1 - beta1) * g;  s <- beta2 * s + (1 - beta2) * g^2
    # param <- param - lr * M / (sqrt(S) + eps),  M = m / (1 - beta1^t),  S = s / (1 - beta2^t) at step t = 1, 2, ...
    beta1, beta2 = _below_one(betas)
    grad, lr, eps, weight_decay = _checked(param, grad, lr=lr, eps=eps, weight_decay=weight_decay)
    state = state or AdamState(0, np.zeros_like(param), np.zeros_like(param))
    grad = grad + weight_decay * param
    step = state.step + 1
    grad_avg = beta1 * state.grad_avg + (1 - beta1) * grad
    square_avg = beta2 * state.square_avg + (1 - beta2) * grad**2
    unbiased, unbiased_square = grad_avg / (1 - beta1**step), square_avg / (1 - beta2**step)
    return param - lr * unbiased / (np.sqrt(unbiased_square) + eps), AdamState(step, grad_avg, square_avg)


def adamw_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: AdamState | None = None,
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> tuple[np.ndarray, AdamState]:
    """Make one step of AdamW (chapter 12, adamw). Loshchilov and Hutter (2019), algorithm 2.

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        betas, eps: As in adam_step.
        weight_decay: How fast the parameter shrinks, apart from its gradient.

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = adamw_step(np.array([1.0]), np.array([2.0]), lr=0.1, weight_decay=0.5)
        >>> print(param.round(4))
        [0.85]
    """
    # param <- Adam's step from (1 - lr * weight_decay) * param, with a gradient that knows nothing of the decay
    _, rate, decay = _checked(param, grad, lr=lr, weight_decay=weight_decay)
    return adam_step(param * (1 - rate * decay), grad, state, lr=lr, betas=betas, eps=eps)


def step_lr(step: int, *, base_lr: float, step_size: int, gamma: float = 0.1) -> float:
    """Return the learning rate that falls in stairs (chapter 12, annealing).

    As torch's StepLR.

    Args:
        step: Steps made so far.
        base_lr: The rate at step 0.
        step_size: Steps on one stair.
        gamma: One stair's rate as a share of the one before.

    Returns:
        The learning rate of the next step.

    Example:
        >>> [step_lr(step, base_lr=1.0, step_size=2, gamma=0.5) for step in range(5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    # base_lr * gamma^floor(step / step_size)
    base_lr, gamma = _numbers(base_lr=base_lr, gamma=gamma)
    return base_lr * gamma ** (_whole(step) // positive("step_size", step_size))


def exponential_lr(step: int, *, base_lr: float, gamma: float) -> float:
    """Return the learning rate that falls by one factor at every step (chapter 12, annealing).

    As torch's ExponentialLR.

    Args:
        step: Steps made so far.
        base_lr: The rate at step 0.
        gamma: One step's rate as a share of the one before.

    Returns:
        The learning rate of the next step.

    Example:
        >>> [exponential_lr(step, base_lr=1.0, gamma=0.5) for step in range(3)]
        [1.0, 0.5, 0.25]
    """
    # base_lr * gamma^step
    base_lr, gamma = _numbers(base_lr=base_lr, gamma=gamma)
    return base_lr * gamma ** _whole(step)


def cosine_lr(step: int, *, base_lr: float, t_max: int, eta_min: float = 0.0) -> float:
    """Return the learning rate that falls along half a cosine (chapter 12, annealing).

    As torch's CosineAnnealingLR: Loshchilov and Hutter (2017), without restarts.

    Args:
        step: Steps made so far; from t_max on the rate climbs again, and is back at base_lr after 2 t_max.
        base_lr: The rate at step 0.
        t_max: The step of the lowest rate.
        eta_min: The lowest rate.

    Returns:
        The learning rate of the next step.

    Example:
        >>> [cosine_lr(step, base_lr=1.0, t_max=2) for step in range(3)]
        [1.0, 0.5, 0.0]
    """
    # eta_min + (base_lr - eta_min) * (1 + cos(pi * step / t_max)) / 2
    base_lr, eta_min = _numbers(base_lr=base_lr, eta_min=eta_min)
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * _whole(step) / positive("t_max", t_max))) / 2


def _checked(param: np.ndarray, grad: np.ndarray, **options: float) -> tuple:
    """Return the gradient in the parameter's dtype, then the options in their order, each a number from 0 up."""
    same_shape("grad", float_values("grad", grad), float_values("param", param).shape, "the shape of param")
    return grad.astype(param.dtype, copy=False), *_numbers(**options)


def _numbers(**options: float) -> tuple[float, ...]:
    """Return the options in their order, each a number from 0 up."""
    return tuple([number_from_zero(name, value) for name, value in options.items()])


def _below_one(betas: tuple[float, float]) -> tuple[float, float]:
    """Return beta1 and beta2, each a number from 0 up and below 1."""
    if not (isinstance(betas, (tuple, list)) and len(betas) == 2):
        raise TypeError(f"betas is {betas!r}; a pair of numbers is needed")
    beta1, beta2 = _numbers(**{"betas[0]": betas[0], "betas[1]": betas[1]})
    if max(beta1, beta2) >= 1:
        raise ValueError(f"betas is {betas!r}; numbers below 1 are needed")
    return beta1, beta2


def _whole(step: int) -> int:
    """Return the number of steps made so far, a whole number from 0 up."""
    if not isinstance(step, Integral) or isinstance(step, bool):
        raise TypeError(f"step is {step!r}; an int is needed")
    if step < 0:
        raise ValueError(f"step is {step}; 0 or more is needed")
    return int(step)
