"""Chapter 2: a scalar graph, values forwards one node at a time, then gradients backwards one edge at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, tanh
from typing import Any, ClassVar

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Play, Scene, Slider, number
from cnnlab.widgets.show_scene import show_scene

#: (name, operation, parents, value of an input); parents are indices of earlier nodes. x is used twice.
NODES = (
    *(("x", "input", (), 2.0), ("w", "input", (), 1.5), ("b", "input", (), -1.0)),
    *(("p", "×", (0, 1), 0.0), ("s", "+", (3, 2), 0.0), ("q", "×", (4, 0), 0.0), ("L", "square", (5,), 0.0)),
)

#: (column, row) of each node, so that no line crosses a node.
PLACES = ((0, 1.25), (0, 0), (1.15, 1.75), (1, 0.3), (2, 0.55), (3, 1), (4, 1))

#: operation -> (its value, its derivative with respect to each parent, how the derivative is written).
OPERATIONS = {
    "+": (lambda a, b: a + b, lambda a, b: (1.0, 1.0), ("1", "1")),
    "−": (lambda a, b: a - b, lambda a, b: (1.0, -1.0), ("1", "(−1)")),
    "×": (lambda a, b: a * b, lambda a, b: (b, a), ("{1}", "{0}")),
    "square": (lambda a: a * a, lambda a: (2 * a,), ("2·{0}",)),
    "exp": (exp, lambda a: (exp(a),), ("exp({0})",)),
    "tanh": (tanh, lambda a: (1 - tanh(a) ** 2,), ("(1 − tanh²({0}))",)),
    "relu": (lambda a: max(a, 0.0), lambda a: (float(a > 0),), ("[{0} > 0]",)),
}


@cache
def steps(nodes: Sequence) -> list[dict[str, Any]]:
    """Return every step: the values and gradients known after it, its node and edge, and its caption."""
    names, last = [node[0] for node in nodes], len(nodes) - 1
    values: dict[int, float] = {i: node[3] for i, node in enumerate(nodes) if node[1] == "input"}
    gradients: dict[int, float] = {}
    found: list[dict[str, Any]] = []

    def note(caption: str, node: int | None = None, edge: tuple[int, int] | None = None) -> None:
        known = {"values": values, "gradients": gradients}
        lists = {name: [numbers.get(i) for i in range(len(nodes))] for name, numbers in known.items()}
        found.append({**lists, "node": node, "edge": edge, "caption": caption})

    note("Before the first step only the inputs have values. What is computed first?")
    for i, (name, operation, parents, _) in enumerate(nodes):
        if operation != "input":
            values[i] = OPERATIONS[operation][0](*(values[p] for p in parents))
            two = f" {operation} ".join(names[p] for p in parents)
            said = two if len(parents) > 1 else f"{operation}({two})"
            note(f"Forward: {name} = {said} = {number(values[i])}. Its parents are known, so it can be computed.", i)
    gradients[last] = 1.0
    note(f"Backward begins at the end: d{names[last]} = 1, for {names[last]} changes as fast as itself.", last)
    for i in sorted(set(range(len(nodes))) - {k for k, node in enumerate(nodes) if node[1] == "input"}, reverse=True):
        name, operation, parents, _ = nodes[i]
        slopes, written = OPERATIONS[operation][1](*(values[p] for p in parents)), OPERATIONS[operation][2]
        for p, slope, how in zip(parents, slopes, written, strict=True):
            before, share = gradients.get(p), gradients[i] * slope
            gradients[p] = (before or 0.0) + share
            factor = how.format(*(names[q] for q in parents))
            product = f"d{name}·{factor} = {number(gradients[i])}·{number(slope)} = {number(share)}"
            end = f"d{names[p]} = {number(gradients[p])} so far."
            if before is not None:
                sum_ = f"{number(before)} + {number(share)} = {number(gradients[p])}"
                end = f"which was used before: the shares add up, d{names[p]} = {sum_}."
            note(f"Backward: {name} sends {product} to {names[p]}{',' if before is not None else ':'} {end}", p, (p, i))
    return found


#: The first step of the way back, which the picture begins with.
FIRST_BACKWARD = 1 + sum(node[1] != "input" for node in NODES)


@dataclass(frozen=True)
class GraphStepper(Scene):
    """step: how many steps were made, from 0."""

    step: int = FIRST_BACKWARD

    MODULE: ClassVar = "graph.js"
    LABEL: ClassVar = "A graph of scalars: in which order do values and gradients become known, and what adds up?"
    KEYS: ClassVar = (
        "The arrow keys step forwards and back; Space steps forwards. In a node its name, its value and its gradient."
    )
    CONTROLS: ClassVar = (Slider("step", 0, len(steps(NODES)) - 1), Play())
    SIZE: ClassVar = (7.5, 2.8)

    def data(self) -> dict[str, Any]:
        """Return the nodes with their places, and every step."""
        nodes = [{"name": n[0], "formula": _write_expression(n), "parents": list(n[2])} for n in NODES]
        return {"nodes": nodes, "places": PLACES, "steps": steps(NODES)}

    def caption(self) -> str:
        """Return what the step does."""
        return steps(NODES)[self.step]["caption"]

    def draw(self, figure: Any) -> None:
        """Draw the graph with all that is known after the step."""
        now, where = steps(NODES)[self.step], PLACES
        plane = paper.axes(figure, 3 * max(c for c, _ in where) + 2, 2.4 * max(r for _, r in where) + 3)
        centre = [(3 * c + 1, 2.4 * r + 1.5) for c, r in where]
        for i, node in enumerate(NODES):
            for p in node[2]:
                back = now["edge"] == (p, i)
                one, other = (i, p) if back else (p, i)
                colour = paper.PINK if (now["gradients"][p] or 0) >= 0 else paper.PURPLE
                ends = _leave(centre[one], centre[other]), _leave(centre[other], centre[one])
                paper.arrow(plane, *ends, colour=colour if back else paper.INK)
        for i, (x, y) in enumerate(centre):
            name, operation = NODES[i][:2]
            frame = paper.INK if now["node"] == i else None
            fill = paper.GREEN if operation != "input" else paper.SKY if name == "x" else paper.ORANGE
            title = f"{name} = {_write_expression(NODES[i])}" if NODES[i][2] else name
            value, gradient = now["values"][i], now["gradients"][i]
            lines = [title, "" if value is None else number(value)]
            lines += [] if gradient is None else [f"d{name} = {number(gradient)}"]
            paper.cell(plane, x - 1, y - 1, "", fill, frame=frame, width=2, height=2)
            for k, line in enumerate(lines):
                paper.words(plane, x, y - 0.6 + 0.6 * k, line, align="center", fontweight="bold" if not k else "normal")


def _write_expression(node: Sequence) -> str:
    """Return how a node is computed from its parents, such as "p + b"; "" for an input."""
    names = [NODES[p][0] for p in node[2]]
    return f"{names[0]}²" if node[1] == "square" else f" {node[1]} ".join(names)


def _leave(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return where the line from one node's middle to another's leaves its box of 2 × 2."""
    across, down = end[0] - start[0], end[1] - start[1]
    part = 1.05 / max(abs(across), abs(down))
    return start[0] + part * across, start[1] + part * down


def graph_stepper(**state: Any) -> Any:
    """Show a scalar graph: values forwards node by node, gradients backwards edge by edge (chapter 2).

    Args:
        **state: step, how many steps were made, from 0.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import graph_stepper
        >>> print(graph_stepper(step=0))
        A graph of scalars: ... Before the first step only the inputs have values. What is computed first?
    """
    return show_scene(GraphStepper(**state))
