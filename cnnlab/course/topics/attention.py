"""Chapter 18: attention. What is asked of attention.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Property, Rival


def specify(
    n: int = 2, heads: int = 2, queries: int = 3, keys: int = 3, depth: int = 2, width: int = 4, **options: Any
) -> Spec:
    """A case of these sizes; its properties follow from them."""
    shapes = {"q": (n, heads, queries, depth), "k": (n, heads, keys, depth), "v": (n, heads, keys, width)}
    return Spec(shapes, options, "normals")


def _torch_attention(q, k, v, *, is_causal=False):
    import torch

    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=is_causal)


def attention_at_points(q, k, v, *, is_causal=False):
    """Return y at many points, (K, N, H, T, E): each array has an axis of points in front, of length K or 1."""
    scores = q @ k.swapaxes(3, 4) / np.sqrt(q.shape[4])
    if is_causal:
        scores = np.where(np.tri(*scores.shape[3:], dtype=bool), scores, -np.inf)
    raised = np.exp(scores - scores.max(axis=4, keepdims=True))
    return (raised / raised.sum(axis=4, keepdims=True)) @ v


def _go_back(case: Case, softmax: Callable = lambda p, dp: p * (dp - (dp * p).sum(axis=3, keepdims=True)), scale=None):
    """Return all gradients, and ds with the scale in it; the backward of softmax or the scale may be exchanged."""
    q, k, v = (np.asarray(case.inputs[name], np.float64) for name in "qkv")
    dy = np.asarray(case.dy, np.float64)
    p = loader.load_stub_function("attention", "attention_forward")(q, k, v, **case.options)[1].p
    factor = 1 / np.sqrt(q.shape[3]) if scale is None else scale(q, v)
    ds = softmax(p, dy @ v.swapaxes(2, 3)) * factor
    return {"ds": ds, "dq": ds @ k, "dk": ds.swapaxes(2, 3) @ q, "dv": p.swapaxes(2, 3) @ dy}


def _rivals(code: str, sentence: str, **pieces: Any) -> tuple[Rival, ...]:
    return tuple(
        Rival(name, code, sentence.format(name), lambda case, right, name=name: _go_back(case, **pieces)[name])
        for name in ("dq", "dk")
    )


def _value_gradient(formula: Callable[[np.ndarray, np.ndarray], np.ndarray | None]):
    """A wrong formula of dv, from p and dy."""

    def compute(case: Case, right) -> np.ndarray | None:
        q, k, v = (np.asarray(case.inputs[name], np.float64) for name in "qkv")
        p = loader.load_stub_function("attention", "attention_forward")(q, k, v, **case.options)[1].p
        return formula(p, np.asarray(case.dy, np.float64))

    return compute


def _give_key_gradient_without_transpose(case: Case, right) -> np.ndarray | None:
    """Return ds q / √D, which has the shape of k where there are as many queries as keys."""
    q, k = (np.asarray(case.inputs[name], np.float64) for name in "qk")
    if q.shape[2] != k.shape[2]:
        return None
    return _go_back(case)["ds"] @ q


ATTENTION = define_operation(
    "attention",
    topic="attention",
    chapter="ch18",
    points=0,
    optional=True,
    where="chapter 18, step 12",
    hints=(
        "Three steps, each of which you know: scores by a product, a softmax over the keys, and a product with the "
        "values. Go back through them in the other order.",
        "From y = p v come dp = dy vᵀ and dv = pᵀ dy. Softmax's backward pass is chapter 4's, along the last axis.",
        "The scores were divided by √D, so their gradient is as well; dq and dk are the two gradients of a product of "
        "matrices, as in the linear layer. Where the mask hides a key, p is 0 already.",
    ),
    axes={
        "dy": "sample head query feature",
        "q": "sample head query feature",
        "k": "sample head key feature",
        "v": "sample head key feature",
    },
    wrt={"dq": "q", "dk": "k", "dv": "v"},
    torch_forward=_torch_attention,
    at_points=attention_at_points,
    formula=_go_back,
    base=specify(),
    core={
        "one of everything": specify(1, 1, 1, 1, 1, 1),
        "one query": specify(queries=1),
        "one key": specify(keys=1),
        "one head": specify(heads=1),
        "more keys than queries": specify(keys=5),
        "another depth": specify(depth=5),
        "all sizes equal": specify(3, 3, 3, 3, 3, 3),
    },
    general={
        "causal": specify(is_causal=True),
        "causal, more keys than queries": specify(keys=5, is_causal=True),
        "causal, more queries than keys": specify(queries=5, keys=2, is_causal=True),
    },
    linear=("v",),
    tolerance=ROUNDED,
    properties=(
        Property("a causal mask", "option", "is_causal", lambda spec: bool(spec.options.get("is_causal"))),
        Property("more than one key", "reduction", "keys", lambda spec: spec.shapes["k"][2] > 1),
        Property("another depth", "geometry", "depth", lambda spec: spec.shapes["q"][3] != 2),
        Property(
            "as many queries as keys", "transpose", "square", lambda spec: spec.shapes["q"][2] == spec.shapes["k"][2]
        ),
    ),
    quantities=lambda case: {
        "√D": np.sqrt(case.inputs["q"].shape[3]),
        "1/√D": 1 / np.sqrt(case.inputs["q"].shape[3]),
        "D": case.inputs["q"].shape[3],
    },
    rivals=(
        *_rivals("scale", "{} is not divided by √D: the scores were.", scale=lambda q, v: 1.0),
        *_rivals("scale", "{} is divided by D in place of √D.", scale=lambda q, v: 1 / q.shape[3]),
        *_rivals(
            "scale",
            "{} is divided by √E, with the width of the values: the scores were divided by √D, that of the queries.",
            scale=lambda q, v: 1 / np.sqrt(v.shape[3]),
        ),
        *_rivals(
            "scale",
            "{} is divided by the root of the number of keys: D in √D counts the numbers of one key.",
            scale=lambda q, v: v.shape[2] ** -0.5,
        ),
        *_rivals(
            "scale",
            "{} is divided by the root of the number of queries: D in √D counts the numbers of one query.",
            scale=lambda q, v: q.shape[2] ** -0.5,
        ),
        *_rivals(
            "scale",
            "{} is divided by the root of the number of heads: D in √D counts the numbers of one query.",
            scale=lambda q, v: q.shape[1] ** -0.5,
        ),
        *_rivals(
            "formula",
            "{} takes softmax entry by entry, p · dp: every score enters all weights of its row.",
            softmax=lambda p, dp: p * dp,
        ),
        *_rivals(
            "formula",
            "{} has p (1 − p) dp, the diagonal of softmax's Jacobian alone.",
            softmax=lambda p, dp: p * (1 - p) * dp,
        ),
        *_rivals(
            "formula",
            "{} sums dp over the keys without p: softmax's backward pass has the sum of dp · p.",
            softmax=lambda p, dp: p * (dp - dp.sum(axis=3, keepdims=True)),
        ),
        *_rivals("formula", "{} leaves softmax out: dp is the gradient of the weights.", softmax=lambda p, dp: dp),
        *_rivals(
            "reduction",
            "{} sums over the queries in softmax's backward pass: its sum runs over the keys, the last axis.",
            softmax=lambda p, dp: p * (dp - (dp * p).sum(axis=2, keepdims=True)),
        ),
        Rival(
            "dk",
            "transpose",
            "dk has ds in place of dsᵀ: key j was in the scores s[i, j] of all queries i, and collects over i.",
            _give_key_gradient_without_transpose,
        ),
        Rival(
            "dv",
            "transpose",
            "dv has p in place of pᵀ: value j went to query i with the weight p[i, j], and collects over i.",
            _value_gradient(lambda p, dy: p @ dy if p.shape[2] == p.shape[3] else None),
        ),
    ),
)

OPERATIONS = (ATTENTION,)
