"""Penalties on large weights, forward and backward (chapter 13).

A penalty is added to the loss, so that training weighs a better fit against smaller weights:

    l1_penalty(w) = strength * sum of |w|        l2_penalty(w) = strength/2 * sum of w²
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_values, number_from_zero, real_number


class PenaltyCache(NamedTuple):
    """What the backward pass needs: the weights, and how much they count."""

    w: np.ndarray
    strength: float


def l1_penalty_forward(w: np.ndarray, *, strength: float) -> tuple[np.floating, PenaltyCache]:
    """strength times the sum of the weights' absolute values (chapter 13). Given; it is right.

    w: weights, any shape.   strength: a number from 0 up.
    Returns the penalty, one number, and the cache for l1_penalty_backward.
    Raises ValueError or TypeError for anything else.
    """
    float_values("w", w)
    strength = number_from_zero("strength", strength)
    return strength * np.abs(w).sum(), PenaltyCache(w, strength)


def l1_penalty_backward(dy: float, cache: PenaltyCache) -> np.ndarray:
    """The gradient of the weights (chapter 13).

    dy: upstream gradient, one number: 1.0 where the penalty is added to the loss.   cache: from l1_penalty_forward.
    Returns dw, of w's shape.
    """
    raise NotImplementedError("ch13: write l1_penalty_backward")


def l2_penalty_forward(w: np.ndarray, *, strength: float) -> tuple[np.floating, PenaltyCache]:
    """Half of strength times the sum of the weights' squares (chapter 13). Given; it is right.

    w: weights, any shape.   strength: a number from 0 up.
    Returns the penalty, one number, and the cache for l2_penalty_backward.
    Raises ValueError or TypeError for anything else.
    """
    float_values("w", w)
    strength = number_from_zero("strength", strength)
    return strength / 2 * (w**2).sum(), PenaltyCache(w, strength)


def l2_penalty_backward(dy: float, cache: PenaltyCache) -> np.ndarray:
    """The gradient of the weights (chapter 13).

    dy: upstream gradient, one number: 1.0 where the penalty is added to the loss.   cache: from l2_penalty_forward.
    Returns dw, of w's shape.
    """
    raise NotImplementedError("ch13: write l2_penalty_backward")
