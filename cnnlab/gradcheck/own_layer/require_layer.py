"""Require that a learner's forward is a layer with a gradient worth checking: neither constant nor a fixed sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnlab.gradcheck.case import Case, generator
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.own_layer.learner_forward import LearnerForward
from cnnlab.gradcheck.own_layer.read_cases import NothingToJudge
from cnnlab.gradcheck.problem import Expected

#: A forward is a fixed sum of its inputs where its second differences are below this share of its largest y.
AFFINE_SHARE = 1e-8

#: How far the inputs are moved to see whether the gradient changes, as a share of each.
MOVE_SHARE = 0.25

#: The largest share of the entries of a gradient, over all cases, at which more than one number counts as right: at a
#: kink, or where differences give nothing.
MAX_FREE_SHARE = 0.5

Key = tuple[tuple[Case, Expected], ...]


def require_layer(forward: LearnerForward, key: Key, wrt: dict[str, str]) -> None:
    """Refuse a forward that would pass without anything being derived. Raises NothingToJudge."""
    for gradient, name in wrt.items():
        found = [(expected.grads[gradient], expected.freedom.get(gradient)) for _, expected in key]
        total = sum(values.size for values, _ in found if values is not None)
        unknown = sum(freedom.unknown for _, freedom in found if freedom)
        kinks = sum(freedom.kinks for _, freedom in found if freedom)
        if unknown > MAX_FREE_SHARE * total:
            sentence = (
                f"Differences give no {gradient} at more than half of its entries: they lie too near a kink or a jump "
                f"of {forward.name}. Move {name} away from it, and compute in float64 throughout."
            )
            forward.refuse(Code.FORWARD, sentence)
        if unknown + kinks > MAX_FREE_SHARE * total:
            sentence = (
                f"At more than half of the entries of {name}, {forward.name} has a kink, where many a {gradient} is "
                f"right. Move {name} away from it."
            )
            forward.refuse(Code.FORWARD, sentence)
        slopes = {slope for _, expected in key for slope in _find_slopes(expected, gradient)}
        if not slopes:
            sentence = (
                f"The y of {forward.name} does not depend on {name} in any of your cases: d{name} is 0 everywhere, and "
                "there is nothing to check."
            )
            forward.refuse(Code.FORWARD, sentence)
        if "known" not in slopes:
            sentence = (
                f"In your cases {gradient} is 0 except at kinks of {forward.name}, where 0 may be right as well: there "
                f"is nothing to check. Move {name} away from them."
            )
            forward.refuse(Code.FORWARD, sentence)
    if not any(_bends(forward, case, wrt) for case, _ in key):
        sentence = (
            f"In your cases {forward.name} is a fixed sum of its inputs, so its gradient is the same wherever it is "
            "taken. Choose a layer whose gradient depends on the inputs, such as a product of two, or one with a curve."
        )
        forward.refuse(Code.FORWARD, sentence)


def _find_slopes(expected: Expected, gradient: str) -> set[str]:
    """Return where the slope of y is other than 0: "known", at entries with one right number, or "kink", on a side."""
    value, freedom = expected.grads[gradient], expected.freedom.get(gradient)
    assert value is not None
    known = np.abs(value) > expected.errors.get(gradient, 0.0)
    if freedom is None:
        return {"known"} if known.any() else set()
    sides = np.isfinite(freedom.low) & ((freedom.low < -1e-9) | (freedom.high > 1e-9))
    found = {"known": (known & np.isnan(freedom.low)).any(), "kink": sides.any()}
    return {kind for kind, there in found.items() if there}


def _bends(forward: LearnerForward, case: Case, wrt: dict[str, str]) -> bool:
    """Return whether y is no fixed sum of the inputs: three points on a line, of which the middle is off."""
    for points in _list_lines(case, wrt):
        try:
            a, b, c = (forward(*{**case.inputs, **point}.values())[0] for point in points)
        except NothingToJudge:  # the forward is not for these numbers
            continue
        if a.shape != b.shape or b.shape != c.shape:
            continue
        bend, size = np.abs(a - 2 * b + c), np.abs(np.stack([a, b, c])).max()
        if np.isfinite(size) and bend.max() > AFFINE_SHARE * size:
            return True
    return False


def _list_lines(case: Case, wrt: dict[str, str]) -> Iterator[list[dict[str, np.ndarray]]]:
    """Yield three points of the inputs: near the case with every sign kept, near it, through 0, and away from it."""
    rng = generator(0, case.name)
    x = {name: np.asarray(case.inputs[name]) for name in wrt.values()}
    move = {name: MOVE_SHARE * rng.uniform(-1, 1, array.shape) for name, array in x.items()}
    yield [{n: a * (1 + k * move[n]) for n, a in x.items()} for k in (-1, 0, 1)]
    yield [{n: a + k * move[n] * (np.abs(a).max() or 1.0) for n, a in x.items()} for k in (-1, 0, 1)]
    yield [{n: k * a for n, a in x.items()} for k in (-1, 0, 1)]
    yield [{n: k * a for n, a in x.items()} for k in (0, 1, 2)]
