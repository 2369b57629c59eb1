"""Smaller training steps of chapter 10, to show the smallest one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.case import Case

#: Numbers that are easy to multiply with, for each parameter, x and target.
PLAIN = {"w": (0.5, -1.0), "b": (0.5, 1.0), "v": (2.0, -1.5), "x": (1.0, -2.0), "target": (3.0, 0.5)}


def propose_smaller_steps(case: Case) -> Iterator[Case]:
    """Yield the case of train_step with fewer samples and units, with the usual rate, and with plain numbers."""
    params, x, target = (case.inputs[name] for name in ("params", "x", "target"))
    samples, units = len(x), len(params[0])
    for size in ((1, 1), (2, 1), (1, 2), (2, 2)):
        if size != (samples, units) and size[0] <= samples and size[1] <= units:
            fewer = {"params": tuple(p[: size[1]] for p in params), "x": x[: size[0]], "target": target[: size[0]]}
            yield _make_plain(case, *size)
            yield replace(case, inputs=fewer)
    if x.dtype != np.float64 or case.layout != "plain":
        wide = {"params": tuple(p.astype(np.float64) for p in params), "x": x.astype(np.float64)}
        yield replace(case, inputs={**wide, "target": target.astype(np.float64)}, layout="plain")
    if case.options["lr"] != 0.1:
        yield replace(case, options={"lr": 0.1})
    if samples <= 2 and units <= 2 and x[0] != PLAIN["x"][0]:
        yield _make_plain(case, samples, units)


def _make_plain(case: Case, samples: int, units: int) -> Case:
    params = tuple(np.array(PLAIN[name][:units]) for name in "wbv")
    x, target = (np.array(PLAIN[name][:samples]) for name in ("x", "target"))
    return replace(case, inputs={"params": params, "x": x, "target": target}, layout="plain")
