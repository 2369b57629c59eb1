"""The cases of update rules and schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import labels_of
from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner.snapshot import Layout


@dataclass(frozen=True)
class Walk:
    """One trajectory; the defaults are the base case.

    rates: "even" or "changing".   size: of the gradients.   quiet: how many steps at first have a gradient of 0.
    tolerance: of the whole path.
    """

    shape: tuple[int, ...] = (2, 3)
    steps: int = 8
    rates: str = "even"
    size: float = 1.0
    quiet: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = "float64"
    layout: Layout = "plain"
    tolerance: float = ROUNDED


#: A float32 computation inside drifts by about 1e-7 in each step, so a long path is held less tightly.
DRIFT = 2e-4

CHANGING = Property(
    "a learning rate that changes", "update_rule", "learning rate", lambda walk: walk.rates == "changing"
)
TINY = Property("tiny gradients", "option", "eps", lambda walk: walk.size < 1e-6)

CORE_WALKS: dict[str, Walk] = {
    "eight steps": Walk(),
    "one step": Walk(steps=1),
    "two steps": Walk(steps=2),
    "a learning rate that changes": Walk(rates="changing"),
    "one number": Walk(shape=(1,)),
    "the weights of a convolution": Walk(shape=(2, 1, 3, 2)),
    "no gradient in the first two steps": Walk(quiet=2),
    "200 steps, a learning rate that changes": Walk(steps=200, rates="changing", tolerance=DRIFT),
}

GENERAL_WALKS: dict[str, Walk] = {
    "tiny gradients": Walk(size=1e-9),
    "large gradients": Walk(size=1e6),
    "float32": Walk(dtype="float32"),
    "arrays with gaps in memory": Walk(layout="strided"),
    "arrays in column order": Walk(layout="fortran"),
    "read-only arrays": Walk(layout="read-only"),
}


def plan(
    usual: Mapping[str, Any],
    others: Mapping[str, Mapping[str, Any]],
    properties: tuple[Property, ...],
    core: tuple[str, ...] = (),
) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases. usual: options of every case.   others: those of further cases, by name.

    core: the names among others whose cases are core; with a learning rate that changes they are general.
    """
    varied = {name: Walk(options=options) for name, options in others.items()}
    changing = {
        f"{name}, a learning rate that changes": replace(walk, rates="changing", steps=20)
        for name, walk in varied.items()
    }
    first = {name: walk for name, walk in varied.items() if name in core}
    general = {**GENERAL_WALKS, **{name: walk for name, walk in varied.items() if name not in core}, **changing}
    tables: tuple[tuple[Stage, dict[str, Walk]], ...] = ((CORE, {**CORE_WALKS, **first}), (GENERAL, general))

    def cases(seed: int) -> tuple[Case, ...]:
        return tuple(
            _case(name, stage, walk, usual, seed, properties) for stage, table in tables for name, walk in table.items()
        )

    return cases


def _case(
    name: str, stage: Stage, walk: Walk, usual: Mapping[str, Any], seed: int, properties: tuple[Property, ...]
) -> Case:
    rng, t = generator(seed, name), np.arange(walk.steps)
    rates = 0.1 * (1 + 0.5 * np.cos(t)) if walk.rates == "changing" else np.full(walk.steps, 0.1)
    grads = walk.size * normals(rng, (walk.steps, *walk.shape))
    grads[: walk.quiet] = 0.0
    inputs = {
        "param": np.asarray(normals(rng, walk.shape)).astype(walk.dtype),
        "grads": grads.astype(walk.dtype),
        "rates": tuple(map(float, rates)),
    }
    labels = labels_of(walk, properties)
    return Case(
        name,
        stage,
        inputs,
        {**usual, **walk.options},
        varies=labels,
        has=labels,
        layout=walk.layout,
        tolerance=walk.tolerance,
    )


def make_smaller_walks(usual: Mapping[str, Any]) -> Callable[[Case], Iterator[Case]]:
    """Return a function case -> shorter walks of fewer parameters, with plainer options, rates and numbers.

    usual: the options of every case; others are left out.
    """

    def propose(case: Case) -> Iterator[Case]:
        param, grads, rates = (case.inputs[name] for name in ("param", "grads", "rates"))
        steps = len(rates)
        first = param.reshape(-1)[:1], grads.reshape(steps, -1)[:, :1]
        for count in sorted({n for n in (1, 2, 3, 4, steps // 2, steps) if 0 < n <= steps}):
            yield _change_walk(case, first[0], first[1][:count], rates[:count])
        for name in case.options:
            others = {key: value for key, value in case.options.items() if key != name}
            yield replace(case, options={**others, name: usual[name]} if name in usual else others)
        if case.layout != "plain" or param.dtype != np.float64:
            wide = _change_walk(case, param.astype(np.float64), grads.astype(np.float64), rates)
            yield replace(wide, layout="plain")
        for plain in ((PLAIN_RATE,) * steps, tuple(PLAIN_RATE * (1 + t % 2) for t in range(steps))):
            if rates not in (plain, (PLAIN_RATE,) * steps):
                yield _change_walk(case, param, grads, plain)
        if param.size == 1 and np.any(grads != np.round(grads)):
            whole = np.resize([4.0, -2.0, 3.0, 1.0, -5.0], steps).reshape(grads.shape)
            yield _change_walk(case, np.full(param.shape, 3.0), whole, rates)

    return propose


def _change_walk(case: Case, param: np.ndarray, grads: np.ndarray, rates: tuple[float, ...]) -> Case:
    return replace(case, inputs={"param": param, "grads": grads, "rates": rates})


#: A learning rate that is easy to multiply with.
PLAIN_RATE = 0.5


#: Options that are False as a rule, and True in a case that has them.
FLAGS = ("nesterov", "centered")


def other_value_of(option: str) -> Property:
    """Return the property of a case that gives another value of an option than usual."""
    label = option if option in FLAGS else f"another {option}"
    return Property(label, "option", option, lambda walk: option in walk.options)


def plan_schedule_cases(
    steps: Mapping[str, int], options: Mapping[str, Mapping[str, Any]]
) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases of a schedule: each step with each of the options; the first options are core."""

    def cases(seed: int) -> tuple[Case, ...]:
        rng = generator(seed, "base_lr")
        found = []
        for number, (what, values) in enumerate(options.items()):
            for when, step in steps.items():
                base = {"base_lr": float(rng.uniform(0.05, 0.5))}
                stage = GENERAL if number else CORE
                varies = frozenset({what} if number else ())
                options_now = {**base, **values}
                found.append(
                    Case(f"{when}, {what}", stage, {"step": step}, options_now, varies=varies, has=varies | {when})
                )
        return tuple(found)

    return cases
