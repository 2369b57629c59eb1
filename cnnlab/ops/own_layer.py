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


def own_layer_forward(x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Return your layer's output, and what the backward needs (chapter 19, project 2).

    Args:
        x, w: Your layer's inputs, in the order in which a case has them; name them as you like.

    Returns:
        y, an array of float64, and the cache for own_layer_backward.
    """
    raise NotImplementedError("ch19: write own_layer_forward")


def own_layer_backward(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return the gradient of every input that is an array of fractions (chapter 19, project 2).

    Args:
        dy: Upstream gradient, of y's shape.
        cache: From own_layer_forward.

    Returns:
        A tuple of the gradients, in the order of the inputs and each of its input's shape; of a single input its
        gradient alone.
    """
    raise NotImplementedError("ch19: write own_layer_backward")


def own_layer_cases() -> list[tuple]:
    """Return the inputs of one to eight cases on which your layer is judged (chapter 19, project 2).

    Returns:
        A list of tuples of what own_layer_forward takes, the same at every call: draw arrays with a seed, as from
        np.random.default_rng(0). A case has at most 200 numbers, and each has the same number of inputs.
    """
    raise NotImplementedError("ch19: write own_layer_cases")


def own_layer_wrong_1(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with a mistake that you might well have made (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    raise NotImplementedError("ch19: write own_layer_wrong_1")


def own_layer_wrong_2(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with another such mistake (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    raise NotImplementedError("ch19: write own_layer_wrong_2")


def own_layer_wrong_3(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return gradients with a third such mistake (chapter 19, project 2).

    Args:
        dy: As own_layer_backward has it.
        cache: From own_layer_forward.

    Returns:
        As own_layer_backward; right shapes, and wrong numbers in at least one of your cases.
    """
    raise NotImplementedError("ch19: write own_layer_wrong_3")
