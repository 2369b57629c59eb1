"""Chapter 18: recurrent networks. What is asked of recurrent.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Property, Rival

GRADIENTS = {"dx": "x", "dh0": "h0", "dw_ih": "w_ih", "dw_hh": "w_hh", "db": "b"}


def specify(n: int = 2, times: int = 3, inputs: int = 2, units: int = 3, **more: Any) -> Spec:
    """A case of these sizes; its properties follow from them."""
    shapes = {
        "x": (n, times, inputs),
        "h0": (n, units),
        "w_ih": (units, inputs),
        "w_hh": (units, units),
        "b": (units,),
    }
    return Spec(shapes, numbers="normals", scale=more.pop("scale", 0.5), **more)


def torch_rnn(x, h0, w_ih, w_hh, b):
    """PyTorch's RNN; its second bias is 0."""
    import torch

    weights = [w_ih, w_hh, b, torch.zeros_like(b)]
    return torch.rnn_tanh(x, h0[None], weights, True, 1, 0.0, False, False, True)[0]


def rnn_at_points(x, h0, w_ih, w_hh, b):
    """Return y at many points, (K, N, T, H): each array has an axis of points in front, of length K or 1."""
    times, h = [], h0
    for t in range(x.shape[2]):
        h = np.tanh(x[:, :, t] @ w_ih.swapaxes(1, 2) + h @ w_hh.swapaxes(1, 2) + b[:, None])
        times.append(h)
    return np.stack(np.broadcast_arrays(*times), axis=2)


def _go_back(
    case: Case,
    *,
    carry: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = lambda dz, w_hh, dh: dz @ w_hh,
    slope: Callable[[np.ndarray], np.ndarray] = lambda y: 1 - y**2,
    keep: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda total, part: total + part,
    previous: Callable[[np.ndarray, np.ndarray, int], np.ndarray] = lambda y, h0, t: y[:, t - 1] if t else h0,
    enter: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = lambda dy, dh, slope: (dy + dh) * slope,
    order: Callable[[int], Iterable[int]] = lambda times: reversed(range(times)),
    leave: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = lambda dh, dz, g: dh,
) -> dict[str, np.ndarray]:
    """Return all gradients, the right ones or with one piece of the way back exchanged."""
    x, h0, w_ih, w_hh, b = (np.asarray(case.inputs[name], np.float64) for name in GRADIENTS.values())
    dy = np.asarray(case.dy, np.float64)
    y = loader.load_stub_function("recurrent", "rnn_forward")(x, h0, w_ih, w_hh, b)[0]
    found = {name: np.zeros(np.shape(case.inputs[value])) for name, value in GRADIENTS.items()}
    dh = dz = g = np.zeros_like(h0)
    for t in order(x.shape[1]):
        g = dy[:, t] + dh
        dz = enter(dy[:, t], dh, slope(y[:, t]))
        found["dx"][:, t] = dz @ w_ih
        dh = carry(dz, w_hh, dh)
        found["dw_ih"] = keep(found["dw_ih"], dz.T @ x[:, t])
        found["dw_hh"] = keep(found["dw_hh"], dz.T @ previous(y, h0, t))
        found["db"] = keep(found["db"], dz.sum(axis=0))
    found["dh0"] = leave(dh, dz, g)
    return found


def _rivals(code: str, sentence: str, names: str, **pieces: Any) -> tuple[Rival, ...]:
    """Return the same mistake as it shows in each gradient. sentence: with {} for the gradient's name."""
    return tuple(
        Rival(name, code, sentence.format(name), lambda case, right, name=name: _go_back(case, **pieces)[name])
        for name in names.split()
    )


EVERY, WEIGHTS = "dx dh0 dw_ih dw_hh db", "dw_ih dw_hh db"

