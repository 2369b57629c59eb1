"""Chapter 5: the linear layer, and flatten. What is asked of linear.py."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival


def shapes(samples: tuple[int, ...] = (4,), inputs: int = 3, outputs: int = 2, bias: bool = True) -> Spec:
    """A case of these sizes; its properties follow from them."""
    sizes = {"x": (*samples, inputs), "w": (outputs, inputs), "b": (outputs,) if bias else None}
    return Spec(sizes)


def _torch_flatten(x):
    import torch

    return torch.flatten(x, 1)


def _quantities(case: Case) -> dict[str, float]:
    *samples, inputs = case.inputs["x"].shape
    return {"N": prod(samples), "out": len(case.inputs["w"]), "in": inputs}


def _transpose_w(case: Case, right):
    w = case.inputs["w"]
    return right(replace(case, inputs={**case.inputs, "w": w.T})) if w.shape[0] == w.shape[1] else None


LINEAR = define_operation(
    "linear",
    topic="linear",
    chapter="ch05",
    points=6,
    where="chapter 5, steps 2 to 4",
    hints=(
        "Write y[n, o] as a sum. Which entries of y use w[o, i], and with what factor? Which use x[n, i]?",
        (
            "Each gradient is one matrix product or one sum. Compare shapes: which product of two of dy, x and w fits "
            "dw, which dx?"
        ),
        (
            "The axis that disappears is summed over: the samples in dw and db, the outputs in dx. Only dw needs a "
            "transpose."
        ),
    ),
    wrt={"dx": "x", "dw": "w", "db": "b"},
    base=shapes(),
    core={
        "one of everything": shapes((1,), 1, 1),
        "one sample": shapes((1,)),
        "one input": shapes(inputs=1),
        "one output": shapes(outputs=1),
        "as many outputs as inputs": shapes(inputs=3, outputs=3),
        "all sizes equal": shapes((3,), 3, 3),
        "more outputs than inputs": shapes((5,), 2, 6),
        "no bias": shapes(bias=False),
    },
    general={
        "axes in front of the samples": shapes((2, 3)),
        "a bias of zeros": replace(shapes(), draws={"b": lambda rng, size: np.zeros(size)}),
        "large numbers": replace(shapes(), scale=2.0**40),
        "tiny numbers": replace(shapes(), scale=2.0**-40),
        "numbers with fractions": replace(shapes(), numbers="normals"),
    },
    linear=("x", "w", "b"),
    properties=(
        Property("no bias", "option", "bias None", lambda spec: spec.shapes["b"] is None),
        Property("axes in front of the samples", "geometry", "axes in front", lambda spec: len(spec.shapes["x"]) > 2),
        Property(
            "as many outputs as inputs",
            "transpose",
            "square w",
            lambda spec: spec.shapes["w"][0] == spec.shapes["w"][1],
        ),
        Property("more than one sample", "reduction", "batch", lambda spec: prod(spec.shapes["x"][:-1]) > 1),
        Property("more than one input", "geometry", "inputs", lambda spec: spec.shapes["w"][1] > 1),
        Property("more than one output", "geometry", "outputs", lambda spec: spec.shapes["w"][0] > 1),
    ),
    quantities=_quantities,
    rivals=(
        Rival(
            "dx",
            "transpose",
            "dx multiplies by w transposed: x[n, i] was multiplied by column w[:, i], so dx is dy times w itself.",
            _transpose_w,
        ),
    ),
)

FLATTEN = define_operation(
    "flatten",
    topic="linear",
    chapter="ch05",
    points=1,
    where="chapter 5, step 5",
    hints=(
        "flatten changes no number; it only gives the array another shape.",
        "What must be known to undo this? The cache has it.",
        "Give dy the shape that x had.",
    ),
    wrt={"dx": "x"},
    torch_forward=_torch_flatten,
    base=Spec({"x": (2, 3, 4, 5)}),
    core={
        "one sample": Spec({"x": (1, 3, 2, 2)}),
        "flat already": Spec({"x": (3, 4)}),
        "three axes": Spec({"x": (3, 2, 4)}),
        "square everywhere": Spec({"x": (3, 3, 3, 3)}),
    },
    general={
        "large numbers": Spec({"x": (2, 3, 4, 5)}, scale=2.0**40),
    },
    linear=("x",),
    rivals=(
        Rival(
            "dx",
            "transpose",
            "dx was read in column order: the numbers of a sample follow each other in row order.",
            lambda case, right: np.reshape(np.asarray(case.dy, float), case.inputs["x"].shape, order="F"),
        ),
    ),
    may_view=True,
)

OPERATIONS = (LINEAR, FLATTEN)
