"""Chapter 16: the steps of two networks that train against each other. What is asked of gan.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.snapshot import Layout

LAYERS = ("w1", "b1", "w2", "b2")

#: What a step returns, by name, in order.
PARTS = ("loss", *(f"g.{name}" for name in LAYERS), *(f"d.{name}" for name in LAYERS))


class Sizes(NamedTuple):
    """The sizes and options of a case."""

    real: int = 5
    noise: int = 3
    features: int = 2
    inputs: int = 2
    units: int = 3
    lr: float = 0.1
    saturating: bool = False
    dtype: str = "float64"


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

#: generator_step alone has the option.
SATURATING: dict[str, tuple[Stage, Sizes]] = {
    "saturating": (GENERAL, Sizes(saturating=True)),
    "saturating, one sample": (GENERAL, Sizes(noise=1, saturating=True)),
}

PROPERTIES = (
    Property("another learning rate", "option", "lr", lambda sizes: sizes.lr != 0.1),
    Property("the saturating loss", "option", "saturating", lambda sizes: sizes.saturating),
    Property("more than one fake", "reduction", "batch", lambda sizes: sizes.noise > 1),
    Property("as many fakes as real samples", "", "", lambda sizes: sizes.noise == sizes.real),
    FLOAT32,
)


def draw_case(seed: int, name: str, stage: Stage, sizes: Sizes, of: str, layout: Layout = "plain") -> Case:
    """Draw a case of these sizes. of: "discriminator" or "generator"."""
    rng = generator(seed, name)

    def draw(*shape: int) -> np.ndarray:
        return normals(rng, shape).astype(sizes.dtype)

    units, features = sizes.units, sizes.features
    inputs: dict[str, Any] = {"real": draw(sizes.real, features)} if of == "discriminator" else {}
    inputs["z"] = draw(sizes.noise, sizes.inputs)
    inputs["g"] = (draw(units, sizes.inputs), draw(units), draw(features, units), draw(features))
    inputs["d"] = (draw(units + 1, features), draw(units + 1), draw(1, units + 1), draw(1))
    options: dict[str, Any] = {"lr": sizes.lr} | ({"saturating": True} if sizes.saturating else {})
    labels = labels_of(sizes, PROPERTIES)
    return Case(name, stage, inputs, options, varies=labels, has=labels, layout=layout, tolerance=ROUNDED)


def plan_cases(of: str) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases."""
    table = SIZES if of == "discriminator" else {**SIZES, **SATURATING}

    def cases(seed: int) -> tuple[Case, ...]:
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


# A loss is a sum of terms: factor · mean of softplus(sign · D(samples)), over the real samples or the fakes.


class Term(NamedTuple):
    """One term of a loss. samples: "real" or "fake"."""

    samples: str
    sign: int
    factor: float = 1.0


Loss = tuple[Term, ...]

#: D's logit is to be large for real samples and small for fakes.
DISCRIMINATOR_LOSS: Loss = (Term("real", -1), Term("fake", 1))


def find_loss(which: str, options: Mapping[str, Any]) -> Loss:
    """Return the loss of a step."""
    if which == "discriminator":
        return DISCRIMINATOR_LOSS
    return (Term("fake", 1, -1.0),) if options.get("saturating") else (Term("fake", -1),)


def read_inputs(case: Case) -> dict[str, Any]:
    """Return the inputs of a case in float64."""
    return {
        name: tuple(np.asarray(p, np.float64) for p in value) if isinstance(value, tuple) else np.asarray(value, float)
        for name, value in case.inputs.items()
    }


def _run(x, params):
    w1, b1, w2, b2 = params
    h = np.tanh(np.einsum("nc,hc->nh", x, w1) + b1)
    return np.einsum("nh,oh->no", h, w2) + b2, h


def _go_back(x, params, dy):
    """Return the gradients of a network's input and parameters."""
    w1, _, w2, _ = params
    dz = np.einsum("no,oh->nh", dy, w2) * (1 - _run(x, params)[1] ** 2)
    return np.einsum("nh,hc->nc", dz, w1), (
        np.einsum("nh,nc->hc", dz, x),
        np.einsum("nh->h", dz),
        np.einsum("no,nh->oh", dy, _run(x, params)[1]),
        np.einsum("no->o", dy),
    )


