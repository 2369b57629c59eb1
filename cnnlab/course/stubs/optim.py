"""Optimisers and learning rates, one step at a time (chapters 10 and 12).

An optimiser's step takes one parameter, its gradient and what the optimiser remembers about it, and returns what takes
their place:

    param, state = adam_step(param, grad, state, lr=0.001)

The state is None before the first step, and afterwards whatever the step returned; give it back unopened. Nothing is
changed in place: a step returns new arrays of param's shape and dtype. Options and their defaults are torch.optim's.

A learning rate's schedule is a function of the number of steps made so far, from 0 up: `cosine_lr(step, base_lr=0.1,
t_max=100)`. base_lr is the rate that the schedule starts from; the other options are those of torch.optim.lr_scheduler
in small letters.

Every option is a number from 0 up, and what is none, or does not fit, raises ValueError or TypeError.
"""

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
    """One step of stochastic gradient descent (chapter 10).

    param, grad: of any shape, the same.   state: None; gradient descent remembers nothing.
    lr: the learning rate.   weight_decay: how much of the parameter is added to its gradient.
    Returns the new parameter and None.
    """
    raise NotImplementedError("ch10: write sgd_step")


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
    """One step of gradient descent with momentum (chapter 12).

    Polyak (1964); with nesterov as in Sutskever, Martens, Dahl and Hinton (2013). torch.optim.SGD, whose default
    momentum is 0, has the learning rate outside the velocity and does not dampen the first step.
    param, grad: of any shape, the same.   state: None at first, then what the last step returned.
    lr: the learning rate.   momentum: how much of the velocity stays.   dampening: how much of the gradient is held
    back.   weight_decay: how much of the parameter is added to its gradient.   nesterov: whether to look ahead, which
    needs a momentum above 0 and a dampening of 0.
    Returns the new parameter and the new state.
    """
    raise NotImplementedError("ch12: write momentum_step")


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
    """One step of AdaGrad (chapter 12). Duchi, Hazan and Singer (2011).

    param, grad: of any shape, the same.   state: None at first, then what the last step returned.
    lr: the learning rate.   lr_decay: how fast it falls with the number of steps.   weight_decay: how much of the
    parameter is added to its gradient.   initial_accumulator_value: where the sum of squares starts.   eps: added to
    what is divided by.
    Returns the new parameter and the new state.
    """
    raise NotImplementedError("ch12: write adagrad_step")


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
    """One step of RMSProp (chapter 12). Tieleman and Hinton (2012), lecture 6.5; centred: Graves (2013).

    param, grad: of any shape, the same.   state: None at first, then what the last step returned.
    lr: the learning rate.   alpha: how much of the running averages stays.   eps: added to what is divided by.
    weight_decay: how much of the parameter is added to its gradient.   momentum: how much of the velocity stays.
    centered: whether to divide by the gradient's standard deviation instead of its root mean square.
    Returns the new parameter and the new state.
    """
    raise NotImplementedError("ch12: write rmsprop_step")


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
    """One step of Adam (chapter 12). Kingma and Ba (2015), algorithm 1.

    param, grad: of any shape, the same.   state: None at first, then what the last step returned.
    lr: the learning rate.   betas: how much of the running averages of the gradient and of its square stays, each
    below 1.   eps: added to what is divided by.   weight_decay: how much of the parameter is added to its gradient.
    Returns the new parameter and the new state.
    """
    raise NotImplementedError("ch12: write adam_step")


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
    """One step of AdamW (chapter 12). Loshchilov and Hutter (2019), algorithm 2.

    param, grad: of any shape, the same.   state: None at first, then what the last step returned.
    lr: the learning rate.   betas, eps: as in adam_step.   weight_decay: how fast the parameter shrinks, apart from
    its gradient.
    Returns the new parameter and the new state.
    """
    raise NotImplementedError("ch12: write adamw_step")


def step_lr(step: int, *, base_lr: float, step_size: int, gamma: float = 0.1) -> float:
    """The learning rate that falls in stairs (chapter 12), as torch's StepLR.

    step: steps made so far.   base_lr: the rate at step 0.   step_size: steps on one stair.   gamma: one stair's rate
    as a share of the one before.
    """
    raise NotImplementedError("ch12: write step_lr")


def exponential_lr(step: int, *, base_lr: float, gamma: float) -> float:
    """The learning rate that falls by the same factor at every step (chapter 12), as torch's ExponentialLR.

    step: steps made so far.   base_lr: the rate at step 0.   gamma: one step's rate as a share of the one before.
    """
    raise NotImplementedError("ch12: write exponential_lr")


def cosine_lr(step: int, *, base_lr: float, t_max: int, eta_min: float = 0.0) -> float:
    """The learning rate that falls along half a cosine (chapter 12), as torch's CosineAnnealingLR.

    Loshchilov and Hutter (2017), without restarts.
    step: steps made so far; from t_max on the rate climbs again, and is back at base_lr after 2 t_max.
    base_lr: the rate at step 0.   t_max: the step of the lowest rate.   eta_min: the lowest rate.
    """
    raise NotImplementedError("ch12: write cosine_lr")
