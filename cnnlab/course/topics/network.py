"""Chapter 10: a whole network. What is asked of network.py; two_layers.py has chapter 6's part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.cases.smaller_steps import propose_smaller_steps
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.drawn_numbers import PARAMETERS, find_uneven
from cnnlab.course.topics.two_layers import GRADIENTS_OF_TWO_LAYERS
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Requirement, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.named_functions import name_generator
from cnnlab.gradcheck.runner.snapshot import Layout

# init_parameters: what is drawn cannot be compared with fixed numbers; where it lies and how it spreads can.

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
    shapes: dict[str, tuple[int, ...]] = dict(zip(PARAMETERS, (first, first[:1], second, second[:1]), strict=True))
    return Requirement.allow_any_numbers(
        {n: np.zeros(s) for n, s in shapes.items()}, lambda values: find_uneven(values, shapes)
    )


INIT = Exercise(
    op="init_parameters",
    topic="network",
    chapter="ch10",
    points=3,
    where="chapter 10, step 1",
    hints=(
        "Why not zeros? And why should a layer with many inputs begin with smaller weights?",
        "k = 1 / √fan_in, where fan_in counts the products in one output: all sizes of w but the first, multiplied.",
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


def _output(params, x):
    w, b, v = params
    return ((x[:, None] * w + b).tanh() if hasattr(w, "tanh") else np.tanh(x[:, None] * w + b)) @ v


def _loss(params, x, target):
    return (_output(params, x) - target) ** 2


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


def _move_by_gradient_of(row: int, other: int):
    """What parameter `row` becomes by the gradient of another."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        return params[row] - case.options["lr"] * _gradient(params, x, target)[other]

    return compute


def _move_by(row: int, find_dy: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    """What parameter `row` becomes with another dy, (y, target) -> dy."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        y = _output(params, x)
        dy = find_dy(y, target)
        # whatever dy is, it is that of (y − t)² for other targets t: with these the gradient is what dy leads to
        aimed = y - dy * len(y) / 2
        return params[row] - case.options["lr"] * _gradient(params, x, aimed)[row]

    return compute


def _step_at(row: int, find_rate: Callable[[float], float]):
    """What parameter `row` becomes with another rate, lr -> rate."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        return params[row] - find_rate(case.options["lr"]) * _gradient(params, x, target)[row]

    return compute


def _move_at_fixed_rate(row: int):
    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        return params[row] - 0.1 * _gradient(params, x, target)[row]

    return compute


def _update_one_by_one(row: int):
    """What parameter `row` becomes when those before it have been changed already."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        for r in range(row + 1):
            params[r] -= case.options["lr"] * _gradient(params, x, target)[r]
        return params[row]

    return compute


def _use_changed_v(row: int):
    """What parameter `row` becomes where v was changed before the hidden units' gradient was found."""

    def compute(case: Case, right) -> np.ndarray:
        params, x, target = _values(case)
        y, lr = _output(params, x), case.options["lr"]
        changed = params.copy()
        changed[2] -= lr * _gradient(params, x, target)[2]
        aimed = _output(changed, x) - (y - target)  # with these targets dy is that of the unchanged parameters
        return params[row] - lr * _gradient(changed, x, aimed)[row]

    return compute


UPHILL = "{} goes up the slope: the gradient points to where the loss grows, so lr times it is taken off."
STILL = "{} does not move: it is returned as it came."
NO_RATE = "{} moves by its whole gradient: lr multiplies it."
RATE_TWICE = "{} moves by lr² times its gradient: lr multiplies it once."
STEP_ALONE = "{0} is the step alone, −lr · d{0}: the parameter that it is added to is missing."
TWICE = "{} moves twice as far as lr says: lr times its gradient is taken off once."
AVERAGED = "{} moves N times too little: squared_error has divided by N already, once and for all steps after it."
SUMMED = "{} moves N times too far: the loss is a mean, and dy with its 1/N comes from squared_error."
AS_A_GRADIENT = "{0} is the gradient d{0} itself: the new parameter is {0} − lr · d{0}."
LOSS_GRADIENT = "{} is found with dy = {}: squared_error gives dy, 2 (y − target) / N."
EXCHANGED = "{} is changed by the gradient of {}: network_backward gives (dw, db, dv), in this order."
FIXED_RATE = "{} moves with a rate of 0.1, whatever lr says."
IN_TURN = "{} is found with parameters that this step had already changed: find all gradients first, then change all."

V_FIRST = "{} is found with the v that this step had already changed: find all gradients first, then change all."

#: What is handed to network_backward in place of dy.
WRONG_DY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "y − target, without 2/N": lambda y, target: y - target,
    "(y − target) / N, without the 2": lambda y, target: (y - target) / len(y),
    "y": lambda y, target: y,
    "1 everywhere": lambda y, target: np.ones_like(y),
    "target": lambda y, target: target,
    "the loss": lambda y, target: np.full_like(y, np.mean((y - target) ** 2)),
}

