"""Chapter 11: between NumPy and PyTorch. What is asked of bridge.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.cases.smaller_comparisons import propose_smaller_comparisons
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.comparison_mistakes import COMPARE_RIVALS, is_incomparable, list_errors
from cnnlab.course.topics.tensor_subject import EXAMPLES, TensorSubject
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.snapshot import Layout
from cnnlab.gradcheck.wording import count, write_size

# compare_gradients: two networks' gradients by name -> one error for each.

Gradients = dict[str, np.ndarray | None]

SHAPES = {"conv1.weight": (2, 1, 3, 3), "conv1.bias": (2,), "fc1.weight": (3, 8), "fc1.bias": (3,)}


def _draw_gradients(rng: np.random.Generator, shapes: Mapping[str, tuple[int, ...]] = SHAPES) -> Gradients:
    return {name: normals(rng, shape) for name, shape in shapes.items()}


def _add_noise(rng: np.random.Generator, gradients: Gradients, distance: float) -> Gradients:
    """The same gradients with a little noise, each with more of it than the one before."""
    known = {name: g for name, g in gradients.items() if g is not None}
    return {n: g + distance * k * normals(rng, g.shape) for k, (n, g) in enumerate(known.items(), 1)}


def _reverse_order(gradients: Gradients) -> Gradients:
    return dict(reversed(gradients.items()))


def _scale(gradients: Gradients, factor: float, dtype: str = "float64") -> Gradients:
    return {n: None if g is None else (factor * g).astype(dtype) for n, g in gradients.items()}


ORDER = Property("another order", "transpose", "another order")
ZEROS = Property("gradients of 0", "stability", "0 over 0")
MISSING = Property("a missing gradient", "option", "a missing name")
SURPLUS = Property("a name that is not in theirs", "option", "a name too many")
NONE = Property("None", "option", "None")
SHAPE = Property("another shape", "option", "another shape")


def _pairs(seed: int) -> tuple[Case, ...]:
    """The cases: what is special about each is done to one ordinary pair."""

    def case(name: str, stage: Stage, change: Callable | None = None, *has: Property, layout: Layout = "plain") -> Case:
        rng = generator(seed, name)
        theirs = _draw_gradients(rng)
        ours = _add_noise(rng, theirs, 0.1)
        if change:
            ours, theirs = change(rng, ours, theirs)
        labels = frozenset(p.label for p in has)
        inputs = {"ours": ours, "theirs": theirs}
        return Case(name, stage, inputs, {}, varies=labels, has=labels, layout=layout, tolerance=ROUNDED)

    def drop_one(rng, ours, theirs):
        return {n: g for n, g in ours.items() if n != "conv1.bias"}, theirs

    def extra(rng, ours, theirs):
        return {"a.weight": normals(rng, (2, 2)), **ours}, theirs

    def none(rng, ours, theirs):
        return {**ours, "conv1.bias": None}, {**theirs, "fc1.bias": None}

    def shapes(rng, ours, theirs):
        return {**ours, "fc1.bias": normals(rng, (3, 1)), "conv1.bias": normals(rng, (1,))}, theirs

    def batches(rng, ours, theirs):
        return {n: g[None] for n, g in ours.items()}, theirs

    def zeros(rng, ours, theirs):
        nothing = np.zeros(SHAPES["conv1.bias"])
        return {**ours, "conv1.bias": nothing, "fc1.bias": np.zeros(3)}, {**theirs, "conv1.bias": nothing.copy()}

    return (
        case("an ordinary pair", CORE),
        case("nearly equal", CORE, lambda rng, o, t: (_add_noise(rng, t, 1e-8), t)),
        case("equal", CORE, lambda rng, o, t: (_scale(t, 1.0), t)),
        case("of opposite sign", CORE, lambda rng, o, t: (_scale(t, -1.0), t)),
        case("twice as large", CORE, lambda rng, o, t: (_scale(t, 2.0), t)),
        case("half as large", CORE, lambda rng, o, t: (_scale(t, 0.5), t)),
        case("tiny gradients", CORE, lambda rng, o, t: (_scale(o, 2.0**-40), _scale(t, 2.0**-40))),
        case("in another order", CORE, lambda rng, o, t: (_reverse_order(o), t), ORDER),
        case("theirs in another order", CORE, lambda rng, o, t: (o, _reverse_order(t)), ORDER),
        case("zero everywhere", CORE, zeros, ZEROS),
        case("zero in both", CORE, lambda rng, o, t: (_scale(t, 0.0), _scale(t, 0.0)), ZEROS),
        case("gradients near 1e-15", CORE, lambda rng, o, t: (_scale(o, 2.0**-50), _scale(t, 2.0**-50))),
        case("one parameter", GENERAL, lambda rng, o, t: ({"w": o["fc1.bias"]}, {"w": t["fc1.bias"]})),
        case("one is missing", GENERAL, drop_one, MISSING),
        case("one too many in ours", GENERAL, extra, SURPLUS),
        case("None in one of them", GENERAL, none, NONE),
        case("another shape", GENERAL, shapes, SHAPE),
        case("another shape in all", GENERAL, batches, SHAPE),
        case("float32", GENERAL, lambda rng, o, t: (_scale(o, 1.0, "float32"), _scale(t, 1.0, "float32")), FLOAT32),
        case(
            "huge numbers in float32",
            GENERAL,
            lambda rng, o, t: (_scale(o, 1e30, "float32"), _scale(t, 1e30, "float32")),
        ),
        case("float16", GENERAL, lambda rng, o, t: (_scale(o, 500.0, "float16"), _scale(t, 500.0, "float16"))),
        case("arrays with gaps in memory", GENERAL, layout="strided"),
        case("arrays in column order", GENERAL, layout="fortran"),
        case("read-only arrays", GENERAL, layout="read-only"),
        case("no parameters", GENERAL, lambda rng, o, t: ({}, {})),
    )


def _expect_errors(case: Case) -> Expected:
    names = list(case.inputs["theirs"])
    right = list_errors(case)

    def explain_shape(name: str, value: np.ndarray) -> str | None:
        if value.ndim == 0:
            return f"errors is one number; a list of {len(names)} is needed, one for each name in theirs."
        if value.ndim != 1 or value.dtype.kind not in "fiu":
            return None
        known = [n for n in names if not is_incomparable(case.inputs["ours"].get(n), case.inputs["theirs"][n])]
        left = np.array([right[names.index(n)] for n in known])
        numbers = f"{write_size(len(value))} number{'s' * (len(value) != 1)}"
        sentence = f"errors has {numbers} for {count(len(names), 'name')} in theirs"
        if value.shape == left.shape and np.allclose(value, left, rtol=1e-5):
            return f"{sentence}: where there is nothing to compare the error is 1, and not left out."
        return f"{sentence}: one for each of them, in their order, is needed."

    return Expected(None, {"errors": right}, explain_shape=explain_shape)


COMPARE = Exercise(
    op="compare_gradients",
    topic="bridge",
    chapter="ch11",
    points=4,
    where="chapter 11, step 6",
    hints=(
        "Go through the names in `theirs`. Which array of `ours` belongs to each, and what if there is none?",
        "np.linalg.norm of the flattened difference, divided by the sum of both norms. What if both are 0?",
        "Before you subtract: None, missing or another shape is error 1. NumPy would broadcast (3, 1) against (3,).",
    ),
    problem=Problem(
        "compare_gradients",
        FunctionCall("compare_gradients", ("ours", "theirs"), returns="numbers"),
        ("errors",),
        Oracle(
            _pairs,
            by_numpy=_expect_errors,
            properties=(ORDER, ZEROS, MISSING, SURPLUS, NONE, SHAPE, FLOAT32),
            smaller=propose_smaller_comparisons,
        ),
        COMPARE_RIVALS,
    ),
)

# as_autograd_function: needs PyTorch, so it is checked at home and marked by hand.


class WrappedCall(NamedTuple):
    """What the properties of a case of as_autograd_function are about."""

    example: str
    b: Any
    options: dict[str, Any]
    twice: bool
    dtype: str


CALL_PROPERTIES = (
    Property("two calls before one backward", "formula", "the cache of the last call", lambda call: call.twice),
    Property("one input", "structure", "a gradient that is no tuple", lambda call: EXAMPLES[call.example].inputs == 1),
    Property("options", "option", "options", lambda call: bool(call.options)),
    Property(
        "an input without a gradient",
        "structure",
        "an input without a gradient",
        lambda call: call.example == "pick",
    ),
    Property("an input of None", "structure", "None", lambda call: call.example == "affine" and call.b is None),
    FLOAT32,
)


def _calls(seed: int) -> tuple[Case, ...]:
    def case(
        name: str, stage: Stage, example: str, a: Any, b: Any = None, *, dtype: str = "float64", **how: Any
    ) -> Case:
        rng, options, twice = generator(seed, name), how.get("options", {}), how.get("twice", False)
        a, b = (integers(rng, v).astype(dtype) if isinstance(v, tuple) else v for v in (a, b))
        labels = labels_of(WrappedCall(example, b, options, twice, dtype), CALL_PROPERTIES)
        dy = integers(rng, EXAMPLES[example].y(a, b, **options).shape).astype(dtype)
        return Case(name, stage, {"example": example, "twice": twice, "a": a, "b": b}, options, dy, labels, labels)

    return (
        case("two inputs", CORE, "product", (3, 2), (3, 2)),
        case("one input", CORE, "cube", (3, 2)),
        case("an option", CORE, "cube", (4,), options={"scale": 3.0}),
        case("another option", CORE, "cube", (2, 3), options={"scale": -2.0}),
        case("called twice before the backward pass", CORE, "product", (3, 2), (3, 2), twice=True),
        case("one number", CORE, "total", (2, 3)),
        case("class numbers", GENERAL, "pick", (4, 3), np.array([2, 0, 0])),
        case("an input of None", GENERAL, "affine", (2, 3)),
        case("an input that is not None", GENERAL, "affine", (2, 3), (3,)),
        case("float32", GENERAL, "product", (3, 2), (3, 2), dtype="float32"),
    )


def _expect_call(case: Case) -> Expected:
    """What PyTorch would give, by the example's own formulas; called twice, on (a, b) and on (2a, 2b), it adds up."""
    example = EXAMPLES[case.inputs["example"]]
    a, b = (None if v is None else np.asarray(v) for v in (case.inputs["a"], case.inputs["b"]))
    wide: list[Any] = [v.astype(np.float64) if v is not None and v.dtype.kind == "f" else v for v in (a, b)]
    dy = np.asarray(case.dy, np.float64)
    y, da, db = example.y(*wide, **case.options), *example.grads(dy, *wide, **case.options)
    if case.inputs["twice"]:
        twofold = [2 * v for v in wide]
        again = example.grads(dy, *twofold, **case.options)
        y = y + example.y(*twofold, **case.options)
        da, db = da + 2 * again[0], db + 2 * again[1]
    return Expected(None, {"y": y, "da": da, "db": db})


