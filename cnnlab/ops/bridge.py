"""Between NumPy and PyTorch (chapter 11): gradients side by side, and an op of yours inside torch.autograd.

    error(a, b) = ‖a - b‖ / (‖a‖ + ‖b‖)

is 0 for equal arrays and 1 for two that are as far apart as arrays can be; the sizes of both cancel. PyTorch is
imported where it is used, so that the rest of this file works without it.
"""

from collections.abc import Callable, Mapping

import numpy as np


def compare_gradients(ours: Mapping[str, np.ndarray | None], theirs: Mapping[str, np.ndarray | None]) -> list[float]:
    """Return how far apart two networks' gradients are, parameter by parameter (chapter 11, step 6).

    Args:
        ours, theirs: Gradients by the names of the parameters, of any shapes and of any floating-point dtype.

    Returns:
        One error for each name in `theirs`, in the order of `theirs`, whatever the order of `ours`: the formula above,
        with the norm over all entries, computed in float64. Two gradients that are 0 everywhere have error 0. A
        gradient that is missing in `ours`, or None in one of the two, or of another shape, has error 1.

    Example:
        >>> compare_gradients({"w": np.array([1.0])}, {"w": np.array([3.0]), "b": np.zeros(2)})
        [0.5, 1.0]
    """
    raise NotImplementedError("ch11: write compare_gradients")


def as_autograd_function(forward: Callable, backward: Callable) -> Callable:
    """Return an op as a function of PyTorch tensors that loss.backward() can go through (chapter 11, step 8).

    Args:
        forward: (*arrays, **options) -> (y, cache).
        backward: (dy, cache) -> one gradient, or a tuple of them, in the order of the arrays that have one; arrays
            after them, such as class numbers, get none, nor does an input of None.

    Returns:
        A function (*tensors, **options) -> tensor. Each call has a cache of its own.

    Example:
        >>> import torch
        >>> square = as_autograd_function(lambda x: (x**2, x), lambda dy, x: 2 * x * dy)
        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> square(x).sum().backward()
        >>> x.grad
        tensor([6.])
    """
    raise NotImplementedError("ch11: write as_autograd_function")
