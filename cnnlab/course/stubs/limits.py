"""What limits a training, measured: curvature along a direction, and what a convolution costs (chapter 17)."""

from collections.abc import Callable, Sequence

import numpy as np

from cnnlab.ops.arguments import positive, size_pair

Size = int | tuple[int, int]


def hessian_vector_product(
    gradient: Callable[[np.ndarray], np.ndarray], w: np.ndarray, v: np.ndarray, *, h: float = 1e-5
) -> np.ndarray:
    """Return the Hessian times a vector, by a centred difference of gradients (chapter 17, step 1).

    Args:
        gradient: A function that returns the gradient of a loss at a point of w's shape.
        w: The point, any shape.
        v: The direction, of w's shape.
        h: The step: w moves by h * v to either side. It is not scaled by the length of v.

    Returns:
        Of w's shape: how fast each entry of the gradient changes along v.

    Example:
        >>> hv = hessian_vector_product(lambda w: w**3, np.array([1.0, 2.0]), np.array([1.0, 0.0]), h=0.001)
        >>> print(hv.round(4))
        [3. 0.]
    """
    raise NotImplementedError("ch17: write hessian_vector_product")


def conv_cost(
    x_shape: Sequence[int],
    w_shape: Sequence[int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[int, int, int]:
    """Return what a convolution with a bias costs (chapter 17, step 9).

    Args:
        x_shape: (N, C, H, W).
        w_shape: (F, C/groups, KH, KW).
        stride, padding, dilation: An int or a pair (rows, columns).
        groups: An int that divides C and F.

    Returns:
        Multiplications of the forward pass, parameters (the bias counts), and numbers in the output.

    Raises:
        ValueError: The sizes do not fit together.

    Example:
        >>> conv_cost((1, 1, 32, 32), (6, 1, 5, 5))
        (117600, 156, 4704)
    """
    raise NotImplementedError("ch17: write conv_cost")
