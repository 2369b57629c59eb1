"""Calling a forward and a backward and noting what they do. NumPy and the standard library only.

This file and watching.py are the part of the engine that runs next to a learner's code, in the notebook and alone in
the grading worker. It calls, compares before and after, and reports; it never judges: it has no expected values.
"""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from cnnlab.gradcheck import watching


@dataclass(frozen=True)
class Call:
    """Which functions a case calls, by name, and with what.

    forward: called as forward(*inputs, **options) -> (y, cache), or None.
    function: called next; `arguments` names what it takes, in order: an input, "dy", "cache", or an input's name with
    "_shape".   options: whether it takes the options as keywords; a backward that gets the cache has them there.
    """

    forward: str | None
    function: str
    arguments: tuple[str, ...] = ("dy", "cache")
    options: bool = False


@dataclass(frozen=True)
class Foreign:
    """A returned value that is neither an array nor None: only its type's name is kept."""

    type_name: str


@dataclass(frozen=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True)
class Failure:
    """Why there is no answer. kind: raises, structure or timeout."""

    kind: str
    message: str
    frames: tuple[Frame, ...] = ()

    def sentence(self) -> str:
        """What happened and in which line."""
        if not self.frames:
            return f"{self.message}."
        last = self.frames[-1]
        return f"{self.message}, in {last.function}, line {last.line}" + (f": {last.text}" if last.text else ".")


#: An exception's message is cut at this many characters; an array in it would fill the report.
LONGEST = 300

Value = np.ndarray | Foreign | None


