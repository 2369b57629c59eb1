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
    """Return strength times the sum of the weights' absolute values (chapter 13). Given; it is right.

    Args:
        w: Weights, any shape.
        strength: A number from 0 up.

    Returns:
        The penalty, one number, and the cache for l1_penalty_backward.

    Raises:
        ValueError, TypeError: w is not an array of floating-point numbers, or strength is not a number from 0 up.

    Example:
        >>> penalty, _ = l1_penalty_forward(np.array([3.0, -4.0]), strength=0.5)
        >>> print(penalty)
        3.5
    """
    float_values("w", w)
    strength = number_from_zero("strength", strength)
    return strength * np.abs(w).sum(), PenaltyCache(w, strength)


def l1_penalty_backward(dy: float, cache: PenaltyCache) -> np.ndarray:
    """Return the gradient of the weights (chapter 13, step 4).

    Args:
        dy: Upstream gradient, one number: 1.0 where the penalty is added to the loss.
        cache: From l1_penalty_forward.

    Returns:
        dw, of w's shape.
    """
    raise NotImplementedError("ch13: write l1_penalty_backward")


def l2_penalty_forward(w: np.ndarray, *, strength: float) -> tuple[np.floating, PenaltyCache]:
    """Return half of strength times the sum of the weights' squares (chapter 13). Given; it is right.

    Args:
        w: Weights, any shape.
        strength: A number from 0 up.

    Returns:
        The penalty, one number, and the cache for l2_penalty_backward.

    Raises:
        ValueError, TypeError: w is not an array of floating-point numbers, or strength is not a number from 0 up.

    Example:
        >>> penalty, _ = l2_penalty_forward(np.array([3.0, -4.0]), strength=0.5)
        >>> print(penalty)
        6.25
    """
    float_values("w", w)
    strength = number_from_zero("strength", strength)
    return strength / 2 * (w**2).sum(), PenaltyCache(w, strength)


def l2_penalty_backward(dy: float, cache: PenaltyCache) -> np.ndarray:
    """Return the gradient of the weights (chapter 13, step 2).

    Args:
        dy: Upstream gradient, one number: 1.0 where the penalty is added to the loss.
        cache: From l2_penalty_forward.

    Returns:
        dw, of w's shape.
    """
    raise NotImplementedError("ch13: write l2_penalty_backward")
