"""Read gradcheck's arguments: the names of the inputs, which of them have gradients, and which are options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np


def check_callables(forward: Any, backward: Any) -> None:
    """Raise TypeError unless both are functions."""
    for name, given in (("forward", forward), ("backward", backward)):
        if not callable(given):
            raise TypeError(f"{name} is a {type(given).__name__}; a function is needed")


def check_seed(seed: Any) -> int:
    """Return the seed as an int, or raise ValueError."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed is {seed!r}; a whole number from 0 up is needed")
    return int(seed)


def check_options(options: Any) -> dict[str, Any]:
    """Return the options as a dict of keyword arguments, or raise TypeError."""
    if options is None:
        return {}
    if not (isinstance(options, Mapping) and all(isinstance(key, str) for key in options)):
        raise TypeError(f"options is {options!r}; a dict of the forward's keyword arguments is needed")
    return dict(options)


def find_input_names(forward: Callable, count: int) -> tuple[str, ...]:
    """Return the names of the forward's positional arguments; x0, x1, ... where it does not say.

    Raises TypeError where it takes fewer than `count`.
    """
    fallback = tuple(f"x{i}" for i in range(count))
    try:
        parameters = inspect.signature(forward).parameters.values()
    except (TypeError, ValueError):  # a function in C may have no signature
        return fallback
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        positional += [f"x{i}" for i in range(len(positional), count)]
    if len(positional) < count:
        raise TypeError(f"{count} inputs were given, and the forward takes {len(positional)}: {', '.join(positional)}")
    names = tuple(positional[:count])
    taken = {"dy", "cache"} | {f"{name}_shape" for name in names}
    return fallback if taken & set(names) else names


def check_input(name: str, value: Any) -> Any:
    """Return an input as the engine takes it, or raise TypeError or ValueError.

    Arrays of float64, float32, whole numbers or booleans, and whatever is no array. A tensor of another library would
    be differentiated by it, and is refused.
    """
    if type(value) is not np.ndarray:
        if hasattr(value, "__array__") and not isinstance(value, np.generic):
            kind = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"
            raise TypeError(f"{name} is a {kind}; a plain NumPy array is needed")
        return value
    if value.dtype.kind in "iub":
        return value.copy()
    if value.dtype not in (np.float64, np.float32):
        raise TypeError(f"{name} has dtype {value.dtype}; float64, float32 or whole numbers are needed")
    if not np.isfinite(value).all():
        raise ValueError(f"{name} holds NaN or infinity; gradients are judged at finite numbers")
    return value.copy()


def choose_inputs(wrt: Any, names: Sequence[str], inputs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the inputs to differentiate by, in the order of the forward's arguments or of `wrt`.

    wrt: None for every input that is an array of floats in some case, and where there is none, for every float; else
    names or positions, or one alone.   inputs: those of every case.
    """
    if wrt is None:
        arrays = tuple(n for n in names if any(_is_float_array(case[n]) for case in inputs))
        found = arrays or tuple(n for n in names if any(isinstance(case[n], (float, np.floating)) for case in inputs))
        if not found:
            kinds = ", ".join(f"{n} is {_describe_kind(inputs[0][n])}" for n in names) if inputs else ""
            raise TypeError(
                f"no input is an array of floats, so there is nothing to differentiate by{': ' if kinds else ''}{kinds}"
            )
        return found
    wanted = [wrt] if isinstance(wrt, (str, Integral)) else list(wrt)
    found = tuple(_resolve_name(item, names) for item in wanted)
    if not found:
        raise ValueError("wrt is empty; name at least one input, or give None for every array of floats")
    if len(set(found)) < len(found):
        raise ValueError(f"wrt names {', '.join(found)}; each input once")
    for name in found:
        values = [case[name] for case in inputs if case[name] is not None]
        if not values:
            raise TypeError(f"wrt names {name}, which is None in every case")
        wrong = next((v for v in values if not (_is_float_array(v) or isinstance(v, (float, np.floating)))), None)
        if wrong is not None:
            raise TypeError(f"wrt names {name}, which is {_describe_kind(wrong)}; only floats can be differentiated by")
    return found


def _describe_kind(value: Any) -> str:
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _resolve_name(item: Any, names: Sequence[str]) -> str:
    if isinstance(item, str) and item in names:
        return item
    if isinstance(item, Integral) and not isinstance(item, bool) and 0 <= int(item) < len(names):
        return names[int(item)]
    raise ValueError(f"wrt names {item!r}; the inputs are {', '.join(names)}, or 0 to {len(names) - 1}")


def _is_float_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
