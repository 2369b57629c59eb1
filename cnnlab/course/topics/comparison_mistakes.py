"""Chapter 11: how far two networks' gradients lie apart, and what is nearly that. Rivals of compare_gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cnnlab.course.topics.error_mistakes import list_error_measures
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival


def _error(a: np.ndarray | None, b: np.ndarray | None) -> float:
    if a is None or b is None or a.shape != b.shape:
        return 1.0
    difference, total = (a - np.asarray(b, np.float64)).ravel(), np.sqrt(a.ravel() @ a.ravel())
    scale = float(total + np.sqrt(b.ravel() @ b.ravel()))
    return float(np.sqrt(difference @ difference)) / scale if scale else 0.0


def list_errors(case: Case, measure: Callable = _error) -> np.ndarray:
    """Return the error of each gradient in theirs, in their order."""
    ours, theirs = case.inputs["ours"], case.inputs["theirs"]
    wide = {n: None if g is None else g.astype(np.float64) for n, g in ours.items()}
    return np.array([measure(wide.get(n), None if g is None else g.astype(np.float64)) for n, g in theirs.items()])


def _measure_with(measure: Callable[[np.ndarray, np.ndarray], float]):
    """A rival that measures in another way, where both are there."""

    def compute(case: Case, right) -> np.ndarray:
        def measure_pair(a, b):
            return 1.0 if is_incomparable(a, b) else measure(a, b)

        with np.errstate(all="ignore"):
            return list_errors(case, measure_pair)

    return compute


def is_incomparable(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    """Return whether there is nothing to compare: one is missing, or the shapes differ."""
    return a is None or b is None or a.shape != b.shape


def _broadcast(a: np.ndarray | None, b: np.ndarray | None) -> float:
    if a is None or b is None:
        return 1.0
    scale = float(np.sqrt(np.sum(a**2)) + np.sqrt(np.sum(b**2)))
    return float(np.sqrt(np.sum((a - b) ** 2))) / scale if scale else 0.0


def _spectral(a: np.ndarray, b: np.ndarray) -> float:
    """The error with the spectral norm for a matrix."""
    order = 2 if a.ndim == 2 else None
    size = np.linalg.norm(a, order) + np.linalg.norm(b, order)
    return float(np.linalg.norm(a - b, order) / size) if size else 0.0


def _match_by_position(case: Case, right) -> np.ndarray | None:
    """The first with the first, the second with the second, whatever they are called."""
    ours, theirs = case.inputs["ours"], case.inputs["theirs"]
    if len(ours) != len(theirs):
        return None
    return right(replace(case, inputs={"ours": dict(zip(theirs, ours.values(), strict=True)), "theirs": theirs}))


def _match_in_order(names: Callable[[Case], list[str]]):
    def compute(case: Case, right) -> np.ndarray | None:
        theirs = case.inputs["theirs"]
        order = [n for n in names(case) if n in theirs]
        return right(replace(case, inputs={**case.inputs, "theirs": {n: theirs[n] for n in order}}))

    return compute


NAMED = "an error belongs to a name, and the names are in the order of theirs."

COMPARE_RIVALS = (
    Rival("errors", "channel", f"gradients are compared by their place: {NAMED}", _match_by_position),
    Rival(
        "errors",
        "transpose",
        f"errors is in the order of ours: {NAMED}",
        _match_in_order(lambda c: list(c.inputs["ours"])),
    ),
    Rival(
        "errors",
        "transpose",
        f"errors is in the order of the alphabet: {NAMED}",
        _match_in_order(lambda c: sorted(c.inputs["theirs"])),
    ),
    Rival(
        "errors",
        "formula",
        "errors is the largest difference over the largest entry: the norms over all entries are asked for.",
        _measure_with(lambda a, b: float(np.abs(a - b).max() / (np.abs(b).max() or 1))),
    ),
    Rival(
        "errors",
        "formula",
        "errors is 0 for a gradient that is missing or of another shape: nothing was compared there, so it is 1.",
        lambda case, right: list_errors(case, lambda a, b: 0.0 if is_incomparable(a, b) else _error(a, b)),
    ),
    *(
        Rival(
            "errors",
            "formula",
            f"errors is {words} for a gradient that is missing or of another shape: it is 1 there.",
            lambda case, right, value=value: list_errors(
                case, lambda a, b: value if is_incomparable(a, b) else _error(a, b)
            ),
        )
        for words, value in (("NaN", float("nan")), ("infinite", float("inf")), ("−1", -1.0))
    ),
    Rival(
        "errors",
        "option",
        "errors compares arrays of different shapes, which NumPy broadcasts: look at the shapes first, and give 1.",
        lambda case, right: list_errors(case, _broadcast),
    ),
    Rival(
        "errors",
        "formula",
        "errors takes the 2-norm of a matrix, which is its largest singular value: flatten the array first.",
        _measure_with(_spectral),
    ),
    *(
        Rival("errors", "formula", sentence.format("errors"), _measure_with(measure))
        for sentence, measure in list_error_measures()
    ),
)
