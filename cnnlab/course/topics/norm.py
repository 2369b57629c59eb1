"""Chapter 13: normalisation. What is asked of norm.py."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.course.topics.norm_formulas import (
    OF_DBETA,
    OF_DGAMMA,
    OF_DX,
    OVER_OTHER_AXES,
    Formula,
    Pieces,
    wrong_std_formulas,
)
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival, Sum


def normalisation(name: str, pieces: Callable[[Case], Pieces], torch_forward: Callable, **more: Any) -> Operation:
    """A normalisation. pieces: what its formulas are made of, in a case."""

    def dx(formula: Formula):
        def compute(case: Case, right):
            p = pieces(case)
            return formula(p).reshape(p.shape)

        return compute

    def dgamma(formula: Formula):
        def compute(case: Case, right):
            p = pieces(case)
            return formula(p).reshape(p.shape).sum(axis=p.features)

        return compute

    of_dx = (*OF_DX.items(), *wrong_std_formulas())
    rivals = [Rival("dx", "formula", sentence, dx(formula)) for sentence, formula in of_dx]
    rivals += [Rival("dx", "reduction", sentence, dx(formula)) for sentence, formula in OVER_OTHER_AXES.items()]
    rivals += [Rival("dgamma", "formula", sentence, dgamma(formula)) for sentence, formula in OF_DGAMMA.items()]
    rivals += [Rival("dbeta", "formula", sentence, dgamma(formula)) for sentence, formula in OF_DBETA.items()]

    def terms(case: Case) -> dict[str, np.ndarray]:
        p = pieces(case)
        d = p.dx_hat
        found = {
            "dx_hat/std": d / p.std,
            "−mean(dx_hat)/std": np.broadcast_to(-p.mean(d) / p.std, d.shape),
            "−x_hat·mean(dx_hat·x_hat)/std": -p.x_hat * p.mean(d * p.x_hat) / p.std,
        }
        return {words: a.reshape(p.shape) for words, a in found.items()}

    def variables(case: Case) -> dict[str, np.ndarray]:
        p = pieces(case)
        found = {"std": np.broadcast_to(p.std, p.x.shape), "gamma": p.gamma, "x_hat": p.x_hat}
        return {words: a.reshape(p.shape) for words, a in found.items()}

    def sizes(case: Case) -> dict[str, float]:
        p = pieces(case)
        used = prod(p.shape[a] for a in p.features)
        return {"N": p.shape[0], "m": p.m, "the number of uses of one gamma": used}

    return define_operation(
        name,
        topic="norm",
        chapter="ch13",
        wrt={"dx": "x", "dgamma": "gamma", "dbeta": "beta"},
        torch_forward=torch_forward,
        linear=("gamma", "beta"),
        quantities=sizes,
        rivals=tuple(rivals),
        sums=(Sum("dx", terms, variables),),
        **more,
    )


def _wide(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, gamma = (np.asarray(case.inputs[k], np.float64) for k in ("x", "gamma"))
    return x, np.asarray(case.dy, np.float64), gamma


def _spec(x: tuple[int, ...], gamma: tuple[int, ...], **more: Any) -> Spec:
    return Spec({"x": x, "gamma": gamma, "beta": gamma}, numbers="normals", **more)


def _count_sample_axes(spec: Spec) -> int:
    """Return how many axes of x a layer normalisation does not normalise over."""
    x, gamma = spec.shapes["x"], spec.shapes["gamma"]
    assert x is not None and gamma is not None
    return len(x) - len(gamma)


def _draw_far_away(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw numbers around a million: E[x²] − E[x]² keeps none of the digits of their variance."""
    return 2.0**22 + rng.standard_normal(shape)


FAR_AWAY = Property("a mean of millions", "stability", "large mean", lambda spec: spec.draws.get("x") is _draw_far_away)
POSITIONS = Property("positions", "reduction", "positions", lambda spec: len(spec.shapes["x"]) > 2)
EPS = Property("a large eps", "option", "eps", lambda spec: "eps" in spec.options)

# batch_norm


def batch(x: tuple[int, ...] = (6, 3), eps: float | None = None, **more: Any) -> Spec:
    """A batch of this shape."""
    return _spec(x, x[1:2], options={"eps": eps} if eps else {}, **more)


