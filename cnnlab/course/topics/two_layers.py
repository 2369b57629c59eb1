"""Chapter 6: the article's shorthand, repaired. What network.py is asked about two layers of sigmoids."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, LAYOUT, Spec, plan
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall

NAMES = ("x", "t", "w1", "b1", "w2", "b2")
GRADIENTS = {"dw1": "w1", "db1": "b1", "dw2": "w2", "db2": "b2"}

MANY = Property("more than one sample", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1)
SQUARE = Property(
    "as many outputs as hidden units",
    "transpose",
    "square w2",
    lambda spec: spec.shapes["w2"][0] == spec.shapes["w2"][1],
)
SATURATED = Property("saturated units", "stability", "saturated", lambda spec: spec.scale > 1)
PROPERTIES = (SQUARE, SATURATED, MANY, FLOAT32, LAYOUT)


def sizes(samples: int = 8, inputs: int = 5, hidden: int = 4, outputs: int = 3, scale: float = 1.0) -> Spec:
    """A case of these sizes; its properties follow from them."""
    arrays = {"x": (samples, inputs), "t": (samples, outputs), "w1": (hidden, inputs), "b1": (hidden,)}
    return Spec(
        {**arrays, "w2": (outputs, hidden), "b2": (outputs,)},
        numbers="normals",
        scale=scale,
    )


CASES = plan(
    None,
    sizes(),
    core={
        "one sample": sizes(1),
        "two samples": sizes(2),
        "one hidden unit": sizes(hidden=1),
        "one output": sizes(outputs=1),
        "as many outputs as hidden units": sizes(hidden=3, outputs=3),
        "all sizes equal": sizes(4, 4, 4, 4),
    },
    general={
        "one of everything": sizes(1, 1, 1, 1),
        "many samples": sizes(200),
        "one input": sizes(inputs=1),
        "saturated units": sizes(scale=12.0),
    },
    properties=PROPERTIES,
)

Parts = Mapping[str, np.ndarray]


def _parts(case: Case) -> dict[str, np.ndarray]:
    return {name: np.asarray(case.inputs[name], np.float64) for name in NAMES}


def _rounding(case: Case) -> dict[str, float]:
    """How far any way of writing the gradients may be off: σ' = a(1 − a) loses all digits where a is nearly 1.

    A bound on the sum of terms (a − t) · w2 · x over the samples, times float64's rounding.
    """
    parts = _parts(case)
    terms = len(parts["x"]) * np.prod([1 + np.abs(parts[name]).max(initial=0.0) for name in ("x", "t", "w2")])
    return dict.fromkeys(GRADIENTS, float(np.finfo(float).eps * terms))


def _differentiate_in_pytorch(case: Case) -> Expected:
    import torch

    x, t, *rest = (
        torch.tensor(value, requires_grad=name in GRADIENTS.values()) for name, value in _parts(case).items()
    )
    w1, b1, w2, b2 = rest
    a2 = torch.sigmoid(torch.sigmoid(x @ w1.T + b1) @ w2.T + b2)
    found = torch.autograd.grad(((a2 - t) ** 2).sum() / 2, rest)
    grads = {name: g.numpy() for name, g in zip(GRADIENTS, found, strict=True)}
    return Expected(None, grads, errors=_rounding(case))


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def _compute_z1(p: Parts) -> np.ndarray:
    return p["x"] @ p["w1"].T + p["b1"]


def _output(p: Parts, a1: np.ndarray) -> np.ndarray:
    return a1 @ p["w2"].T + p["b2"]


def _differentiate_in_numpy(case: Case) -> Expected:
    parts = _parts(case)

    def loss(p: Parts) -> complex:
        return ((_sigmoid(_output(p, _sigmoid(_compute_z1(p)))) - p["t"]) ** 2).sum() / 2

    grads = {g: _slope(loss, parts, name) for g, name in GRADIENTS.items()}
    return Expected(None, grads, errors=_rounding(case))


def _slope(value: Callable[[Parts], complex], parts: Parts, name: str) -> np.ndarray:
    """How a number changes with parts[name], by complex steps: Im value(p + ih) is h times the slope."""
    slope, h = np.zeros(parts[name].shape), 1e-30
    for index in np.ndindex(slope.shape):
        moved = parts[name].astype(complex)
        moved[index] += 1j * h
        slope[index] = complex(value({**parts, name: moved})).imag / h
    return slope


# The errata as code: gradients that follow from a wrong δ. factor2, factor1: (z, a) -> what stands for σ'(z) there.

Factor = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _proper(z: np.ndarray, a: np.ndarray) -> np.ndarray:
    return 1 / (4 * np.cosh(z / 2) ** 2)


def _missing(z: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.ones_like(z)


def _twice(z: np.ndarray, a: np.ndarray) -> np.ndarray:
    return _proper(z, a) ** 2


def _slope_at_output(z: np.ndarray, a: np.ndarray) -> np.ndarray:
    return _proper(a, a)


#: What people take for σ'(z), from a = σ(z).
WRONG_SLOPES: dict[str, Factor] = {
    "1 − a": lambda z, a: 1 - a,
    "a": lambda z, a: a,
    "1 − a², which is that of tanh": lambda z, a: 1 - a**2,
    "a² (1 − a)": lambda z, a: a**2 * (1 - a),
    "a (1 + a)": lambda z, a: a * (1 + a),
    "1 − z²": lambda z, a: 1 - z**2,
    "z (1 − z)": lambda z, a: z * (1 - z),
    "1 where z is above 0, which is that of ReLU": lambda z, a: (z > 0) * 1.0,
}


def _follows(gradient: str, factor2: Factor, factor1: Factor, samples: slice = slice(None), target: float = 1.0):
    """The gradient that these factors lead to, over these samples. target: what t is multiplied by."""
    name = GRADIENTS[gradient]

    def compute(case: Case, right) -> np.ndarray:
        p = _parts(case)
        p = {**p, "x": p["x"][samples], "t": target * p["t"][samples]}
        z1 = _compute_z1(p)
        a1 = _sigmoid(z1)
        z2 = _output(p, a1)
        a2 = _sigmoid(z2)
        delta2 = (a2 - p["t"]) * factor2(z2, a2)
        if name in ("w2", "b2"):
            return _slope(lambda q: (delta2 * _output(q, a1)).sum(), p, name)
        back = _slope(lambda q: (delta2 * _output(p, q["a1"])).sum(), {"a1": a1}, "a1")
        return _slope(lambda q: (back * factor1(z1, a1) * _compute_z1(q)).sum(), p, name)

    return compute


def _take_before_sigmoid(case: Case, right) -> np.ndarray:
    """dw2 with z1 in place of a1."""
    p = _parts(case)
    z1 = _compute_z1(p)
    z2 = _output(p, _sigmoid(z1))
    a2 = _sigmoid(z2)
    return ((a2 - p["t"]) * _proper(z2, a2)).T @ z1


def _rivals(gradient: str):
    def rival(code: str, sentence: str, *how) -> Rival:
        return Rival(gradient, code, sentence.format(gradient), _follows(gradient, *how))

    yield rival(
        "reduction",
        "{} counts one sample; all N use the same parameters, so the sum over the batch is missing (E3).",
        *(_proper, _proper, slice(1)),
    )
    yield rival(
        "reduction",
        "{} holds the last sample alone: = where += is needed, since all N use the same parameters (E3).",
        *(_proper, _proper, slice(-1, None)),
    )
    yield Rival(
        gradient,
        "scale",
        f"{gradient} is the mean over the samples: nothing is averaged in this loss, so their sum is needed (E3).",
        lambda case, right: right(case) / len(case.inputs["x"]),
    )
    for words, factor in (("mean over all entries", 1.0), ("mean over all entries, with a 2", 2.0)):
        yield Rival(
            gradient,
            "scale",
            f"{gradient} is a {words}: this loss is half a sum of squares, and its gradient the sum over the samples.",
            lambda case, right, factor=factor: right(case) * factor / case.inputs["t"].size,
        )
    yield Rival(gradient, "formula", f"{gradient} is 0 everywhere.", lambda case, right: np.zeros_like(right(case)))
    yield rival("formula", "{} leaves the target out: ∂L/∂a2 is a2 − t.", _proper, _proper, slice(None), 0.0)
    yield rival("sign", "{} has ∂L/∂a2 as a2 + t: it is a2 − t.", _proper, _proper, slice(None), -1.0)
    for slope, factor in WRONG_SLOPES.items():
        yield rival("formula", f"{{}} takes σ' for {slope}: it is a (1 − a).", factor, factor)
        if gradient in ("dw1", "db1"):
            yield rival("formula", f"{{}} takes σ'(z2) for {slope}: it is a2 (1 − a2).", factor, _proper)
            yield rival("formula", f"{{}} takes σ'(z1) for {slope}: it is a1 (1 − a1).", _proper, factor)
    if gradient == "dw2":
        yield Rival("dw2", "formula", "dw2 takes z1 for the layer's input: it is a1.", _take_before_sigmoid)
    if gradient in ("dw2", "db2"):
        yield rival(
            "formula",
            "{} has ∂L/∂a2 where δ2 belongs: σ'(z2) is missing (E2, E4); a2 − t alone fits the cross-entropy (E6).",
            *(_missing, _proper),
        )
        yield rival("formula", "{} has σ'(z2) twice: ∂L/∂a ⊙ σ' is δ already, and not ∂L/∂Y (E1).", _twice, _proper)
        yield rival(
            "formula", "{} takes σ' at a2: σ'(z2) is a2 (1 − a2), with no further sigmoid.", _slope_at_output, _proper
        )
        yield rival(
            "formula",
            "{} is as the article has it: σ'(z2) is missing (E2, E4), and so is the sum over the batch (E3).",
            *(_missing, _proper, slice(1)),
        )
        return
    yield rival(
        "formula",
        "{} lacks σ'(z1): δ1 is what comes through w2, times the slope of its own layer (E5).",
        *(_proper, _missing),
    )
    yield rival(
        "formula",
        "{} lacks σ'(z2): what goes down through w2 is δ2, and not ∂L/∂a2 (E5).",
        *(_missing, _proper),
    )
    yield rival(
        "formula", "{} has neither σ'(z1) nor σ'(z2): each layer adds a factor on the way (E5).", _missing, _missing
    )
    yield rival(
        "formula",
        "{} lacks σ'(z1), the slope of its own layer (E5), and the sum over the batch (E3).",
        *(_proper, _missing, slice(1)),
    )
    yield rival(
        "formula", "{} takes σ' at a1: σ'(z1) is a1 (1 − a1), with no further sigmoid.", _proper, _slope_at_output
    )
    yield rival(
        "formula",
        "{} is as the article has it: each σ' is missing (E2, E4, E5), and so is the sum over the batch (E3).",
        *(_missing, _missing, slice(1)),
    )


GRADIENTS_OF_TWO_LAYERS = Exercise(
    op="network_gradients",
    topic="network",
    chapter="ch06",
    points=5,
    where="chapter 6, steps 1 to 6",
    hints=(
        "Which of the article's formulas has a derivative of the activation in it, and which would need one?",
        "Find δ2 = ∂L/∂z2 first, then δ1 = ∂L/∂z1 from it. With δ each layer is a linear layer of chapter 5.",
        "δ2 = (a2 − t) a2 (1 − a2), δ1 = (δ2 w2) a1 (1 − a1). dw = δᵀ times the layer's input, db = the sum of δ.",
    ),
    problem=Problem(
        "network_gradients",
        FunctionCall("network_gradients", NAMES),
        tuple(GRADIENTS),
        Oracle(
            CASES,
            by_pytorch=_differentiate_in_pytorch,
            by_numpy=_differentiate_in_numpy,
            quantities=lambda case: {"N": len(case.inputs["x"])},
            properties=PROPERTIES,
        ),
        tuple(rival for gradient in GRADIENTS for rival in _rivals(gradient)),
    ),
)
