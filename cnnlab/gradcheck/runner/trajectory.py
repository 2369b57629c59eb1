"""Follow an update rule over many steps, each with its own gradient and learning rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.gradcheck.runner.snapshot import Layout, Snapshot, copy_in_layout
from cnnlab.gradcheck.runner.violations import (
    Aliased,
    Cause,
    Changed,
    MemoryViolation,
    StepNotAnArray,
    StepNotAPair,
    StepShape,
)


class Departure(Exception):
    """A step that cannot be followed, and why."""

    def __init__(self, cause: Cause):
        super().__init__(cause.describe())
        self.cause = cause


def follow_rule(
    step: Callable, inputs: Mapping[str, Any], options: Mapping[str, Any], layout: Layout, first: bool = True
) -> tuple[np.ndarray, tuple[MemoryViolation, ...]]:
    """Return the parameter after every step, and what a step did to memory that is not its own.

    step: (param, grad, state, *, lr, **options) -> (param, state); the state is None at first, and never looked into.
    inputs: param, of any shape; grads, (T, *shape); rates, (T,), the learning rate of each step.
    first: whether to compare memory before and after each step.
    Returns (T, *shape). Raises Departure where a step does not return a pair with a parameter of the same shape.
    """
    param, state = copy_in_layout(inputs["param"], layout), None
    steps, changed = [], []
    for t, (grad, rate) in enumerate(zip(inputs["grads"], inputs["rates"], strict=True), start=1):
        given = {"param": param, "grad": copy_in_layout(grad, layout), "state": state}
        before = Snapshot(**given) if first else Snapshot()
        returned = step(*given.values(), lr=float(rate), **options)
        changed += [Changed(path) for path in before.find_changes()]
        new, state = _check_pair(returned, param, t)
        owner = before.find_owner(new)
        changed += [Aliased(owner)] if owner else []
        steps.append(new.copy())
        param = copy_in_layout(new, layout)
    return np.stack(steps), tuple(dict.fromkeys(changed))


def _check_pair(returned: Any, param: np.ndarray, t: int) -> tuple[np.ndarray, Any]:
    """Return the pair (param, state) that a step returned, or raise Departure."""
    if not (isinstance(returned, (tuple, list)) and len(returned) == 2):
        length = len(returned) if isinstance(returned, tuple) else None
        raise Departure(StepNotAPair(t, type(returned).__name__, length))
    new, state = returned
    if isinstance(new, np.generic):
        new = np.asarray(new)
    if type(new) is not np.ndarray or new.dtype.kind not in "fiubc":
        raise Departure(StepNotAnArray(t, type(new).__name__))
    if new.shape != param.shape:
        raise Departure(StepShape(t, new.shape, param.shape))
    return new, state
