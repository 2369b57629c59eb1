"""Chapter 18: graph convolutions. What is asked of graph.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival


def specify(nodes: int = 4, features: int = 3, outputs: int = 2) -> Spec:
    """A case of these sizes, with an adjacency that is not symmetric."""
    return Spec({"x": (nodes, features), "adjacency": (nodes, nodes), "w": (outputs, features), "b": (outputs,)})


def draw_symmetric(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a symmetric matrix of whole numbers."""
    half = rng.integers(-3, 4, shape).astype(float)
    return np.triu(half) + np.triu(half, 1).T


def _wrong(formula: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]):
    """A wrong formula of dy, x, Â and w."""

    def compute(case: Case, right) -> np.ndarray | None:
        arrays = [np.asarray(a, np.float64) for a in (case.dy, *(case.inputs[k] for k in ("x", "adjacency", "w")))]
        try:
            return formula(*arrays)
        except ValueError:
            return None

    return compute


GCN = define_operation(
    "gcn",
    topic="graph",
    chapter="ch18",
    points=4,
    where="chapter 18, step 9",
    hints=(
        "Call what the neighbours gave m = Â x. Then y = m wᵀ + b is the linear layer of chapter 5, which you have.",
        "From dm to dx: node j gave Â[i, j] of its features to node i. Which entries of dm come back to node j, "
        "and with which factors?",
        "dm, dw and db are those of the linear layer with m in the place of x. dx collects over i, the row of Â: write "
        "it as a product with Â or with Âᵀ. Â itself has no gradient.",
    ),
    axes={"dy": "node output", "x": "node feature"},
    wrt={"dx": "x", "dw": "w", "db": "b"},
    torch_forward=lambda x, adjacency, w, b: adjacency @ x @ w.T + b,
    base=specify(),
    core={
        "one node": specify(nodes=1),
        "two nodes": specify(nodes=2),
        "one feature": specify(features=1),
        "one output": specify(outputs=1),
        "as many outputs as features": specify(features=3, outputs=3),
        "all sizes equal": specify(3, 3, 3),
        "nobody's neighbour": replace(specify(), draws={"adjacency": lambda rng, size: np.zeros(size)}),
        "every node alone": replace(specify(), draws={"adjacency": lambda rng, size: np.eye(size[0])}),
    },
    general={
        "a symmetric adjacency": replace(specify(), draws={"adjacency": draw_symmetric}),
        "more nodes": specify(nodes=9),
        "large numbers": replace(specify(), scale=2.0**20),
        "numbers with fractions": replace(specify(), numbers="normals"),
    },
    linear=("x", "w", "b"),
    properties=(
        Property(
            "an adjacency that is not symmetric",
            "transpose",
            "adjacency",
            lambda spec: "adjacency" not in spec.draws and spec.shapes["x"][0] > 1,
        ),
        Property("more than one node", "reduction", "nodes", lambda spec: spec.shapes["x"][0] > 1),
        Property("more than one feature", "geometry", "features", lambda spec: spec.shapes["x"][1] > 1),
        Property("more than one output", "geometry", "outputs", lambda spec: spec.shapes["w"][0] > 1),
    ),
    quantities=lambda case: {"the number of nodes": len(case.inputs["x"])},
    rivals=(
        Rival(
            "dx",
            "transpose",
            "dx multiplies by Â: node j gave Â[i, j] to node i, so what comes back to j is a sum over i, with Âᵀ.",
            _wrong(lambda dy, x, a, w: a @ dy @ w),
        ),
        Rival(
            "dx",
            "formula",
            "dx leaves Â out: a node's features went to its neighbours, and their gradients come back.",
            _wrong(lambda dy, x, a, w: dy @ w),
        ),
        *(
            Rival(
                name,
                "formula",
                f"{name} has Â made symmetric, (Â + Âᵀ) / 2: what node i gets from j need not be what j gets from i.",
                _wrong(formula),
            )
            for name, formula in (
                ("dx", lambda dy, x, a, w: (a + a.T) / 2 @ dy @ w),
                ("dw", lambda dy, x, a, w: dy.T @ ((a + a.T) / 2 @ x)),
            )
        ),
        *(
            Rival(
                name,
                "mask",
                f"{name} goes through a ReLU: the layer has none, and y is Â x wᵀ + b itself.",
                _wrong(formula),
            )
            for name, formula in (
                ("dx", lambda dy, x, a, w: a.T @ (dy * (a @ x @ w.T > 0)) @ w),
                ("dw", lambda dy, x, a, w: (dy * (a @ x @ w.T > 0)).T @ (a @ x)),
                ("db", lambda dy, x, a, w: (dy * (a @ x @ w.T > 0)).sum(axis=0)),
            )
        ),
        Rival(
            "dx",
            "transpose",
            "dx multiplies by w transposed: y has x wᵀ, so dy is multiplied by w itself.",
            _wrong(lambda dy, x, a, w: a.T @ dy @ w.T if w.shape[0] == w.shape[1] else dy @ np.zeros((0, 0))),
        ),
        Rival(
            "dw",
            "formula",
            "dw leaves Â out: w met what the neighbours gave, Â x, and not x.",
            _wrong(lambda dy, x, a, w: dy.T @ x),
        ),
        Rival(
            "dw",
            "transpose",
            "dw has Âᵀ x in place of Â x.",
            _wrong(lambda dy, x, a, w: dy.T @ a.T @ x),
        ),
        Rival(
            "db",
            "formula",
            "db has Â in it: b is added after the neighbours were mixed, once for each node.",
            _wrong(lambda dy, x, a, w: (a.T @ dy).sum(axis=0)),
        ),
        Rival(
            "db",
            "formula",
            "db has Â in it: b is added after the neighbours were mixed, once for each node.",
            _wrong(lambda dy, x, a, w: (a @ dy).sum(axis=0)),
        ),
    ),
)

OPERATIONS = (GCN,)
