"""Chapter 10: a whole network. What is asked of network.py; two_layers.py has chapter 6's part of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from typing import NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.cases.smaller_steps import propose_smaller_steps
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.two_layers import GRADIENTS_OF_TWO_LAYERS
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Requirement, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.named_functions import name_generator
from cnnlab.gradcheck.runner.snapshot import Layout

# init_parameters: what is drawn cannot be held against numbers; where it lies and how it spreads can.

Shapes = tuple[tuple[int, ...], ...]

LAYERS: dict[str, tuple[Stage, Shapes]] = {
    "two linear layers": (CORE, ((40, 30), (30, 40))),
    "a wide layer and a narrow one": (CORE, ((300, 4), (5, 300))),
    "two convolutions": (CORE, ((6, 1, 5, 5), (16, 6, 5, 5))),
    "a convolution and a linear layer": (CORE, ((16, 6, 5, 5), (120, 400))),
    "another seed": (CORE, ((40, 30), (30, 40))),
    "one input": (GENERAL, ((200, 1), (1, 200))),
    "a kernel that is not square": (GENERAL, ((20, 3, 2, 7), (30, 4, 5, 1))),
}

PARAMETERS = ("w1", "b1", "w2", "b2")

#: How far the mean and the spread of what was drawn may be off, in standard errors: five never happens by chance.
CHANCE = 5.0


def _layers(seed: int) -> tuple[Case, ...]:
    def case(name: str, stage: Stage, shapes: Shapes) -> Case:
        own = int(generator(seed, name).integers(2**31))
        return Case(name, stage, {"w_shapes": shapes}, {"rng": own})

    usual = LAYERS["two linear layers"][1]
    given = name_generator(int(generator(seed, "a Generator").integers(2**31)))
    return (
        *(case(name, stage, shapes) for name, (stage, shapes) in LAYERS.items()),
        Case("a Generator as rng", GENERAL, {"w_shapes": usual}, {"rng": given}),
    )


def _expect_parameters(case: Case) -> Requirement:
    first, second = case.inputs["w_shapes"]
    shapes = dict(zip(PARAMETERS, (first, first[:1], second, second[:1]), strict=True))
    fan_in = {n: prod((first if n.endswith("1") else second)[1:]) for n in PARAMETERS}

    def find_unmet(values: Mapping[str, np.ndarray]) -> dict[str, str]:
        found = {n: _not_even(n, np.asarray(v, float), 1 / sqrt(fan_in[n])) for n, v in values.items()}
        wrong = {n: sentence for n, sentence in found.items() if sentence}
        return wrong or _same_numbers(values, fan_in)

    return Requirement.allow_any_numbers({n: np.zeros(s) for n, s in shapes.items()}, find_unmet)


def _not_even(name: str, value: np.ndarray, k: float) -> str | None:
    """What tells the numbers from ones that were drawn evenly between -k and k."""
    flat = value.ravel()
    if not np.isfinite(flat).all():
        return f"{name} holds NaN or infinity."
    if flat.size > 1 and np.ptp(flat) == 0:
        return f"All entries of {name} are equal: then all units of a layer learn the same, and stay equal for ever."
    if np.unique(flat).size < 0.9 * flat.size:
        return f"{name} holds the same numbers again and again; every entry is drawn on its own."
    if np.abs(flat).max() > k * (1 + 1e-6):
        return f"{name} has entries beyond ±1/√fan_in; fan_in is the product of w's sizes but the first."
    if flat.size < 30:
        return None
    spread = np.mean(flat**2) / (k**2 / 3)  # 1, with a standard error of sqrt(4 / 5 / size)
    if abs(np.mean(flat)) > CHANCE * k / sqrt(3 * flat.size):
        return f"The mean of {name} is not 0: its entries are drawn evenly from −1/√fan_in to 1/√fan_in."
    if abs(spread - 1) > CHANCE * sqrt(0.8 / flat.size):
        interval = "the range from −1/√fan_in to 1/√fan_in"
        return f"{name} does not fill {interval} evenly; fan_in is the product of w's sizes but the first."
    return None


def _same_numbers(values: Mapping[str, np.ndarray], fan_in: Mapping[str, int]) -> dict[str, str]:
    """Arrays that begin with the same numbers, but for their scale: one seed was used twice."""
    for i, one in enumerate(PARAMETERS):
        for other in PARAMETERS[i + 1 :]:
            a, b = (np.asarray(values[n], float).ravel() * sqrt(fan_in[n]) for n in (one, other))
            n = min(a.size, b.size)
            if n > 1 and np.allclose(a[:n], b[:n], rtol=1e-5):
                return {other: f"{other} holds the numbers of {one} once more: begin one Generator for all layers."}
    return {}


INIT = Exercise(
    op="init_parameters",
    topic="network",
    chapter="ch10",
    points=3,
    where="chapter 10, step 1",
    hints=(
        "Why not zeros? And why should a layer with many inputs begin with smaller weights?",
        "k = 1 / √fan_in, and fan_in is the number of products in one output: w's sizes but the first, multiplied.",
        "One np.random.default_rng(rng) for all layers; rng.uniform(-k, k, shape) for w, and the same k for b.",
    ),
    problem=Problem(
        "init_parameters",
        FunctionCall("init_parameters", ("w_shapes",), options=True, returns="nested values"),
        PARAMETERS,
        Oracle(_layers, by_numpy=_expect_parameters),
    ),
)

# train_step: one step of a fixed small network, with its backward pass given.

SIZES: dict[str, tuple[Stage, int, int, float]] = {
    "six samples, four units": (CORE, 6, 4, 0.1),
    "one sample": (CORE, 1, 4, 0.1),
    "one unit": (CORE, 6, 1, 0.1),
    "as many samples as units": (CORE, 5, 5, 0.1),
    "another learning rate": (CORE, 6, 4, 0.7),
    "a learning rate of 0": (GENERAL, 6, 4, 0.0),
    "many samples": (GENERAL, 200, 8, 0.1),
}


class Step(NamedTuple):
    """What the properties of a case of train_step are about."""

    samples: int
    lr: float
    dtype: str


STEP_PROPERTIES = (
    Property("another learning rate", "option", "lr", lambda step: step.lr != 0.1),
    Property("more than one sample", "reduction", "batch", lambda step: step.samples > 1),
    FLOAT32,
)

PARTS = ("loss", "w", "b", "v")


def _steps(seed: int) -> tuple[Case, ...]:
    def case(
        name: str, stage: Stage, samples: int, units: int, lr: float, dtype: str = "float64", layout: Layout = "plain"
    ) -> Case:
        rng = generator(seed, name)
        params = tuple(normals(rng, (units,)).astype(dtype) for _ in "wbv")
        x, target = (normals(rng, (samples,)).astype(dtype) for _ in range(2))
        inputs = {"params": params, "x": x, "target": target}
        labels = labels_of(Step(samples, lr, dtype), STEP_PROPERTIES)
        return Case(name, stage, inputs, {"lr": lr}, varies=labels, has=labels, layout=layout, tolerance=ROUNDED)

    base = SIZES["six samples, four units"][1:]
    return (
        *(case(name, *sizes) for name, sizes in SIZES.items()),
        case("float32", GENERAL, *base, dtype="float32"),
        case("arrays with gaps in memory", GENERAL, *base, layout="strided"),
        case("read-only arrays", GENERAL, *base, layout="read-only"),
    )


def _values(case: Case) -> tuple[np.ndarray, ...]:
    """The parameters as the rows of one array, x and target, in float64."""
    return tuple(np.asarray(case.inputs[name], np.float64) for name in ("params", "x", "target"))


def _loss(params, x, target):
    w, b, v = params
    return (((x[:, None] * w + b).tanh() if hasattr(w, "tanh") else np.tanh(x[:, None] * w + b)) @ v - target) ** 2


def _step_in_pytorch(case: Case) -> Expected:
    import torch

    numbers, x, target = map(torch.tensor, _values(case))
    params = numbers.requires_grad_()
    loss = _loss(params, x, target).mean()
    loss.backward()
    assert params.grad is not None
    new = (params - case.options["lr"] * params.grad).detach().numpy()
    return _expect_step(loss.detach().numpy(), new)


def _step_in_numpy(case: Case) -> Expected:
    params, x, target = _values(case)
    return _expect_step(_loss(params, x, target).mean(), params - case.options["lr"] * _gradient(params, x, target))


def _gradient(params: np.ndarray, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """By complex steps: the imaginary part of loss(p + ih) is h times the derivative, with nothing cancelling."""
    gradient, h = np.zeros_like(params), 1e-30
    for index in np.ndindex(params.shape):
        moved = params.astype(complex)
        moved[index] += 1j * h
        gradient[index] = _loss(moved, x, target).mean().imag / h
    return gradient


def _expect_step(loss, params: np.ndarray) -> Expected:
    return Expected(None, dict(zip(PARTS, (np.asarray(loss), *params), strict=True)))


def _loss_after_step(case: Case, right) -> np.ndarray:
    """The loss after the step."""
    return np.asarray(_loss(_take_step(case, 1.0), *_values(case)[1:]).mean())


def _take_step(case: Case, factor: float) -> np.ndarray:
    params, x, target = _values(case)
    return params - factor * case.options["lr"] * _gradient(params, x, target)


def _scale_step(row: int, factor: float):
    return lambda case, right: _take_step(case, factor)[row]


def _average_step(row: int):
    return lambda case, right: _take_step(case, 1 / len(case.inputs["x"]))[row]


def _sum_step(row: int):
    return lambda case, right: _take_step(case, len(case.inputs["x"]))[row]


def _update_one_by_one(row: int):
    """What parameter `row` becomes when those before it have been changed already."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        for r in range(row + 1):
            params[r] -= case.options["lr"] * _gradient(params, x, target)[r]
        return params[row]

    return compute


