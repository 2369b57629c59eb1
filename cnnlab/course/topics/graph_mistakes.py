"""Chapter 2: the backward pass through a graph of numbers, with one piece of it changed. Rivals of backpropagate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnnlab import loader
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival

Pairs = Iterable[tuple[int, float]]


class Use(NamedTuple):
    """One use of a parent by a node, when the pass comes to it."""

    gradient: float
    slope: float
    value: float
    parent_value: float
    parent_gradient: float
    uses: int


@dataclass(frozen=True)
class GraphPass:
    """The backward pass of chapter 2, piece by piece; a mistake is another piece.

    order: the nodes in the order in which they pass on.   start: the node that begins with 1.
    read: (case, node, parents) -> the numbers that the slopes are taken at.
    pair: (parents, slopes) -> who gets which slope.
    send: what a node sends to a parent.
    overwrite: whether what is sent replaces what was there.   finish: (case, gradients) -> what is returned.
    """

    order: Callable[[Case], Iterable[int]] = lambda case: reversed(case.inputs["order"])
    start: Callable[[Case], int] = lambda case: case.inputs["output"]
    read: Callable[[Case, int, Sequence[int]], list[float]] = lambda case, node, parents: [
        case.inputs["values"][p] for p in parents
    ]
    pair: Callable[[Sequence[int], Sequence[float]], Pairs] = lambda parents, slopes: zip(parents, slopes, strict=False)
    send: Callable[[Use], float] = lambda use: use.gradient * use.slope
    overwrite: bool = False
    finish: Callable[[Case, np.ndarray], np.ndarray] = lambda case, gradients: gradients

    def compute(self, case: Case, right: Callable[[Case], np.ndarray]) -> np.ndarray | None:
        """Return what this pass gives, or None where it would raise."""
        find_slopes = loader.load_stub_function("scalar_graph", "local_slopes")
        nodes, values = case.inputs["nodes"], case.inputs["values"]
        gradients = np.zeros(len(nodes))
        gradients[self.start(case)] = 1.0
        uses = Counter(p for _, parents in nodes for p in parents)
        with np.errstate(all="ignore"):
            for node in self.order(case):
                op, parents = nodes[node]
                try:
                    slopes = find_slopes(op, self.read(case, node, parents)) if parents else []
                except (ArithmeticError, IndexError, TypeError, ValueError):
                    return None
                for p, slope in self.pair(parents, slopes):
                    sent = self.send(Use(gradients[node], slope, values[node], values[p], gradients[p], uses[p]))
                    gradients[p] = sent if self.overwrite else gradients[p] + sent
        return self.finish(case, gradients)


def _read_places(case: Case, node: int, parents: Sequence[int]) -> list[float]:
    """The values as if they were in the order of `order`."""
    place = {n: k for k, n in enumerate(case.inputs["order"])}
    return [case.inputs["values"][place[p]] for p in parents]


def _keep_inputs(case: Case, gradients: np.ndarray) -> np.ndarray:
    inputs = np.array([op == "input" for op, _ in case.inputs["nodes"]])
    return np.where(inputs, gradients, 0.0)


def _stop_at_input(case: Case) -> Iterable[int]:
    for node in reversed(case.inputs["order"]):
        if case.inputs["nodes"][node][0] == "input":
            return
        yield node


def _skip_last(case: Case) -> Iterable[int]:
    return case.inputs["order"][-2::-1]


LIST_ORDER = "grads goes through the nodes {} and leaves `order` out: nodes may be listed before their parents."
GIVEN_OUTPUT = "grads begins with 1 at {}: the output is the node `output`, and others may read it on."
AS_A_SET = (
    "grads takes the parents as a set, which drops one that is there twice and forgets their order: go through the "
    "list, since x · x reads x twice and x − y is not y − x."
)

_MISTAKES: tuple[tuple[str, str, GraphPass], ...] = (
    (
        "formula",
        LIST_ORDER.format("from the end of the list"),
        GraphPass(order=lambda case: range(len(case.inputs["nodes"]))[::-1]),
    ),
    (
        "formula",
        LIST_ORDER.format("from the beginning of the list"),
        GraphPass(order=lambda case: range(len(case.inputs["nodes"]))),
    ),
    (
        "formula",
        "grads takes the slopes at the parents' indices: the values at these indices are needed, values[p].",
        GraphPass(read=lambda case, node, parents: [float(p) for p in parents]),
    ),
    (
        "formula",
        "grads takes the slopes at the node's own value: a slope is taken at the values of the parents.",
        GraphPass(read=lambda case, node, parents: [case.inputs["values"][node]] * len(parents)),
    ),
    (
        "formula",
        "grads reads values as if they were in the order of `order`: values[i] is the value of node i.",
        GraphPass(read=_read_places),
    ),
    (
        "formula",
        "grads passes a node's gradient on without the slope: each parent gets it times its own slope.",
        GraphPass(send=lambda use: use.gradient),
    ),
    (
        "formula",
        "grads adds the slope to the node's gradient where it multiplies: by the chain rule slopes multiply along a "
        "path.",
        GraphPass(send=lambda use: use.gradient + use.slope),
    ),
    (
        "formula",
        "grads passes on the gradient times the parent's value: it is the gradient times the slope.",
        GraphPass(send=lambda use: use.gradient * use.parent_value),
    ),
    (
        "formula",
        "grads multiplies the slope by the parent's gradient: it is the node's own gradient that is passed on.",
        GraphPass(send=lambda use: use.parent_gradient * use.slope),
    ),
    (
        "formula",
        "grads multiplies the slope by the node's value: it is the node's gradient that is passed on.",
        GraphPass(send=lambda use: use.value * use.slope),
    ),
    (
        "formula",
        "grads divides by the number of uses: what comes back from several uses is added, and not averaged.",
        GraphPass(send=lambda use: use.gradient * use.slope / use.uses),
    ),
    (
        "formula",
        "grads takes the first slope for every parent: each parent has its own, in the order of the parents.",
        GraphPass(pair=lambda parents, slopes: [(p, slopes[0]) for p in parents if slopes]),
    ),
    (
        "formula",
        "grads takes the slopes at the parents' values in the wrong order: the first value is that of the first "
        "parent.",
        GraphPass(read=lambda case, node, parents: [case.inputs["values"][p] for p in parents[::-1]]),
    ),
    ("accumulate", AS_A_SET, GraphPass(pair=lambda parents, slopes: zip(set(parents), slopes, strict=False))),
    (
        "accumulate",
        "grads counts a parent that is read twice once: every place among the parents has its own slope, so x · x "
        "sends to x twice.",
        GraphPass(pair=lambda parents, slopes: dict(zip(parents, slopes, strict=False)).items()),
    ),
    (
        "formula",
        "grads passes on to the first parent only.",
        GraphPass(pair=lambda parents, slopes: list(zip(parents, slopes, strict=False))[:1]),
    ),
    (
        "formula",
        "grads passes on to the last parent only.",
        GraphPass(pair=lambda parents, slopes: list(zip(parents, slopes, strict=False))[-1:]),
    ),
    (
        "accumulate",
        "grads keeps only one use of a value: = where += is needed. A node collects from every node that reads it.",
        GraphPass(overwrite=True),
    ),
    (
        "formula",
        "grads gives a node's slopes to its parents in the wrong order: the first slope belongs to the first parent.",
        GraphPass(pair=lambda parents, slopes: zip(parents, slopes[::-1], strict=False)),
    ),
    (
        "formula",
        GIVEN_OUTPUT.format("the last node of `order`"),
        GraphPass(start=lambda case: case.inputs["order"][-1]),
    ),
    (
        "formula",
        GIVEN_OUTPUT.format("the last node of the list"),
        GraphPass(start=lambda case: len(case.inputs["nodes"]) - 1),
    ),
    (
        "formula",
        GIVEN_OUTPUT.format("the first node of the list"),
        GraphPass(start=lambda case: 0),
    ),
    (
        "transpose",
        "grads is in the order of `order`: grads[i] is the gradient of node i.",
        GraphPass(finish=lambda case, gradients: gradients[list(case.inputs["order"])]),
    ),
    (
        "formula",
        "grads has the inputs' gradients alone: every node has one, those in between too.",
        GraphPass(finish=_keep_inputs),
    ),
    (
        "formula",
        "grads stops at the first input that it meets: nodes before it in `order` have gradients to pass on too.",
        GraphPass(order=_stop_at_input),
    ),
    (
        "formula",
        "grads leaves out the last node of `order`: it passes its gradient on like the others.",
        GraphPass(order=_skip_last),
    ),
    (
        "formula",
        "grads is 1 at the output and 0 elsewhere: nothing is passed on to the parents.",
        GraphPass(send=lambda use: 0.0),
    ),
    (
        "formula",
        "grads is 0 everywhere: it begins with 1 at the output, which changes as fast as itself.",
        GraphPass(finish=lambda case, gradients: np.zeros_like(gradients)),
    ),
    (
        "formula",
        "grads has 0 at the output itself: its gradient is 1, since it changes as fast as itself.",
        GraphPass(
            finish=lambda case, gradients: np.where(np.arange(len(gradients)) == case.inputs["output"], 0, gradients)
        ),
    ),
    (
        "sign",
        "grads passes the gradient on with a minus sign.",
        GraphPass(send=lambda use: -use.gradient * use.slope),
    ),
)

RIVALS = tuple(Rival("grads", code, sentence, mistake.compute) for code, sentence, mistake in _MISTAKES)
