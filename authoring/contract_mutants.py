"""Make mutants that break the contract: right numbers, returned in a way that is not allowed or with a side effect.

Each takes a right backward, (dy, ...) -> array or tuple, and makes one that must be caught, with its codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Breach:
    """One way to break the contract. codes: the right diagnoses.   break_it: a right function -> a wrong one."""

    words: str
    codes: tuple[str, ...]
    break_it: Callable[[Callable], Callable]


def _change_results(change: Callable[[np.ndarray], object]) -> Callable[[Callable], Callable]:
    """Change every returned array in the same way."""

    def break_it(function: Callable) -> Callable:
        def break_contract(*arguments, **options):
            returned = function(*arguments, **options)
            if isinstance(returned, tuple):
                return tuple(None if a is None else change(a) for a in returned)
            return change(returned)

        return break_contract

    return break_it


def _disturb_dy_after(disturb: Callable[[np.ndarray], object]) -> Callable[[Callable], Callable]:
    """Change dy after the answer has been computed."""

    def break_it(function: Callable) -> Callable:
        def break_contract(dy, *arguments, **options):
            returned = function(dy, *arguments, **options)
            disturb(dy)
            return returned

        return break_contract

    return break_it


def _one_more(function: Callable) -> Callable:
    def break_contract(*arguments, **options):
        returned = function(*arguments, **options)
        return (*returned, 0.0) if isinstance(returned, tuple) else (returned, 0.0)

    return break_contract


def _memoise_by_shape(function: Callable) -> Callable:
    """Reuse answers of earlier calls, looked up by the shape of dy alone."""
    kept: dict = {}

    def break_contract(dy, *arguments, **options):
        key = (np.shape(dy), str(np.asarray(dy).dtype), repr(options))
        if key not in kept:
            kept[key] = function(dy, *arguments, **options)
        returned = kept[key]
        return (
            tuple(None if a is None else a.copy() for a in returned) if isinstance(returned, tuple) else returned.copy()
        )

    return break_contract


def _one_buffer(function: Callable) -> Callable:
    """Return results of the same shape in the same memory in all calls."""
    buffers: dict = {}

    def keep(a: np.ndarray) -> np.ndarray:
        buffer = buffers.setdefault((a.shape, str(a.dtype)), np.empty(a.shape, a.dtype))
        buffer[...] = a
        return buffer

    return _change_results(keep)(function)


def _nothing(function: Callable) -> Callable:
    return lambda *arguments, **options: None


def _gives_up(function: Callable) -> Callable:
    def break_contract(*arguments, **options):
        raise RuntimeError("not today")

    return break_contract


def _add_one(dy: np.ndarray) -> None:
    dy += 1.0


BREACHES = (
    Breach("None comes back", ("structure",), _nothing),
    Breach("one value too many comes back", ("structure",), _one_more),
    Breach("a list of lists comes back", ("structure",), _change_results(lambda a: a.tolist())),
    Breach("single precision comes back", ("dtype",), _change_results(lambda a: a.astype(np.float32))),
    Breach("half precision comes back", ("dtype",), _change_results(lambda a: a.astype(np.float16))),
    Breach("whole numbers come back", ("dtype",), _change_results(lambda a: a.astype(np.int64))),
    Breach("complex numbers come back", ("dtype",), _change_results(lambda a: a.astype(complex))),
    Breach("an axis too many comes back", ("shape",), _change_results(lambda a: a[None])),
    Breach("all in one row comes back", ("shape",), _change_results(lambda a: np.append(a.ravel(), 0.0))),
    Breach("dy is written into", ("mutation",), _disturb_dy_after(_add_one)),
    Breach("one buffer is used for all calls", ("mutation",), _one_buffer),
    Breach(
        "the first answer is remembered",
        ("nondeterministic", "mutation", "upstream", "shape", "structure"),
        _memoise_by_shape,
    ),
    Breach(
        "noise is added",
        ("nondeterministic",),
        _change_results(lambda a: a + (1 + np.abs(a).max(initial=0)) * np.random.default_rng().normal(size=a.shape)),
    ),
    Breach("an exception is raised", ("raises",), _gives_up),
)
