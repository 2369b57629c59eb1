"""A residual block, forward and backward (chapter 17).

What goes in is added to what comes out, so the block learns a change and no more:

    y = x + relu(x w1ᵀ + b1) w2ᵀ + b2

Going back, dy takes both ways: unchanged along the sum, and through the two layers. However small the weights are, the
first way is open.

Shapes: x (N, D), w1 (H, D), b1 (H,), w2 (D, H), b2 (D,), y (N, D).
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, same_shape, upstream


class ResidualBlockCache(NamedTuple):
    """What the backward pass needs: the input, the hidden units before the ReLU, and the weights."""

    x: np.ndarray
    z: np.ndarray
    w1: np.ndarray
    w2: np.ndarray


def residual_block_forward(
    x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, ResidualBlockCache]:
    """Return x plus what two layers make of it (chapter 17, step 8). Given; it is right.

    After He, Zhang, Ren and Sun (2016).

    Args:
        x: Samples, (N, D).
        w1, b1: The first layer, (H, D) and (H,).
        w2, b2: The second layer, (D, H) and (D,).

    Returns:
        y, (N, D), and the cache for residual_block_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = residual_block_forward(np.ones((1, 2)), np.ones((1, 2)), np.zeros(1), np.ones((2, 1)), np.zeros(2))
        >>> print(y)
        [[3. 3.]]
    """
    depth, hidden = float_array("x", x, 2).shape[1], len(float_array("w1", w1, 2))
    same_shape("w1", w1, (hidden, depth), "a column for each column of x")
    same_shape("b1", float_array("b1", b1, 1), (hidden,), "one number for each row of w1")
    same_shape(
        "w2", float_array("w2", w2, 2), (depth, hidden), "a row for each column of x, a column for each of w1's rows"
    )
    same_shape("b2", float_array("b2", b2, 1), (depth,), "one number for each row of w2")
    z = x @ w1.T + b1
    return x + np.maximum(z, 0) @ w2.T + b2, ResidualBlockCache(x, z, w1, w2)


def residual_block_backward(dy: np.ndarray, cache: ResidualBlockCache) -> tuple[np.ndarray, ...]:
    """Return the gradients of all five inputs (chapter 17, step 8).

    Args:
        dy: Upstream gradient, (N, D).
        cache: From residual_block_forward.

    Returns:
        dx (N, D), dw1 (H, D), db1 (H,), dw2 (D, H), db2 (D,).
    """
    raise NotImplementedError("ch17: write residual_block_backward")
