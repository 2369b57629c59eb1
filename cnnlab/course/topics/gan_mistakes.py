"""Chapter 16: wrong steps of two networks: the right one with a piece exchanged."""

from __future__ import annotations

import numpy as np

from cnnlab.course.topics.gan_steps import (
    DISCRIMINATOR_LOSS,
    Loss,
    Step,
    Term,
    find_loss,
    go_back,
    measure_loss,
    run_network,
    take_step,
)


def use_loss(loss: Loss, moves: str, shown: Loss | None = None):
    """Return a wrong step: (inputs, options) -> Step, by this loss."""
    return lambda inputs, options: take_step(loss, inputs, options["lr"], moves, shown)


def scale_rate(which: str, factor: float):
    """Return the step at another rate."""
    return lambda inputs, options: take_step(find_loss(which, options), inputs, factor * options["lr"], which[0])


def forget_rate(which: str):
    """Return the step at the rate 1."""
    return lambda inputs, options: take_step(find_loss(which, options), inputs, 1.0, which[0])


def show_later_loss(which: str):
    """Return the step with the loss after it."""

    def wrong(inputs, options) -> Step:
        loss = find_loss(which, options)
        step = take_step(loss, inputs, options["lr"], which[0])
        return step._replace(loss=measure_loss(loss, {**inputs, "g": step.g, "d": step.d}))

    return wrong


def return_gradients(which: str):
    """Return the step with gradients in the place of the new parameters."""

    def wrong(inputs, options) -> Step:
        step = take_step(find_loss(which, options), inputs, 1.0, which[0])
        gradients = [p - new for p, new in zip(inputs[which[0]], getattr(step, which[0]), strict=True)]
        return step._replace(**{which[0]: gradients})

    return wrong


def move_networks(which: str, moves: str):
    """Return the step in which other networks move."""
    return lambda inputs, options: take_step(find_loss(which, options), inputs, options["lr"], moves)


def average_over_all(inputs, options) -> Step:
    """Make the step of one mean over real samples and fakes together."""
    n, m = len(inputs["real"]), len(inputs["z"])
    loss = (Term("real", -1, n / (n + m)), Term("fake", 1, m / (n + m)))
    return take_step(loss, inputs, options["lr"], "d")


def sum_over_fakes(inputs, options) -> Step:
    """Make G's step with the sum over the fakes for the mean."""
    m = len(inputs["z"])
    loss = tuple(term._replace(factor=term.factor * m) for term in find_loss("generator", options))
    return take_step(loss, inputs, options["lr"], "g")


def sum_over_all(inputs, options) -> Step:
    """Make D's step with sums for the means."""
    counts = {"real": len(inputs["real"]), "fake": len(inputs["z"])}
    loss = tuple(term._replace(factor=counts[term.samples]) for term in DISCRIMINATOR_LOSS)
    return take_step(loss, inputs, options["lr"], "d")


def divide_all_by(which: str):
    """Return the step with gradients divided by one number of samples, the real ones' or the fakes'."""

    def wrong(inputs, options) -> Step:
        counts = {"real": len(inputs["real"]), "fake": len(inputs["z"])}
        loss = tuple(term._replace(factor=counts[term.samples] / counts[which]) for term in DISCRIMINATOR_LOSS)
        return take_step(loss, inputs, options["lr"], "d", DISCRIMINATOR_LOSS)

    return wrong


def divide_twice(which: str):
    """Return the step with each mean's gradients divided by its number of samples once more."""

    def wrong(inputs, options) -> Step:
        counts = {"fake": len(inputs["z"]), "real": len(inputs.get("real", ()))}
        loss = find_loss(which, options)
        smaller = tuple(term._replace(factor=term.factor / counts[term.samples]) for term in loss)
        return take_step(smaller, inputs, options["lr"], which[0], loss)

    return wrong


def sum_gradients(inputs, options) -> Step:
    """Make the step of sum_over_all, and return the right loss."""
    return sum_over_all(inputs, options)._replace(loss=measure_loss(DISCRIMINATOR_LOSS, inputs))


def sum_gradients_of_fakes(inputs, options) -> Step:
    """Make the step of sum_over_fakes, and return the right loss."""
    loss = measure_loss(find_loss("generator", options), inputs)
    return sum_over_fakes(inputs, options)._replace(loss=loss)


def move_twice(first: Term, second: Term):
    """Return the step in which D moves by one term of its loss, and then by the other as the moved D sees it."""

    def wrong(inputs, options) -> Step:
        half = take_step((first,), inputs, options["lr"], "d")
        rest = take_step((second,), {**inputs, "d": half.d}, options["lr"], "d")
        return Step(measure_loss(DISCRIMINATOR_LOSS, inputs), inputs["g"], rest.d)

    return wrong


def exchange_losses(inputs, options) -> Step:
    """Make G's step with the other of its two losses."""
    other = {"saturating": not options.get("saturating", False)}
    return take_step(find_loss("generator", other), inputs, options["lr"], "g")


def take_saturating_slope(inputs, options) -> Step:
    """Move G by the saturating loss, whatever loss was asked for."""
    return take_step(find_loss("generator", {"saturating": True}), inputs, options["lr"], "g")


def leave_out_discriminator(inputs, options) -> Step:
    """Take the slope at a fake's logit for the gradient of each of its numbers."""
    right = take_step(find_loss("generator", options), inputs, options["lr"], "")
    fake = run_network(inputs["z"], inputs["g"])[0]
    sign = 1 if options.get("saturating") else -1
    slope = -1 / (1 + np.exp(-sign * run_network(fake, inputs["d"])[0])) / len(fake)
    of_g = go_back(inputs["z"], inputs["g"], np.broadcast_to(slope, fake.shape))[1]
    return right._replace(g=[p - options["lr"] * grad for p, grad in zip(inputs["g"], of_g, strict=True)])


def learn_as_fakes(inputs, options) -> Step:
    """Make the logits of the fakes smaller."""
    return take_step((Term("fake", 1),), inputs, options["lr"], "g")


def learn_as_fakes_by_default(inputs, options) -> Step:
    """Make the logits of the fakes smaller where saturating is False."""
    if options.get("saturating"):
        return take_step(find_loss("generator", options), inputs, options["lr"], "g")
    return learn_as_fakes(inputs, options)


def forget_minus(inputs, options) -> Step:
    """Make G's step with the saturating loss shown without its minus."""
    right = take_step(find_loss("generator", options), inputs, options["lr"], "g")
    return right._replace(loss=-right.loss) if options.get("saturating") else right


def climb_where(saturating: bool):
    """Return the step in which G goes up the slope of one of its two losses."""

    def wrong(inputs, options) -> Step:
        up = bool(options.get("saturating")) is saturating
        return take_step(find_loss("generator", options), inputs, -options["lr"] if up else options["lr"], "g")

    return wrong


def skip_slope(which: str, skipped: str):
    """Return the step without the slope of tanh on the way back through the networks in `skipped`, of "gd"."""
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
