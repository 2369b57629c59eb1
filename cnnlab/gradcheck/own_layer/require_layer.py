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

#: The share of entries about which differences must know something.
MIN_KNOWN_SHARE = 0.5

Key = tuple[tuple[Case, Expected], ...]


def require_layer(forward: LearnerForward, key: Key, wrt: dict[str, str]) -> None:
    """Refuse a forward that would pass without anything being derived. Raises NothingToJudge."""
    for gradient, name in wrt.items():
        if not any(_changes(expected, gradient) for _, expected in key):
            sentence = (
                f"{forward.name} does not use {name} in any of your cases: its gradient is 0 everywhere, and there is "
                "nothing to check."
            )
            forward.refuse(Code.FORWARD, sentence)
    entries = [(expected.freedom.get(g), expected.grads[g]) for _, expected in key for g in wrt]
    unknown = sum(freedom.unknown for freedom, _ in entries if freedom)
    total = sum(gradient.size for _, gradient in entries if gradient is not None)
    if unknown > (1 - MIN_KNOWN_SHARE) * total:
        sentence = (
            f"Of {total} entries of the gradients {unknown} lie too near a kink or a jump of {forward.name} for "
            "differences. Move the inputs of your cases away from it."
        )
        forward.refuse(Code.FORWARD, sentence)
    if not any(_bends(forward, case, wrt) for case, _ in key):
        sentence = (
            f"{forward.name} is a fixed sum of its inputs, so its gradient is the same wherever it is taken. Choose a "
            "layer whose gradient depends on the inputs: multiply two of them, or put one through a curve."
        )
        forward.refuse(Code.FORWARD, sentence)


def _changes(expected: Expected, gradient: str) -> bool:
    """Return whether y depends on an input: a slope that is known to be other than 0, on any side."""
    value, freedom = expected.grads[gradient], expected.freedom.get(gradient)
    assert value is not None
    known = np.abs(value) > expected.errors.get(gradient, 0.0)
    if freedom is None:
        return bool(known.any())
    sides = np.isfinite(freedom.low) & ((freedom.low < -1e-9) | (freedom.high > 1e-9))
    return bool((known & np.isnan(freedom.low)).any() or sides.any())


def _bends(forward: LearnerForward, case: Case, wrt: dict[str, str]) -> bool:
    """Return whether y is no fixed sum of the inputs: three points on a line, of which the middle is off."""
    for factors in _list_lines(case, wrt):
        try:
            a, b, c = (_move(forward, case, factor) for factor in factors)
        except NothingToJudge:  # the forward is not for these numbers
            continue
        if a.shape != b.shape or b.shape != c.shape:
            continue
        bend, size = np.abs(a - 2 * b + c), np.abs(np.stack([a, b, c])).max()
        if np.isfinite(size) and bend.max() > AFFINE_SHARE * size:
            return True
    return False


def _list_lines(case: Case, wrt: dict[str, str]) -> Iterator[tuple[dict[str, np.ndarray], ...]]:
    """Yield three times what each input is multiplied by: near the case, through 0, and away from it."""
    rng = generator(0, case.name)
    ones = {name: np.ones(np.shape(case.inputs[name])) for name in wrt.values()}
    moves = {name: MOVE_SHARE * rng.uniform(-1, 1, one.shape) for name, one in ones.items()}
    yield tuple({n: one + k * moves[n] for n, one in ones.items()} for k in (-1, 0, 1))
    yield tuple({n: k * one for n, one in ones.items()} for k in (-1, 0, 1))
    yield tuple({n: k * one for n, one in ones.items()} for k in (0, 1, 2))


def _move(forward: LearnerForward, case: Case, factors: dict[str, np.ndarray]) -> np.ndarray:
    moved = {name: value * factors[name] if name in factors else value for name, value in case.inputs.items()}
    return forward(*moved.values())[0]
