"""Chapter 2: a graph of numbers, forwards and backwards. What is asked of scalar_graph.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter

import numpy as np

from cnnlab import loader
from cnnlab.course.cases import scalar_graph as cases
from cnnlab.course.cases import smaller_graphs
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import graph_mistakes
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, ExpectedError, Oracle, Problem, Requirement, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.wording import count, count_part, mark_hidden, write_size

#: Places of an order that are looked at; the largest graph that is asked has far fewer nodes.
MAX_READ_PLACES = 1_000


# topological_order: any right order is right, so what is judged is what makes an order right; the key has one.


def _any_order(case: Case) -> Expected:
    nodes = case.inputs["nodes"]
    if case.name in cases.CIRCLES:
        return ExpectedError.promise("order", why="nodes read each other in a circle")
    one = list(TopologicalSorter({i: parents for i, (_, parents) in enumerate(nodes)}).static_order())

    def find_unmet(values: Mapping[str, np.ndarray]) -> dict[str, str]:
        fault = _disorder(nodes, [int(i) for i in values["order"]])
        return {"order": fault} if fault else {}

    def explain_shape(name: str, value: np.ndarray) -> str | None:
        whole = value.ndim == 1 and value.dtype.kind in "iu"
        return _describe_length(nodes, value) if whole else None

    return Requirement.allow_any_numbers({"order": np.array(one, int)}, find_unmet, explain_shape=explain_shape)


def _describe_length(nodes: cases.Graph, given: np.ndarray) -> str:
    """What is wrong with an order that is too short or too long. Of a very long one only the beginning is read."""
    order = [int(i) for i in given[:MAX_READ_PLACES]]
    missing = sorted(set(range(len(nodes))) - set(order))
    if len(order) > len(nodes) or not missing:
        times = Counter(order)
        twice = next((i for i in order if times[i] > 1), None)
        node = mark_hidden(str(twice)) if twice not in range(len(nodes)) else str(twice)
        again = "" if twice is None else f": node {node} is there {write_size(times[twice])} times"
        return f"order has {write_size(len(given))} places for {count(len(nodes), 'node')}{again}."
    ready = [i for i in missing if not set(nodes[i][1]) & set(missing)]
    first = (ready or missing)[0]
    placed = count_part(len(order), len(nodes), "node")
    return f"order has {placed}: node {first} is missing{_describe_node(nodes, first)}."


def _describe_node(nodes: cases.Graph, node: int) -> str:
    """What is special about a node that was left out."""
    op, parents = nodes[node]
    if op == "input":
        return ", which is an input"
    twice = next((p for p in parents if parents.count(p) > 1), None)
    if twice is not None:
        return f", which reads node {twice} twice"
    later = next((p for p in parents if p > node), None)
    return "" if later is None else f", which is listed before node {later} that it reads"


def _disorder(nodes: cases.Graph, order: list[int]) -> str | None:
    """What is wrong with an order, or None."""
    if any(not 0 <= i < len(nodes) for i in order):
        return f"order names nodes that there are not: with {len(nodes)} of them the indices go from 0 to the last."
    if len(set(order)) < len(order):
        return "order names a node twice and leaves another out: every node has one place."
    if _possible(nodes, order):
        return None
    if order == sorted(order):
        return "order is that of the list: nodes may be listed before their parents, so the parents must be looked at."
    if _possible(nodes, order[::-1]):
        return "order is turned around: it begins where the values end. A node comes after the nodes that it reads."
    place = {node: k for k, node in enumerate(order)}
    reads = [(i, p) for i in order for p in nodes[i][1]]
    node, parent = next((i, p) for i, p in reads if place[p] > place[i])
    sentence = f"order has node {node} before node {parent}, which it reads"
    if all(min(map(place.__getitem__, parents), default=-1) < place[i] for i, (_, parents) in enumerate(nodes)):
        return f"{sentence} too: a node has to wait for all of its parents, and not for one of them."
    return f"{sentence}: it could not be computed when its turn comes."


def _possible(nodes: cases.Graph, order: list[int]) -> bool:
    place = {node: k for k, node in enumerate(order)}
    return all(place[p] < place[i] for i, (_, parents) in enumerate(nodes) for p in parents)


# backpropagate: PyTorch differentiates the same graph; NumPy solves the equations that the gradients satisfy.


def _differentiate_in_pytorch(case: Case) -> Expected:
    import torch

    functions: dict[str, Callable] = {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "square": torch.square,
        "exp": torch.exp,
        "sin": torch.sin,
        "tanh": torch.tanh,
    }
    nodes, values, order, output = (case.inputs[n] for n in ("nodes", "values", "order", "output"))
    made: dict[int, torch.Tensor] = {}
    for i in order:
        op, parents = nodes[i]
        leaf = torch.tensor(float(values[i]), dtype=torch.float64, requires_grad=True)
        made[i] = leaf if op == "input" else functions[op](*(made[p] for p in parents))
    everything = [made[i] for i in range(len(nodes))]
    found = torch.autograd.grad(made[output], everything, allow_unused=True)
    # allow_unused leaves None for a node that the output does not use, which torch's annotations do not know
    grads = [0.0 if g is None else float(g) for g in found]  # pyright: ignore[reportUnnecessaryComparison]
    return Expected(None, {"grads": np.array(grads)})


def _slopes(case: Case) -> np.ndarray:
    """A[i, p]: how fast node i changes with its parent p, by this use or these uses alone."""
    nodes, values = case.inputs["nodes"], case.inputs["values"]
    of = loader.load_stub_function("scalar_graph", "local_slopes")
    matrix = np.zeros((len(nodes), len(nodes)))
    for i, (op, parents) in enumerate(nodes):
        for p, slope in zip(parents, of(op, [values[q] for q in parents]), strict=True):
            matrix[i, p] += slope
    return matrix


def _solve_gradients(case: Case, slopes: np.ndarray) -> np.ndarray:
    """g = e + Aᵀ g, where e is 1 at the output: what a node's gradient is, given those of the nodes that read it."""
    start = np.zeros(len(slopes))
    start[case.inputs["output"]] = 1.0
    return np.linalg.solve(np.eye(len(slopes)) - slopes.T, start)


