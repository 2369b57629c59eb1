"""The right numbers at the wrong places: transposed, mirrored, rolled, or with channels exchanged."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import MIN_TELLING_NUMBERS, Evidence, Finding, Trial, matches


def find_moved_array(code: Code) -> Callable[[Evidence], Finding | None]:
    """Make a hypothesis: the right answer, moved in one of the ways of this code."""

    def hypothesis(evidence: Evidence) -> Finding | None:
        axes = min(t.numbers.expected.ndim for t in evidence.trials)
        of_data = evidence.is_data_gradient
        for words, move in _MOVES[code](axes, of_data):
            if evidence.matches_formula(lambda t, move=move: move(t.numbers.expected)):
                return Finding(code, f"{evidence.gradient} holds the right numbers, {words}.", words)
        return None

    return hypothesis


def find_moved_interior(evidence: Evidence) -> Finding | None:
    """Find the right answer moved by a row or a column, with other numbers at the edge."""
    if not evidence.is_image_gradient:
        return None  # a kernel has no inside to speak of
    for rows, columns in _STEPS:
        inside = _index_interior(rows, columns)

        def formula(trial: Trial, rows=rows, columns=columns, inside=inside):
            candidate = trial.numbers.got.copy()
            candidate[inside] = np.roll(trial.numbers.expected, (rows, columns), (-2, -1))[inside]
            return candidate

        sizes = [np.count_nonzero(t.numbers.expected[inside]) for t in evidence.failing]
        if sum(size >= MIN_TELLING_NUMBERS for size in sizes) >= 2 and evidence.matches_formula(formula):
            words = _describe_shift(rows, columns)
            return Finding(
                Code.SHIFT, f"{evidence.gradient} holds the right numbers, {words}; others came in at the edge.", words
            )
    return None


def find_wrong_crop(evidence: Evidence) -> Finding | None:
    """Find an image cut out of its padding at the wrong place: the right numbers, moved by as much as the padding."""
    of_columns = not evidence.problem.oracle.wrt and min(t.numbers.expected.ndim for t in evidence.trials) >= 4
    if not (of_columns or evidence.is_image_gradient):
        return None
    if not any(_count_telling_inside(t) >= MIN_TELLING_NUMBERS for t in evidence.failing):
        return None
    for words, measure in (
        ("at the corner of the padding", lambda rows, columns: (rows, columns)),
        ("at twice the padding", lambda rows, columns: (-rows, -columns)),
        ("with the padding of rows and columns exchanged", lambda rows, columns: (rows - columns, columns - rows)),
    ):
        if evidence.matches_formula(lambda t, measure=measure: _move_by_padding(t, measure, evidence.partial)):
            text = (
                f"{evidence.gradient} is cut out {words}. The image begins after the first p rows and columns of the "
                "padded one."
            )
            return Finding(Code.OPTION, text, "crop")
    return None


def _get_padding(trial: Trial) -> tuple[int, int]:
    padding = trial.case.options.get("padding", 0)
    return padding if isinstance(padding, tuple) else (padding, padding)


def _count_telling_inside(trial: Trial) -> int:
    rows, columns = _get_padding(trial)
    return int(np.count_nonzero(trial.numbers.expected[_index_interior(rows, columns)])) if rows or columns else 0


def _move_by_padding(trial: Trial, measure, partial: bool) -> np.ndarray | None:
    """Return the learner's numbers with those that come from inside the image put right, but for the move."""
    rows, columns = measure(*_get_padding(trial))
    if not (rows or columns) or (partial and _count_telling_inside(trial) < MIN_TELLING_NUMBERS):
        return None
    candidate, inside = trial.numbers.got.copy(), _index_interior(rows, columns)
    if candidate[inside].size:
        candidate[inside] = np.roll(trial.numbers.expected, (rows, columns), (-2, -1))[inside]
    return candidate


def find_other_order(evidence: Evidence) -> Finding | None:
    """Find the right numbers, each as often as it should be there, in another order."""
    telling = 0
    for trial in evidence.trials:
        got, expected = np.sort(trial.numbers.got, None), np.sort(trial.numbers.expected, None)
        if got.shape != expected.shape or not matches(got, expected, trial.case.tolerance):
            return None
        moved = not matches(trial.numbers.got, trial.numbers.expected, trial.case.tolerance)
        telling += moved and len(np.unique(expected)) >= MIN_TELLING_NUMBERS
    if telling < 2:
        return None
    return Finding(
        Code.TRANSPOSE,
        f"{evidence.gradient} holds the right numbers in the wrong order.",
        "order",
    )