def measure_loss(loss: Loss, inputs: Mapping[str, Any]) -> float:
    """Return a loss's value."""
    samples = {"real": inputs.get("real"), "fake": _run(inputs["z"], inputs["g"])[0]}
    return sum(
        term.factor * np.logaddexp(0, term.sign * _run(samples[term.samples], inputs["d"])[0]).mean() for term in loss
    )


def find_gradients(loss: Loss, inputs: Mapping[str, Any]) -> dict[str, list[np.ndarray]]:
    """Return the gradients of the parameters of G ("g") and D ("d")."""
    found = {of: [np.zeros(p.shape) for p in inputs[of]] for of in "gd"}
    fake = _run(inputs["z"], inputs["g"])[0]
    for term in loss:
        x = fake if term.samples == "fake" else inputs["real"]
        logits = _run(x, inputs["d"])[0]
        slope = term.sign / (1 + np.exp(-term.sign * logits))
        dx, of_d = _go_back(x, inputs["d"], term.factor * slope / len(x))
        of_g = _go_back(inputs["z"], inputs["g"], dx)[1] if term.samples == "fake" else [0.0] * len(LAYERS)
        for of, more in (("g", of_g), ("d", of_d)):
            found[of] = [a + b for a, b in zip(found[of], more, strict=True)]
    return found


class Step(NamedTuple):
    """What a step returns: the loss, and the parameters of G and D."""

    loss: float
    g: Sequence[np.ndarray]
    d: Sequence[np.ndarray]

    def list_parts(self) -> list[np.ndarray]:
        """Return the values in the order of PARTS."""
        return [np.asarray(self.loss), *self.g, *self.d]


def take_step(loss: Loss, inputs: Mapping[str, Any], lr: float, moves: str, shown: Loss | None = None) -> Step:
    """Return a step of gradient descent.

    moves: the networks that move, of "gd".   shown: the loss that is returned, where it is another.
    """
    gradients = find_gradients(loss, inputs)
    g, d = ([p - lr * grad * (of in moves) for p, grad in zip(inputs[of], gradients[of], strict=True)] for of in "gd")
    return Step(measure_loss(shown or loss, inputs), g, d)


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


# Wrong steps. Each is one for all parts; where a part is the same as in the right step, nothing is said of it.


def _make_rivals(code: str, sentence: str, wrong: Callable[[dict[str, Any], Mapping[str, Any]], Step]):
    """Return a wrong step as rivals. wrong: (inputs, options) -> Step."""

    def part(k: int):
        return lambda case, right: wrong(read_inputs(case), case.options).list_parts()[k]

    return tuple(Rival(name, code, sentence, part(k)) for k, name in enumerate(PARTS))


def _use_loss(loss: Loss, moves: str, shown: Loss | None = None):
    return lambda inputs, options: take_step(loss, inputs, options["lr"], moves, shown)


def _scale_rate(which: str, factor: float):
    return lambda inputs, options: take_step(find_loss(which, options), inputs, factor * options["lr"], which[0])


def _forget_rate(which: str):
    return lambda inputs, options: take_step(find_loss(which, options), inputs, 1.0, which[0])


def _show_later_loss(which: str):
    def wrong(inputs, options) -> Step:
        loss = find_loss(which, options)
        step = take_step(loss, inputs, options["lr"], which[0])
        return step._replace(loss=measure_loss(loss, {**inputs, "g": step.g, "d": step.d}))

    return wrong


def _move(which: str, moves: str):
    return lambda inputs, options: take_step(find_loss(which, options), inputs, options["lr"], moves)


def _mean_of_all(inputs, options) -> Step:
    """One mean over real samples and fakes together."""
    n, m = len(inputs["real"]), len(inputs["z"])
    loss = (Term("real", -1, n / (n + m)), Term("fake", 1, m / (n + m)))
    return take_step(loss, inputs, options["lr"], "d")


def _sum_of_fakes(inputs, options) -> Step:
    m = len(inputs["z"])
    loss = tuple(term._replace(factor=term.factor * m) for term in find_loss("generator", options))
    return take_step(loss, inputs, options["lr"], "g")