def _differentiate_in_numpy(case: Case) -> Expected:
    return Expected(None, {"grads": _solve_gradients(case, _slopes(case))})


# Wrong formulas that people really write.


def _slopes_alone(case: Case, right) -> np.ndarray:
    start = np.zeros(len(case.inputs["nodes"]))
    start[case.inputs["output"]] = 1.0
    return start + _slopes(case).sum(axis=0)


def _first_step_only(case: Case, right) -> np.ndarray:
    gradient = _slopes(case)[case.inputs["output"]]
    gradient[case.inputs["output"]] = 1.0
    return gradient


def _seed_with_value(case: Case, right) -> np.ndarray:
    return right(case) * case.inputs["values"][case.inputs["output"]]


def _seed_everywhere(case: Case, right) -> np.ndarray:
    slopes = _slopes(case)
    return np.linalg.solve(np.eye(len(slopes)) - slopes.T, np.ones(len(slopes)))


RIVALS = (
    Rival(
        "grads",
        "upstream",
        "grads adds the slopes alone: a node passes on its own gradient times the slope.",
        _slopes_alone,
    ),
    Rival(
        "grads",
        "formula",
        "grads reaches the output's parents and no further: a node is passed through before its own gradient is there. "
        "Go through the order from its end.",
        _first_step_only,
    ),
    Rival(
        "grads",
        "scale",
        "grads begins with the output's value: it begins with 1, since the output changes as fast as itself.",
        _seed_with_value,
    ),
    Rival(
        "grads",
        "formula",
        "grads begins with 1 at every node: only the output begins with 1, and all others with 0.",
        _seed_everywhere,
    ),
    *graph_mistakes.RIVALS,
)


ORDER = Exercise(
    op="topological_order",
    topic="scalar_graph",
    chapter="ch02",
    points=3,
    where="chapter 2, step 3",
    hints=(
        "Which nodes can be computed at once? And which ones become ready when one of these has been computed?",
        (
            "Keep for every node how many of its parents are not in the order yet. When this number falls to 0, the "
            "node is next."
        ),
        (
            "First make a list of the children of every node. Begin the order with the nodes without parents; go "
            "through it while it grows, and count down for each child. If nodes are left over, they read each other "
            "in a circle."
        ),
    ),
    problem=Problem(
        "topological_order",
        FunctionCall("topological_order", ("nodes",), returns="numbers"),
        ("order",),
        Oracle(
            cases.plan_orders,
            by_numpy=_any_order,
            properties=(cases.TWICE, cases.SAME, cases.UNUSED),
            smaller=smaller_graphs.propose_smaller_orders,
        ),
    ),
)

BACK = Exercise(
    op="backpropagate",
    topic="scalar_graph",
    chapter="ch02",
    points=4,
    where="chapter 2, step 4",
    hints=(
        "When is a node's own gradient complete, so that it can be passed on? Which order makes sure of that?",
        "Begin with 1 at the output and 0 everywhere else, and go through the order from its end.",
        (
            "Each node adds to the gradient of each parent its own gradient times the slope of that arrow. "
            "local_slopes gives the slopes, from the values of the parents."
        ),
    ),
    problem=Problem(
        "backpropagate",
        FunctionCall("backpropagate", ("nodes", "values", "order", "output"), returns="numbers"),
        ("grads",),
        Oracle(
            cases.plan_passes,
            by_pytorch=_differentiate_in_pytorch,
            by_numpy=_differentiate_in_numpy,
            properties=(cases.SAME, cases.TWICE, cases.UNUSED),
            smaller=smaller_graphs.propose_smaller_passes,
        ),
        RIVALS,
    ),
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (ORDER, BACK))