def find_mirrored_axis(evidence: Evidence) -> Finding | None:
    """Find an axis in the opposite order in somebody's own op, whose channels may be any axis, or none."""
    if any(p.code == Code.CHANNEL.value for p in evidence.problem.oracle.properties):
        return None  # of a known op it is said of the channels or filters
    if not evidence.problem.oracle.wrt:
        return None
    for axis in range(1 if evidence.is_data_gradient else 0, 2):
        if evidence.matches_formula(lambda t, axis=axis: _mirror(t.numbers.expected, axis)):
            words = f"mirrored along axis {axis}"
            return Finding(Code.FLIP, f"{evidence.gradient} holds the right numbers, {words}.", words)
    return None


def find_permuted_channels(evidence: Evidence) -> Finding | None:
    """Find the right slices in another order along the channel axis, or the first axis of a parameter."""
    if evidence.problem.of != "gradient":
        return None  # a list has no channels
    of_data = evidence.is_data_gradient
    for axis in (1,) if of_data else (1, 0):
        if all(t.numbers.expected.ndim > axis for t in evidence.trials) and _is_permuted(evidence.trials, axis):
            known = evidence.problem.oracle.axes.get(evidence.problem.oracle.wrt[evidence.gradient])
            numbered = bool(known) and known[axis].startswith("index ")
            mixed = f"the entries along “{known[axis]}”" if known else "channels, filters or groups"
            mixed = "the slices" if numbered else mixed
            order = f"{evidence.gradient} holds the right numbers in the wrong order along axis {axis}"
            return Finding(Code.CHANNEL, f"{order}: {mixed} are mixed up.", f"axis {axis} permuted")
    return None


def _mirror(a: np.ndarray, axis: int) -> np.ndarray | None:
    return np.flip(a, axis) if a.ndim > axis else None


def _is_permuted(trials: tuple[Trial, ...], axis: int) -> bool:
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


def _list_transposes(axes: int, of_data: bool):
    if axes == 2:
        yield "transposed where it has two axes", lambda a: a.T if a.ndim == 2 else a
    if axes >= 2:
        yield "with the last two axes exchanged", lambda a: a.swapaxes(-1, -2)
    if axes >= 3:
        yield "with the first two axes exchanged", lambda a: a.swapaxes(0, 1)


def _list_flips(axes: int, of_data: bool):
    if axes >= 4:
        yield "turned by 180° in the last two axes", lambda a: a[..., ::-1, ::-1]
    for axis, words in ((-1, "the last axis"), (-2, "the last axis but one"), (0, "the first axis")):
        if axes >= max(-axis, 1) and (of_data or axis):
            yield f"mirrored along {words}", lambda a, axis=axis: np.flip(a, axis)
    if axes >= 2:
        yield (
            "the numbers under each index of axis 0 in the opposite order",
            lambda a: a.reshape(len(a), -1)[:, ::-1].reshape(a.shape),
        )
    if axes >= 4:  # rows and columns where channels come last
        yield "turned by 180° in the first two axes", lambda a: a[::-1, ::-1]
        yield "turned by 180° in the middle two axes", lambda a: a[:, ::-1, ::-1]


def _list_shifts(axes: int, of_data: bool):
    for steps in _STEPS:
        if axes >= 2:
            words = _describe_shift(*steps)
            yield words, lambda a, steps=steps: np.roll(a, steps, (-2, -1))
            yield words, lambda a, steps=steps: _shift_with_zeros(a, *steps)


_STEPS = ((1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))


def _describe_shift(rows: int, columns: int) -> str:
    return f"moved by {rows} row{'s' * (abs(rows) != 1)} and {columns} column{'s' * (abs(columns) != 1)}"


def _index_interior(rows: int, columns: int) -> tuple:
    """Return the index of the entries that, after a move, come from inside the image."""
    return ..., *(slice(max(step, 0), min(step, 0) or None) for step in (rows, columns))


def _shift_with_zeros(a: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Move an array, with zeros where nothing came from."""
    moved = np.roll(a, (rows, columns), (-2, -1))
    for axis, step in ((-2, rows), (-1, columns)):
        edge = [slice(None)] * a.ndim
        edge[axis] = slice(0, step) if step > 0 else slice(a.shape[axis] + step, None)
        if step:
            moved[tuple(edge)] = 0
    return moved


_MOVES = {Code.TRANSPOSE: _list_transposes, Code.FLIP: _list_flips, Code.SHIFT: _list_shifts}
