"""The cases of chapter 2: graphs of numbers, each with its nodes listed in a drawn order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cnnlab import loader
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner.snapshot import Layout

Node = tuple[str, list[int]]
Graph = list[Node]

TWICE = Property("a value that is used more than once", "accumulate", "a value used twice")
UNUSED = Property("nodes that the output does not use", "mask", "unused nodes")
SAME = Property("a node that reads the same value twice", "accumulate", "the same parent twice")


def leaf() -> Node:
    return "input", []


def chain(length: int, ops: tuple[str, ...] = ("sin", "square", "tanh")) -> Graph:
    """Return one input, and `length` nodes in a row."""
    return [leaf(), *((ops[i % len(ops)], [i]) for i in range(length))]


def doublings(count: int) -> Graph:
    """Return the graph x, x + x, and so on: two paths into every node, 2 ** count paths in all."""
    return [leaf(), *(("add", [i, i]) for i in range(count))]


def ladder(count: int) -> Graph:
    """Return a graph of diamonds in a row: each value takes two paths that meet again."""
    nodes = [leaf()]
    for _ in range(count):
        top = len(nodes) - 1
        nodes += [("sin", [top]), ("tanh", [top]), ("sub", [top + 1, top + 2])]
    return nodes


def fan(width: int) -> Graph:
    """Return one value that many nodes read, and the sum of what they make of it."""
    nodes = [leaf(), *(("sin" if i % 2 else "tanh", [0]) for i in range(width))]
    total = 1
    for i in range(2, width + 1):
        nodes.append(("add", [total, i]))
        total = len(nodes) - 1
    return nodes


def tangle(rng: np.random.Generator, inputs: int, count: int) -> Graph:
    """Draw a graph of inputs and nodes that each read one or two earlier nodes; the last reads the one before it."""
    nodes = [leaf() for _ in range(inputs)]
    for _ in range(count):
        op = str(rng.choice(["add", "sub", "mul", "sin", "tanh"]))
        first, second = int(len(nodes) - 1), int(rng.integers(len(nodes)))
        nodes.append((op, [second, first] if op in ("add", "sub", "mul") else [first]))
    return nodes


#: name: (stage, what is special, rng -> the graph with parents before children, which node of it is the output).
Table = dict[str, tuple[Stage, tuple[Property, ...], Callable[[np.random.Generator], Graph], int]]

SMALL: Table = {
    "a product": (CORE, (), lambda rng: [leaf(), leaf(), ("mul", [0, 1])], -1),
    "a chain": (CORE, (), lambda rng: chain(5), -1),
    "a difference of two products": (
        CORE,
        (),
        lambda rng: [leaf(), leaf(), leaf(), leaf(), ("mul", [0, 1]), ("mul", [3, 2]), ("sub", [5, 4])],
        -1,
    ),
    "(x + y) · x": (CORE, (TWICE,), lambda rng: [leaf(), leaf(), ("add", [0, 1]), ("mul", [2, 0])], -1),
    "x · x": (CORE, (TWICE, SAME), lambda rng: [leaf(), ("mul", [0, 0])], -1),
    "a diamond": (CORE, (TWICE,), lambda rng: [leaf(), ("sin", [0]), ("exp", [0]), ("mul", [1, 2])], -1),
    "a value used three times": (
        CORE,
        (TWICE,),
        lambda rng: [leaf(), leaf(), ("mul", [0, 1]), ("sin", [2]), ("add", [2, 3]), ("mul", [4, 2])],
        -1,
    ),
    "a tangle": (CORE, (TWICE,), lambda rng: tangle(rng, 3, 9), -1),
}

MORE: Table = {
    "one node": (GENERAL, (), lambda rng: [leaf()], -1),
    "nodes that the output does not use": (
        GENERAL,
        (UNUSED,),
        lambda rng: [leaf(), leaf(), ("sin", [1]), ("exp", [0]), ("mul", [2, 1]), ("tanh", [3])],
        -1,
    ),
    "an output that others read on": (
        GENERAL,
        (UNUSED,),
        lambda rng: [leaf(), ("sin", [0]), ("exp", [1]), ("mul", [1, 2]), ("square", [3])],
        1,
    ),
    "an output in the middle": (
        GENERAL,
        (UNUSED,),
        lambda rng: [leaf(), leaf(), ("mul", [0, 1]), ("tanh", [2]), ("add", [3, 0]), ("sin", [4])],
        3,
    ),
    "an input that comes late": (
        GENERAL,
        (),
        lambda rng: [leaf(), ("sin", [0]), ("square", [1]), leaf(), ("mul", [2, 3]), ("exp", [4])],
        -1,
    ),
    "two inputs that come late": (
        GENERAL,
        (),
        lambda rng: [leaf(), ("tanh", [0]), leaf(), ("add", [1, 2]), ("exp", [3]), leaf(), ("mul", [4, 5])],
        -1,
    ),
    "a value that many nodes read": (GENERAL, (TWICE,), lambda rng: fan(60), -1),
    "a large tangle": (GENERAL, (TWICE,), lambda rng: tangle(rng, 6, 60), -1),
    "a thousand million ways": (GENERAL, (TWICE, SAME), lambda rng: doublings(30), -1),
    "thirty diamonds": (GENERAL, (TWICE,), lambda rng: ladder(30), -1),
}


#: As many nodes as recursion cannot follow; the answer key of a backward pass solves equations, which costs more.
LONG, LONGEST = 1100, 4000


def reorder_nodes(nodes: Graph, places: np.ndarray) -> Graph:
    """Return the same graph with node i at place places[i] of the list."""
    found: list[Node] = [("", [])] * len(nodes)
    for i, (op, parents) in enumerate(nodes):
        found[places[i]] = op, [int(places[p]) for p in parents]
    return found


#: Graphs without an order: nodes that read each other in a circle.
CIRCLES: dict[str, Graph] = {
    "two nodes that read each other": [("sin", [1]), ("tanh", [0])],
    "a node that reads itself": [leaf(), ("add", [0, 1])],
    "a circle behind an input": [leaf(), ("add", [0, 3]), ("sin", [1]), ("exp", [2]), ("square", [3])],
}


def plan_orders(seed: int) -> tuple[Case, ...]:
    """Return the cases of topological_order."""
    found = []
    for name, (stage, special, draw, _) in (SMALL | MORE).items():
        rng = generator(seed, name)
        nodes = draw(rng)
        has = frozenset(p.label for p in special)
        found.append(Case(name, stage, {"nodes": reorder_nodes(nodes, _places(rng, len(nodes)))}, varies=has, has=has))
    backwards = np.arange(LONGEST)[::-1]
    found.append(Case("a long chain", GENERAL, {"nodes": reorder_nodes(chain(LONGEST - 1, ("sin",)), backwards)}))
    found += [Case(name, GENERAL, {"nodes": nodes}) for name, nodes in CIRCLES.items()]
    return tuple(found)


def plan_passes(seed: int) -> tuple[Case, ...]:
    """Return the cases of backpropagate."""
    evaluate = loader.load_stub_function("scalar_graph", "evaluate")
    found = []
    long: Table = {"a long chain": (GENERAL, (), lambda rng: chain(LONG, ("sin",)), -1)}
    for name, (stage, special, draw, output) in (SMALL | MORE | long).items():
        rng = generator(seed, name)
        nodes = draw(rng)
        places = _places(rng, len(nodes))
        order = [int(p) for p in places]  # as they were made, parents first
        listed = reorder_nodes(nodes, places)
        inputs = {i: float(rng.uniform(0.3, 1.5) * rng.choice([-1, 1])) for i in order if listed[i][0] == "input"}
        given = {
            "nodes": listed,
            "values": evaluate(listed, inputs, order),
            "order": order,
            "output": int(places[output]),
        }
        has = frozenset(p.label for p in special)
        found.append(Case(name, stage, given, varies=has, has=has, tolerance=ROUNDED))
    tangle_case = next(case for case in found if case.name == "a tangle")
    layouts: dict[str, Layout] = {"values with gaps in memory": "strided", "read-only values": "read-only"}
    found += [replace(tangle_case, name=name, stage=GENERAL, layout=layout) for name, layout in layouts.items()]
    return tuple(found)


def _places(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return where each node is listed: not in the order in which it can be computed, where there is another."""
    places = rng.permutation(count)
    return places[::-1] if count > 1 and np.all(np.diff(places) > 0) else places
