"""Chapter 11: between NumPy and PyTorch. What is asked of bridge.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.planning import FLOAT32, labels_of
from cnnlab.course.cases.smaller_comparisons import propose_smaller_comparisons
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics.tensor_subject import EXAMPLES, TensorSubject
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.snapshot import Layout

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
        case("one parameter", GENERAL, lambda rng, o, t: ({"w": o["fc1.bias"]}, {"w": t["fc1.bias"]})),
        case("one is missing", GENERAL, drop_one, MISSING),
        case("one too many in ours", GENERAL, extra, SURPLUS),
        case("None in one of them", GENERAL, none, NONE),
        case("another shape", GENERAL, shapes, SHAPE),
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


def _error(a: np.ndarray | None, b: np.ndarray | None) -> float:
    if a is None or b is None or a.shape != b.shape:
        return 1.0
    difference, total = (a - np.asarray(b, np.float64)).ravel(), np.sqrt(a.ravel() @ a.ravel())
    scale = float(total + np.sqrt(b.ravel() @ b.ravel()))
    return float(np.sqrt(difference @ difference)) / scale if scale else 0.0


def _errors(case: Case, measure: Callable = _error) -> np.ndarray:
    ours, theirs = case.inputs["ours"], case.inputs["theirs"]
    wide = {n: None if g is None else g.astype(np.float64) for n, g in ours.items()}
    return np.array([measure(wide.get(n), None if g is None else g.astype(np.float64)) for n, g in theirs.items()])


def _expect_errors(case: Case) -> Expected:
    return Expected(None, {"errors": _errors(case)})


def _measure_with(measure: Callable[[np.ndarray, np.ndarray], float]):
    """A rival that measures in another way, where both are there."""

    def compute(case: Case, right) -> np.ndarray:
        def measure_pair(a, b):
            return measure(a, b) if a is not None and b is not None and a.shape == b.shape else 1.0

        return _errors(case, measure_pair)

    return compute


def _match_by_position(case: Case, right) -> np.ndarray | None:
    """The first with the first, the second with the second, whatever they are called."""
    ours, theirs = case.inputs["ours"], case.inputs["theirs"]
    if len(ours) != len(theirs):
        return None
    return right(replace(case, inputs={"ours": dict(zip(theirs, ours.values(), strict=True)), "theirs": theirs}))


def _match_in_order(names: Callable[[Case], list[str]]):
    def compute(case: Case, right) -> np.ndarray | None:
        theirs = case.inputs["theirs"]
        order = [n for n in names(case) if n in theirs]
        return right(replace(case, inputs={**case.inputs, "theirs": {n: theirs[n] for n in order}}))

    return compute


def _norm(a: np.ndarray) -> float:
    return float(np.sqrt(np.sum(a**2)))


NAMED = "an error belongs to a name, and the names are in the order of theirs."

COMPARE_RIVALS = (
    Rival("errors", "channel", f"gradients are compared by their place: {NAMED}", _match_by_position),
    Rival(
        "errors",
        "transpose",
        f"errors is in the order of ours: {NAMED}",
        _match_in_order(lambda c: list(c.inputs["ours"])),
    ),
    Rival(
        "errors",
        "transpose",
        f"errors is in the order of the alphabet: {NAMED}",
        _match_in_order(lambda c: sorted(c.inputs["theirs"])),
    ),
    Rival(
        "errors",
        "formula",
        "errors is ‖a − b‖ itself: divide by ‖a‖ + ‖b‖, or small gradients look right whatever they are.",
        _measure_with(lambda a, b: _norm(a - b)),
    ),
    Rival(
        "errors",
        "formula",
        "errors is ‖a − b‖ / ‖b‖: ‖a‖ + ‖b‖ is needed below, which treats both alike and keeps the error at most 1.",
        _measure_with(lambda a, b: _norm(a - b) / _norm(b) if b.any() else 1.0),
    ),
    Rival(
        "errors",
        "formula",
        "errors is ‖a − b‖ over the larger norm: the sum of both norms is asked for.",
        _measure_with(lambda a, b: _norm(a - b) / (max(_norm(a), _norm(b)) or 1)),
    ),
    Rival(
        "errors",
        "formula",
        "errors is the largest difference over the largest entry: the norms over all entries are asked for.",
        _measure_with(lambda a, b: float(np.abs(a - b).max() / (np.abs(b).max() or 1))),
    ),
    Rival(
        "errors",
        "formula",
        "errors is the square of the error: a norm is the root of the sum of squares.",
        lambda case, right: right(case) ** 2,
    ),
)

COMPARE = Exercise(
    op="compare_gradients",
    topic="bridge",
    chapter="ch11",
    points=4,
    where="chapter 11, step 6",
    hints=(
        "Go through the names in `theirs`. Which array of `ours` belongs to each, and what if there is none?",
        "np.linalg.norm of the flattened difference, over the sum of both norms; say what 0 over 0 shall be.",
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


AUTOGRAD = Exercise(
    op="as_autograd_function",
    topic="bridge",
    chapter="ch11",
    points=4,
    where="chapter 11, step 8",
    hints=(
        "A class below torch.autograd.Function has two static methods, forward(ctx, …) and backward(ctx, dy).",
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
    ),
    by_hand=True,
    make_subject=TensorSubject,
)

OPERATIONS = tuple(Operation(e.op, e.topic, e.chapter, (e,)) for e in (COMPARE, AUTOGRAD))
