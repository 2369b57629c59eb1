"""Chapter 16: the steps of two networks that train against each other. What is asked of gan.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.gan_rivals import DISCRIMINATOR_RIVALS, GENERATOR_RIVALS
from cnnlab.course.topics.gan_steps import PARTS, Step, find_loss, read_inputs, take_step
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.snapshot import Layout


class Sizes(NamedTuple):
    """The sizes and options of a case. bias: added to every logit of D."""

    real: int = 5
    noise: int = 3
    features: int = 2
    inputs: int = 2
    units: int = 3
    lr: float = 0.1
    saturating: bool = False
    bias: float = 0.0
    dtype: str = "float64"


#: With logits of about this size σ(a) is rounded to 1, and log(1 - σ(a)) is the logarithm of 0.
FOOLED = 50.0

SIZES: dict[str, tuple[Stage, Sizes]] = {
    "the plain case": (CORE, Sizes()),
    "one sample of each": (CORE, Sizes(real=1, noise=1)),
    "as many fakes as real samples": (CORE, Sizes(real=4, noise=4)),
    "more fakes than real samples": (CORE, Sizes(real=2, noise=6)),
    "one of everything": (CORE, Sizes(1, 1, 1, 1, 1)),
    "as many features as units": (CORE, Sizes(features=3, inputs=3)),
    "another learning rate": (CORE, Sizes(lr=0.7)),
    "a learning rate of 0": (GENERAL, Sizes(lr=0.0)),
    "many samples": (GENERAL, Sizes(real=40, noise=30)),
    "float32": (GENERAL, Sizes(dtype="float32")),
}

#: The cases of one step alone. Only generator_step has the option.
OWN_SIZES: dict[str, dict[str, tuple[Stage, Sizes]]] = {
    "discriminator": {"a D that is sure the fakes are real": (CORE, Sizes(bias=FOOLED))},
    "generator": {
        "saturating": (CORE, Sizes(saturating=True)),
        "saturating, a D that is sure the fakes are real": (CORE, Sizes(saturating=True, bias=FOOLED)),
        "saturating, one sample": (GENERAL, Sizes(noise=1, saturating=True)),
    },
}

PROPERTIES = (
    Property("another learning rate", "option", "lr", lambda sizes: sizes.lr != 0.1),
    Property("the saturating loss", "option", "saturating", lambda sizes: sizes.saturating),
    Property("more than one fake", "reduction", "batch", lambda sizes: sizes.noise > 1),
    Property("a D that is sure the fakes are real", "", "", lambda sizes: sizes.bias > 0),
    Property("as many fakes as real samples", "", "", lambda sizes: sizes.noise == sizes.real),
    FLOAT32,
)

#: What the case of a step can have: D's has no option.
PROPERTIES_OF = {
    "discriminator": tuple(p for p in PROPERTIES if p.detail != "saturating"),
    "generator": PROPERTIES,
}


def draw_case(seed: int, name: str, stage: Stage, sizes: Sizes, of: str, layout: Layout = "plain") -> Case:
    """Draw a case of these sizes. of: "discriminator" or "generator"."""
    rng = generator(seed, name)

    def draw(*shape: int) -> np.ndarray:
        return normals(rng, shape).astype(sizes.dtype)

    units, features = sizes.units, sizes.features
    inputs: dict[str, Any] = {"real": draw(sizes.real, features)} if of == "discriminator" else {}
    inputs["z"] = draw(sizes.noise, sizes.inputs)
    inputs["g"] = (draw(units, sizes.inputs), draw(units), draw(features, units), draw(features))
    inputs["d"] = (draw(units + 1, features), draw(units + 1), draw(1, units + 1), draw(1) + sizes.bias)
    options: dict[str, Any] = {"lr": sizes.lr} | ({"saturating": True} if sizes.saturating else {})
    labels = labels_of(sizes, PROPERTIES_OF[of])
    return Case(name, stage, inputs, options, varies=labels, has=labels, layout=layout, tolerance=ROUNDED)


def plan_cases(of: str) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases."""

    def cases(seed: int) -> tuple[Case, ...]:
        table = {**SIZES, **OWN_SIZES[of]}
        drawn = [draw_case(seed, name, stage, sizes, of) for name, (stage, sizes) in table.items()]
        layouts: tuple[tuple[str, Layout], ...] = (
            ("arrays with gaps in memory", "strided"),
            ("read-only arrays", "read-only"),
        )
        return (*drawn, *(draw_case(seed, name, GENERAL, Sizes(), of, layout) for name, layout in layouts))

    return cases


