"""Chapter 16: a step of two networks, and wrong steps: the same with one piece exchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival

LAYERS = ("w1", "b1", "w2", "b2")

#: What a step returns, by name, in order.
PARTS = ("loss", *(f"g.{name}" for name in LAYERS), *(f"d.{name}" for name in LAYERS))


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


def _go_back(x, params, dy, slope: Callable[[np.ndarray], np.ndarray] = lambda h: 1 - h**2):
    """Return the gradients of a network's input and parameters. slope: that of tanh, from its output."""
    w1, _, w2, _ = params
    dz = np.einsum("no,oh->nh", dy, w2) * slope(_run(x, params)[1])
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


# Wrong steps. Each is one for all parts; where a part is the same as in the right step, nothing is said of it.


def _make_rivals(
    code: str, sentence: str, wrong: Callable[[dict[str, Any], Mapping[str, Any]], Step], of: str = "loss g d"
) -> tuple[Rival, ...]:
    """Return a wrong step as rivals. wrong: (inputs, options) -> Step.   of: the parts, or wholes, it is said of."""

    def part(k: int):
        return lambda case, right: wrong(read_inputs(case), case.options).list_parts()[k]

    asked = of.split()
    return tuple(
        Rival(name, code, sentence, part(k))
        for k, name in enumerate(PARTS)
        if name in asked or name.partition(".")[0] in asked
    )


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


def _take_saturating_slope(inputs, options) -> Step:
    """The gradient of the saturating loss, whatever loss was asked for."""
    return take_step(find_loss("generator", {"saturating": True}), inputs, options["lr"], "g")


def _leave_out_discriminator(inputs, options) -> Step:
    """The slope at a fake's logit is taken for the gradient of each of its numbers."""
    right = take_step(find_loss("generator", options), inputs, options["lr"], "")
    fake = _run(inputs["z"], inputs["g"])[0]
    sign = 1 if options.get("saturating") else -1
    slope = -1 / (1 + np.exp(-sign * _run(fake, inputs["d"])[0])) / len(fake)
    of_g = _go_back(inputs["z"], inputs["g"], np.broadcast_to(slope, fake.shape))[1]
    return right._replace(g=[p - options["lr"] * grad for p, grad in zip(inputs["g"], of_g, strict=True)])


def _learn_as_fakes(inputs, options) -> Step:
    """G makes the logits of its fakes smaller."""
    return take_step((Term("fake", 1),), inputs, options["lr"], "g")


def _learn_as_fakes_by_default(inputs, options) -> Step:
    """As _learn_as_fakes, where saturating is False."""
    if options.get("saturating"):
        return take_step(find_loss("generator", options), inputs, options["lr"], "g")
    return _learn_as_fakes(inputs, options)


def _skip_slope(which: str, skipped: str):
    """The slope of tanh is left out on the way back through the networks in `skipped`, of "gd"."""
    slopes = {of: {"slope": np.ones_like} if of in skipped else {} for of in "gd"}

    def wrong(inputs, options) -> Step:
        loss = find_loss(which, options)
        right = take_step(loss, inputs, options["lr"], "")
        fake = _run(inputs["z"], inputs["g"])[0]
        total = [np.zeros(p.shape) for p in inputs[which[0]]]
        for term in loss:
            x = fake if term.samples == "fake" else inputs["real"]
            slope = term.sign / (1 + np.exp(-term.sign * _run(x, inputs["d"])[0]))
            dx, grads = _go_back(x, inputs["d"], term.factor * slope / len(x), **slopes["d"])
            if which == "generator":
                grads = _go_back(inputs["z"], inputs["g"], dx, **slopes["g"])[1]
            total = [a + b for a, b in zip(total, grads, strict=True)]
        moved = [p - options["lr"] * grad for p, grad in zip(inputs[which[0]], total, strict=True)]
        return right._replace(**{which[0]: moved})

    return wrong


DISCRIMINATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "G moves in D's step: to D the fakes are data; do not follow what goes back to them into G.",
        _move("discriminator", "gd"),
        "g",
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
        "loss",
    ),
    *_make_rivals(
        "formula",
        "The real samples are left out: D learns from real samples and from fakes.",
        _use_loss((Term("fake", 1),), "d"),
        "loss",
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
        "sign",
        "The slope for the real samples is −σ(a): the slope of softplus(−a) is −σ(−a), with a minus inside as well.",
        _use_loss((Term("real", 1, -1.0), Term("fake", 1)), "d", DISCRIMINATOR_LOSS),
        "d",
    ),
    *_make_rivals(
        "reduction",
        "The loss is one mean over all samples: it is the mean over the real ones plus the mean over the fakes.",
        _mean_of_all,
    ),
    *_make_rivals(
        "reduction", "The losses are summed: each of the two parts of the loss is a mean.", _sum_of_all, "loss"
    ),
    *_make_rivals(
        "reduction", "The gradients are summed over the samples: each part of the loss is a mean.", _sum_gradients, "d"
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
        "formula",
        "The way back through D leaves out the slope of its tanh, 1 − h².",
        _skip_slope("discriminator", "d"),
        "d.w1 d.b1",
    ),
    *_make_rivals(
        "update_rule",
        "D goes up the slope: take lr times the gradient off the parameters.",
        _scale_rate("discriminator", -1.0),
    ),
    *_make_rivals(
        "update_rule", "lr is forgotten: take lr times the gradient off the parameters.", _forget_rate("discriminator")
    ),
    *_make_rivals("formula", "D does not move: it is returned as it came.", _scale_rate("discriminator", 0.0)),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", _show_later_loss("discriminator")
    ),
)

GENERATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "D moves in G's step: throw away the gradients of D that come up on the way.",
        _move("generator", "gd"),
        "d",
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
        "formula",
        "Where saturating is False, the labels are exchanged: G is to make fakes whose logit is large, as if they were "
        "real.",
        _learn_as_fakes_by_default,
    ),
    *_make_rivals(
        "formula",
        "The way back through D leaves out the slope of D's tanh, 1 − h²: D stays as it is, but G learns through all "
        "of it.",
        _skip_slope("generator", "d"),
        "g",
    ),
    *_make_rivals(
        "formula",
        "The way back through G leaves out the slope of G's tanh, 1 − h².",
        _skip_slope("generator", "g"),
        "g.w1 g.b1",
    ),
    *_make_rivals(
        "formula",
        "The way back leaves out the slope of tanh, 1 − h², in D and in G.",
        _skip_slope("generator", "gd"),
        "g.w1 g.b1",
    ),
    *_make_rivals(
        "option",
        "The two losses of G are exchanged: softplus(−D(G(z))) by default, −softplus(D(G(z))) where saturating is "
        "True.",
        _exchange_losses,
    ),
    *_make_rivals(
        "formula",
        "D is left out: the slope at its logits goes into G as it is. Send it through D's backward pass first, which "
        "returns the gradient of the fakes.",
        _leave_out_discriminator,
        "g",
    ),
    *_make_rivals(
        "sign",
        "The slope at the logits is −σ(a), that of the saturating loss: the slope of softplus(−a) is −σ(−a), with a "
        "minus inside as well.",
        _take_saturating_slope,
        "g",
    ),
    *_make_rivals("reduction", "The losses are summed over the fakes: the loss is their mean.", _sum_of_fakes, "loss"),
    *_make_rivals(
        "reduction", "The gradients are summed over the fakes: the loss is a mean.", _sum_gradients_of_fakes, "g"
    ),
    *_make_rivals(
        "update_rule",
        "G goes up the slope: take lr times the gradient off, and remember that the slope of softplus(−a) is −σ(−a).",
        _scale_rate("generator", -1.0),
    ),
    *_make_rivals(
        "update_rule", "lr is forgotten: take lr times the gradient off the parameters.", _forget_rate("generator")
    ),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", _show_later_loss("generator")
    ),
)
