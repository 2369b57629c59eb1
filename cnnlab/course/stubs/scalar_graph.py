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
    """The value of a node (chapter 2, step 1). Given; it is right.

    op: its operation, any but "input".   a: the values of its parents, in order.
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
    """How fast a node's value changes with each of its parents' alone (chapter 2, step 2). Given; it is right.

    op: its operation.   a: the values of its parents, in order.
    Returns one slope for each parent, in the same order; an input has none.
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
    """The forward pass: the value of every node (chapter 2, step 1). Given; it is right.

    inputs: the value of each input, by its index.   order: every index once, parents before the nodes that read them.
    Returns the values by index, (nodes,).
    """
    values = np.zeros(len(nodes))
    for i in order:
        op, parents = nodes[i]
        values[i] = inputs[i] if op == "input" else apply(op, [values[p] for p in parents])
    return values


def topological_order(nodes: Sequence[Node]) -> list[int]:
    """An order in which the graph can be computed (chapter 2, step 3).

    nodes: as at the top of this file.
    Returns every index once, each after all of its parents; where there are several such orders, any of them.
    Raises ValueError where there is none, since nodes read each other in a circle.
    """
    raise NotImplementedError("ch02: write topological_order")


def backpropagate(nodes: Sequence[Node], values: np.ndarray, order: Sequence[int], output: int) -> list[float]:
    """How fast one node changes with every node (chapter 2, step 4).

    nodes: as at the top of this file.   values: of every node, by its index, (nodes,).
    order: every index once, parents before the nodes that read them.   output: the index of the node that is changed.
    Returns the gradients by index, floats: d output / d node; 1.0 for the output itself, 0.0 for what it does not use.
    """
    raise NotImplementedError("ch02: write backpropagate")
