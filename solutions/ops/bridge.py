"""Between NumPy and PyTorch (chapter 11): gradients side by side, and an op of yours inside torch.autograd.

    error(a, b) = ‖a - b‖ / (‖a‖ + ‖b‖)

is 0 for equal arrays and 1 for two that are as far apart as arrays can be; the sizes of both cancel. PyTorch is
imported where it is used, so that the rest of this file works without it.
"""

from collections.abc import Callable, Mapping
from typing import Any

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
    # by name and not by place; a shape that differs must not be broadcast, and 0/0 is no error
    errors = []
    for name, theirs_here in theirs.items():
        ours_here = ours.get(name)
        if ours_here is None or theirs_here is None or np.shape(ours_here) != np.shape(theirs_here):
            errors.append(1.0)
            continue
        a, b = np.asarray(ours_here, np.float64).ravel(), np.asarray(theirs_here, np.float64).ravel()
        size = np.linalg.norm(a) + np.linalg.norm(b)
        errors.append(float(np.linalg.norm(a - b) / size) if size else 0.0)
    return errors


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
    # torch.autograd keeps the cache of every call in that call's ctx, and wants one gradient for each argument of apply
    import torch

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, options: dict, *tensors: Any) -> Any:
            arrays = [None if t is None else t.detach().numpy() for t in tensors]
            y, ctx.cache = forward(*arrays, **options)
            ctx.count = len(tensors)
            return torch.tensor(y)

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            found = backward(upstream[0].numpy(), ctx.cache)
            grads = list(found) if isinstance(found, tuple) else [found]
            grads += [None] * (ctx.count - len(grads))
            return None, *(None if g is None else torch.tensor(g) for g in grads)  # the options get none

    return lambda *tensors, **options: Own.apply(options, *tensors)
