"""Chapter 17: the residual block. What is asked of residual.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Freedom, Property, Rival

GRADIENTS = {"dx": "x", "dw1": "w1", "db1": "b1", "dw2": "w2", "db2": "b2"}


def _draw_halves(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw numbers such as 1.5: with whole numbers for the rest no hidden unit is at the kink of the ReLU."""
    return rng.integers(-3, 3, shape) + 0.5


def _draw_whole(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-3, 4, shape).astype(float)


def _make_large(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda rng, shape: 2.0**20 * draw(rng, shape)


def specify(n: int = 3, depth: int = 2, hidden: int = 4, **more: Any) -> Spec:
    """A case of these sizes; its properties follow from them."""
    shapes = {"x": (n, depth), "w1": (hidden, depth), "b1": (hidden,), "w2": (depth, hidden), "b2": (depth,)}
    return Spec(shapes, **{"draws": {"b1": _draw_halves}, **more})


def _torch_block(x, w1, b1, w2, b2):
    import torch

    return x + torch.relu(x @ w1.T + b1) @ w2.T + b2


def residual_block_at_points(x, w1, b1, w2, b2):
    """Return y at many points, (K, N, D): each array has an axis of points in front, of length K or 1."""
    hidden = np.maximum(x @ w1.swapaxes(1, 2) + b1[:, None], 0)
    return x + hidden @ w2.swapaxes(1, 2) + b2[:, None]


def _read(case: Case) -> tuple[np.ndarray, ...]:
    """Return dy, x, z, w1 and w2 of a case in float64."""
    dy, x, w1, b1, w2 = (
        np.asarray(a, np.float64) for a in (case.dy, *(case.inputs[k] for k in ("x", "w1", "b1", "w2")))
    )
    return dy, x, np.einsum("nd,hd->nh", x, w1) + b1, w1, w2


def _sub_gradients(case: Case) -> dict[str, Freedom]:
    """Where a hidden unit is at 0, any part of its gradient may pass: bounds of all that this reaches."""
    dy, x, z, w1, w2 = _read(case)
    full = np.einsum("nd,dh->nh", dy, w2)
    sure, free = np.where(z > 0, full, 0), np.where(z == 0, full, 0)

    def bound(known: np.ndarray, reached: np.ndarray) -> Freedom:
        """reached: with one axis for the units at 0 in front of the others."""
        low, high = (known + bounded(reached, 0).sum(axis=0) for bounded in (np.minimum, np.maximum))
        fixed = ~reached.any(axis=0)
        return Freedom(np.where(fixed, np.nan, low), np.where(fixed, np.nan, high))

    return {
        "dx": bound(dy + np.einsum("nh,hd->nd", sure, w1), np.einsum("nh,hd->hnd", free, w1)),
        "dw1": bound(np.einsum("nh,nd->hd", sure, x), np.einsum("nh,nd->nhd", free, x)),
        "db1": bound(sure.sum(axis=0), free),
    }


def _go_back(
    case: Case,
    *,
    mask: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = lambda z, dh, x: z > 0,
    shortcut: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda dy, x: dy,
    branch: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda dz, w1: dz @ w1,
    enter: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda dy, w2: dy @ w2,
    hidden: Callable[[np.ndarray], np.ndarray] = lambda z: np.maximum(z, 0),
    last_relu: bool = False,
) -> Mapping[str, np.ndarray]:
    """Return all gradients, the right ones or with one piece of the way back exchanged."""
    dy, x, z, w1, w2 = _read(case)
    if last_relu:
        dy = np.where(x + np.maximum(z, 0) @ w2.T > 0, dy, 0)  # the cache has no b2
    dh = enter(dy, w2)
    dz = dh * mask(z, dh, x)
    return {
        "dx": shortcut(dy, x) + branch(dz, w1),
        "dw1": dz.T @ x,
        "db1": dz.sum(axis=0),
        "dw2": dy.T @ hidden(z),
        "db2": dy.sum(axis=0),
    }


def _rivals(code: str, sentence: str, names: str, **pieces: Any) -> tuple[Rival, ...]:
    """Return the same mistake as it shows in each gradient. sentence: with {} for the gradient's name."""

    def compute(name: str):
        def gradient(case: Case, right) -> np.ndarray | None:
            try:
                return _go_back(case, **pieces)[name]
            except ValueError:  # a transposed matrix fits only where it is square
                return None

        return gradient

    return tuple(Rival(name, code, sentence.format(name), compute(name)) for name in names.split())


BRANCH = "dx dw1 db1"

RIVALS = (
    *_rivals(
        "formula",
        "{} leaves the shortcut out: x reaches y unchanged as well, and dy comes back along that way.",
        "dx",
        shortcut=lambda dy, x: 0 * dy,
    ),
    *_rivals(
        "formula", "{} counts the shortcut twice: dy comes back along it once.", "dx", shortcut=lambda dy, x: 2 * dy
    ),
    *_rivals(
        "formula",
        "{} has x along the shortcut, as the forward pass has: what comes back along it is dy.",
        "dx",
        shortcut=lambda dy, x: x,
    ),
    *_rivals(
        "formula",
        "{} is dy alone: what comes back through the two layers is lost.",
        "dx",
        branch=lambda dz, w1: 0 * (dz @ w1),
    ),
    *_rivals(
        "sign",
        "{} takes off what comes back through the two layers: both ways add up.",
        "dx",
        branch=lambda dz, w1: -dz @ w1,
    ),
    *_rivals(
        "mask",
        "{} passes every hidden unit: where z is below 0, the ReLU lets nothing through.",
        BRANCH,
        mask=lambda z, dh, x: np.ones_like(z),
    ),
    *_rivals(
        "mask",
        "{} has the mask of the gradient in place of that of z: the ReLU lets through where z was above 0.",
        BRANCH,
        mask=lambda z, dh, x: dh > 0,
    ),
    *_rivals(
        "mask",
        "{} has the mask of x in place of that of z: the ReLU acts on z, after the first layer.",
        BRANCH,
        mask=lambda z, dh, x: x > 0 if x.shape == z.shape else z > 0,
    ),
    *_rivals(
        "mask",
        "{} lets through where z is below 0: the mask is the wrong way round.",
        BRANCH,
        mask=lambda z, dh, x: z < 0,
    ),
    *_rivals(
        "formula",
        "{} has max(z, 0) as the slope of the ReLU: it is 1 where z is above 0, and 0 elsewhere.",
        BRANCH,
        mask=lambda z, dh, x: np.maximum(z, 0),
    ),
    *_rivals(
        "formula",
        "{} has z in place of the slope of the ReLU: it is 1 where z is above 0, and 0 elsewhere.",
        BRANCH,
        mask=lambda z, dh, x: z,
    ),
    *_rivals(
        "formula",
        "{} has h (1 − h) as the slope of the ReLU, which is that of a sigmoid: it is 1 where z is above 0, and 0 "
        "elsewhere.",
        BRANCH,
        mask=lambda z, dh, x: np.maximum(z, 0) * (1 - np.maximum(z, 0)),
    ),
    *_rivals(
        "formula",
        "{} has z in place of max(z, 0): w2 met what the ReLU gave.",
        "dw2",
        hidden=lambda z: z,
    ),
    *_rivals(
        "transpose",
        "{} multiplies by w1 transposed: x was multiplied by w1ᵀ, so dz is multiplied by w1 itself.",
        "dx",
        branch=lambda dz, w1: dz @ w1.T,
    ),
    *_rivals(
        "transpose",
        "{} multiplies by w2 transposed: the hidden units were multiplied by w2ᵀ, so dy is multiplied by w2 itself.",
        BRANCH,
        enter=lambda dy, w2: dy @ w2.T,
    ),
    *_rivals(
        "formula",
        "A ReLU acts on the sum: in this block it acts on the hidden units alone, and y is the sum itself.",
        " ".join(GRADIENTS),
        last_relu=True,
    ),
)

#: With w1 = 1 and b1 = 0, z is x in each hidden unit: at 0, above it and below it.
AT_THE_KINK = {"x": [[0.0, 0.0], [2.0, -2.0], [-1.0, 1.0]], "w1": [[1.0, 1.0]] * 4, "b1": [0.0, 1.0, -1.0, 0.0]}

RESIDUAL_BLOCK = define_operation(
    "residual_block",
    topic="residual",
    chapter="ch17",
    points=4,
    where="chapter 17, step 8",
    hints=(
        "x is used twice: in the sum, and in the first layer. What comes back along each of the two ways?",
        "The second way goes through two layers with a ReLU between them: you have the linear layer's backward pass "
        "from chapter 5 and the ReLU's from chapter 4. Which array decides what passes?",
        "Go back one step at a time: from dy to the hidden units after the ReLU, to z before it, and to x. At each "
        "matrix there are two products, one for its input and one for itself; at the end both ways meet in dx.",
    ),
    axes={"dy": "sample feature", "x": "sample feature"},
    wrt=GRADIENTS,
    torch_forward=_torch_block,
    at_points=residual_block_at_points,
    formula=_go_back,
    base=specify(),
    core={
        "one sample": specify(n=1),
        "one of everything": specify(1, 1, 1),
        "one hidden unit": specify(hidden=1),
        "one number for each sample": specify(depth=1),
        "as many hidden units as inputs": specify(depth=3, hidden=3),
        "all sizes equal": specify(3, 3, 3),
        "no unit lets through": specify(draws={"b1": lambda rng, size: np.full(size, -1000.0)}),
        "every unit lets through": specify(draws={"b1": lambda rng, size: np.full(size, 1000.0)}),
        "weights of zeros": specify(
            draws={"b1": _draw_halves, **{w: lambda rng, size: np.zeros(size) for w in ("w1", "w2")}}
        ),
        "units at 0": specify(values=AT_THE_KINK),
    },
    general={
        "more hidden units than samples": specify(n=2, hidden=9),
        "many samples": specify(n=12),
        "numbers with fractions": specify(numbers="normals", draws={}),
        "large inputs": specify(draws={"x": _make_large(_draw_whole), "b1": _make_large(_draw_halves)}),
    },
    linear=("w2", "b2"),
    properties=(
        Property("more than one sample", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
        Property("more than one hidden unit", "geometry", "hidden units", lambda spec: spec.shapes["w1"][0] > 1),
        Property("units at 0", "kink", "z = 0", lambda spec: "x" in spec.values),
    ),
    quantities=lambda case: {"N": len(case.inputs["x"]), "the number of hidden units": len(case.inputs["w1"])},
    freedom=_sub_gradients,
    rivals=RIVALS,
)

OPERATIONS = (RESIDUAL_BLOCK,)
