"""One term of the right formula has a factor too many, or one too few, at every entry or at those of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.diagnosis.counterfactual import FRESH_SEEDS
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.diagnosis.variables import Entries, collect_entries, describe_product, find_product, write_ratio
from cnnlab.gradcheck.wording import write_hidden

#: Numbers below this share of the largest are what rounding left.
NOISE = 1e-7

#: A region is looked for where every wrong entry is off by at least this share of itself.
CLEAR_ERROR = 1e-3

#: A region is named where at least this share of the entries that tell anything lies outside and is right.
MIN_RIGHT_SHARE = 0.15

#: An end of a range is named where no more lies between the last right and the first wrong value, in shares of the end.
LARGEST_GAP = 10.0


def find_wrong_factor(evidence: Evidence) -> Finding | None:
    """Find the right gradient times a factor that differs from entry to entry or from case to case."""
    entries = collect_entries(evidence) if not evidence.partial else None
    if entries is None or not entries.telling.any():
        return None
    factors = find_product(entries, entries.got / entries.expected, entries.telling)
    if not factors or set(factors) == {""} or not _vanishes_elsewhere(entries, factors):
        return None
    said = describe_product(factors, entries.sizes)
    return Finding(_choose_code(factors, entries.sizes), f"In {evidence.gradient}, {said}.", said)


def _vanishes_elsewhere(entries: Entries, factors: dict[str, float]) -> bool:
    """Whether wrong entries that should be 0 are so because a factor that is missing is 0 there."""
    rest = entries.wrong & ~entries.telling
    lost = [entries.factors[w] for w, power in factors.items() if w and power < 0]
    return not rest.any() or any(bool(np.all(np.abs(v[rest]) <= NOISE)) for v in lost)


def find_wrong_term(evidence: Evidence) -> Finding | None:
    """Find terms of the right formula that are missing, have the wrong sign, or a factor too many."""
    sums = [s for s in evidence.problem.sums if s.gradient == evidence.gradient]
    entries = collect_entries(evidence) if sums and not evidence.partial else None
    if entries is None:
        return None
    terms = _lay_in_row([sums[0].compute(t.case) for t in entries.trials], entries)
    for words in (c for size in (1, 2) for c in combinations(terms, size)):
        term = np.sum([terms[w] for w in words], axis=0)
        rest = entries.got - (entries.expected - term)
        scale = max(np.abs(term).max(initial=0.0), 1e-300)
        if np.abs(rest).max(initial=0.0) <= 1e-6 * scale:
            noun = " and ".join(f"the term “{w}”" for w in words)
            return Finding(Code.FORMULA, f"{evidence.gradient} lacks {noun}.", f"{noun} missing")
        chosen = np.abs(term) > 1e-3 * scale
        factors = find_product(entries, rest / term, chosen)
        if factors and _is_formula_of_term(entries, factors, term, rest):
            return _describe_term(evidence.gradient, words, factors, entries.sizes)
    return None


def _is_formula_of_term(entries: Entries, factors: dict[str, float], term: np.ndarray, rest: np.ndarray) -> bool:
    """Whether the factors give the learner's numbers at every entry, those where the term is small or 0 too."""
    product = np.full(term.shape, factors.get("", 1.0))
    for word, power in factors.items():
        product = product * (entries.factors[word] ** power if word else 1.0)
    known = np.isfinite(product)
    near = np.abs(rest - term * product) <= 1e-5 * np.maximum(np.abs(rest), 1e-3 * np.abs(entries.expected).max())
    return bool(near[known].all() and np.all(np.abs(term[~known]) <= NOISE))


def _describe_term(name: str, words: tuple[str, ...], factors: dict[str, float], sizes: frozenset[str]) -> Finding:
    noun = " and ".join(f"the term “{w}”" for w in words)
    constant = factors.get("", 1.0)
    have, are = ("have", "are") if len(words) > 1 else ("has", "is")
    said = describe_product(factors, sizes)
    if set(factors) != {""}:
        text = f"In {noun} of {name}, {said}."
    elif constant == -1:
        text = f"{noun[0].upper()}{noun[1:]} of {name} {have} the wrong sign."
    else:
        text = f"{noun[0].upper()}{noun[1:]} of {name} {are} {write_ratio(constant)} times as large as needed."
    return Finding(Code.FORMULA, text, said)


