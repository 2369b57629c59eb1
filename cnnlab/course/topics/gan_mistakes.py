"""Chapter 16: wrong steps of two networks: the right one with a piece exchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.topics.gan_steps import (
    DISCRIMINATOR_LOSS,
    PARTS,
    Loss,
    Step,
    Term,
    find_loss,
    go_back,
    measure_loss,
    read_inputs,
    run_network,
    take_step,
)
from cnnlab.gradcheck.problem import Rival

# Wrong steps. Each is one for all parts; where a part is the same as in the right step, nothing is said of it.


def _make_rivals(
    code: str,
    sentence: str,
    wrong: Callable[[dict[str, Any], Mapping[str, Any]], Step],
    of: str = "loss g d",
    together: bool = False,
) -> tuple[Rival, ...]:
    """Return a wrong step as rivals.

    wrong: (inputs, options) -> Step.   of: the parts, or wholes, it is said of.   together: whether it is said only
    where of each network these parts are all wrong, and no others.
    """

    def part(k: int):
        return lambda case, right: wrong(read_inputs(case), case.options).list_parts()[k]

    asked = of.split()
    parts = frozenset(name for name in PARTS if name in asked or name.partition(".")[0] in asked)
    networks = {name[0] for name in parts}

    def are_all_wrong(wrong: frozenset[str]) -> bool:
        return {name for name in wrong if name != "loss" and name[0] in networks} == parts

    fits = are_all_wrong if together else None
    return tuple(Rival(name, code, sentence, part(k), fits) for k, name in enumerate(PARTS) if name in parts)


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


def _one_after_the_other(first: Term, second: Term):
    """D moves by one term of its loss, and then by the other as the moved D sees it."""

    def wrong(inputs, options) -> Step:
        half = take_step((first,), inputs, options["lr"], "d")
        rest = take_step((second,), {**inputs, "d": half.d}, options["lr"], "d")
        return Step(measure_loss(DISCRIMINATOR_LOSS, inputs), inputs["g"], rest.d)

    return wrong


def _exchange_losses(inputs, options) -> Step:
    other = {"saturating": not options.get("saturating", False)}
    return take_step(find_loss("generator", other), inputs, options["lr"], "g")


def _take_saturating_slope(inputs, options) -> Step:
    """The gradient of the saturating loss, whatever loss was asked for."""
    return take_step(find_loss("generator", {"saturating": True}), inputs, options["lr"], "g")


def _leave_out_discriminator(inputs, options) -> Step:
    """The slope at a fake's logit is taken for the gradient of each of its numbers."""
    right = take_step(find_loss("generator", options), inputs, options["lr"], "")
    fake = run_network(inputs["z"], inputs["g"])[0]
    sign = 1 if options.get("saturating") else -1
    slope = -1 / (1 + np.exp(-sign * run_network(fake, inputs["d"])[0])) / len(fake)
    of_g = go_back(inputs["z"], inputs["g"], np.broadcast_to(slope, fake.shape))[1]
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
        fake = run_network(inputs["z"], inputs["g"])[0]
        total = [np.zeros(p.shape) for p in inputs[which[0]]]
        for term in loss:
            x = fake if term.samples == "fake" else inputs["real"]
            slope = term.sign / (1 + np.exp(-term.sign * run_network(x, inputs["d"])[0]))
            dx, grads = go_back(x, inputs["d"], term.factor * slope / len(x), **slopes["d"])
            if which == "generator":
                grads = go_back(inputs["z"], inputs["g"], dx, **slopes["g"])[1]
            total = [a + b for a, b in zip(total, grads, strict=True)]
        moved = [p - options["lr"] * grad for p, grad in zip(inputs[which[0]], total, strict=True)]
        return right._replace(**{which[0]: moved})

    return wrong


def _make_some_unmoved(which: str) -> tuple[Rival, ...]:
    """Return the rivals in which some parameters of a network stay as they were."""
    of = which[0]
    return tuple(
        rival
        for parts, sentence in (
            ("b1 b2", "The biases of {} do not move: they take a step as the weights do."),
            ("w1 w2", "The weights of {} do not move: they take a step as the biases do."),
            ("w1 b1", "The first layer of {} does not move: the gradient runs through the second to the first."),
            ("w2 b2", "The second layer of {} does not move: it takes a step as the first does."),
        )
        for rival in _make_rivals(
            "formula",
            sentence.format(of.upper()),
            _scale_rate(which, 0.0),
            " ".join(f"{of}.{name}" for name in parts.split()),
            together=True,
        )
    )


DISCRIMINATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "The fakes have the label of real samples: D's logit is to be small for them.",
        _use_loss((Term("real", -1), Term("fake", -1)), "d"),
        "loss d",
    ),
    *_make_rivals(
        "formula",
        "The gradients from the fakes are those for the label of real samples: D's logit is to be small for fakes.",
        _use_loss((Term("real", -1), Term("fake", -1)), "d", DISCRIMINATOR_LOSS),
        "d",
    ),
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
        _one_after_the_other(*DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "update_rule",
        "D moves by the fakes, and then by the real samples as the moved D sees them: find both gradients first.",
        _one_after_the_other(*reversed(DISCRIMINATOR_LOSS)),
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
    *_make_rivals(
        "formula",
        "D does not move: it is returned as it came.",
        _scale_rate("discriminator", 0.0),
        "d",
        together=True,
    ),
    *_make_some_unmoved("discriminator"),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", _show_later_loss("discriminator")
    ),
)


def _forget_minus(inputs, options) -> Step:
    """The saturating loss without its minus, with the right gradient."""
    right = take_step(find_loss("generator", options), inputs, options["lr"], "g")
    return right._replace(loss=-right.loss) if options.get("saturating") else right


GENERATOR_RIVALS = (
    *_make_rivals(
        "sign",
        "Where saturating is True, the loss has the wrong sign: it is minus the mean of softplus(D(G(z))).",
        _forget_minus,
        "loss",
    ),
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
        "g",
        together=True,
    ),
    *_make_some_unmoved("generator"),
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
