"""The numbers that a wrong factor may be made of, entry by entry over the failing cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnlab.gradcheck.diagnosis.evidence import FORMULA_RTOL, Evidence, Trial
from cnnlab.gradcheck.wording import mark_hidden, write_hidden

#: Two numbers are one where they agree this closely, beside their own size.
SAME_RTOL = 1e-5

#: Numbers below this share of the largest of their case are what rounding may have left.
TELLING_SHARE = 1e-6

#: At so many entries a product is tried before it is at all of them.
PROBED_ENTRIES = 8

#: A factor is looked for where it takes so many different values.
MIN_DIFFERENT = 3


@dataclass(frozen=True)
class Entries:
    """The entries of all cases in one row, with the variables of each.

    telling: those that are not so small that rounding decides.   case: the number of its case.   by_word: a variable's
    name -> its numbers.   sizes: the variables that are counts, or sizes of the case.
    """

    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray
    telling: np.ndarray
    case: np.ndarray
    by_word: dict[str, np.ndarray]
    trials: tuple[Trial, ...]
    sizes: frozenset[str] = frozenset()

    @cached_property
    def factors(self) -> dict[str, np.ndarray]:
        """Return the variables and what is easily made of them, by the words for it."""
        found: dict[str, np.ndarray] = {}
        for word, values in self.by_word.items():
            found[word] = values
        for word, values in self.by_word.items():
            if word.isidentifier() and word not in self.sizes:
                found |= {f"(1 − {word})": 1 - values, f"(1 + {word})": 1 + values}
                found |= {f"{word}²": values**2, f"(1 − {word}²)": 1 - values**2, f"(1 + {word}²)": 1 + values**2}
                found |= {f"|{word}|": np.abs(values)}
        return {w: v for w, v in found.items() if np.isfinite(v).all()}


def collect_entries(evidence: Evidence) -> Entries | None:
    """Return the entries of the cases; None where they cannot be laid in one row."""
    return evidence.remember("entries", lambda: _collect(evidence))


def _collect(evidence: Evidence) -> Entries | None:
    usable = [t for t in evidence.trials if _is_usable(t)]
    rows = [(t, _read_variables(evidence, t)) for t in usable]
    if not any(not t.passed for t in usable):
        return None
    words = [w for w in rows[0][1] if all(w in v for _, v in rows)]
    flat = {
        w: np.concatenate([np.broadcast_to(v[w], t.numbers.expected.shape).ravel() for t, v in rows]) for w in words
    }

    def join(read):
        return np.concatenate([np.ravel(read(t)) for t, _ in rows])

    return Entries(
        join(lambda t: t.numbers.got),
        join(lambda t: t.numbers.expected),
        join(_mark_wrong),
        join(lambda t: np.abs(t.numbers.expected) > TELLING_SHARE * t.numbers.scale),
        np.concatenate([np.full(t.numbers.expected.size, k) for k, (t, _) in enumerate(rows)]),
        flat,
        tuple(usable),
        frozenset(w for t in usable for w in evidence.problem.oracle.quantities(t.case)),
    )


#: Inputs whose size is above so many times their spread lose digits in any formula that subtracts their mean.
LARGEST_OFFSET = 1e4


def _is_usable(trial: Trial) -> bool:
    exact = trial.case.precision > 4  # float32 rounds what is compared here entry by entry
    exact = exact and not any(_loses_digits(array) for array in trial.case.arrays)
    return bool(exact and trial.numbers.expected.ndim and np.isfinite(trial.numbers.got).all())


def _mark_wrong(trial: Trial) -> np.ndarray:
    n = trial.numbers
    if trial.passed:
        return np.zeros(n.expected.shape, bool)
    return n.error > SAME_RTOL * np.maximum(np.abs(n.expected), TELLING_SHARE * n.scale)


def _read_variables(evidence: Evidence, trial: Trial) -> dict[str, np.ndarray]:
    """Return what is as large as the gradient, and the numbers of the case."""
    shape, case = trial.numbers.expected.shape, trial.case
    found: dict[str, np.ndarray] = {}
    options: dict[str, Any] = {w: v for w, v in case.options.items() if isinstance(v, float)}
    for known in evidence.problem.sums:
        if known.gradient == evidence.gradient:
            options |= known.variables(case)
    arrays = {"dy": case.dy, **options, **case.inputs}
    for word, value in arrays.items():
        if isinstance(value, (np.ndarray, np.generic, float)) and np.asarray(value).dtype.kind == "f":
            fitted = _fit(np.asarray(value, np.float64), shape)
            if fitted is not None:
                found[word] = fitted
    reference = evidence.problem.oracle.reference
    if reference is not None:
        y = np.asarray(reference(*case.inputs.values(), **case.options)[0], np.float64)
        if y.shape == shape:
            found["y"] = y
    same = [w for w, v in case.inputs.items() if w in found and isinstance(v, np.ndarray) and v.shape == shape]
    if len(same) == 2:
        found[f"({same[0]} − {same[1]})"] = found[same[0]] - found[same[1]]
    for word, value in evidence.problem.oracle.quantities(case).items():
        found.setdefault(word, np.full(shape, float(value)))
    return found


def _fit(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    if value.shape == shape or not value.ndim:
        return np.broadcast_to(value, shape)
    if value.ndim == 1 and len(shape) > 1 and value.size == shape[1]:
        return np.broadcast_to(value.reshape(-1, *[1] * (len(shape) - 2)), shape)
    return None


def find_product(entries: Entries, ratio: np.ndarray, chosen: np.ndarray) -> dict[str, float] | None:
    """Return the factors, with their powers, whose product is a ratio at the chosen entries; None where there are none.

    The key "" holds a constant in place of a power.
    """
    target = ratio[chosen]
    if target.size < 1 or not np.isfinite(target).all() or not np.any(target):
        return None
    constant = _find_constant(target)
    if constant is not None:
        return {"": constant} if constant != 1 else None
    factors = {w: v[chosen] for w, v in entries.factors.items() if not np.allclose(v[chosen], 1)}
    clear = np.abs(target) > TELLING_SHARE
    for values in factors.values():
        some = clear & (values != 0)
        clear = some if 2 * some.sum() >= target.size else clear
    if np.unique(np.round(target[clear], 9)).size < MIN_DIFFERENT:
        return None
    powers = [(w, p, v[clear] ** p) for w, v in factors.items() if np.all(v[clear]) for p in (1, -1)]
    found = _find_powers(target[clear], powers)
    return found if found and _is_product(target, factors, found) else None


def _is_product(target: np.ndarray, factors: dict[str, np.ndarray], found: dict[str, float]) -> bool:
    """Whether the product of the powers is the target at every entry, where some are 0 too."""
    product = np.full(target.shape, found[""])
    for word, power in found.items():
        product = product * (factors[word] ** power if word else 1.0)
    sizes = np.maximum(np.abs(target), np.abs(product))
    return bool(np.all(np.abs(product - target) <= SAME_RTOL * np.maximum(sizes, TELLING_SHARE)))


def _find_powers(target: np.ndarray, powers: list[tuple[str, int, np.ndarray]]) -> dict[str, float] | None:
    for first, second in _list_candidates(target, [values for _, _, values in powers]):
        word, power, values = powers[first]
        found: dict[str, float] = {word: power}
        if second is not None:
            other, power_2, values_2 = powers[second]
            if other == word and power_2 != power:
                continue
            values = values * values_2
            found[other] = found.get(other, 0) + power_2
        constant = _find_constant(target / values)
        if constant is not None and (second is None or abs(constant) == 1):
            return {**found, "": constant}
    return None


def _list_candidates(target: np.ndarray, factors: list[np.ndarray]) -> Iterator[tuple[int, int | None]]:
    """Yield the factors, and then the pairs, that change from one to another of a few entries as the target does."""
    if not factors:
        return
    some = np.unique(np.linspace(0, target.size - 1, PROBED_ENTRIES).astype(int))
    logs = np.log(np.abs(np.stack([f[some] for f in factors])))
    wanted = np.log(np.abs(target[some]))
    moves, wanted = logs[:, 1:] - logs[:, :1], wanted[1:] - wanted[0]
    for k in np.flatnonzero(np.abs(moves - wanted).max(axis=1, initial=0.0) < 10 * SAME_RTOL):
        yield int(k), None
    apart = np.abs(moves[:, None] + moves[None, :] - wanted).max(axis=2, initial=0.0)
    for first, second in np.argwhere(apart < 10 * SAME_RTOL):
        if first <= second:
            yield int(first), int(second)


def _find_constant(ratio: np.ndarray) -> float | None:
    """Return the number that a ratio is everywhere, or None."""
    if not np.isfinite(ratio).all() or np.ptp(ratio) > SAME_RTOL * np.abs(ratio[0]):
        return None
    simple = [c for c in (1.0, -1.0) if abs(ratio[0] - c) <= SAME_RTOL]
    return simple[0] if simple else float(ratio[0])


def describe_product(factors: dict[str, float], sizes: frozenset[str] = frozenset()) -> str:
    """Return what a product of factors too many means in words. sizes: the factors that are counts."""
    factors = dict(factors)
    constant = factors.pop("", 1.0)
    many = [_write_power(w, p) for w, p in factors.items() if p > 0]
    lost = [_write_power(w, -p) for w, p in factors.items() if p < 0]
    parts = []
    if abs(constant) != 1 and factors and all(w in sizes for w in factors):
        needed = " · ".join(lost) + (f"/({' · '.join(many)})" if many else "") if lost else f"1/({' · '.join(many)})"
        return f"{write_ratio(constant)} stands where {needed} belongs"
    if many and lost:
        parts.append(f"{' · '.join(many)} stands where {' · '.join(lost)} belongs")
    elif many:
        counts = all(w in sizes for w in factors)
        too_many = f"{' and '.join(many)} {'are factors' if len(many) > 1 else 'is a factor'} too many"
        parts.append(f"a division by {' and '.join(many)} is missing" if counts else too_many)
    elif lost and all(w in sizes for w in factors):
        parts.append(f"there is a division by {' and '.join(lost)} too many")
    elif lost:
        parts.append(
            f"the factor{'s' * (len(lost) > 1)} {' and '.join(lost)} {'are' if len(lost) > 1 else 'is'} missing"
        )
    if constant == -1:
        parts.append("the sign is wrong")
    elif constant != 1:
        parts.append(f"it is {write_ratio(constant)} times what it should be{' beside that' * bool(parts)}")
    return ", and ".join(parts)


def _write_power(word: str, power: float) -> str:
    return word if power == 1 else f"{word}²" if not word.endswith("²") else f"{word} · {word}"


def write_ratio(ratio: float) -> str:
    """Return a ratio as a simple fraction, or short and marked as hidden, since a file could choose it."""
    from fractions import Fraction

    simple = Fraction(ratio).limit_denominator(20)
    if not (np.isclose(float(simple), ratio, rtol=FORMULA_RTOL) and simple):
        return write_hidden(ratio)
    text = str(simple).replace("-", "−")
    return text if abs(simple.numerator) <= 100 else mark_hidden(text)


def _loses_digits(array: np.ndarray) -> bool:
    if array.dtype.kind != "f" or array.size < 2:
        return False
    spread = float(np.std(array, dtype=np.float64))
    return spread > 0 and float(np.abs(array).max()) > LARGEST_OFFSET * spread
