"""The right numbers at the wrong places: transposed, mirrored, rolled, or with channels exchanged."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial, matches


def moved(code: str) -> Callable[[Evidence], Finding | None]:
    """A hypothesis: the right answer, moved in one of the ways of this code."""

    def hypothesis(evidence: Evidence) -> Finding | None:
        axes = min(t.numbers.expected.ndim for t in evidence.trials)
        of_data = evidence.gradient == next(iter(evidence.problem.oracle.wrt), None)
        for words, move in _MOVES[code](axes, of_data):
            if evidence.explained_by(lambda t, move=move: move(t.numbers.expected)):
                return Finding(code, f"{evidence.gradient} holds the right numbers, {words}.", words)
        return None

    return hypothesis


def channels(evidence: Evidence) -> Finding | None:
    """The right slices along the channel axis, in another order; of a parameter along its first axis too."""
    of_data = evidence.gradient == next(iter(evidence.problem.oracle.wrt), None)
    for axis in (1,) if of_data else (1, 0):
        if all(t.numbers.expected.ndim > axis for t in evidence.trials) and _permuted(evidence.trials, axis):
            return Finding(
                "channel",
                f"{evidence.gradient} holds the right numbers in the wrong order along axis {axis}: channels, filters "
                "or groups are mixed up.",
                f"axis {axis} permuted",
            )
    return None


def _permuted(trials: tuple[Trial, ...], axis: int) -> bool:
    telling = 0
    for trial in trials:
        got, expected = (np.moveaxis(a, axis, 0) for a in (trial.numbers.got, trial.numbers.expected))
        if len(got) > 6 or got.shape != expected.shape:
            return False
        orders = permutations(range(len(got)))
        if not any(matches(got, expected[list(order)], trial.case.tolerance) for order in orders):
            return False
        telling += not matches(got, expected, trial.case.tolerance)
    return telling >= 2


def _transposes(axes: int, of_data: bool):
    if axes == 2:
        yield "transposed where it has two axes", lambda a: a.T if a.ndim == 2 else a
    if axes >= 2:
        yield "with the last two axes exchanged", lambda a: a.swapaxes(-1, -2)
    if axes >= 3:
        yield "with the first two axes exchanged", lambda a: a.swapaxes(0, 1)


def _flips(axes: int, of_data: bool):
    if axes >= 4:
        yield "turned by 180° in the last two axes", lambda a: a[..., ::-1, ::-1]
    for axis, words in ((-1, "the last axis"), (-2, "the last axis but one"), (0, "the axis of the samples")):
        if axes >= max(-axis, 1) and (of_data or axis):
            yield f"mirrored along {words}", lambda a, axis=axis: np.flip(a, axis)
    if axes >= 2:
        yield "each sample's numbers in the opposite order", lambda a: a.reshape(len(a), -1)[:, ::-1].reshape(a.shape)


def _shifts(axes: int, of_data: bool):
    for steps in [(1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)]:
        if axes >= 2:
            rows, columns = steps
            words = f"moved by {rows} row{'s' * (abs(rows) != 1)} and {columns} column{'s' * (abs(columns) != 1)}"
            yield words, lambda a, steps=steps: np.roll(a, steps, (-2, -1))
            yield words, lambda a, steps=steps: _shifted(a, *steps)


def _shifted(a: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Moved, with zeros where nothing came from."""
    moved = np.roll(a, (rows, columns), (-2, -1))
    for axis, step in ((-2, rows), (-1, columns)):
        edge = [slice(None)] * a.ndim
        edge[axis] = slice(0, step) if step > 0 else slice(a.shape[axis] + step, None)
        if step:
            moved[tuple(edge)] = 0
    return moved


_MOVES = {"transpose": _transposes, "flip": _flips, "shift": _shifts}