def _channels(case: Case) -> Pieces:
    x, dy, gamma = _wide(case)
    axes = (0, *range(2, x.ndim))
    gamma = np.broadcast_to(gamma.reshape(-1, *[1] * (x.ndim - 2)), x.shape)
    return Pieces(x, dy, gamma, case.options.get("eps", 1e-5), axes, axes, x.shape)


def _torch_batch_norm(x, gamma, beta, eps=1e-5):
    import torch

    return torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def _one_constant(axis: int) -> Callable:
    """Normally distributed numbers, the first slice along an axis all equal."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        x = rng.standard_normal(shape)
        np.moveaxis(x, axis, 0)[0] = 0.5
        return x

    return draw


BATCH_NORM = normalisation(
    "batch_norm",
    _channels,
    _torch_batch_norm,
    points=8,
    where="chapter 13, steps 8 to 13",
    hints=(
        "Take the forward pass apart: mean, centred, variance, std, x_hat, y. Which of these does one x enter?",
        "Go back one line at a time. centred is used twice, in x_hat and in the variance; its two gradients add up.",
        "dx = (dx_hat − mean(dx_hat) − x_hat · mean(dx_hat · x_hat)) / std with dx_hat = dy · gamma, over one channel.",
    ),
    base=batch(),
    core={
        "one channel": batch((6, 1)),
        "as many samples as channels": batch((4, 4)),
        "images": batch((3, 2, 2, 4)),
        "square images": batch((3, 3, 3, 3)),
        "one image": batch((1, 2, 3, 3)),
    },
    general={
        "a large eps": batch(eps=0.5),
        "two samples, a large eps": batch((2, 3), eps=0.5),
        "images, a large eps": batch((3, 2, 2, 2), eps=0.5),
        "a channel whose numbers are all equal": batch(draws={"x": _one_constant(1)}),
        "numbers around four million": batch(draws={"x": _draw_far_away}),
        "numbers far from 0": batch(draws={"x": lambda rng, shape: 20 + rng.standard_normal(shape)}),
        "one axis of positions": batch((4, 3, 5)),
        "a gamma of 0": batch(values={"gamma": [0.0, 1.0, -2.0]}),
    },
    properties=(
        FAR_AWAY,
        EPS,
        POSITIONS,
        Property(
            "as many samples as channels",
            "transpose",
            "square x",
            lambda spec: spec.shapes["x"][0] == spec.shapes["x"][1],
        ),
        Property("more than one channel", "channel", "channels", lambda spec: spec.shapes["x"][1] > 1),
    ),
)

# layer_norm


def layer(x: tuple[int, ...] = (4, 6), over: int = 1, eps: float | None = None, **more: Any) -> Spec:
    """Samples of this shape, normalised over the last `over` axes."""
    return _spec(x, x[-over:], options={"eps": eps} if eps else {}, **more)


def _features(case: Case) -> Pieces:
    x, dy, gamma = _wide(case)
    first = x.ndim - gamma.ndim
    gamma = np.broadcast_to(gamma, x.shape)
    eps = case.options.get("eps", 1e-5)
    return Pieces(x, dy, gamma, eps, tuple(range(first, x.ndim)), tuple(range(first)), x.shape)


def _torch_layer_norm(x, gamma, beta, eps=1e-5):
    import torch

    return torch.nn.functional.layer_norm(x, tuple(gamma.shape), gamma, beta, eps)


LAYER_NORM = normalisation(
    "layer_norm",
    _features,
    _torch_layer_norm,
    points=6,
    where="chapter 13, step 15",
    hints=(
        "It is batch normalisation with other sets: which numbers share a mean here, and which share a gamma?",
        "dx has the formula of batch_norm, with the means over the features of one sample.",
        "dgamma and dbeta are sums over all axes that gamma does not have.",
    ),
    base=layer(),
    core={
        "one sample": layer((1, 6)),
        "as many samples as features": layer((4, 4)),
        "a sequence": layer((2, 3, 5)),
        "over two axes": layer((3, 2, 4), 2),
        "images, over all three axes": layer((3, 2, 2, 3), 3),
    },
    general={
        "a large eps": layer(eps=0.5),
        "two features, a large eps": layer((4, 2), eps=0.5),
        "over two of four axes": layer((2, 2, 3, 2), 2),
        "no axis of samples": layer((6,)),
        "a sample whose numbers are all equal": layer(draws={"x": _one_constant(0)}),
        "numbers around four million": layer(draws={"x": _draw_far_away}),
        "numbers far from 0": layer(draws={"x": lambda rng, shape: 20 + rng.standard_normal(shape)}),
        "a gamma of 0": layer(values={"gamma": [0.0, 1.0, -2.0, 0.5, 0.0, 3.0]}),
    },
    properties=(
        FAR_AWAY,
        EPS,
        Property(
            "more than one axis of features", "geometry", "axes of features", lambda spec: len(spec.shapes["gamma"]) > 1
        ),
        Property(
            "more than one axis of samples", "geometry", "axes of samples", lambda spec: _count_sample_axes(spec) > 1
        ),
        Property(
            "as many samples as features",
            "transpose",
            "square x",
            lambda spec: len(spec.shapes["x"]) == 2 and spec.shapes["x"][0] == spec.shapes["x"][1],
        ),
        Property(
            "more than one sample",
            "reduction",
            "batch",
            lambda spec: prod(spec.shapes["x"][: _count_sample_axes(spec)]) > 1,
        ),
    ),
)

# group_norm


def group(x: tuple[int, ...] = (3, 4, 2, 3), num_groups: int = 2, eps: float | None = None, **more: Any) -> Spec:
    """A batch of this shape, its channels in so many groups."""
    options = {"num_groups": num_groups, **({"eps": eps} if eps else {})}
    return _spec(x, x[1:2], options=options, **more)


def _groups(case: Case) -> Pieces:
    x, dy, gamma = _wide(case)
    n, channels, *positions = x.shape
    split = (n, case.options["num_groups"], channels // case.options["num_groups"], *positions)
    gamma = np.broadcast_to(gamma.reshape(-1, *[1] * len(positions)), x.shape)
    x_split, dy, gamma = (a.reshape(split) for a in (x, dy, gamma))
    features = (0, *range(2, x.ndim))
    return Pieces(x_split, dy, gamma, case.options.get("eps", 1e-5), tuple(range(2, len(split))), features, x.shape)


def _torch_group_norm(x, gamma, beta, *, num_groups, eps=1e-5):
    import torch

    return torch.nn.functional.group_norm(x, num_groups, gamma, beta, eps)


GROUP_NORM = normalisation(
    "group_norm",
    _groups,
    _torch_group_norm,
    points=0,
    optional=True,
    where="chapter 13, step 16",
    hints=(
        "Between batch and layer: the sets are the groups of channels of one sample; gamma is still one a channel.",
        "Give the groups an axis of their own, (N, G, C/G, …): then the means are over all axes from the third on.",
        "dx_hat = dy · gamma before the split, the formula of batch_norm on the split arrays, and back to x's shape.",
    ),
    base=group(),
    core={
        "one group": group(num_groups=1),
        "a group for each channel": group(num_groups=4),
        "one sample": group((1, 4, 2, 3)),
        "square images": group((4, 4, 4, 4)),
        "three groups of two": group((2, 6, 2, 2), 3),
    },
    general={
        "a large eps": group(eps=0.5),
        "no positions": group((4, 6), 2),
        "one axis of positions": group((2, 4, 5)),
        "a sample whose numbers are all equal": group(draws={"x": _one_constant(0)}),
        "numbers around four million": group(draws={"x": _draw_far_away}),
        "numbers far from 0": group(draws={"x": lambda rng, shape: 20 + rng.standard_normal(shape)}),
        "a gamma of 0": group(values={"gamma": [0.0, 1.0, -2.0, 0.0]}),
    },
    properties=(
        FAR_AWAY,
        EPS,
        POSITIONS,
        Property("more than one group", "channel", "groups", lambda spec: spec.options["num_groups"] > 1),
        Property(
            "more than one channel in a group",
            "channel",
            "groups",
            lambda spec: spec.shapes["x"][1] > spec.options["num_groups"],
        ),
        Property("more than one sample", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
    ),
)

OPERATIONS = (BATCH_NORM, LAYER_NORM, GROUP_NORM)