RIVALS = (
    *_rivals(
        "formula",
        "{} leaves out what a later time sends back: each y[:, t] is used by the loss and by the next time.",
        EVERY,
        enter=lambda dy, dh, slope: dy * slope,
    ),
    *_rivals(
        "formula",
        "{} has the slope of tanh on what the time after sends back alone: dy goes through the same tanh, so the sum "
        "of both is multiplied by 1 − y².",
        EVERY,
        enter=lambda dy, dh, slope: dh * slope + dy,
    ),
    *_rivals("formula", "{} is 0: time 0 sends a gradient back to h0.", "dh0", carry=lambda dz, w_hh, dh: 0 * dh),
    *_rivals(
        "formula",
        "{} is the gradient of z at time 0: h0 went through w_hhᵀ to get there, so multiply by w_hh.",
        "dh0",
        leave=lambda dh, dz, g: dz,
    ),
    *_rivals(
        "formula",
        "{} is the gradient of y at time 0: h0 is the state before it, so go back through tanh and w_hh once more.",
        "dh0",
        leave=lambda dh, dz, g: g,
    ),
    *_rivals(
        "transpose",
        "{} sends the gradient back through w_hh transposed: the state was multiplied by w_hhᵀ, so dz is multiplied by "
        "w_hh itself.",
        EVERY,
        carry=lambda dz, w_hh, dh: dz @ w_hh.T,
    ),
    *_rivals("formula", "{} leaves out the slope of tanh, 1 − y².", EVERY, slope=np.ones_like),
    *_rivals("formula", "{} has 1 − y in place of the slope of tanh, 1 − y².", EVERY, slope=lambda y: 1 - y),
    *_rivals(
        "formula",
        "{} has y (1 − y), the slope of a sigmoid; that of tanh is 1 − y².",
        EVERY,
        slope=lambda y: y * (1 - y),
    ),
    *_rivals(
        "accumulate",
        "{} keeps only the share of time 0: every time uses the same weights, so the shares add up.",
        WEIGHTS,
        keep=lambda total, part: part,
    ),
    *_rivals(
        "shift",
        "{} multiplies by the state of its own time: w_hh met the state of the time before.",
        "dw_hh",
        previous=lambda y, h0, t: y[:, t],
    ),
    *_rivals(
        "border",
        "{} leaves out h0: at the first time, w_hh met the state before it.",
        "dw_hh",
        previous=lambda y, h0, t: y[:, t - 1] if t else 0 * h0,
    ),
    *_rivals(
        "border",
        "{} has y[:, −1] at the first time, which is the state of the last: w_hh met h0 there.",
        "dw_hh",
        previous=lambda y, h0, t: y[:, t - 1],
    ),
    *_rivals(
        "formula",
        "{} is computed from the first time to the last: each time needs what the one after it sends back.",
        EVERY,
        order=range,
    ),
    *_rivals(
        "formula",
        "{} applies tanh to y once more: the slope is 1 − y², and y is the output of tanh already.",
        EVERY,
        slope=lambda y: 1 - np.tanh(y) ** 2,
    ),
    *_rivals(
        "formula",
        "{} takes dy of a time only where nothing comes back from the next: both parts add up.",
        EVERY,
        enter=lambda dy, dh, slope: (dh if dh.any() else dy) * slope,
    ),
    *_rivals(
        "formula",
        "{} sends the gradient on without multiplying by w_hh.",
        EVERY,
        carry=lambda dz, w_hh, dh: dz,
    ),
    *_rivals(
        "formula",
        "{} adds what the later time sends back after the slope of tanh: it goes through tanh as well, so add it to dy "
        "first.",
        EVERY,
        enter=lambda dy, dh, slope: dy * slope + dh,
    ),
    *_rivals(
        "formula",
        "{} adds up what all later times have sent: each time gets only what the next time sends.",
        EVERY,
        carry=lambda dz, w_hh, dh: dh + dz @ w_hh,
    ),
)

RNN = define_operation(
    "rnn",
    topic="recurrent",
    chapter="ch18",
    points=6,
    where="chapter 18, steps 2 to 4",
    hints=(
        "Draw the network unrolled, for three times. Which arrows leave y[:, 1], and what comes back along each?",
        "Begin at the last time. The gradient of y[:, t] is dy[:, t] plus what time t + 1 sends back; through tanh it "
        "becomes the gradient of z, and from there one part goes to x[:, t], one to the weights, one to time t − 1.",
        "z is a sum of two linear layers, one on x[:, t] and one on the state before. Go back through each as in "
        "chapter 5. Which of the gradients are sums over all times, and which state is the one before t = 0?",
    ),
    axes={"dy": "sample time unit", "x": "sample time input", "h0": "sample unit"},
    wrt=GRADIENTS,
    torch_forward=torch_rnn,
    at_points=rnn_at_points,
    formula=_go_back,
    base=specify(),
    core={
        "one time": specify(times=1),
        "two times": specify(times=2),
        "one sequence": specify(n=1),
        "one unit": specify(units=1),
        "one input": specify(inputs=1),
        "as many units as inputs": specify(inputs=3),
        "a state of zeros": replace(specify(), draws={"h0": lambda rng, size: np.zeros(size)}),
        "all sizes equal": specify(3, 3, 3, 3),
    },
    general={
        "many times": specify(n=1, times=8, inputs=1, units=2),
        "large weights, saturated units": specify(scale=4.0),
        "small weights": specify(scale=2.0**-10),
    },
    tolerance=ROUNDED,
    properties=(
        Property("more than one time", "accumulate", "times", lambda spec: spec.shapes["x"][1] > 1),
        Property("more than two times", "accumulate", "times", lambda spec: spec.shapes["x"][1] > 2),
        Property("more than one sequence", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
        Property("more than one unit", "geometry", "units", lambda spec: spec.shapes["h0"][1] > 1),
        Property("a state before the first time", "border", "h0", lambda spec: "h0" not in spec.draws),
    ),
    quantities=lambda case: {"N": case.inputs["x"].shape[0], "T": case.inputs["x"].shape[1]},
    rivals=RIVALS,
)

OPERATIONS = (RNN,)