def _leave_options_out(case: Case, right) -> np.ndarray | None:
    return _expect_call(replace(case, options={})).grads["y"]


def _reuse_last_cache(place: int):
    """What comes of two calls whose backward passes both use the cache of the second."""

    def compute(case: Case, right) -> np.ndarray | None:
        if not case.inputs["twice"]:
            return None
        a, b = (2 * np.asarray(case.inputs[n], np.float64) for n in "ab")
        grads = EXAMPLES[case.inputs["example"]].grads(np.asarray(case.dy, np.float64), a, b, **case.options)
        return grads[place] + 2 * grads[place]

    return compute


AUTOGRAD_RIVALS = (
    *(
        Rival(
            name,
            "formula",
            f"{name} uses the cache of the last call for every call: each call needs a cache of its own, in its ctx.",
            _reuse_last_cache(place),
        )
        for place, name in enumerate(("da", "db"))
    ),
    Rival("y", "option", "y is found without the options: they have to reach the forward.", _leave_options_out),
    *(
        Rival(
            name,
            "channel",
            f"{name} is the gradient of the other input: the gradients come back in the order of the inputs.",
            lambda case, right, other=other: _expect_call(case).grads[other],
        )
        for name, other in (("da", "db"), ("db", "da"))
    ),
)

AUTOGRAD = Exercise(
    op="as_autograd_function",
    topic="bridge",
    chapter="ch11",
    points=4,
    where="chapter 11, step 8",
    hints=(
        "A subclass of torch.autograd.Function has two static methods, forward(ctx, …) and backward(ctx, dy).",
        "The cache belongs to the call: keep it as ctx.cache. apply takes no keywords: pass the options as a dict.",
        (
            "backward returns as many values as apply was given: None for the options, then each gradient as a tensor, "
            "then None for every input that has none."
        ),
    ),
    problem=Problem(
        "as_autograd_function",
        FunctionCall("as_autograd_function", ("forward", "backward")),
        ("y", "da", "db"),
        Oracle(
            _calls,
            by_numpy=_expect_call,
            properties=CALL_PROPERTIES,
        ),
        AUTOGRAD_RIVALS,
    ),
    by_hand=True,
    make_subject=TensorSubject,
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (COMPARE, AUTOGRAD))
