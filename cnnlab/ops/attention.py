"""Scaled dot-product attention, forward and backward (chapter 18, optional).

Each query takes a mean of the values, weighted by how well their keys agree with it:

    s = q kᵀ / √D,    p = softmax of s over the keys,    y = p v

With is_causal, query i sees keys 0 to i only: the others get the weight 0.

Shapes: q (N, H, T, D), k (N, H, S, D), v (N, H, S, E), y (N, H, T, E), with H heads.
"""

import math
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import boolean, float_array, same_shape, upstream


class AttentionCache(NamedTuple):
    """What the backward pass needs: the inputs, and the weights of the values."""

    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    p: np.ndarray  # (N, H, T, S)


def attention_forward(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, *, is_causal: bool = False
) -> tuple[np.ndarray, AttentionCache]:
    """Return for every query a weighted mean of the values (chapter 18, step 11). Given; it is right.

    As torch.nn.functional.scaled_dot_product_attention; Vaswani and others (2017).

    Args:
        q: Queries, (N, H, T, D).
        k: Keys, (N, H, S, D).
        v: Values, (N, H, S, E).
        is_causal: Whether query i sees keys 0 to i only.

    Returns:
        y, (N, H, T, E), and the cache for attention_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> q = np.zeros((1, 1, 1, 2))
        >>> y, _ = attention_forward(q, np.ones((1, 1, 2, 2)), np.array([[[[1.0], [3.0]]]]))
        >>> print(y)
        [[[[2.]]]]
    """
    n, heads, _, depth = float_array("q", q, 4).shape
    keys = float_array("k", k, 4).shape[2]
    same_shape("k", k, (n, heads, keys, depth), "q's shape but for the number of keys")
    same_shape("v", float_array("v", v, 4), (n, heads, keys, v.shape[3]), "a value for each key")
    scores = q @ k.swapaxes(2, 3) / q.dtype.type(math.sqrt(depth))
    if boolean("is_causal", is_causal):
        scores = np.where(np.tri(q.shape[2], keys, dtype=bool), scores, -np.inf)
    raised = np.exp(scores - scores.max(axis=3, keepdims=True))
    p = raised / raised.sum(axis=3, keepdims=True)
    return p @ v, AttentionCache(q, k, v, p)


def attention_backward(dy: np.ndarray, cache: AttentionCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of queries, keys and values (chapter 18, step 12).

    Args:
        dy: Upstream gradient, (N, H, T, E).
        cache: From attention_forward.

    Returns:
        dq, dk and dv, of the shapes of q, k and v.
    """
    raise NotImplementedError("ch18: write attention_backward")
