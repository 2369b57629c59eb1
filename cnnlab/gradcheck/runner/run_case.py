"""Call the functions of one case several times, and note what they do.

In go arrays, numbers, strings, and lists, tuples and dicts of them; a function goes in as its name
(named_functions.py). What comes back is kept as arrays and tuples of arrays, and nothing else; how a result is read as
such is part of the call (calls.py).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.runner import call_profiler
from cnnlab.gradcheck.runner.answer import Answer, Value
from cnnlab.gradcheck.runner.call_once import Record, call_once
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.runner.records import list_arrays, record_exception, record_value
from cnnlab.gradcheck.runner.snapshot import Layout, equal_bits
from cnnlab.gradcheck.runner.violations import MemoryViolation, Overwritten


def run_case(
    functions: Mapping[str, Callable],
    call: Call,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    dy: Any,
    layout: Layout = "plain",
    timeout: type[BaseException] | None = None,
    may_compute_with_torch: bool = False,
) -> Answer:
    """Call the functions on one case, three times over, or twice where there is no dy, and record what happened.

    The first call is the answer. The second has -2 dy, which shows a result kept in memory that is used again, and an
    answer that was not computed from this dy; the third repeats the first. The memory of others is looked after in the
    first; what it left as it was, the others are given again. Exceptions end up in `error`; only KeyboardInterrupt
    passes through. timeout: the exception that ends code which runs too long.   may_compute_with_torch: as for
    CallProfiler.
    """
    started = time.perf_counter()
    y: Value = None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            first = call_once(functions, call, inputs, options, dy, layout, timeout, first=True)
            y, seconds = first.y, time.perf_counter() - started
            if first.error:
                return Answer(y, error=first.error, seconds=seconds)
            kept, grads = _copy_arrays(first.returned), record_value(first.returned)
            unneeded = call.forward and "cache" not in call.arguments
            later = replace(call, forward=None) if unneeded else call
            forward = functions.get(call.forward) if call.forward else None
            seen = call_profiler.CallProfiler(forward, call.forward, may_compute_with_torch)
            left = None if first.changed else first.left
            minus = None if dy is None else -2 * dy
            other = call_once(functions, later, inputs, options, minus, layout, timeout, seen, left=left)
            doubled = _copy_arrays(other.returned)
            again = (
                other if dy is None else call_once(functions, later, inputs, options, dy, layout, timeout, left=left)
            )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # so may the forward
        return Answer(y, error=record_exception(error, timeout), seconds=time.perf_counter() - started)
    if other.error or again.error:
        return Answer(y, error=other.error or again.error, seconds=seconds)
    return Answer(
        y,
        grads,
        tuple(dict.fromkeys((*first.changed, *_find_reused_memory(kept, doubled, first, other, again)))),
        None,
        seconds,
        repeatable=_agree(kept, _copy_arrays(again.returned)),
        borrowed=seen.find_borrowed(_largest_size(kept), _largest_size(list(inputs.values()))),
        linear=dy is None or _agree(_multiply(-2, kept), doubled, _estimate_rounding(dy)),
    )


def _largest_size(values: list[Any]) -> int:
    return max((v.size for v in values if isinstance(v, np.ndarray)), default=0)


def _find_reused_memory(kept: list[np.ndarray], doubled: list[np.ndarray], *calls: Record) -> list[MemoryViolation]:
    """Return whether a later call wrote into the result of an earlier one, or handed out the same memory again."""
    first, other, again = (list_arrays(call.returned) for call in calls)
    overwritten = not (_equal_arrays(kept, first) and _equal_arrays(doubled, other))
    shared = any(np.may_share_memory(a, b) for a in first for b in (*other, *again))
    return [Overwritten()] if overwritten or shared else []


def _copy_arrays(returned: Any) -> list[np.ndarray]:
    return [a.copy() for a in list_arrays(returned)]


def _equal_arrays(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(map(equal_bits, a, b))


def _multiply(factor: float, arrays: list[np.ndarray]) -> list[np.ndarray]:
    with np.errstate(all="ignore"):  # half precision overflows soon
        return [factor * a for a in arrays if a.dtype.kind in "fc"]


def _estimate_rounding(dy: Any) -> float:
    """Return how far off a gradient may be that cancels to nothing and was computed in float32."""
    return 1e-6 * float(np.abs(dy).max(initial=0.0)) if np.isfinite(dy).all() else 0.0


def _agree(a: list[np.ndarray], b: list[np.ndarray], rounding: float = 0.0) -> bool:
    """Compare up to the order of summation, which threads and memory alignment may change."""
    if len(a) != len(b) or any(p.shape != q.shape or p.dtype != q.dtype for p, q in zip(a, b, strict=True)):
        return False
    return all(_agree_within_rounding(p, q, rounding) for p, q in zip(a, b, strict=True) if p.dtype.kind in "fc")


def _agree_within_rounding(a: np.ndarray, b: np.ndarray, rounding: float) -> bool:
    if np.array_equal(a, b):
        return True
    size = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    return np.allclose(a, b, rtol=1e-4, atol=1e-5 * size + rounding, equal_nan=True)
