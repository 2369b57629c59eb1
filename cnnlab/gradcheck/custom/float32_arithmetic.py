"""Find out whether a forward computes in float32 inside, whatever it returns: differences of it need large steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit

#: Points along which a smooth y in float64 changes evenly; together they span the distance of two float32 numbers.
POINTS = 17
STEP = 2.0**-27

#: A jump of y, relative to its largest entry: a rounding in float32 is 6e-8, many in float64 stay below 1e-11.
LEAST_JUMP = 2.0**-34

#: Seconds for all calls; a forward that takes longer is taken to compute in float64.
PROBE_TIMEOUT_SECONDS = 5.0


def find_float32_arithmetic(reference: Callable[..., Any], case: Case, by: Sequence[str]) -> bool:
    """Return whether y jumps as float32 numbers do when the inputs `by` grow very little."""
    if case.precision != 8:
        return False

    def evaluate(k: int) -> np.ndarray:
        grown = {name: case.inputs[name] * (1 + k * STEP) for name in by if case.inputs[name] is not None}
        return np.asarray(reference(*{**case.inputs, **grown}.values(), **case.options)[0], np.float64)

    try:
        with time_limit(PROBE_TIMEOUT_SECONDS), np.errstate(all="ignore"):
            y = np.stack([evaluate(k) for k in range(POINTS)])
            size = float(np.abs(y).max(initial=0.0))
            jumps = float(np.abs(np.diff(y, n=2, axis=0)).max(initial=0.0))
    except (Exception, OutOfTime):  # what is wrong with the forward is said where it is judged
        return False
    return bool(np.isfinite(size)) and jumps > LEAST_JUMP * size
