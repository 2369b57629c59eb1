"""Call a forward and a backward on one case, and note what they do.

In go arrays, numbers, strings, and lists, tuples and dicts of them; a function goes in as its name
(named_functions.py). What comes back is kept as arrays and tuples of arrays, and nothing else: a list of numbers as one
array, where the call says so.
"""

from __future__ import annotations

import os
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.runner import call_profiler, named_functions
from cnnlab.gradcheck.runner.answer import Answer, Call, Failure, Foreign, Frame, Value
from cnnlab.gradcheck.runner.snapshot import (
    Layout,
    Snapshot,
    copy_in_layout,
    equal_bits,
    equal_structure,
    has_fixed_structure,
)
from cnnlab.gradcheck.runner.trajectory import Departure, follow_rule
from cnnlab.gradcheck.runner.violations import (
    Aliased,
    Changed,
    InputChanged,
    MemoryViolation,
    NotAPair,
    Overwritten,
    Raised,
    TimedOut,
)

#: The folder of this file, whose frames say nothing to a learner.
_RUNNER = os.path.dirname(__file__)

#: An exception's message is cut at this many characters; an array in it would fill the report.
MAX_MESSAGE_CHARS = 300


def run_case(
    functions: Mapping[str, Callable],
    call: Call,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    dy: Any,
    layout: Layout = "plain",
    timeout: type[BaseException] | None = None,
) -> Answer:
    """Call the functions on one case, three times over, or twice where there is no dy, and record what happened.

    The first call is the answer. The second has -2 dy, which shows a result kept in memory that is used again, and an
    answer that was not computed from this dy; the third repeats the first. The memory of others is looked after in the
    first; what it left as it was, the others are given again. Exceptions end up in `error`; only KeyboardInterrupt
    passes through. timeout: the exception that ends code which runs too long.
    """
    started = time.perf_counter()
    y: Value = None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            first = _call_once(functions, call, inputs, options, dy, layout, timeout, first=True)
            y, seconds = first.y, time.perf_counter() - started
            if first.error:
                return Answer(y, error=first.error, seconds=seconds)
            kept, grads = _copy_arrays(first.returned), _record_value(first.returned)
            later = call if "cache" in call.arguments else replace(call, forward=None)  # needs nothing of the forward
            seen = call_profiler.CallProfiler(functions.get(call.forward) if call.forward else None, call.forward)
            left = None if first.changed or call.rule else first.left
            minus = None if dy is None else -2 * dy
            other = _call_once(functions, later, inputs, options, minus, layout, timeout, seen, left=left)
            doubled = _copy_arrays(other.returned)
            again = (
                other if dy is None else _call_once(functions, later, inputs, options, dy, layout, timeout, left=left)
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


def _find_reused_memory(kept: list[np.ndarray], doubled: list[np.ndarray], *calls: _Record) -> list[MemoryViolation]:
    """Return whether a later call wrote into the result of an earlier one, or handed out the same memory again."""
    first, other, again = (_list_arrays(call.returned) for call in calls)
    overwritten = not (_equal_arrays(kept, first) and _equal_arrays(doubled, other))
    shared = any(np.may_share_memory(a, b) for a in first for b in (*other, *again))
    return [Overwritten()] if overwritten or shared else []


def record_exception(error: BaseException, timeout: type[BaseException] | None = None) -> Failure:
    """Return an exception as plain data: its type, its message, and its frames below this file.

    timeout: the exception that ends code which runs too long; its `seconds`, if it has them, are recorded.
    """
    tail = [f for f in traceback.extract_tb(error.__traceback__) if os.path.dirname(f.filename) != _RUNNER]
    frames = tuple(Frame(f.filename, f.lineno or 0, f.name, clean_text((f.line or "").strip())) for f in tail[-50:])
    if timeout and isinstance(error, timeout):
        return Failure.from_cause(TimedOut(float(getattr(error, "seconds", 0.0))), frames)
    try:
        message = clean_text(str(error)[:2000])
    except Exception:
        message = "(its message cannot be read)"
    return Failure.from_cause(Raised(clean_text(type(error).__name__), message), frames)


def clean_text(text: str) -> str:
    """Return a learner's words on one line, shortened, and without what a terminal or UTF-8 cannot take."""
    text = " ".join(text[: 10 * MAX_MESSAGE_CHARS].split())
    text = text if len(text) <= MAX_MESSAGE_CHARS else f"{text[:MAX_MESSAGE_CHARS]} …"
    return escape_line(text)


@dataclass
class _Record:
    y: Any = None
    returned: Any = None
    changed: tuple[MemoryViolation, ...] = ()
    error: Failure | None = None
    left: tuple[dict[str, Any], Any] | None = None


def _call_once(
    functions,
    call: Call,
    inputs,
    options,
    dy,
    layout,
    timeout: type[BaseException] | None,
    seen: call_profiler.CallProfiler | None = None,
    first: bool = False,
    left: tuple[dict[str, Any], Any] | None = None,
) -> _Record:
    """Call the forward and the backward on fresh copies; `seen` records what the backward calls.

    first: whether to compare memory before and after.   left: the inputs and the cache that an earlier call left, to be
    used again.
    """
    inputs = {n: named_functions.get_function(v) if n in call.functions else v for n, v in inputs.items()}
    options, before = dict(options), Snapshot()
    y = cache = None
    if left:
        given, cache = dict(left[0]), left[1]
    else:
        given = {name: copy_in_layout(value, layout) for name, value in inputs.items()}
        if first and not call.rule:
            before.add(**given)
        if call.forward:
            y, cache, error = _call_forward(functions[call.forward], call.forward, given, options, before)
            if error:
                return _Record(y, error=error)
            y = _record_value(y)  # as it is now: the backward may write into memory that the forward returned
        left = (dict(given), cache) if first and has_fixed_structure((*given.values(), cache)) else None
    given.setdefault("dy", copy_in_layout(dy, layout))
    if call.rule:
        return _follow_trajectory(functions[call.function], inputs, options, layout, timeout, seen, first)
    if first:
        before.add(dy=given["dy"], cache=cache)

    names = {**given, "cache": cache, **{f"{k}_shape": v.shape for k, v in given.items() if isinstance(v, np.ndarray)}}
    keywords = options if call.options else {}
    try:
        with seen.record_calls() if seen else nullcontext():
            returned = functions[call.function](*(names[a] for a in call.arguments), **keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a learner's file may raise anything at all, SystemExit among it
        return _Record(y, error=record_exception(error, timeout))
    if call.flat:
        returned = _flatten(returned)
    if call.listed:
        returned = _join_numbers(returned)

    owners = [owner for result in _list_arrays(returned) if (owner := before.find_owner(result))]
    changed = (
        *(Changed(path) for path in before.find_changes()),
        *(Changed(name) for name, value in inputs.items() if first and not equal_structure(value, given[name])),
        *(Aliased(owner) for owner in owners),
    )
    return _Record(y, returned, changed, left=left)


def _follow_trajectory(
    function, inputs, options, layout, timeout, seen: call_profiler.CallProfiler | None, first: bool
) -> _Record:
    """Follow one trajectory of an update rule."""
    try:
        with seen.record_calls() if seen else nullcontext():
            params, changed = follow_rule(function, inputs, options, layout, first)
    except KeyboardInterrupt:
        raise
    except Departure as error:
        return _Record(error=Failure.from_cause(error.cause))
    except BaseException as error:
        return _Record(error=record_exception(error, timeout))
    return _Record(None, params, changed)


def _flatten(returned: Any) -> Any:
    """Return the items of a tuple, and in place of a tuple or list among them, its items."""
    if not isinstance(returned, (tuple, list)):
        return returned
    nested = [_flatten(item) if isinstance(item, (tuple, list)) else (item,) for item in returned]
    return tuple(item for items in nested for item in items)


def _join_numbers(returned: Any) -> Any:
    """Return a list or tuple of numbers as one array; anything else as it is."""
    if not isinstance(returned, (tuple, list)):
        return returned
    numbers = all(isinstance(item, (int, float, np.generic)) for item in returned)
    return np.array(returned) if numbers else returned


def _call_forward(function, name: str, given: Mapping[str, Any], options, before: Snapshot):
    """Return y, the cache, and the failure where the forward breaks its contract."""
    pair = function(*given.values(), **options)
    if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
        length = len(pair) if isinstance(pair, (tuple, list)) else None
        return None, None, Failure.from_cause(NotAPair(name, type(pair).__name__, length))
    changed = before.find_changes()
    if changed:
        return pair[0], None, Failure.from_cause(InputChanged(name, changed[0]))
    return *pair, None


def _list_arrays(returned: Any) -> list[np.ndarray]:
    values = returned if isinstance(returned, (tuple, list)) else [returned]
    return [v for v in values if type(v) is np.ndarray]


def _copy_arrays(returned: Any) -> list[np.ndarray]:
    return [a.copy() for a in _list_arrays(returned)]


def _record_value(returned: Any) -> Any:
    """Return a result as plain arrays: numbers as 0-d arrays, of anything else its type's name."""
    if isinstance(returned, (tuple, list)):
        return tuple(
            _record_value(v) if not isinstance(v, (tuple, list)) else Foreign(type(v).__name__) for v in returned
        )
    if returned is None:
        return None
    if isinstance(returned, (bool, int, float, complex, np.generic)):
        return np.array(returned)
    if type(returned) is np.ndarray and returned.dtype.kind in "fiubc":
        return returned.copy()
    if isinstance(returned, np.ndarray):
        return Foreign(f"{type(returned).__name__} of dtype {returned.dtype}")
    return Foreign(type(returned).__name__)


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
