"""Chapter 16: what is said of the wrong steps of two networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.course.topics.gan_mistakes import (
    average_over_all,
    climb_where,
    divide_all_by,
    divide_twice,
    exchange_losses,
    forget_minus,
    forget_rate,
    learn_as_fakes,
    learn_as_fakes_by_default,
    leave_out_discriminator,
    move_networks,
    move_twice,
    return_gradients,
    scale_rate,
    show_later_loss,
    skip_slope,
    sum_gradients,
    sum_gradients_of_fakes,
    sum_over_all,
    sum_over_fakes,
    take_saturating_slope,
    use_loss,
)
from cnnlab.course.topics.gan_steps import DISCRIMINATOR_LOSS, PARTS, Loss, Step, Term, read_inputs
from cnnlab.gradcheck.problem import Rival

# A wrong step is one for all parts; where a part is the same as in the right step, nothing is said of it. A sentence is
# said of single parts too, so it must be true of one that is wrong alone.


def _make_rivals(
    code: str,
    sentence: str,
    wrong: Callable[[dict[str, Any], Mapping[str, Any]], Step],
    of: str = "loss g d",
    fits_wrong: Callable[[frozenset[str]], bool] | None = None,
) -> tuple[Rival, ...]:
    """Return a wrong step as rivals.

    wrong: (inputs, options) -> Step.   of: the parts, or wholes, it is said of.   fits_wrong: as in Rival.
    """

    def part(k: int):
        return lambda case, right: wrong(read_inputs(case), case.options).list_parts()[k]

    asked = of.split()
    return tuple(
        Rival(name, code, sentence, part(k), fits_wrong)
        for k, name in enumerate(PARTS)
        if name in asked or name.partition(".")[0] in asked
    )


#: The parameters of a network that can all come back as they were while the others move.
UNMOVED = {
    "b1 b2": "The biases of {} come back as they were: they take a step as the weights do.",
    "w1 w2": "The weights of {} come back as they were: they take a step as the biases do.",
    "w1 b1": "The first layer of {} comes back as it was: the gradient runs through the second layer to the first.",
    "w2 b2": "The second layer of {} comes back as it was: it takes a step as the first does.",
}


def _leave_unmoved(which: str, sentence: str) -> tuple[Rival, ...]:
    """Return the steps in which parameters do not move. sentence: where they are none of UNMOVED."""
    of, still = which[0], scale_rate(which, 0.0)
    sets = {frozenset(f"{of}.{name}" for name in names.split()): names for names in UNMOVED}

    def name_set(wrong: frozenset[str]) -> str | None:
        return sets.get(frozenset(name for name in wrong if name.startswith(f"{of}.")))

    found = _make_rivals("formula", sentence, still, fits_wrong=lambda wrong: name_set(wrong) is None)
    for names, words in UNMOVED.items():
        fits = lambda wrong, names=names: name_set(wrong) == names  # noqa: E731
        found += _make_rivals("formula", words.format(of.upper()), still, of, fits)
    return found


HALF: Loss = tuple(term._replace(factor=0.5) for term in DISCRIMINATOR_LOSS)

#: What both steps can get wrong.
DIVIDED_TWICE = "The gradients are divided by the number of samples twice: a mean divides once."
GRADIENTS = (
    "The gradients come back themselves: the new parameters are wanted, the old ones minus lr times the gradient."
)

DISCRIMINATOR_RIVALS = (
    *_make_rivals(
        "formula",
        "The fakes have the label of real samples: D's logit is to be small for them.",
        use_loss((Term("real", -1), Term("fake", -1)), "d"),
        fits_wrong=lambda wrong: "loss" in wrong,
    ),
    *_make_rivals(
        "formula",
        "The gradients from the fakes are those for the label of real samples: D's logit is to be small for fakes.",
        use_loss((Term("real", -1), Term("fake", -1)), "d", DISCRIMINATOR_LOSS),
        "d",
        lambda wrong: "loss" not in wrong,
    ),
    *_make_rivals(
        "formula",
        "G moves in D's step: to D the fakes are data; do not follow what goes back to them into G.",
        move_networks("discriminator", "gd"),
        "g",
    ),
    *_make_rivals(
        "formula",
        "The labels are exchanged: D's logit is to be large for real samples and small for fakes.",
        use_loss((Term("real", 1), Term("fake", -1)), "d"),
    ),
    *_make_rivals(
        "formula",
        "The fakes are left out: D learns from real samples and from fakes.",
        use_loss((Term("real", -1),), "d"),
        "loss",
    ),
    *_make_rivals(
        "formula",
        "The real samples are left out: D learns from real samples and from fakes.",
        use_loss((Term("fake", 1),), "d"),
        "loss",
    ),
    *_make_rivals(
        "formula",
        "D's gradients from the real samples are left out: D is used twice, so its gradients add up.",
        use_loss((Term("fake", 1),), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "formula",
        "D's gradients from the fakes are left out: D is used twice, so its gradients add up.",
        use_loss((Term("real", -1),), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "sign",
        "The gradients from the fakes have the wrong sign: the slope of softplus(a) is σ(a), and that of softplus(−a) "
        "is −σ(−a).",
        use_loss((Term("real", -1), Term("fake", 1, -1.0)), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "sign",
        "The gradients from the real samples have the wrong sign: the slope of softplus(−a) is −σ(−a).",
        use_loss((Term("real", -1, -1.0), Term("fake", 1)), "d", DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "sign",
        "The slope for the real samples is −σ(a): the slope of softplus(−a) is −σ(−a), with a minus inside as well.",
        use_loss((Term("real", 1, -1.0), Term("fake", 1)), "d", DISCRIMINATOR_LOSS),
        "d",
    ),
    *_make_rivals(
        "sign",
        "The slope for the fakes is σ(−a): the slope of softplus(a) is σ(a).",
        use_loss((Term("real", -1), Term("fake", -1, -1.0)), "d", DISCRIMINATOR_LOSS),
        "d",
    ),
    *_make_rivals(
        "reduction",
        "The loss is one mean over all samples: it is the mean over the real ones plus the mean over the fakes.",
        average_over_all,
        "loss",
    ),
    *_make_rivals(
        "reduction",
        "The gradients are those of one mean over all samples: the real ones and the fakes have a mean each.",
        average_over_all,
        "d",
    ),
    *_make_rivals(
        "reduction", "The losses are summed: each of the two parts of the loss is a mean.", sum_over_all, "loss"
    ),
    *_make_rivals(
        "reduction", "The gradients are summed over the samples: each part of the loss is a mean.", sum_gradients, "d"
    ),
    *_make_rivals(
        "reduction",
        "The gradients from the fakes are divided by the number of real samples: each mean has its own number.",
        divide_all_by("real"),
    ),
    *_make_rivals(
        "reduction",
        "The gradients from the real samples are divided by the number of fakes: each mean has its own number.",
        divide_all_by("fake"),
    ),
    *_make_rivals("reduction", DIVIDED_TWICE, divide_twice("discriminator"), "d"),
    *_make_rivals("scale", "The loss is half the sum of its two means: it is their sum.", use_loss(HALF, "d"), "loss"),
    *_make_rivals(
        "scale",
        "The gradients are those of half the loss: the loss is the sum of its two means.",
        use_loss(HALF, "d"),
        "d",
    ),
    *_make_rivals(
        "update_rule",
        "D moves by the real samples, and then by the fakes as the moved D sees them: find both gradients first.",
        move_twice(*DISCRIMINATOR_LOSS),
    ),
    *_make_rivals(
        "update_rule",
        "D moves by the fakes, and then by the real samples as the moved D sees them: find both gradients first.",
        move_twice(*reversed(DISCRIMINATOR_LOSS)),
    ),
    *_make_rivals(
        "formula",
        "The way back through D leaves out the slope of its tanh, 1 − h².",
        skip_slope("discriminator", "d"),
        "d.w1 d.b1",
    ),
    *_make_rivals(
        "update_rule",
        "D goes up the slope: take lr times the gradient off the parameters.",
        scale_rate("discriminator", -1.0),
    ),
    *_make_rivals(
        "update_rule", "lr is forgotten: take lr times the gradient off the parameters.", forget_rate("discriminator")
    ),
    *_make_rivals("update_rule", GRADIENTS, return_gradients("discriminator"), "d"),
    *_leave_unmoved(
        "discriminator", "Parameters of D come back as they were: each of the four moves by lr times its gradient."
    ),
    *_make_rivals(
        "update_rule", "The loss is that after the step: it is wanted before.", show_later_loss("discriminator")
    ),
)

GENERATOR_RIVALS = (
    *_make_rivals(
        "sign",
        "Where saturating is True, the loss has the wrong sign: it is minus the mean of softplus(D(G(z))).",
        forget_minus,
        "loss",
    ),
    *_make_rivals(
        "formula",
        "D moves in G's step: throw away the gradients of D that come up on the way.",
        move_networks("generator", "gd"),
        "d",
    ),
    *_leave_unmoved(
        "generator",
        "Parameters of G come back as they were: the gradient does not stop at D. It runs through D to D's input, the "
        "fakes, and on through G.",
    ),
    *_make_rivals(
        "formula",
        "The labels are exchanged: G is to make fakes whose logit is large, as if they were real.",
        learn_as_fakes,
    ),
    *_make_rivals(
        "formula",
        "Where saturating is False, the labels are exchanged: G is to make fakes whose logit is large, as if they were "
        "real.",
        learn_as_fakes_by_default,
    ),
    *_make_rivals(
        "formula",
        "The way back through D leaves out the slope of D's tanh, 1 − h²: D stays as it is, but G learns through all "
        "of it.",
        skip_slope("generator", "d"),
        "g",
    ),
    *_make_rivals(
        "formula",
        "The way back through G leaves out the slope of G's tanh, 1 − h².",
        skip_slope("generator", "g"),
        "g.w1 g.b1",
    ),
    *_make_rivals(
        "formula",
        "The way back leaves out the slope of tanh, 1 − h², in D and in G.",
        skip_slope("generator", "gd"),
        "g.w1 g.b1",
    ),
    *_make_rivals(
        "option",
        "The two losses of G are exchanged: softplus(−D(G(z))) by default, −softplus(D(G(z))) where saturating is "
        "True.",
        exchange_losses,
    ),
    *_make_rivals(
        "formula",
        "D is left out: the slope at its logits goes into G as it is. Send it through D's backward pass first, which "
        "returns the gradient of the fakes.",
        leave_out_discriminator,
        "g",
    ),
    *_make_rivals(
        "sign",
        "The slope at the logits is −σ(a), that of the saturating loss: the slope of softplus(−a) is −σ(−a), with a "
        "minus inside as well.",
        take_saturating_slope,
        "g",
    ),
    *_make_rivals("reduction", "The losses are summed over the fakes: the loss is their mean.", sum_over_fakes, "loss"),
    *_make_rivals(
        "reduction", "The gradients are summed over the fakes: the loss is a mean.", sum_gradients_of_fakes, "g"
    ),
    *_make_rivals("reduction", DIVIDED_TWICE, divide_twice("generator"), "g"),
    *_make_rivals("update_rule", GRADIENTS, return_gradients("generator"), "g"),
    *_make_rivals(
        "update_rule",
        "G goes up the slope: take lr times the gradient off, and remember that the slope of softplus(−a) is −σ(−a).",
        scale_rate("generator", -1.0),
    ),
    *_make_rivals(
        "sign",
        "Where saturating is False, G goes up the slope: the slope of softplus(−a) is −σ(−a), and lr times the "
        "gradient is taken off.",
        climb_where(saturating=False),
        "g",
    ),
    *_make_rivals(
        "sign",
        "Where saturating is True, G goes up the slope: the slope of −softplus(a) is −σ(a), and lr times the gradient "
        "is taken off.",
        climb_where(saturating=True),
        "g",
    ),
    *_make_rivals(
        "update_rule", "lr is forgotten: take lr times the gradient off the parameters.", forget_rate("generator")
    ),
    *_make_rivals("update_rule", "The loss is that after the step: it is wanted before.", show_later_loss("generator")),
)
