"""The right formula of other numbers: what an input, or dy, changed before use gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import index_axis
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, TooSlow, Trial
from cnnlab.gradcheck.diagnosis.update_steps import follows_rule


@dataclass(frozen=True)
class Change:
    """A change of one array. words: what stands in its place.   evens_out: whether its numbers become the same."""

    code: Code
    words: str
    change: Callable[[np.ndarray], np.ndarray]
    evens_out: bool = False


def find_changed_array(evidence: Evidence) -> Finding | None:
    """Find the gradient that the right backward gives for an array that was changed in one way.

    Where a change of another array gives the same numbers, both are named.
    """
    if follows_rule(evidence):
        return None
    first, oracle = evidence.trials[0].case, evidence.problem.oracle
    found: list[tuple[str, Change, frozenset[str]]] = []
    for what in ("dy", *first.inputs):
        array = _get_array(first, what)
        bends = bool(oracle.wrt) and what not in ("dy", *oracle.linear)
        is_vector = array is not None and array.ndim == 1 and what != next(iter(oracle.wrt.values()), None)
        for change in _list_changes(what, array) if array is not None else ():
            is_left_out = is_vector and change.change is np.ones_like  # a scale
            if bends and change.evens_out and not is_left_out:
                continue  # what is the same everywhere is a tie, or a kink
            explained = _try_change(evidence, what, change.change)
            if explained and (not found or explained == found[0][2]):
                found.append((what, change, explained))
                break
    if not found:
        return None
    words = [change.words for _, change, _ in found[:2]]
    text = f"{evidence.gradient} is what the right formula gives for {', and as well for '.join(words)}."
    return Finding(found[0][1].code, text, words[0], found[0][2])


def find_changed_slice(evidence: Evidence) -> Finding | None:
    """Find the right gradient with its first or last along one axis left out, doubled, or alone."""
    name, axes = evidence.gradient, min(t.numbers.expected.ndim for t in evidence.trials)
    for axis, (end, index), (said, inside, outside) in product(range(axes), _ENDS, _SLICES):

        def formula(trial: Trial, axis=axis, end=end, inside=inside, outside=outside):
            return _weigh(trial.numbers.expected, axis, end, inside, outside)

        explained = evidence.find_explained(formula)
        if explained:
            one = index_axis(name, axis, index)
            text = f"{one} {said} {name} is {'right' if outside else '0'}."
            at_edge = evidence.is_image_gradient and axis > 1
            code = Code.BORDER if at_edge else _code_of_axis(axis, axes)
            return Finding(code, text, one, _name_cases(explained))
    return None


#: The ends of an axis, with their index in words.
_ENDS = ((0, "0"), (-1, "−1"))

#: What becomes of one end, in words, and the factors of that end and of the rest.
_SLICES = (
    ("is right, and the rest of", 1.0, 0.0),
    ("is 0, and the rest of", 0.0, 1.0),
    ("is twice as large as it should be, and the rest of", 2.0, 1.0),
)


def find_exchanged_arrays(evidence: Evidence) -> Finding | None:
    """Find the gradient that another array of the same shape gives in the place of one."""
    if not evidence.problem.oracle.wrt:
        return None
    names = ["dy", *evidence.trials[0].case.inputs]
    for what in names:
        for other in (*names, "y"):
            if other == what:
                continue

            def formula(trial: Trial, what=what, other=other):
                taken = _get_output(evidence, trial.case) if other == "y" else _get_array(trial.case, other)
                own = _get_array(trial.case, what)
                if own is None or taken is None or own.shape != taken.shape or own.dtype != taken.dtype:
                    return None
                try:
                    return evidence.right(_put_array(trial.case, what, taken))
                except TooSlow:
                    raise
                except Exception:
                    return None  # numbers that the forward does not take

            explained = evidence.find_explained(formula)
            if explained:
                text = f"{evidence.gradient} is what the right formula gives with {other} in the place of {what}."
                return Finding(Code.FORMULA, text, f"{other} for {what}", _name_cases(explained))
    return None


def find_changed_option(evidence: Evidence) -> Finding | None:
    """Find the gradient that another value of one option gives."""
    if not evidence.problem.oracle.wrt:
        return None
    for option in dict.fromkeys(o for t in evidence.trials for o in t.case.options):
        for words, change in _list_option_changes(option):

            def formula(trial: Trial, option=option, change=change):
                if option not in trial.case.options:
                    return None
                value = change(trial.case.options[option])
                if value is None:
                    return None
                try:
                    return evidence.right(replace(trial.case, options={**trial.case.options, option: value}))
                except TooSlow:
                    raise
                except Exception:
                    return None  # a value that the forward does not take

            explained = evidence.find_explained(formula)
            if explained:
                text = f"{evidence.gradient} is what the right formula gives for {words}."
                return Finding(Code.OPTION, text, words, _name_cases(explained))
    return None


def _try_change(evidence: Evidence, what: str, change: Callable[[np.ndarray], np.ndarray]) -> frozenset[str] | None:
    def formula(trial: Trial):
        array = _get_array(trial.case, what)
        if array is None:
            return None
        try:
            changed = np.array(change(array), array.dtype, order="C")
        except (ValueError, IndexError, TypeError):
            return None
        if changed.shape != array.shape or np.array_equal(changed, array):
            return None
        try:
            return evidence.right(_put_array(trial.case, what, changed))
        except TooSlow:
            raise
        except Exception:
            return None  # numbers that the forward does not take

    explained = evidence.find_explained(formula)
    return _name_cases(explained) if explained else None


def _name_cases(trials: tuple[Trial, ...]) -> frozenset[str]:
    return frozenset(t.case.name for t in trials)


def _get_array(case: Case, what: str) -> np.ndarray | None:
    array = case.dy if what == "dy" else case.inputs[what]
    return array if isinstance(array, np.ndarray) and array.ndim and array.dtype.kind in "fi" else None


def _put_array(case: Case, what: str, array: np.ndarray) -> Case:
    return replace(case, dy=array) if what == "dy" else replace(case, inputs={**case.inputs, what: array})


def _get_output(evidence: Evidence, case: Case) -> Any:
    reference = evidence.problem.oracle.reference
    if reference is None:
        return None
    y = np.asarray(reference(*case.inputs.values(), **case.options)[0])
    return y if y.ndim else None


def _list_changes(what: str, array: np.ndarray) -> Iterator[Change]:
    """Yield the changes of an array that people make, the likelier first."""
    axes, whole = array.ndim, array.dtype.kind == "i"
    if not whole and axes >= 4:
        yield Change(Code.FLIP, f"{what} turned by 180°", lambda a: a[..., ::-1, ::-1])
    if not whole and axes >= 2:
        yield Change(Code.TRANSPOSE, f"{what} with its last two axes exchanged", lambda a: a.swapaxes(-1, -2))
    if not whole and axes >= 3:
        yield Change(Code.TRANSPOSE, f"{what} with its first two axes exchanged", lambda a: a.swapaxes(0, 1))
    for axis in range(axes):
        k = index_axis(what, axis, "k")
        for end, index in _ENDS:
            yield Change(
                Code.REDUCTION if whole else _code_of_axis(axis, axes),
                f"{index_axis(what, axis, index)} in the place of every {k}",
                lambda a, axis=axis, end=end: np.broadcast_to(np.take(a, [end], axis), a.shape),
            )
        yield Change(Code.FLIP, f"{k} in the opposite order of k", lambda a, axis=axis: np.flip(a, axis))
        if not whole:
            yield from _list_left_out(what, axis, axes)
        for step, index in ((-1, "k + 1"), (1, "k − 1")):
            yield Change(
                Code.SHIFT,
                f"{index_axis(what, axis, index)} in the place of {k}",
                lambda a, axis=axis, step=step: np.roll(a, step, axis),
            )
            yield Change(
                Code.SHIFT,
                f"{index_axis(what, axis, index)} in the place of {k}",
                lambda a, axis=axis, step=step: _shift(a, step, axis),
            )
        if not whole:
            for noun, reduce in (("sum", np.sum), ("mean", np.mean)):
                yield Change(
                    Code.REDUCTION,
                    f"the {noun} of {what} over axis {axis} in the place of every {k}",
                    lambda a, axis=axis, reduce=reduce: np.broadcast_to(reduce(a, axis=axis, keepdims=True), a.shape),
                )
    if axes >= 4 and not whole:
        for factor in (0.0, 2.0):
            text = f"{what} without {what}[…, 0, 0]" if not factor else f"{what}[…, 0, 0] counted twice"
            yield Change(Code.FORMULA, text, lambda a, factor=factor: _weigh_corner(a, factor))
    if axes > 2 and not whole:
        for noun, reduce in (("sum", np.sum), ("mean", np.mean)):
            yield Change(
                Code.REDUCTION,
                f"the {noun} of {what} over all axes from 2 on in the place of its entries",
                lambda a, reduce=reduce: np.broadcast_to(
                    reduce(a, axis=tuple(range(2, a.ndim)), keepdims=True), a.shape
                ),
                evens_out=True,
            )
    if whole:
        yield Change(Code.FORMULA, f"{what} of 0 everywhere", np.zeros_like)
        return
    for noun, reduce in (("sum", np.sum), ("mean", np.mean)):
        yield Change(
            Code.UPSTREAM if what == "dy" else Code.REDUCTION,
            f"the {noun} of {what} in the place of each of its entries",
            lambda a, reduce=reduce: np.full(a.shape, reduce(a)),
            evens_out=True,
        )
    for words, change in (
        (f"|{what}|", np.abs),
        (f"{what} of 1 everywhere", np.ones_like),
        (f"the sign of {what}", np.sign),
        (f"the positive part of {what}", lambda a: np.maximum(a, 0)),
        (f"{what}²", np.square),
    ):
        yield Change(Code.FORMULA, words, change, change is np.ones_like)
    if what != "dy":
        yield Change(Code.FORMULA, f"−{what}", np.negative)
        yield Change(Code.FORMULA, f"2·{what}", lambda a: 2 * a)
        yield Change(Code.FORMULA, f"{what}/2", lambda a: a / 2)
        yield Change(Code.FORMULA, f"{what} of 0 everywhere", np.zeros_like, evens_out=True)


def _list_left_out(what: str, axis: int, axes: int) -> Iterator[Change]:
    """Yield the first or the last along an axis left out, counted twice, or alone."""
    for end, index in _ENDS:
        one = index_axis(what, axis, index)
        for words, inside, outside in (
            (f"{one} alone", 1.0, 0.0),
            (f"{what} without {one}", 0.0, 1.0),
            (f"{one} counted twice", 2.0, 1.0),
        ):
            yield Change(
                _code_of_axis(axis, axes),
                words,
                lambda a, axis=axis, end=end, i=inside, o=outside: _weigh(a, axis, end, i, o),
            )


def _weigh(a: np.ndarray, axis: int, end: int, inside: float, outside: float) -> np.ndarray:
    factors = np.full(a.shape, outside)
    np.moveaxis(factors, axis, 0)[end] = inside
    return a * factors


def _weigh_corner(a: np.ndarray, factor: float) -> np.ndarray:
    changed = a.copy()
    changed[..., 0, 0] *= factor
    return changed


def _code_of_axis(axis: int, axes: int) -> Code:
    if axes == 1 or (axis == 1 and axes == 4):
        return Code.CHANNEL
    return Code.REDUCTION if axis == 0 or axes < 4 else Code.FORMULA


def _shift(a: np.ndarray, step: int, axis: int) -> np.ndarray:
    moved = np.roll(a, step, axis)
    np.moveaxis(moved, axis, 0)[0 if step > 0 else -1] = 0
    return moved


def _list_option_changes(option: str) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    def change_pair(change):
        return lambda v: change(v) if isinstance(v, tuple) and v != change(v) else None

    def change_number(change):
        return lambda v: change(v) if isinstance(v, float) else None

    yield f"{option} with its rows and columns exchanged", change_pair(lambda v: v[::-1])
    yield f"{option} with that of the rows for both", change_pair(lambda v: (v[0],) * len(v))
    yield f"{option} with that of the columns for both", change_pair(lambda v: (v[-1],) * len(v))
    yield f"{option} 0", change_number(lambda v: 0.0)
    yield f"{option} 1", change_number(lambda v: 1.0)
    yield f"−{option}", change_number(lambda v: -v)
    yield f"1/{option}", change_number(lambda v: 1 / v if v else None)
    yield f"{option}²", change_number(lambda v: v * v)
