"""The right direction and the wrong length: dy ignored or averaged, a wrong sign, a constant factor."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import FORMULA_RTOL, Evidence, Finding, Trial, matches


def find_ignored_dy(evidence: Evidence) -> Finding | None:
    """Find a gradient that does not change when dy is doubled, nor for quite another dy."""
    if any(trial.case.dy is None for trial in evidence.trials):
        return None
    if not _uses_dy(evidence):
        return None  # a value beside the gradients, such as y
    for trial in evidence.trials:
        dy, got = trial.case.dy, trial.numbers.got
        for other in (2 * dy, 1 - 3 * np.flip(dy) if np.ndim(dy) else 1 - 3 * dy):
            again = evidence.run(replace(trial.case, dy=np.asarray(other, np.asarray(dy).dtype)[()]))
            if again is None or not matches(again, got, trial.case.tolerance):
                return None
    if not any(np.any(t.numbers.got[np.isfinite(t.numbers.got)]) for t in evidence.trials):
        return None  # zeros everywhere tell nothing, nor do numbers that are none
    name = evidence.gradient
    return Finding(
        Code.UPSTREAM,
        f"{name} stays the same when dy is doubled: the upstream gradient is not used. By the chain rule every term of "
        f"{name} has one factor dy.",
        "dy ignored",
    )


def _uses_dy(evidence: Evidence) -> bool:
    """Whether the right answer changes with dy, in the first case in which it is not 0."""
    telling = next((t for t in evidence.trials if np.any(t.numbers.expected)), None)
    if telling is None:
        return True
    case = telling.case
    doubled = evidence.right(replace(case, dy=np.asarray(2 * case.dy, np.asarray(case.dy).dtype)[()]))
    return not matches(doubled, evidence.right(case), case.tolerance)


def find_averaged_dy(evidence: Evidence) -> Finding | None:
    """Find the gradient that a constant upstream gradient, the mean of dy, would give."""
    if any(trial.case.dy is None for trial in evidence.trials):
        return None

    def formula(trial: Trial):
        dy = trial.case.dy
        return evidence.right(replace(trial.case, dy=np.full_like(dy, np.mean(dy))))

    if not evidence.matches_formula(formula):
        return None
    return Finding(
        Code.UPSTREAM,
        f"{evidence.gradient} uses the mean of dy: it is what a constant upstream gradient would give. "
        "Each entry of dy belongs to its own entry of y.",
        "dy averaged",
    )


def find_constant_factor(evidence: Evidence) -> Finding | None:
    """Find a ratio that is the same in every case, or that equals a size of the case."""
    telling = [t for t in evidence.trials if np.any(t.numbers.expected)]
    ratios = [_find_ratio(t) for t in telling]
    if len(telling) < 2 or None in ratios:
        return None
    r, name = np.array(ratios, float), evidence.gradient
    if np.allclose(r, -1, rtol=FORMULA_RTOL):
        return Finding(
            Code.SIGN, f"{name} has the wrong sign: it is exactly −1 times the right answer in every case.", "-1"
        )
    if np.allclose(r, r[0], rtol=FORMULA_RTOL) and not np.isclose(r[0], 1, rtol=FORMULA_RTOL):
        words = _describe_constant(float(r[0]))
        return Finding(
            Code.SIGN if r[0] < 0 else Code.SCALE, f"{name} is {words} the right answer in every case.", words
        )
    for label, values in _collect_quantities(evidence, telling).items():
        for power, words in (
            (1, f"{label} times"),
            (-1, f"1/{label} times" if label.isalpha() else f"1/({label}) times"),
        ):
            for sign in (1, -1):
                if np.ptp(values) and np.allclose(r, sign * values**power, rtol=FORMULA_RTOL):
                    return Finding(
                        Code.SCALE if sign > 0 else Code.SIGN,
                        f"{name} is exactly {'−' if sign < 0 else ''}{words} the right answer in every case. "
                        + _advise_on_count(values, power),
                        words.removesuffix(" times"),
                    )
    return None


def _describe_constant(ratio: float) -> str:
    """Describe a factor: a simple fraction exactly, any other without its value, since a file could choose it."""
    simple = Fraction(ratio).limit_denominator(100)
    if abs(simple.numerator) <= 100 and np.isclose(float(simple), ratio, rtol=FORMULA_RTOL, atol=0):
        return f"exactly {simple} times".replace("-", "−")
    return "a constant number of times"


def _advise_on_count(values: np.ndarray, power: int) -> str:
    """Return advice that holds for a count; for another quantity there is none."""
    counts = np.array_equal(values, np.round(values)) and values.min() >= 1
    return (_AVERAGE if power < 0 else _SUM) if counts else ""


_AVERAGE = "Backward passes sum over what shared a value; whatever averaged in the forward pass is in dy already."
_SUM = "A factor has been counted again for each of them."


def _find_ratio(trial: Trial) -> float | None:
    got, expected = trial.numbers.got, trial.numbers.expected
    ratio = float(np.vdot(got, expected) / np.vdot(expected, expected))
    usable = ratio and np.isfinite(ratio)
    return ratio if usable and matches(got, ratio * expected, trial.case.tolerance) else None


def _collect_quantities(evidence: Evidence, trials: list[Trial]) -> dict[str, np.ndarray]:
    each = [evidence.problem.oracle.quantities(t.case) for t in trials]
    return {label: np.array([q[label] for q in each], float) for label in each[0]}
