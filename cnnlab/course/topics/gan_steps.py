"""Chapter 16: a step of two networks, and its pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnlab.gradcheck.case import Case

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


def run_network(x, params):
    """Return the output of a network and its hidden units."""
    w1, b1, w2, b2 = params
    h = np.tanh(np.einsum("nc,hc->nh", x, w1) + b1)
    return np.einsum("nh,oh->no", h, w2) + b2, h


def go_back(x, params, dy, slope: Callable[[np.ndarray], np.ndarray] = lambda h: 1 - h**2):
    """Return the gradients of a network's input and parameters. slope: that of tanh, from its output."""
    w1, _, w2, _ = params
    dz = np.einsum("no,oh->nh", dy, w2) * slope(run_network(x, params)[1])
    return np.einsum("nh,hc->nc", dz, w1), (
        np.einsum("nh,nc->hc", dz, x),
        np.einsum("nh->h", dz),
        np.einsum("no,nh->oh", dy, run_network(x, params)[1]),
        np.einsum("no->o", dy),
    )


def measure_loss(loss: Loss, inputs: Mapping[str, Any]) -> float:
    """Return a loss's value."""
    samples = {"real": inputs.get("real"), "fake": run_network(inputs["z"], inputs["g"])[0]}
    return sum(
        term.factor * np.logaddexp(0, term.sign * run_network(samples[term.samples], inputs["d"])[0]).mean()
        for term in loss
    )


def find_gradients(loss: Loss, inputs: Mapping[str, Any]) -> dict[str, list[np.ndarray]]:
    """Return the gradients of the parameters of G ("g") and D ("d")."""
    found = {of: [np.zeros(p.shape) for p in inputs[of]] for of in "gd"}
    fake = run_network(inputs["z"], inputs["g"])[0]
    for term in loss:
        x = fake if term.samples == "fake" else inputs["real"]
        logits = run_network(x, inputs["d"])[0]
        slope = term.sign / (1 + np.exp(-term.sign * logits))
        dx, of_d = go_back(x, inputs["d"], term.factor * slope / len(x))
        of_g = go_back(inputs["z"], inputs["g"], dx)[1] if term.samples == "fake" else [0.0] * len(LAYERS)
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
