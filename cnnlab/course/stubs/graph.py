"""A graph convolution, forward and backward (chapter 18).

Every node of a graph takes a weighted sum over its neighbours' features, and a linear layer acts on what it got:

    y = Â x wᵀ + b,    y[i,f] = sum over j,c of  Â[i,j] * x[j,c] * w[f,c]  + b[f]

It is the linear layer of chapter 5 with one more matrix, and so the backward pass is that layer's with one more Âᵀ.

Shapes: x (V, C), Â (V, V), w (F, C), b (F,), y (V, F), for a graph of V nodes.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, same_shape, upstream


class GcnCache(NamedTuple):
    """What the backward pass needs: the inputs of the forward pass."""

    x: np.ndarray
    adjacency: np.ndarray
    w: np.ndarray


def gcn_forward(x: np.ndarray, adjacency: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, GcnCache]:
    """Mix the features of neighbours, then apply a linear layer (chapter 18, step 8). Given; it is right.

    Kipf and Welling (2017).

    Args:
        x: Features of the nodes, (V, C).
        adjacency: Â, (V, V): how much of node j's features node i gets in row i and column j. It gets no gradient, and
            it need not be symmetric.
        w: (F, C).
        b: (F,).

    Returns:
        y, (V, F), and the cache for gcn_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> swap = np.array([[0.0, 1.0], [1.0, 0.0]])
        >>> y, _ = gcn_forward(np.array([[1.0], [2.0]]), swap, np.array([[10.0]]), np.zeros(1))
        >>> print(y)
        [[20.]
         [10.]]
    """
    nodes, features = float_array("x", x, 2).shape
    same_shape("adjacency", float_array("adjacency", adjacency, 2), (nodes, nodes), "a row and a column for each node")
    outputs = len(float_array("w", w, 2))
    same_shape("w", w, (outputs, features), "a column for each column of x")
    same_shape("b", float_array("b", b, 1), (outputs,), "one number for each row of w")
    return adjacency @ x @ w.T + b, GcnCache(x, adjacency, w)


def gcn_backward(dy: np.ndarray, cache: GcnCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, w and b (chapter 18, step 9).

    Args:
        dy: Upstream gradient, (V, F).
        cache: From gcn_forward.

    Returns:
        dx (V, C), dw (F, C) and db (F,).
    """
    raise NotImplementedError("ch18: write gcn_backward")


def normalised_adjacency(edges: np.ndarray, n: int) -> np.ndarray:
    """Return Â of an undirected graph (chapter 18, step 10). Given.

    Â[i, j] is (A + I)[i, j] / sqrt(d[i] * d[j]), where d counts the neighbours of a node and the node itself.

    Args:
        edges: (E, 2), ints: the two nodes of each edge, each edge once.
        n: How many nodes there are.

    Returns:
        (n, n), symmetric.

    Raises:
        ValueError, TypeError: edges is no such array, or has a node that is not from 0 to n - 1.

    Example:
        >>> print(normalised_adjacency(np.array([[0, 1]]), 2))
        [[0.5 0.5]
         [0.5 0.5]]
    """
    if not isinstance(edges, np.ndarray) or edges.dtype.kind not in "iu":
        raise TypeError("edges is no array of ints; (E, 2) ints are needed: the two nodes of each edge")
    if edges.ndim != 2 or edges.shape[1] != 2:
        raise ValueError(f"edges has shape {edges.shape}; (E, 2) is needed: the two nodes of each edge")
    if edges.size and (edges.min() < 0 or edges.max() >= n):
        raise ValueError(f"edges has nodes {edges.min()} to {edges.max()}; 0 to {n - 1} are needed")
    a = np.eye(n)
    a[edges[:, 0], edges[:, 1]] = a[edges[:, 1], edges[:, 0]] = 1
    root = 1 / np.sqrt(a.sum(axis=1))
    return root[:, None] * a * root
