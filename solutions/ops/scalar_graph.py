"""A graph of numbers (chapter 2): every node is one number, computed from the numbers of its parents.

A graph is a list of nodes, and a node is a pair (op, parents): the name of an operation, and the indices of the nodes
that it reads, in order. An "input" reads none. (x + y) * x is

    [("input", []), ("input", []), ("add", [0, 1]), ("mul", [2, 0])]

The nodes may be listed in any order, a node before its parents too.
"""

from collections.abc import Mapping, Sequence
from math import cos, exp, sin, tanh

import numpy as np

Node = tuple[str, list[int]]


def apply(op: str, a: Sequence[float]) -> float:
    """Return the value of a node (chapter 2, step 1). Given; it is right.

    Args:
        op: Its operation, any but "input".
        a: The values of its parents, in order.

    Returns:
        One number.

    Raises:
        ValueError: There is no such operation.

    Example:
        >>> apply("mul", [2.0, 3.0])
        6.0
    """
    match op:
        case "add":
            return a[0] + a[1]
        case "sub":
            return a[0] - a[1]
        case "mul":
            return a[0] * a[1]
        case "square":
            return a[0] ** 2
        case "exp":
            return exp(a[0])
        case "sin":
            return sin(a[0])
        case "tanh":
            return tanh(a[0])
    raise ValueError(f"op is {op!r}; add, sub, mul, square, exp, sin or tanh is needed")


def local_slopes(op: str, a: Sequence[float]) -> list[float]:
    """Return how fast a node's value changes with each of its parents' alone (chapter 2, step 2). Given; it is right.

    Args:
        op: Its operation.
        a: The values of its parents, in order.

    Returns:
        One slope for each parent, in the same order; an input has none.

    Raises:
        ValueError: There is no such operation.

    Example:
        >>> local_slopes("mul", [2.0, 3.0])
        [3.0, 2.0]
    """
    match op:
        case "input":
            return []
        case "add":
            return [1.0, 1.0]
        case "sub":
            return [1.0, -1.0]
        case "mul":
            return [a[1], a[0]]
        case "square":
            return [2 * a[0]]
        case "exp":
            return [exp(a[0])]
        case "sin":
            return [cos(a[0])]
        case "tanh":
            return [1 - tanh(a[0]) ** 2]
    raise ValueError(f"op is {op!r}; input, add, sub, mul, square, exp, sin or tanh is needed")


def evaluate(nodes: Sequence[Node], inputs: Mapping[int, float], order: Sequence[int]) -> np.ndarray:
    """Return the value of every node, the forward pass (chapter 2, step 1). Given; it is right.

    Args:
        nodes: As at the top of this file.
        inputs: The value of each input, by its index.
        order: Every index once, parents before the nodes that read them.

    Returns:
        The values by index, (nodes,).

    Example:
        >>> nodes = [("input", []), ("input", []), ("add", [0, 1]), ("mul", [2, 0])]
        >>> print(evaluate(nodes, {0: 2.0, 1: 3.0}, order=[0, 1, 2, 3]))
        [ 2.  3.  5. 10.]
    """
    values = np.zeros(len(nodes))
    for i in order:
        op, parents = nodes[i]
        values[i] = inputs[i] if op == "input" else apply(op, [values[p] for p in parents])
    return values


def topological_order(nodes: Sequence[Node]) -> list[int]:
    """Return an order in which the graph can be computed (chapter 2, step 3).

    Args:
        nodes: As at the top of this file.

    Returns:
        Every index once, each after all of its parents; where there are several such orders, any of them.

    Raises:
        ValueError: There is none, since nodes read each other in a circle.

    Example:
        >>> topological_order([("square", [1]), ("input", [])])
        [1, 0]
    """
    # a node is ready when every parent has its place; giving it a place may make its children ready (Kahn, 1962)
    children = [[] for _ in nodes]
    for i, (_, parents) in enumerate(nodes):
        for p in parents:
            children[p].append(i)
    missing = [len(parents) for _, parents in nodes]
    order = [i for i, count in enumerate(missing) if count == 0]
    for i in order:  # the list grows while it is read
        for child in children[i]:
            missing[child] -= 1
            if missing[child] == 0:
                order.append(child)
    if len(order) < len(nodes):
        raise ValueError("nodes read each other in a circle; there is no order in which to compute them")
    return order


def backpropagate(nodes: Sequence[Node], values: np.ndarray, order: Sequence[int], output: int) -> list[float]:
    """Return the gradient of one node with respect to every node (chapter 2, step 4).

    Args:
        nodes: As at the top of this file.
        values: Of every node, by its index, (nodes,).
        order: Every index once, parents before the nodes that read them.
        output: The index of the node whose change is measured; it need not be the last in the order.

    Returns:
        The gradients by index, floats: d output / d node; 1.0 for the output itself, 0.0 for what it does not use.

    Example:
        >>> nodes = [("input", []), ("input", []), ("add", [0, 1]), ("mul", [2, 0])]
        >>> [float(g) for g in backpropagate(nodes, np.array([2.0, 3.0, 5.0, 10.0]), [0, 1, 2, 3], output=3)]
        [7.0, 2.0, 2.0, 1.0]
    """
    # from the output to the inputs: each node passes its gradient on to its parents, times the slope, and adds it there
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        for p, slope in zip(parents, local_slopes(op, [values[p] for p in parents]), strict=True):
            grads[p] += grads[i] * slope
    return grads
