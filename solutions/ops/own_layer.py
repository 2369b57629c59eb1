"""A layer of your own: its forward, its backward, cases, and three wrong versions (chapter 19, project 2).

Everything here is yours, the names and the number of the inputs too. own_layer_forward(x, w) is an example: write
your layer's own inputs in place of x and w. What is judged:

- Differences are taken of own_layer_forward, at the inputs of every case, and own_layer_backward must agree with them.
  The judge draws dy at random.
- Each wrong version must disagree with them in at least one case.

An input that is an array of fractions has a gradient; a parameter of one number is an array of shape (1,). Whole
numbers, such as a stride or an array of labels, are handed on as they are and have none.
"""

import numpy as np


def own_layer_forward(x: np.ndarray, w: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Return your layer's output, and what the backward needs (chapter 19, project 2).

    Args:
        x, w: Your layer's inputs, in the order in which a case has them; name them as you like.

    Returns:
        y, an array of float64, and the cache for own_layer_backward.
    """
    # y[n, k] = gamma[k] (w[k] . x[n]) / |w[k]|
    length = np.sqrt((w * w).sum(axis=1))
    product = x @ w.T
    return gamma * product / length, (x, w, gamma, product, length)


def own_layer_backward(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return the gradient of every input that is an array of fractions (chapter 19, project 2).

    Args:
        dy: Upstream gradient, of y's shape.
        cache: From own_layer_forward.

    Returns:
        A tuple of the gradients, in the order of the inputs and each of its input's shape; of a single input its
        gradient alone.
    """
    # dt[n, k] = dy[n, k] gamma[k] / |w[k]| with t[n, k] = w[k] . x[n]; w[k] is used in every t and in its length
    x, w, gamma, product, length = cache
    dt = dy * gamma / length
    dlength = -(dy * gamma * product).sum(axis=0) / length**2
    return dt @ w, dt.T @ x + (dlength / length)[:, None] * w, (dy * product / length).sum(axis=0)


def own_layer_cases() -> list[tuple]:
    """Return the inputs of one to eight cases on which your layer is judged (chapter 19, project 2).

    Returns:
        A list of tuples of what own_layer_forward takes, the same at every call: draw arrays with a seed, as from
        np.random.default_rng(0). A case has at most 200 numbers, and each has the same number of inputs.
    """
    # several samples and rows of any length; rows of length 1; a single sample
    rng = np.random.default_rng(19)
    x, w, gamma = rng.normal(size=(3, 4)), rng.normal(size=(2, 4)), rng.normal(size=2)
    unit = w / np.sqrt((w * w).sum(axis=1, keepdims=True))
    return [(x, w, gamma), (x, unit, gamma), (x[:1], w, gamma)]


def own_layer_wrong_1(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with a mistake that you might well have made (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    # the second use of w, in its length, is forgotten
    x, _, gamma, _, length = cache
    dx, _, dgamma = own_layer_backward(dy, cache)
    return dx, (dy * gamma / length).T @ x, dgamma


def own_layer_wrong_2(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with another such mistake (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    # the derivative of 1 / length is taken for -1 / length: right where a row has length 1
    x, w, gamma, product, length = cache
    dx, _, dgamma = own_layer_backward(dy, cache)
    dlength = -(dy * gamma * product).sum(axis=0) / length
    return dx, (dy * gamma / length).T @ x + (dlength / length)[:, None] * w, dgamma


def own_layer_wrong_3(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with a third such mistake (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    # the gradient of gamma is averaged over the samples: right for a single one
    dx, dw, dgamma = own_layer_backward(dy, cache)
    return dx, dw, dgamma / len(dy)