def _lay_in_row(each: list[Mapping[str, np.ndarray]], entries: Entries) -> dict[str, np.ndarray]:
    """Return the terms of all cases, by their words, as the entries are laid."""
    shapes = [t.numbers.expected.shape for t in entries.trials]
    return {
        words: np.concatenate([np.broadcast_to(e[words], s).ravel() for e, s in zip(each, shapes, strict=True)])
        for words in each[0]
    }


def find_added_product(evidence: Evidence) -> Finding | None:
    """Find the right gradient plus a product of what there is: a term too many."""
    entries = collect_entries(evidence) if not evidence.partial else None
    if entries is None or not entries.wrong.any():
        return None
    rest = entries.got - entries.expected
    rest = np.where(np.abs(rest) <= NOISE * np.maximum(np.abs(entries.expected), np.abs(entries.got)), 0.0, rest)
    dy = entries.by_word.get("dy")
    if dy is None or np.any(dy == 0):
        return None
    product = find_product(entries, rest / dy, np.ones(rest.shape, bool))
    if not product or set(product) == {""}:
        return None
    product = {**product, "dy": product.get("dy", 0) + 1}
    text = f"{evidence.gradient} is the right answer plus {_write_product(product)}: a term too many."
    return Finding(Code.FORMULA, text, f"{_write_product(product)} added")


def find_wrong_region(evidence: Evidence) -> Finding | None:
    """Find entries that are wrong because of the sign or the size of their own input, and how they are wrong."""
    for region, matters, entries in _find_regions(evidence):
        finding = _describe_region(evidence, entries, region.words, matters)
        if finding and _holds_afresh(evidence, region):
            return finding
    return None


def find_unexplained_region(evidence: Evidence) -> Finding | None:
    """Find entries that are wrong because of the sign or the size of their own input, however they are wrong."""
    for region, matters, entries in _find_regions(evidence):
        if entries.wrong[matters].all() and _holds_afresh(evidence, region):
            text = f"{evidence.gradient} is wrong where {region.words}, and right elsewhere."
            return Finding(Code.FORMULA, text, f"wrong where {region.words}")
    return None


@dataclass(frozen=True)
class Region:
    """A range of a variable's values. words: "x is below 0".   low, high: its ends, which belong to it or not."""

    words: str
    variable: str
    low: float
    high: float
    of_size: bool = False

    def contains(self, by_word: Mapping[str, np.ndarray]) -> np.ndarray:
        values = np.abs(by_word[self.variable]) if self.of_size else by_word[self.variable]
        return (values > self.low) & (values < self.high)


def _find_regions(evidence: Evidence) -> Iterator[tuple[Region, np.ndarray, Entries]]:
    """Yield the regions that hold every wrong entry, and their entries that are not 0 for everyone."""
    entries = collect_entries(evidence) if evidence.whole and not evidence.partial else None
    if entries is None or not entries.wrong.any() or not all(_acts_entrywise(t) for t in evidence.failing):
        return
    error = np.abs(entries.got - entries.expected)
    if np.any(error[entries.wrong] < CLEAR_ERROR * np.abs(entries.expected[entries.wrong])):
        return  # a small error is called wrong from some size on, which is no property of the input
    for region in _list_regions(entries):
        chosen = region.contains(entries.by_word)
        matters = chosen & ((entries.expected != 0) | (entries.got != 0))
        right = ~chosen & entries.telling
        if entries.wrong[~chosen].any() or right.sum() < MIN_RIGHT_SHARE * entries.telling.sum() or matters.sum() < 2:
            continue
        yield region, matters, entries


def _holds_afresh(evidence: Evidence, region: Region) -> bool:
    """Whether with other numbers too no entry is wrong outside the region, and some are inside."""
    inside, tried = 0, 0
    for seed in FRESH_SEEDS[:2]:
        for case in evidence.plan(seed):
            got = evidence.run(case)
            if got is None or np.asarray(case.dy).dtype != np.float64 or not np.isfinite(got).all():
                continue
            numbers = compare(got, evidence.right(case), case.tolerance)
            entries = collect_entries(replace(evidence, trials=(Trial(case, numbers),), memory={}))
            if entries is None or case.name in {t.case.name for t in evidence.unclear}:
                continue
            tried += 1
            chosen = region.contains(entries.by_word)
            if entries.wrong[~chosen].any():
                return False
            inside += entries.wrong.sum()
    return bool(inside) or not tried