UPHILL = "{} goes up the slope: the gradient points to where the loss grows, so lr times it is taken off."
STILL = "{} does not move: it is returned as it came."
AVERAGED = "{} moves N times too little: squared_error has divided by N already, once and for all steps after it."
SUMMED = "{} moves N times too far: the loss is a mean, and dy with its 1/N comes from squared_error."
IN_TURN = "{} is found with parameters that this step had already changed: find all gradients first, then change all."

RIVALS = (
    Rival(
        "loss",
        "formula",
        "loss is that after the update: return the one that the gradients belong to.",
        _loss_after_step,
    ),
    *(Rival(name, "update_rule", UPHILL.format(name), _scale_step(row, -1.0)) for row, name in enumerate("wbv")),
    *(Rival(name, "formula", STILL.format(name), _scale_step(row, 0.0)) for row, name in enumerate("wbv")),
    *(Rival(name, "scale", AVERAGED.format(name), _average_step(row)) for row, name in enumerate("wbv")),
    *(Rival(name, "scale", SUMMED.format(name), _sum_step(row)) for row, name in enumerate("wbv")),
    *(
        Rival(name, "update_rule", IN_TURN.format(name), _update_one_by_one(row))
        for row, name in enumerate("wbv")
        if row
    ),
)

TRAIN = Exercise(
    op="train_step",
    topic="network",
    chapter="ch10",
    points=5,
    where="chapter 10, steps 2 to 5",
    hints=(
        "Four of the document's steps, each one line. Which function of this file belongs to which?",
        "network_forward, squared_error, network_backward, and then sgd_step for each parameter with its own gradient.",
        "Find all three gradients before any parameter changes, and return the loss of before: (loss, (w, b, v)).",
    ),
    problem=Problem(
        "train_step",
        FunctionCall("train_step", ("params", "x", "target"), options=True, returns="nested values"),
        PARTS,
        Oracle(
            _steps,
            by_pytorch=_step_in_pytorch,
            by_numpy=_step_in_numpy,
            smaller=propose_smaller_steps,
            quantities=lambda case: {"N": len(case.inputs["x"])},
            properties=STEP_PROPERTIES,
        ),
        RIVALS,
    ),
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (GRADIENTS_OF_TWO_LAYERS, INIT, TRAIN))