def _sum_of_all(inputs, options) -> Step:
    counts = {"real": len(inputs["real"]), "fake": len(inputs["z"])}
    loss = tuple(term._replace(factor=counts[term.samples]) for term in DISCRIMINATOR_LOSS)
    return take_step(loss, inputs, options["lr"], "d")


def _divide_all_by(which: str):
    """The gradients are divided by one number of samples, the real ones' or the fakes'."""

    def wrong(inputs, options) -> Step:
        counts = {"real": len(inputs["real"]), "fake": len(inputs["z"])}
        loss = tuple(term._replace(factor=counts[term.samples] / counts[which]) for term in DISCRIMINATOR_LOSS)
        return take_step(loss, inputs, options["lr"], "d", DISCRIMINATOR_LOSS)

    return wrong


def _sum_gradients(inputs, options) -> Step:
    """As _sum_of_all, with the right loss."""
    return _sum_of_all(inputs, options)._replace(loss=measure_loss(DISCRIMINATOR_LOSS, inputs))


def _sum_gradients_of_fakes(inputs, options) -> Step:
    loss = measure_loss(find_loss("generator", options), inputs)
    return _sum_of_fakes(inputs, options)._replace(loss=loss)


def _one_after_the_other(inputs, options) -> Step:
    """D moves by the real samples, and then by the fakes as the moved D sees them."""
    half = take_step((Term("real", -1),), inputs, options["lr"], "d")
    rest = take_step((Term("fake", 1),), {**inputs, "d": half.d}, options["lr"], "d")
    return Step(measure_loss(DISCRIMINATOR_LOSS, inputs), inputs["g"], rest.d)


def _exchange_losses(inputs, options) -> Step:
    other = {"saturating": not options.get("saturating", False)}
    return take_step(find_loss("generator", other), inputs, options["lr"], "g")


def _learn_as_fakes(inputs, options) -> Step:
    """G makes the logits of its fakes smaller."""
    return take_step((Term("fake", 1),), inputs, options["lr"], "g")


DISCRIMINATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "G moves in D's step as well: to D the fakes are data, and what goes back to them is not followed into G.",
        _move("discriminator", "gd"),
    ),
    *_make_rivals(
        "formula",
        "G moves in D's step, and D stays: D's step changes the parameters of D alone.",
        _move("discriminator", "g"),
    ),
    *_make_rivals(
        "formula",
        "The labels are exchanged: D's logit is to be large for real samples and small for fakes.",
        _use_loss((Term("real", 1), Term("fake", -1)), "d"),
    ),
    *_make_rivals(
        "formula",
        "The fakes are left out: D learns from real samples and from fakes.",
        _use_loss((Term("real", -1),), "d"),
    ),
    *_make_rivals(
        "formula",
        "The real samples are left out: D learns from real samples and from fakes.",
        _use_loss((Term("fake", 1),), "d"),
    ),
    *_make_rivals(
        "formula",
        "D's gradients from the real samples are left out: D is used twice, so its gradients add up.",
        _use_loss((Term("fake", 1),), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "formula",
        "D's gradients from the fakes are left out: D is used twice, so its gradients add up.",
        _use_loss((Term("real", -1),), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "sign",
        "The gradients from the fakes have the wrong sign: the slope of softplus(a) is σ(a), and that of softplus(−a) "
        "is −σ(−a).",
        _use_loss((Term("real", -1), Term("fake", 1, -1.0)), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "sign",
        "The gradients from the real samples have the wrong sign: the slope of softplus(−a) is −σ(−a).",
        _use_loss((Term("real", -1, -1.0), Term("fake", 1)), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "reduction",
        "The loss is one mean over all samples: it is the mean over the real ones plus the mean over the fakes.",
        _mean_of_all,
    ),
    *_make_rivals("reduction", "The losses are summed: each of the two parts of the loss is a mean.", _sum_of_all),
    *_make_rivals(
        "reduction", "The gradients are summed over the samples: each part of the loss is a mean.", _sum_gradients
    ),
    *_make_rivals(
        "reduction",
        "The gradients from the fakes are divided by the number of real samples: each mean has its own number.",
        _divide_all_by("real"),
    ),
    *_make_rivals(
        "reduction",
        "The gradients from the real samples are divided by the number of fakes: each mean has its own number.",
        _divide_all_by("fake"),
    ),
    *_make_rivals(
        "scale",
        "The loss is half the sum of its two means: it is their sum.",
        _use_loss((Term("real", -1, 0.5), Term("fake", 1, 0.5)), "d"),
    ),
    *_make_rivals(
        "update_rule",
        "D moves by the real samples, and then by the fakes as the moved D sees them: find both gradients first.",
        _one_after_the_other,
    ),
    *_make_rivals(
        "update_rule",
        "D goes up the slope: lr times the gradient is taken off.",
        _scale_rate("discriminator", -1.0),
    ),
    *_make_rivals("update_rule", "lr is forgotten: lr times the gradient is taken off.", _forget_rate("discriminator")),
    *_make_rivals("formula", "D does not move: it is returned as it came.", _scale_rate("discriminator", 0.0)),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", _show_later_loss("discriminator")
    ),
)

GENERATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "D moves in G's step as well: the gradients of D that come up on the way are thrown away.",
        _move("generator", "gd"),
    ),
    *_make_rivals(
        "formula",
        "D moves in G's step, and G stays: G's step changes the parameters of G alone.",
        _move("generator", "d"),
    ),
    *_make_rivals(
        "formula",
        "G does not move: the gradient stops at D. It runs through D to D's input, the fakes, and on through G.",
        _scale_rate("generator", 0.0),
    ),
    *_make_rivals(
        "formula",
        "The labels are exchanged: G is to make fakes whose logit is large, as if they were real.",
        _learn_as_fakes,
    ),
    *_make_rivals(
        "option",
        "The two losses of G are exchanged: softplus(−D(G(z))) by default, −softplus(D(G(z))) where saturating is "
        "True.",
        _exchange_losses,
    ),
    *_make_rivals("reduction", "The losses are summed over the fakes: the loss is their mean.", _sum_of_fakes),
    *_make_rivals("reduction", "The gradients are summed over the fakes: the loss is a mean.", _sum_gradients_of_fakes),
    *_make_rivals(
        "update_rule",
        "G goes up the slope: lr times the gradient is taken off, and the slope of softplus(−a) is −σ(−a).",
        _scale_rate("generator", -1.0),
    ),
    *_make_rivals("update_rule", "lr is forgotten: lr times the gradient is taken off.", _forget_rate("generator")),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", _show_later_loss("generator")
    ),
)


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
        properties=PROPERTIES,
    )
    call = FunctionCall(name, tuple(arguments.split()), options=True, returns="nested values")
    problem = Problem(name, call, PARTS, oracle, rivals, may_view=True)
    exercise = Exercise(op=name, topic="gan", chapter="ch16", points=points, where=where, hints=hints, problem=problem)
    return Operation(name, "gan", "ch16", (exercise,))


NUMBERS = {"the number of real samples": "real", "the number of fakes": "z"}

OPERATIONS = (
    _define(
        "discriminator",
        "real z g d",
        4,
        "chapter 16, the step of D",
        (
            "What does D see? Real samples and fakes, so it runs twice. What is its loss, and what is the slope of "
            "softplus(a), and of softplus(−a)?",
            "The slope of softplus(a) is σ(a); the sign in softplus(−a) comes out in front. Each of the two means "
            "divides by its own number of samples.",
            "network_backward gives the gradient of the input and those of the parameters; which of them do you need? "
            "D was used twice: what happens to the gradients of a value that is used twice?",
        ),
        DISCRIMINATOR_RIVALS,
    ),
    _define(
        "generator",
        "z g d",
        4,
        "chapter 16, the step of G",
        (
            "Draw the way from z to the loss. Which networks does it go through, and so, which does the gradient go "
            "through?",
            "network_backward of D gives the gradient of its input, the fakes, besides those of D's parameters. What "
            "does G need as its upstream gradient?",
            "Begin with the slope of the loss at D's logits: for softplus(−a) it is that of D's step for real samples. "
            "Then call network_backward twice, and ask which of the two networks may move.",
        ),
        GENERATOR_RIVALS,
    ),
)