def _acts_entrywise(trial: Trial) -> bool:
    return np.shape(trial.case.dy) in (trial.numbers.expected.shape, ())


def _is_near(end: float, wrong: float) -> bool:
    """Return whether the end of a range is known well enough to be named. wrong: the value nearest to it inside."""
    return not np.isfinite(end) or end == 0 or abs(wrong - end) <= LARGEST_GAP * abs(end)


def _varies_in_a_case(values: np.ndarray, case: np.ndarray) -> bool:
    """Return whether some case has several values; an option takes too few for a range to be known of it."""
    return any(np.ptp(values[case == k]) > 0 for k in np.unique(case))


def _list_regions(entries: Entries) -> Iterator[Region]:
    """Yield the regions of an input's values, and last of dy's: one side of 0, then the interval of what is wrong."""
    own = [w for w, v in entries.by_word.items() if w not in entries.sizes and _varies_in_a_case(v, entries.case)]
    for word in sorted(own, key=lambda w: w == "dy"):
        values, plain = entries.by_word[word], word.strip("()")
        yield Region(f"{plain} is below 0", word, -np.inf, 0.0)
        yield Region(f"{plain} is above 0", word, 0.0, np.inf)
        for name, v, of_size in ((plain, values, False), (f"|{plain}|", np.abs(values), True)):
            low, high = v[entries.wrong].min(), v[entries.wrong].max()
            below, above = v[v < low], v[v > high]
            start = max(float(below.max()), 0.0 if low > 0 else -np.inf) if below.size else -np.inf
            end = float(above.min()) if above.size else np.inf
            parts = [f"above {write_hidden(start)}"] if np.isfinite(start) else []
            parts += [f"below {write_hidden(end)}"] if np.isfinite(end) else []
            if parts and _is_near(start, float(low)) and _is_near(end, float(high)):
                yield Region(f"{name} is {' and '.join(parts)}", word, start, end, of_size)


def _describe_region(evidence: Evidence, entries: Entries, where: str, matters: np.ndarray) -> Finding | None:
    name = evidence.gradient
    start = f"{name} is wrong where {where}, and right elsewhere"
    got, expected = entries.got[matters], entries.expected[matters]
    if not np.any(got):
        return Finding(Code.MASK, f"{start}: there it is 0.", f"0 where {where}")
    if np.all(expected):
        factors = find_product(entries, entries.got / entries.expected, matters)
        if factors:
            said = describe_product(factors, entries.sizes)
            return Finding(Code.FORMULA, f"{start}: there {said}.", said)
    direct = find_product(entries, entries.got, matters)
    if direct and set(direct) != {""}:
        hard_coded = set(direct) == {"", "dy"} and any(t.case.options for t in entries.trials)
        hard_coded = hard_coded and np.ptp(expected / entries.by_word["dy"][matters]) > 0
        more = ", whatever the options are" if hard_coded else ""
        code = Code.OPTION if hard_coded else Code.MASK if set(direct) == {"", "dy"} else Code.FORMULA
        return Finding(code, f"{start}: there it is {_write_product(direct)}{more}.", f"wrong where {where}")
    return None


def _write_product(factors: dict[str, float]) -> str:
    factors = dict(factors)
    constant = factors.pop("", 1.0)
    top = " · ".join(w for w, p in factors.items() for _ in range(int(max(p, 0)))) or "1"
    bottom = " · ".join(w for w, p in factors.items() for _ in range(int(max(-p, 0))))
    sign = "−" if constant == -1 else "" if constant == 1 else f"{write_hidden(constant)} · "
    return f"{sign}{top}" + (f" / ({bottom})" if bottom else "")


def _choose_code(factors: dict[str, float], sizes: frozenset[str]) -> Code:
    words = {w for w in factors if w}
    if words <= sizes:
        return Code.SCALE if abs(factors.get("", 1.0)) == 1 else Code.OPTION
    return Code.UPSTREAM if words == {"dy"} and factors["dy"] == -1 else Code.FORMULA
