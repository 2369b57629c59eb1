"""The right direction and the wrong length: dy ignored or averaged, a wrong sign, a constant factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import FORMULA_RTOL, NOISE_SHARE, Evidence, Finding, Trial, matches

#: Where other cases have another mistake too, at least this share of them shows the factor.
MIN_RATIO_SHARE = 0.5


def find_nothing(evidence: Evidence) -> Finding | None:
    """Find a gradient that is 0 everywhere, but for rounding."""
    zeros = sum(map(_is_zero, evidence.trials))
    vanishes = all(np.all(np.abs(t.numbers.got) <= t.case.tolerance * t.numbers.scale) for t in evidence.trials)
    if evidence.partial or 2 * zeros <= len(evidence.trials) or not vanishes:  # huge inputs round more
        return None
    return Finding(Code.FORMULA, f"{evidence.gradient} is 0 everywhere, {evidence.where}.", "0 everywhere")


def _is_zero(trial: Trial) -> bool:
    noise = NOISE_SHARE if trial.case.precision > 4 else FORMULA_RTOL
    return bool(np.all(np.abs(trial.numbers.got) <= noise * trial.numbers.scale))


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
    if any(np.size(trial.case.dy) == 0 or trial.case.dy is None for trial in evidence.trials):
        return None

    def formula(trial: Trial):
        dy = trial.case.dy
        return evidence.right(replace(trial.case, dy=np.full_like(dy, np.mean(dy))))

    zeros = sum(map(_is_zero, evidence.failing))
    if 2 * zeros > len(evidence.failing) or not evidence.matches_formula(formula):
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
    pairs = [(t, ratio) for t in telling if (ratio := _find_ratio(t)) is not None]
    enough = MIN_RATIO_SHARE * len(telling) if evidence.partial else len(telling)
    if len(pairs) < max(_count_needed(evidence, telling), enough):
        return None
    trials, r, name = [t for t, _ in pairs], np.array([ratio for _, ratio in pairs], float), evidence.gradient
    explained = frozenset(t.case.name for t in trials if not t.passed)
    if np.allclose(r, -1, rtol=FORMULA_RTOL):
        text = f"{name} has the wrong sign: it is exactly −1 times the right answer {evidence.where}."
        return Finding(Code.SIGN, text, "-1", explained, lambda case: -1.0)
    if np.allclose(r, r[0], rtol=FORMULA_RTOL) and not np.isclose(r[0], 1, rtol=FORMULA_RTOL):
        words, code = _describe_constant(float(r[0])), Code.SIGN if r[0] < 0 else Code.SCALE
        text = f"{name} is {words} the right answer {evidence.where}."
        text += _explain_by_samples(evidence, trials, float(r[0]))
        return Finding(code, text, words, explained, lambda case: float(r[0]))
    for label, values in _collect_quantities(evidence, trials).items():
        for power, sign in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            if not np.ptp(values) or not np.allclose(r, sign * values**power, rtol=FORMULA_RTOL):
                continue
            words = label if power > 0 else f"1/{label}" if label.isalpha() else f"1/({label})"
            text = f"{name} is exactly {'−' if sign < 0 else ''}{words} times the right answer {evidence.where}. "
            text += _advise_on_count(evidence, label, values, power)
            factor = _make_factor(evidence, label, power, sign)
            return Finding(Code.SCALE if sign > 0 else Code.SIGN, text, words, explained, factor)
    return None


def _count_needed(evidence: Evidence, telling: list[Trial]) -> int:
    """Return in how many cases a ratio must show: in two, or in a single one with several numbers that are not 0."""
    alone = len(evidence.trials) == 1 and all(np.count_nonzero(t.numbers.expected) > 1 for t in telling)
    return 1 if alone else 2


def _explain_by_samples(evidence: Evidence, trials: list[Trial], ratio: float) -> str:
    """Return a sentence where the ratio is 1/N, and N the same in every case; else nothing."""
    each = [evidence.problem.oracle.quantities(t.case).get("N", 1.0) for t in trials]
    if each[0] <= 1 or not np.allclose(each, each[0]) or not np.isclose(ratio, 1 / each[0], rtol=FORMULA_RTOL):
        return ""
    return f" That is 1/N, and N is {each[0]:g} in every case: where samples share a value, sum over them, not average."


def _make_factor(evidence: Evidence, label: str, power: int, sign: int) -> Callable[[Case], float]:
    """Return case -> the factor that a quantity, or a product of two, gives."""

    def compute(case: Case) -> float:
        known = evidence.problem.oracle.quantities(case)
        parts = [label] if label in known else label.split("·")
        return sign * float(np.prod([known[part] for part in parts])) ** power

    return compute


def _describe_constant(ratio: float) -> str:
    """Describe a factor: a simple fraction exactly, any other without its value, since a file could choose it."""
    simple = Fraction(ratio).limit_denominator(100)
    if abs(simple.numerator) <= 100 and np.isclose(float(simple), ratio, rtol=FORMULA_RTOL, atol=0):
        return f"exactly {simple} times".replace("-", "−")
    return "a constant number of times"


def _advise_on_count(evidence: Evidence, label: str, values: np.ndarray, power: int) -> str:
    """Return advice that holds for a count; for another quantity there is none."""
    if not (np.array_equal(values, np.round(values)) and values.min() >= 1):
        return ""
    if power < 0:
        collects = label == "N" or not evidence.is_data_gradient
        return f"There is a division by {label} too many{_AVERAGE if collects else '.'}"
    above, _, below = label.partition("/")
    if below and above.isalpha() and below.isalpha():
        return f"It is divided by {below} where the forward's mean divides by {above}."
    return f"A division by {label} is missing, or the same was added {label} times."


_AVERAGE = ": backward passes sum over what shared a value, and whatever averaged in the forward pass is in dy already."


def _find_ratio(trial: Trial) -> float | None:
    got, expected = trial.numbers.got, trial.numbers.expected
    ratio = float(np.vdot(got, expected) / np.vdot(expected, expected))
    usable = ratio and np.isfinite(ratio)
    return ratio if usable and matches(got, ratio * expected, trial.case.tolerance) else None


def _collect_quantities(evidence: Evidence, trials: list[Trial]) -> dict[str, np.ndarray]:
    each = [evidence.problem.oracle.quantities(t.case) for t in trials]
    found = {label: np.array([q[label] for q in each], float) for label in each[0]}
    short = [label for label in found if label.isalpha()]
    products = {f"{a}·{b}": found[a] * found[b] for a, b in combinations(short, 2)}
    return found | {label: values for label, values in products.items() if label not in found}