def propose_smaller(case: Case) -> Iterator[Case]:
    """Yield the case with fewer samples and the usual rate."""
    noise, real = case.inputs["z"], case.inputs.get("real")
    for fewer in (1, 2):
        if len(noise) > fewer:
            yield replace(case, inputs={**case.inputs, "z": noise[:fewer]})
        if real is not None and len(real) > fewer:
            yield replace(case, inputs={**case.inputs, "real": real[:fewer]})
    if case.options["lr"] != 0.1:
        yield replace(case, options={**case.options, "lr": 0.1})


def _expect(step: Step) -> Expected:
    return Expected(None, dict(zip(PARTS, step.list_parts(), strict=True)))


def _step_in_numpy(which: str):
    return lambda case: _expect(
        take_step(find_loss(which, case.options), read_inputs(case), case.options["lr"], which[0])
    )


def _step_in_pytorch(which: str):
    def compute(case: Case) -> Expected:
        import torch

        def run(x, params):
            w1, b1, w2, b2 = params
            return torch.tanh(x @ w1.T + b1) @ w2.T + b2

        inputs, softplus = read_inputs(case), torch.nn.functional.softplus
        g, d = ([torch.tensor(p, requires_grad=True) for p in inputs[of]] for of in "gd")
        fakes = run(run(torch.tensor(inputs["z"]), g), d)
        if which == "discriminator":
            loss = softplus(-run(torch.tensor(inputs["real"]), d)).mean() + softplus(fakes).mean()
        else:
            loss = -softplus(fakes).mean() if case.options.get("saturating") else softplus(-fakes).mean()
        own = g if which == "generator" else d
        new = [
            (p - case.options["lr"] * grad).detach().numpy()
            for p, grad in zip(own, torch.autograd.grad(loss, own), strict=True)
        ]
        return _expect(Step(loss.item(), *((new, inputs["d"]) if which == "generator" else (inputs["g"], new))))

    return compute


def _define(which: str, arguments: str, points: int, where: str, hints: tuple[str, str, str], rivals) -> Operation:
    name = f"{which}_step"
    oracle = Oracle(
        plan_cases(which),
        by_pytorch=_step_in_pytorch(which),
        by_numpy=_step_in_numpy(which),
        smaller=propose_smaller,
        quantities=lambda case: {
            key: len(case.inputs[value]) for key, value in NUMBERS.items() if value in case.inputs
        },
        properties=PROPERTIES_OF[which],
    )
    call = FunctionCall(name, tuple(arguments.split()), options=True, returns="nested values")
    other = "d." if which == "generator" else "g."  # the network that stays as it is
    kept = frozenset(part for part in PARTS if part.startswith(other))
    problem = Problem(name, call, PARTS, oracle, rivals, may_view=True, kept=kept, item_names=ITEM_NAMES)
    exercise = Exercise(op=name, topic="gan", chapter="ch16", points=points, where=where, hints=hints, problem=problem)
    return Operation(name, "gan", "ch16", (exercise,))


#: What the parameters of each network are called, among the inputs as among the results.
ITEM_NAMES = {of: tuple(part for part in PARTS if part.startswith(f"{of}.")) for of in "gd"}

NUMBERS = {"the number of real samples": "real", "the number of fakes": "z"}

OPERATIONS = (
    _define(
        "discriminator",
        "real z g d",
        4,
        "chapter 16, steps 1 to 3",
        (
            "What does D see? Real samples and fakes, so it runs twice. What is its loss, and what is the slope of "
            "softplus(a), and of softplus(−a)?",
            "The slope of softplus(a) is σ(a); the sign in softplus(−a) comes out in front. Each of the two means "
            "divides by its own number of samples.",
            "two_layers_backward gives the gradient of the input and those of the parameters; which do you need? "
            "D was used twice: what happens to the gradients of a value that is used twice?",
        ),
        DISCRIMINATOR_RIVALS,
    ),
    _define(
        "generator",
        "z g d",
        4,
        "chapter 16, steps 4 and 5",
        (
            "Draw the way from z to the loss. Which networks does it go through, and so, which does the gradient go "
            "through?",
            "two_layers_backward of D gives the gradient of its input, the fakes, besides those of D's parameters. "
            "What does G need as its upstream gradient?",
            "Begin with the slope of the loss at D's logits: for softplus(−a) it is that of D's step for real samples. "
            "Then call two_layers_backward twice, and ask which of the two networks may move.",
        ),
        GENERATOR_RIVALS,
    ),
)
