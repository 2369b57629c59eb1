"""The first gradient (chapter 0): squaring.

    y = x²,   entry by entry

Every file of this course looks like this one: a forward pass that is given, a backward pass to write. The forward
pass returns y and a cache: what the backward pass will need. The backward pass takes dy, the upstream gradient, which
says how the loss changes with each entry of y, and returns dx, which says how it changes with each entry of x.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_values, upstream


class SquareCache(NamedTuple):
    """What the backward pass needs: the input."""

    x: np.ndarray


def square_forward(x: np.ndarray) -> tuple[np.ndarray, SquareCache]:
    """Return the square of every entry (chapter 0). Given; it is right.

    Args:
        x: Numbers, of any shape.

    Returns:
        y, of x's shape, and the cache for square_backward.

    Example:
        >>> y, _ = square_forward(np.array([1.0, -3.0]))
        >>> print(y)
        [1. 9.]
    """
    return float_values("x", x) ** 2, SquareCache(x)


def square_backward(dy: np.ndarray, cache: SquareCache) -> np.ndarray:
    """Return the gradient of x (chapter 0, the first gradient).

    Args:
        dy: Upstream gradient, of y's shape.
        cache: From square_forward.

    Returns:
        dx, of x's shape: for each entry, how the loss changes with that entry of x.
    """
    # dx = dy * 2x: y changes 2x times as fast as x, and the loss dy times as fast as y
    return 2 * cache.x * upstream(dy, cache.x.shape)
