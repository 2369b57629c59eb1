"""Call the functions on one case once: each kind of call in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.runner.call_profiler import CallProfiler
from cnnlab.gradcheck.runner.calls import Call, UpdateRuleCall
from cnnlab.gradcheck.runner.named_functions import make_generators
from cnnlab.gradcheck.runner.records import list_arrays, record_exception, record_value
from cnnlab.gradcheck.runner.snapshot import Layout, Snapshot, copy_in_layout, equal_structure, has_fixed_structure
from cnnlab.gradcheck.runner.trajectory import Departure, follow_rule
from cnnlab.gradcheck.runner.violations import Aliased, Changed, InputChanged, MemoryViolation, NotAPair

#: The inputs and the cache that a call left as they were.
Left = tuple[dict[str, Any], Any]


@dataclass
class Record:
    """What one call did. left: the inputs and the cache, if another call may be given them again."""

    y: Any = None
    returned: Any = None
    changed: tuple[MemoryViolation, ...] = ()
    error: Failure | None = None
    left: Left | None = None


def call_once(
    functions: Mapping[str, Callable],
    call: Call,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    dy: Any,
    layout: Layout,
    timeout: type[BaseException] | None,
    seen: CallProfiler | None = None,
    first: bool = False,
    left: Left | None = None,
) -> Record:
    """Call the functions on fresh copies of the arguments.

    timeout: the exception that ends code which runs too long.   seen: records what the function calls.
    first: whether to compare memory before and after.   left: the inputs and the cache that an earlier call left, to be
    used again. An input that is a dict, of a call with a forward, holds settings and what a forward keeps between calls
    (a running mean): each call gets its own, to write into.
    """
    watch = seen.record_calls() if seen else nullcontext()
    if isinstance(call, UpdateRuleCall):
        return _follow_trajectory(functions[call.function], inputs, options, layout, timeout, watch, first)
    inputs = call.prepare_inputs(inputs)
    options, before = copy_in_layout(make_generators(options), "plain") if options else {}, Snapshot()
    settings = [name for name, value in inputs.items() if isinstance(value, dict)] if call.forward else []
    y = cache = None
    if left:
        given, cache = dict(left[0]), left[1]
    else:
        given = {n: copy_in_layout(value, "plain" if n in settings else layout) for n, value in inputs.items()}
        if first:
            before.add(**{name: value for name, value in given.items() if name not in settings})
        if call.forward:
            y, cache, error = _call_forward(functions[call.forward], call.forward, given, options, before)
            if error:
                return Record(y, error=error)
            y = record_value(y)  # as it is now: the backward may write into memory that the forward returned
        left = (dict(given), cache) if first and has_fixed_structure((*given.values(), cache)) else None
    given.setdefault("dy", copy_in_layout(dy, layout))
    if first:
        before.add(dy=given["dy"], cache=cache)

    names = {**given, "cache": cache, **{f"{k}_shape": v.shape for k, v in given.items() if isinstance(v, np.ndarray)}}
    keywords = options if call.options else {}
    try:
        with watch:
            returned = functions[call.function](*(names[a] for a in call.arguments), **keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a learner's file may raise anything at all, SystemExit among it
        return Record(y, error=record_exception(error, timeout))
    returned = call.arrange_result(returned)

    owners = [owner for result in list_arrays(returned) if (owner := before.find_owner(result))]
    changed = (
        *(Changed(path) for path in before.find_changes()),
        *(
            Changed(name)
            for name, value in inputs.items()
            if first and name not in settings and not equal_structure(value, given[name])
        ),
        *(Aliased(owner) for owner in owners),
    )
    return Record(y, returned, changed, left=left)


def _follow_trajectory(
    function: Callable,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    layout: Layout,
    timeout: type[BaseException] | None,
    watch: AbstractContextManager[None],
    first: bool,
) -> Record:
    """Follow one trajectory of an update rule; nothing that it leaves is used again."""
    try:
        with watch:
            params, changed = follow_rule(function, inputs, dict(options), layout, first)
    except KeyboardInterrupt:
        raise
    except Departure as error:
        return Record(error=Failure.from_cause(error.cause))
    except BaseException as error:
        return Record(error=record_exception(error, timeout))
    return Record(None, params, changed)


def _call_forward(
    function: Callable, name: str, given: Mapping[str, Any], options: Mapping[str, Any], before: Snapshot
) -> tuple[Any, Any, Failure | None]:
    """Return y, the cache, and the failure where the forward breaks its contract."""
    pair = function(*given.values(), **options)
    if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
        length = len(pair) if isinstance(pair, (tuple, list)) else None
        return None, None, Failure.from_cause(NotAPair(name, type(pair).__name__, length))
    changed = before.find_changes()
    if changed:
        return pair[0], None, Failure.from_cause(InputChanged(name, changed[0]))
    return *pair, None