@dataclass(frozen=True)
class Answer:
    """What a subject gave for one case.

    y: the forward's result.   grads: the function's result; a tuple where it returned a tuple or a list.
    changed: what it did to memory that is not its own, as phrases ("changes dy").
    error: why y or grads is missing.   seconds: of the first call.
    repeatable: whether a second call gave the same.   borrowed: whose gradients it used instead of its own, or "".
    """

    y: Value = None
    grads: Value | tuple[Value, ...] = None
    changed: tuple[str, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0
    repeatable: bool = True
    borrowed: str = ""


def answer(
    functions: Mapping[str, Callable],
    call: Call,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    dy: Any,
    layout: str = "plain",
) -> Answer:
    """Call the functions on one case, three times over, and tell what happened.

    The first call is the answer. The second has another dy, which shows a result kept in memory that is used again; the
    third repeats the first. Exceptions end up in `error`; only KeyboardInterrupt passes through.
    """
    started = time.perf_counter()
    y: Value = None
    forward = functions.get(call.forward) if call.forward else None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            first = _once(functions, call, inputs, options, dy, layout)
            y, seconds = first.y, time.perf_counter() - started
            if first.error:
                return Answer(y, error=first.error, seconds=seconds)
            kept, grads = _copies(first.returned), _value(first.returned)
            later = call if "cache" in call.arguments else replace(call, forward=None)  # needs nothing of the forward
            with watching.watch(forward) as seen:
                other = _once(functions, later, inputs, options, _another(dy), layout)
            overwritten = not _equal(kept, _arrays(first.returned))
            again = _once(functions, later, inputs, options, dy, layout)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # so may the forward
        return Answer(y, error=failure(error), seconds=time.perf_counter() - started)
    if other.error or again.error:
        return Answer(y, error=other.error or again.error, seconds=seconds)
    changed = first.changed + (("overwrites the result of an earlier call",) if overwritten else ())
    repeatable = _close(kept, _copies(again.returned))
    borrowed = watching.borrowed_from(seen, call.forward, max((a.size for a in kept), default=0))
    return Answer(y, grads, changed, None, seconds, repeatable, borrowed)


def failure(error: BaseException, kind: str = "raises") -> Failure:
    """An exception as plain data: its sentence, and its frames below this file."""
    tail = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    frames = tuple(Frame(f.filename, f.lineno or 0, f.name, (f.line or "").strip()) for f in tail[-50:])
    try:
        message = " ".join(str(error)[:2000].split())
        message = message if len(message) <= LONGEST else f"{message[:LONGEST]} …"
    except Exception:
        message = "(its message cannot be read)"
    return Failure(kind, f"{type(error).__name__}: {message}" if message else type(error).__name__, frames)


@dataclass
class _Once:
    y: Any = None
    returned: Any = None
    changed: tuple[str, ...] = ()
    error: Failure | None = None


def _once(functions, call: Call, inputs, options, dy, layout) -> _Once:
    """One forward and one backward on fresh copies."""
    given = {name: fresh(value, layout) for name, value in inputs.items()}
    given["dy"] = fresh(dy, layout)
    options = dict(options)
    y = cache = None
    if call.forward:
        y, cache, error = _forward(functions[call.forward], call.forward, inputs, given, options)
        if error:
            return _Once(y, error=error)
    before = [(path, array, array.copy()) for path, array in [*walk(given), *walk(cache, "cache")]]

    names = {**given, "cache": cache, **{f"{k}_shape": v.shape for k, v in given.items() if isinstance(v, np.ndarray)}}
    keywords = options if call.options else {}
    try:
        returned = functions[call.function](*(names[a] for a in call.arguments), **keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a learner's file may raise anything at all, SystemExit among it
        return _Once(_value(y), error=failure(error))

    changed = [f"changes {path}" for path, array, copy in before if not _same(array, copy)]
    for result in _arrays(returned):
        owners = (path for path, array, _ in before if np.may_share_memory(result, array))
        changed += [f"returns memory that belongs to {path}" for path in list(owners)[:1]]
    return _Once(_value(y), returned, tuple(dict.fromkeys(changed)))


def _forward(function, name, inputs, given, options) -> tuple[Any, Any, Failure | None]:
    arguments = [given[k] for k in inputs]
    before = [(path, array, array.copy()) for path, array in walk({k: given[k] for k in inputs})]
    pair = function(*arguments, **options)
    if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
        found = f"a {type(pair).__name__}" + (f" of {len(pair)}" if isinstance(pair, (tuple, list)) else "")
        return (None, None, Failure("structure", f"{name} returned {found}; the pair (y, cache) is needed"))
    changed = [path for path, array, copy in before if not _same(array, copy)]
    if changed:
        return (pair[0], None, Failure("mutation", f"{name} changes {changed[0]}, which belongs to its caller"))
    return *pair, None


def fresh(value: Any, layout: str) -> Any:
    """A copy of an array in another place, laid out in memory as asked: plain, strided, fortran or read-only."""
    if not isinstance(value, np.ndarray):
        return value
    if layout == "strided" and value.ndim:
        buffer = np.full((*value.shape[:-1], 2 * value.shape[-1]), np.nan, value.dtype)
        buffer[..., ::2] = value
        return buffer[..., ::2]
    copy = np.array(value, order="F" if layout == "fortran" else "C")
    copy.flags.writeable = layout != "read-only"
    return copy


def walk(value: Any, path: str = "", depth: int = 6) -> Iterator[tuple[str, np.ndarray]]:
    """Every array inside nested tuples, lists, dicts and objects, with the path that leads to it."""
    if isinstance(value, np.ndarray):
        yield path, value
        return
    if depth == 0:
        return
    if isinstance(value, Mapping):
        inside = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, tuple) and (names := getattr(value, "_fields", None)):
        inside = list(zip(names, value, strict=True))
    elif isinstance(value, (tuple, list)):
        inside = [(str(k), v) for k, v in enumerate(value)]
    elif is_dataclass(value):
        inside = [(f.name, getattr(value, f.name, None)) for f in fields(value)]
    else:
        inside = list(getattr(value, "__dict__", {}).items()) if not isinstance(value, type) else []
    for key, item in inside:
        yield from walk(item, f"{path}.{key}" if path else key, depth - 1)


def _another(dy: Any) -> Any:
    return -2 * dy + 1 if dy is not None else None


def _arrays(returned: Any) -> list[np.ndarray]:
    values = returned if isinstance(returned, (tuple, list)) else [returned]
    return [v for v in values if type(v) is np.ndarray]


def _copies(returned: Any) -> list[np.ndarray]:
    return [a.copy() for a in _arrays(returned)]


def _value(returned: Any) -> Any:
    """A result as plain arrays: numbers become 0-d arrays, anything strange its type's name."""
    if isinstance(returned, (tuple, list)):
        return tuple(_value(v) if not isinstance(v, (tuple, list)) else Foreign(type(v).__name__) for v in returned)
    if returned is None:
        return None
    if isinstance(returned, (bool, int, float, complex, np.generic)):
        return np.array(returned)
    if type(returned) is np.ndarray and returned.dtype.kind in "fiubc":
        return returned.copy()
    if isinstance(returned, np.ndarray):
        return Foreign(f"{type(returned).__name__} of dtype {returned.dtype}")
    return Foreign(type(returned).__name__)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _equal(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(map(_same, a, b))


def _close(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    """Equal up to the order of summation, which threads and memory alignment may change."""
    if len(a) != len(b) or any(p.shape != q.shape or p.dtype != q.dtype for p, q in zip(a, b, strict=True)):
        return False
    return all(_near(p, q) for p, q in zip(a, b, strict=True) if p.dtype.kind in "fc")


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    size = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    return np.allclose(a, b, rtol=1e-4, atol=1e-5 * size, equal_nan=True)