RIVALS = (
    Rival(
        "loss",
        "formula",
        "loss is that after the update: return the one that the gradients belong to.",
        _loss_after_step,
    ),
    Rival(
        "loss",
        "scale",
        "loss is the sum over the samples: it is their mean, which squared_error gives.",
        lambda case, right: right(case) * len(case.inputs["x"]),
    ),
    Rival(
        "loss",
        "scale",
        "loss is half of the mean of squares: squared_error has no 1/2.",
        lambda case, right: right(case) / 2,
    ),
    *(Rival(name, "update_rule", UPHILL.format(name), _scale_step(row, -1.0)) for row, name in enumerate("wbv")),
    *(Rival(name, "formula", STILL.format(name), _scale_step(row, 0.0)) for row, name in enumerate("wbv")),
    *(Rival(name, "option", NO_RATE.format(name), _step_at(row, lambda lr: 1.0)) for row, name in enumerate("wbv")),
    *(
        Rival(name, "option", RATE_TWICE.format(name), _step_at(row, lambda lr: lr**2))
        for row, name in enumerate("wbv")
    ),
    *(
        Rival(
            name, "formula", STEP_ALONE.format(name), lambda case, right, row=row: right(case) - _values(case)[0][row]
        )
        for row, name in enumerate("wbv")
    ),
    *(Rival(name, "scale", TWICE.format(name), _scale_step(row, 2.0)) for row, name in enumerate("wbv")),
    *(Rival(name, "scale", AVERAGED.format(name), _average_step(row)) for row, name in enumerate("wbv")),
    *(Rival(name, "scale", SUMMED.format(name), _sum_step(row)) for row, name in enumerate("wbv")),
    *(
        Rival(name, "update_rule", IN_TURN.format(name), _update_one_by_one(row))
        for row, name in enumerate("wbv")
        if row
    ),
    *(Rival(name, "update_rule", V_FIRST.format(name), _use_changed_v(row)) for row, name in enumerate("wb")),
    *(
        Rival(name, "formula", AS_A_GRADIENT.format(name), lambda case, right, row=row: _gradient(*_values(case))[row])
        for row, name in enumerate("wbv")
    ),
    *(
        Rival(name, "channel", EXCHANGED.format(name, other), _move_by_gradient_of(row, place))
        for row, name in enumerate("wbv")
        for place, other in enumerate("wbv")
        if place != row
    ),
    *(
        Rival(name, "formula", LOSS_GRADIENT.format(name, words), _move_by(row, find_dy))
        for row, name in enumerate("wbv")
        for words, find_dy in WRONG_DY.items()
    ),
    *(Rival(name, "option", FIXED_RATE.format(name), _move_at_fixed_rate(row)) for row, name in enumerate("wbv")),
)

TRAIN = Exercise(
    op="train_step",
    topic="network",
    chapter="ch10",
    points=5,
    where="chapter 10, steps 2 to 5",
    hints=(
        "Four of the article's six steps, each one line. Which function of this file belongs to which?",
        "network_forward, squared_error, network_backward, and then sgd_step for each parameter with its own gradient.",
        "Find all three gradients before any parameter changes. The loss is the one from before the update.",
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
        item_names={"params": PARTS[1:]},
    ),
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (GRADIENTS_OF_TWO_LAYERS, INIT, TRAIN))
