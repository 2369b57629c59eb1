"""Smaller graphs of chapter 2, to show the smallest one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cnnlab import loader
from cnnlab.course.cases.scalar_graph import Graph, leaf
from cnnlab.gradcheck.case import Case

#: In a larger graph a node is tried at so many places only.
MAX_PLACES = 16


def propose_smaller_orders(case: Case) -> Iterator[Case]:
    """Yield the case of topological_order with fewer nodes, or with a node that reads nothing."""
    nodes: Graph = case.inputs["nodes"]
    for cut in _cut_parents(nodes):
        yield replace(case, inputs={"nodes": cut})
    for i in _choose_places(nodes) if len(nodes) > 1 else ():
        if all(i not in parents for _, parents in nodes):
            yield replace(case, inputs={"nodes": keep_nodes(nodes, [k for k in range(len(nodes)) if k != i])})


def propose_smaller_passes(case: Case) -> Iterator[Case]:
    """Yield the case of backpropagate with another output, fewer nodes, or whole numbers."""
    nodes, values, order, output = (case.inputs[name] for name in ("nodes", "values", "order", "output"))

    def change(nodes: Graph, kept: list[int], output: int) -> Case:
        place = {old: new for new, old in enumerate(kept)}
        given = {
            "nodes": keep_nodes(nodes, kept),
            "values": values[kept],
            "order": [place[i] for i in order if i in place],
            "output": place[output],
        }
        return replace(case, inputs=given)

    for parent in dict.fromkeys(nodes[output][1]):
        yield change(nodes, _list_ancestors(nodes, parent), parent)
    for graph in (nodes, *_cut_parents(nodes)):
        kept = _list_ancestors(graph, output)
        if graph is not nodes or len(kept) < len(nodes):
            yield change(graph, kept, output)
    if len(_list_ancestors(nodes, output)) < len(nodes):  # what is wrong may be with nodes that the output does not use
        for graph in _cut_parents(nodes):
            yield change(graph, list(range(len(nodes))), output)
        for i in _choose_places(nodes):
            if i != output and all(i not in parents for _, parents in nodes):
                yield change(nodes, [k for k in range(len(nodes)) if k != i], output)
    inputs = [i for i in order if nodes[i][0] == "input"]
    whole = {i: float(2 + k) for k, i in enumerate(inputs)}
    if any(values[i] != whole[i] for i in inputs):
        evaluate = loader.load_stub_function("scalar_graph", "evaluate")
        yield replace(case, inputs={**case.inputs, "values": evaluate(nodes, whole, order)})


def keep_nodes(nodes: Graph, kept: list[int]) -> Graph:
    """Return some of the nodes, with the indices that they have then.

    Example:
        >>> keep_nodes([("input", []), ("input", []), ("sin", [1])], [1, 2])
        [('input', []), ('sin', [0])]"""
    place = {old: new for new, old in enumerate(kept)}
    return [(nodes[i][0], [place[p] for p in nodes[i][1]]) for i in kept]


def _cut_parents(nodes: Graph) -> Iterator[Graph]:
    """Yield the graph with an input in place of one of its nodes."""
    for i in _choose_places(nodes):
        if nodes[i][0] != "input":
            yield [*nodes[:i], leaf(), *nodes[i + 1 :]]


def _choose_places(nodes: Graph) -> list[int]:
    places = np.linspace(0, len(nodes) - 1, min(len(nodes), MAX_PLACES))
    return sorted({int(i) for i in places})


def _list_ancestors(nodes: Graph, output: int) -> list[int]:
    """Return the output and every node that it depends on, as they are listed."""
    found, waiting = {output}, [output]
    while waiting:
        new = [p for p in nodes[waiting.pop()][1] if p not in found]
        found.update(new)
        waiting += new
    return sorted(found)
