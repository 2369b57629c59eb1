"""A recurrent network, forward and backward (chapter 18).

One layer is used T times, and its output at each time is an input of the next:

    y[n,t] = tanh(x[n,t] w_ihᵀ + y[n,t-1] w_hhᵀ + b),    y[n,-1] = h0[n]

A value that is used several times collects a gradient from each use: the weights from every time, and each y[n,t] from
the loss and from the time after it. So the backward pass runs from the last time to the first.

Shapes: x (N, T, D), h0 (N, H), w_ih (H, D), w_hh (H, H), b (H,), y (N, T, H).
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, same_shape, upstream


class RnnCache(NamedTuple):
    """What the backward pass needs: the inputs, and the outputs of all times."""

    x: np.ndarray
    h0: np.ndarray
    w_ih: np.ndarray
    w_hh: np.ndarray
    y: np.ndarray


def rnn_forward(
    x: np.ndarray, h0: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, RnnCache]:
    """Run one layer along a sequence (chapter 18, step 1). Given; it is right.

    As torch.nn.RNN(batch_first=True) with one layer, whose two biases are added up in b; Elman (1990).

    Args:
        x: Sequences, (N, T, D).
        h0: The state before the first time, (N, H).
        w_ih: Weights of the inputs, (H, D).
        w_hh: Weights of the state, (H, H).
        b: (H,).

    Returns:
        y, (N, T, H), and the cache for rnn_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = rnn_forward(np.ones((1, 2, 1)), np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.zeros(1))
        >>> print(y.round(4))
        [[[0.7616]
          [0.9427]]]
    """
    n, times, inputs = float_array("x", x, 3).shape
    units = float_array("h0", h0, 2).shape[1]
    same_shape("h0", h0, (n, units), "a row for each sequence")
    same_shape("w_ih", float_array("w_ih", w_ih, 2), (units, inputs), "a row for each unit, a column for each input")
    same_shape("w_hh", float_array("w_hh", w_hh, 2), (units, units), "a row and a column for each unit")
    same_shape("b", float_array("b", b, 1), (units,), "one number for each unit")
    y, h = np.empty((n, times, units), np.result_type(x, h0, w_ih, w_hh, b)), h0
    for t in range(times):
        h = np.tanh(x[:, t] @ w_ih.T + h @ w_hh.T + b)
        y[:, t] = h
    return y, RnnCache(x, h0, w_ih, w_hh, y)


def rnn_backward(dy: np.ndarray, cache: RnnCache) -> tuple[np.ndarray, ...]:
    """Return the gradients of all five inputs (chapter 18, steps 2 to 4).

    Args:
        dy: Upstream gradient, (N, T, H).
        cache: From rnn_forward.

    Returns:
        dx (N, T, D), dh0 (N, H), dw_ih (H, D), dw_hh (H, H), db (H,).
    """
    raise NotImplementedError("ch18: write rnn_backward")
