"""Chapter 3: differences and errors that are nearly right. Rivals of the functions of numeric.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival
from cnnlab.gradcheck.runner import named_functions

Compute = Callable[[Case, Any], np.ndarray | None]


def _arguments(case: Case) -> tuple[Callable, np.ndarray, np.ndarray, float]:
    """f, x, dy and h."""
    f = named_functions.get_function(case.inputs["f"])
    x, dy = (np.asarray(case.inputs[name], np.float64) for name in ("x", "dy"))
    return f, x, dy, float(case.options.get("h", 1e-5))


# numerical_vjp.

#: (x, h) -> for every index the two arrays that f is asked at.
Pairs = Callable[[np.ndarray, float], Iterator[tuple[tuple[int, ...], np.ndarray, np.ndarray]]]


def _move_one(x: np.ndarray, index: tuple[int, ...], distance: float) -> np.ndarray:
    moved = x.copy()
    moved[index] += distance
    return moved


def _centre(x: np.ndarray, h: float):
    for index in np.ndindex(x.shape):
        yield index, _move_one(x, index, h), _move_one(x, index, -h)


def _centre_by(factor: float) -> Pairs:
    return lambda x, h: _centre(x, factor * h)


def _leave_down(x: np.ndarray, h: float):
    """x moved up, then down by 2h, and never put back."""
    x = x.copy()
    for index in np.ndindex(x.shape):
        yield index, _move_one(x, index, h), _move_one(x, index, -h)
        x[index] -= h


def _leave_both(x: np.ndarray, h: float):
    """Two copies for all entries, one moved up and one down, and never put back."""
    up, down = x.copy(), x.copy()
    for index in np.ndindex(x.shape):
        up[index] += h
        down[index] -= h
        yield index, up.copy(), down.copy()


def _leave_up(x: np.ndarray, h: float):
    """x moved up and never put back; the lower point is the one before."""
    x = x.copy()
    for index in np.ndindex(x.shape):
        before = x.copy()
        x[index] += h
        yield index, x.copy(), before


def _leave_up_from_start(x: np.ndarray, h: float):
    """x moved up and never put back; the lower point is x as it came."""
    moved = x.copy()
    for index in np.ndindex(x.shape):
        moved[index] += h
        yield index, moved.copy(), x


def _move_by_share(x: np.ndarray, h: float):
    for index in np.ndindex(x.shape):
        yield index, _move_one(x, index, h * float(x[index])), _move_one(x, index, -h * float(x[index]))


def _sum_products(dy, difference, index):
    return np.sum(dy * difference)


def _take_same_entry(dy, difference, index):
    return dy[index] * difference[index]


def _differ(pairs: Pairs, reduce=_sum_products, steps: Callable[[float], float] = lambda h: 2 * h) -> Compute:
    """The gradient by differences between these pairs. steps: h -> what is divided by."""

    def compute(case: Case, right) -> np.ndarray | None:
        f, x, dy, h = _arguments(case)
        dx = np.zeros(x.shape)
        with np.errstate(all="ignore"):
            for index, up, down in pairs(x, h):
                difference = np.asarray(f(up)) - f(down)
                if reduce is _take_same_entry and difference.shape != x.shape:
                    return None
                dx[index] = reduce(dy, difference, index) / steps(h)
        return dx

    return compute


NOT_BACK = "dx is taken at an x that drifts: an entry that was moved has to be put back before the next one moves."

_VJP_MISTAKES: tuple[tuple[str, str, Compute], ...] = (
    ("formula", NOT_BACK, _differ(_leave_down)),
    ("formula", NOT_BACK, _differ(_leave_both)),
    ("formula", NOT_BACK, _differ(_leave_up, steps=lambda h: h)),
    ("formula", NOT_BACK, _differ(_leave_up_from_start, steps=lambda h: h)),
    (
        "formula",
        "dx is 0 everywhere: either nothing is written into dx, or up and down are one array. `up = down = x.copy()` "
        "makes one copy with two names; what is added to up is taken off again with down.",
        lambda case, right: np.zeros_like(right(case)),
    ),
    (
        "reduction",
        "dx takes the mean over the outputs where the sum is needed: sum(dy * (f(up) − f(down))).",
        _differ(_centre, reduce=lambda dy, difference, index: np.mean(dy * difference)),
    ),
    (
        "upstream",
        "dx multiplies the sum of dy by the sum of the differences: each difference is multiplied by its own dy first.",
        _differ(_centre, reduce=lambda dy, difference, index: np.sum(dy) * np.sum(difference)),
    ),
    (
        "formula",
        "dx looks at one output only, the one in the place of the entry that moves: an entry can reach every output.",
        _differ(_centre, reduce=_take_same_entry),
    ),
    (
        "scale",
        "dx is multiplied by h where it is divided: in Python a / 2 * h is (a / 2) · h, so write a / (2 * h).",
        _differ(_centre, steps=lambda h: 2 / h),
    ),
    ("scale", "dx is not divided by 2h.", _differ(_centre, steps=lambda h: 1.0)),
    ("scale", "dx is divided by 2 and not by h: from x − h to x + h it is 2h.", _differ(_centre, steps=lambda h: 2.0)),
    ("scale", "dx is divided by h²: from x − h to x + h it is 2h.", _differ(_centre, steps=lambda h: h * h)),
    ("scale", "dx is divided by 2h²: from x − h to x + h it is 2h.", _differ(_centre, steps=lambda h: 2 * h * h)),
    ("formula", "dx moves by h/2 to either side: an entry moves by h, up and down.", _differ(_centre_by(0.5))),
    (
        "formula",
        "dx moves by h/2 to either side: an entry moves by h, up and down.",
        _differ(_centre_by(0.5), steps=lambda h: h),
    ),
    ("formula", "dx moves by 2h to either side: an entry moves by h, up and down.", _differ(_centre_by(2.0))),
    (
        "formula",
        "dx moves by 2h to either side: an entry moves by h, up and down.",
        _differ(_centre_by(2.0), steps=lambda h: 4 * h),
    ),
    ("sign", "dx has lost its signs: a slope may be negative.", lambda case, right: np.abs(right(case))),
    (
        "formula",
        "dx takes the norm over the outputs where the sum is needed: sum(dy * (f(up) − f(down))).",
        _differ(_centre, reduce=lambda dy, difference, index: np.sqrt(np.sum((dy * difference) ** 2))),
    ),
    (
        "formula",
        "dx moves an entry by h times itself: every entry moves by h.",
        _differ(_move_by_share),
    ),
)

VJP_RIVALS = tuple(Rival("dx", code, sentence, compute) for code, sentence, compute in _VJP_MISTAKES)

# directional_check.


def _measure(
    direction: Callable[[dict[str, np.ndarray], float], np.ndarray],
    reduce: Callable = lambda dy, difference: np.sum(dy * difference),
    steps: Callable[[float], float] = lambda h: 2 * h,
) -> Compute:
    """The slope of sum(dy * f(x)) between x plus and x minus a displacement, (inputs, h) -> displacement."""

    def compute(case: Case, right) -> np.ndarray:
        f, x, dy, h = _arguments(case)
        given = {name: np.asarray(case.inputs[name], np.float64) for name in ("x", "dx", "v")}
        with np.errstate(all="ignore"):
            move = direction(given, h)
            return np.asarray(reduce(dy, f(x + move) - f(x - move)) / steps(h))

    return compute


def _promise(formula: Callable[[np.ndarray, np.ndarray, np.ndarray, float], Any]) -> Compute:
    """formula: (dx, v, dy, h) -> promised."""

    def compute(case: Case, right) -> np.ndarray:
        _, _, dy, h = _arguments(case)
        dx, v = (np.asarray(case.inputs[name], np.float64) for name in ("dx", "v"))
        with np.errstate(all="ignore"):
            return np.asarray(formula(dx, v, dy, h), np.float64)

    return compute


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.sqrt(np.sum(v * v))


NORMALISED = "{} takes v at length 1: v is used as it comes, however long it is."

_MEASURED_MISTAKES: tuple[tuple[str, str, Compute], ...] = (
    ("formula", NORMALISED.format("measured"), _measure(lambda given, h: h * _unit(given["v"]))),
    ("formula", "measured moves x by h + v: it moves by h times v.", _measure(lambda given, h: h + given["v"])),
    ("formula", "measured moves x by v, without h.", _measure(lambda given, h: given["v"])),
    (
        "formula",
        "measured moves x along dx: it moves along v.",
        _measure(lambda given, h: h * given["dx"]),
    ),
    (
        "reduction",
        "measured takes the mean over the outputs where the sum is needed: sum(dy * (f(up) − f(down))).",
        _measure(lambda given, h: h * given["v"], lambda dy, difference: np.mean(dy * difference)),
    ),
    (
        "upstream",
        "measured multiplies the sum of dy by the sum of the differences: each difference is multiplied by its own dy "
        "first.",
        _measure(lambda given, h: h * given["v"], lambda dy, difference: np.sum(dy) * np.sum(difference)),
    ),
    ("scale", "measured is not divided by 2h.", _measure(lambda given, h: h * given["v"], steps=lambda h: 1.0)),
    (
        "scale",
        "measured is multiplied by h where it is divided: in Python a / 2 * h is (a / 2) · h, so write a / (2 * h).",
        _measure(lambda given, h: h * given["v"], steps=lambda h: 2 / h),
    ),
    (
        "structure",
        "What comes back first is promised, the sum of dx · v: the order is (measured, promised).",
        _promise(lambda dx, v, dy, h: np.sum(dx * v)),
    ),
)

_PROMISED_MISTAKES: tuple[tuple[str, str, Compute], ...] = (
    ("formula", NORMALISED.format("promised"), _promise(lambda dx, v, dy, h: np.sum(dx * _unit(v)))),
    (
        "formula",
        "promised is multiplied by h: it is a slope, sum(dx * v), and no distance.",
        _promise(lambda dx, v, dy, h: h * np.sum(dx * v)),
    ),
    (
        "formula",
        "promised is multiplied by 2h: it is a slope, sum(dx * v), and no distance.",
        _promise(lambda dx, v, dy, h: 2 * h * np.sum(dx * v)),
    ),
    (
        "formula",
        "promised is divided by 2h: sum(dx * v) is a slope already.",
        _promise(lambda dx, v, dy, h: np.sum(dx * v) / (2 * h)),
    ),
    (
        "reduction",
        "promised is the mean of dx · v: the sum is needed.",
        _promise(lambda dx, v, dy, h: np.mean(dx * v)),
    ),
    (
        "formula",
        "promised multiplies the lengths of dx and v: it is the sum of their products, entry by entry.",
        _promise(lambda dx, v, dy, h: np.sqrt(np.sum(dx * dx)) * np.sqrt(np.sum(v * v))),
    ),
    (
        "formula",
        "promised multiplies the sum of dx by the sum of v: the products are taken entry by entry, and then summed.",
        _promise(lambda dx, v, dy, h: np.sum(dx) * np.sum(v)),
    ),
    (
        "upstream",
        "promised is multiplied by the sum of dy: dx has dy in it already.",
        _promise(lambda dx, v, dy, h: np.sum(dx * v) * np.sum(dy)),
    ),
    (
        "formula",
        "promised is the sum of dx + v: the products are summed, dx · v.",
        _promise(lambda dx, v, dy, h: np.sum(dx + v)),
    ),
    (
        "sign",
        "promised has lost its sign: a slope may be negative.",
        _promise(lambda dx, v, dy, h: abs(np.sum(dx * v))),
    ),
    ("formula", "promised is the sum of v, without dx.", _promise(lambda dx, v, dy, h: np.sum(v))),
    ("formula", "promised is the sum of dx², without the direction v.", _promise(lambda dx, v, dy, h: np.sum(dx * dx))),
)

DIRECTION_RIVALS = tuple(
    Rival(name, code, sentence, compute)
    for name, mistakes in (("measured", _MEASURED_MISTAKES), ("promised", _PROMISED_MISTAKES))
    for code, sentence, compute in mistakes
)
