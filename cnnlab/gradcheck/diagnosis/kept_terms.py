"""Not every term was added up: of those that reach an entry one was kept, some were left out, or they were averaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import holds_images, name_axes, write_plural
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, matches
from cnnlab.gradcheck.diagnosis.terms import SEARCHED_CASES, Terms, take_apart
from cnnlab.gradcheck.wording import explain_lost_terms


@dataclass(frozen=True)
class Order:
    """The order of a loop over axes of dy, the outermost first. signs: −1 where an axis runs from its end."""

    axes: tuple[int, ...]
    signs: tuple[int, ...]

    def rank(self, terms: Terms) -> np.ndarray:
        """Return the place of each entry of dy in the loop; entries that differ in other axes alone share one."""
        place = np.zeros(terms.dy.size, np.int64)
        for axis, sign in zip(self.axes, self.signs, strict=True):
            if not -terms.dy.ndim <= axis < terms.dy.ndim:
                continue
            size = terms.dy.shape[axis]
            index = terms.coordinates[axis]
            place = place * size + (index if sign > 0 else size - 1 - index)
        return place


def find_kept_term(evidence: Evidence) -> Finding | None:
    """Find the one term that each entry keeps where it should collect several: = where += is needed."""
    searched = _search(evidence)
    if not searched:
        return None
    axes, count = _list_summed_axes(searched), min(terms.dy.ndim for terms in searched)
    several = len({np.ndim(t.case.dy) for t in evidence.trials}) > 1
    for order in _list_orders(axes):
        from_end = Order(tuple(axis - count for axis in order.axes), order.signs)
        for tried in (order, from_end)[: 1 + several]:
            for full in (True, False)[: 1 if evidence.is_data_gradient else 2]:
                if _holds(evidence, searched, lambda t, o=tried, full=full: _keep_last(t, o, full)):
                    axes = tuple(axis % searched[0].dy.ndim for axis in tried.axes)
                    return _describe_kept(evidence, searched, Order(axes, tried.signs), full)
    return None


def find_averaged_terms(evidence: Evidence) -> Finding | None:
    """Find terms that were averaged, or of which the largest was taken, where they are to be added up."""
    searched = _search(evidence)
    if not searched:
        return None
    name = evidence.gradient
    axes = _list_summed_axes(searched)
    for order in _list_groups(axes):
        groups = _name_groups(evidence, searched[0], order.axes)
        if _holds(evidence, searched, lambda t, order=order: _average(t, order)):
            text = f"{name} is the mean of what the {groups} give to an entry: an entry collects their sum."
            code = Code.ACCUMULATE if evidence.is_data_gradient else Code.REDUCTION
            return Finding(code, text, "mean of the terms")
        for verb, ufunc in (("largest", np.maximum), ("smallest", np.minimum)):
            for start in (0.0, None):
                if _holds(evidence, searched, lambda t, o=order, u=ufunc, s=start: _take_extreme(t, o, u, s)):
                    text = f"{name} is the {verb} of what the {groups} give to an entry: an entry collects their sum."
                    return Finding(Code.FORMULA, text, f"{verb} of the terms")
    return None


def find_missing_diagonal(evidence: Evidence) -> Finding | None:
    """Find positions of dy on its diagonal that are left out, or alone are counted."""
    searched = _search(evidence)
    if not searched or searched[0].dy.ndim < 4:
        return None
    for keep, words in ((False, "is left out"), (True, "alone is counted")):
        if _holds(evidence, searched, lambda t, keep=keep: _cut_diagonal(t, keep)):
            text = f"dy[…, i, j] with i = j {words} in {evidence.gradient}: every position of dy counts."
            return Finding(Code.REDUCTION, text, f"the diagonal of dy {words}")
    return None


# The search: a few small failing cases first, then every case that is small enough.


def _search(evidence: Evidence) -> list[Terms]:
    return evidence.remember("terms", lambda: _collect(evidence))


def _collect(evidence: Evidence) -> list[Terms]:
    found = []
    for terms in take_apart(evidence, evidence.smallest_first[: len(evidence.failing)]):
        if (terms.reach.sum(axis=1) > 1).any():  # where every entry has one term, any way of adding is right
            found.append(terms)
        if len(found) == SEARCHED_CASES:
            break
    return found


def _holds(evidence: Evidence, searched: list[Terms], formula: Callable[[Terms], np.ndarray]) -> bool:
    """Whether a formula gives the learner's numbers in the searched cases, and then in every other that can be read.

    Where the evidence is partial, it may miss some of the failing ones; those that it gives are remembered.
    """
    fitting = [terms for terms in searched if _is_formula(terms, formula)]
    if len(fitting) < (len(searched) if not evidence.partial else min(2, len(searched))):
        return False
    if not any(_is_telling(terms, formula) for terms in fitting):
        return False
    rest = evidence.remember("all terms", lambda: _collect_rest(evidence, searched))
    others = [terms for terms in rest if _is_formula(terms, formula)]
    missed = [terms for terms in rest if terms not in others]
    if any(terms.trial.passed or not evidence.partial for terms in missed):
        return False
    read = {t.trial.case.name for t in (*searched, *rest)}
    wrong = {t.trial.case.name for t in missed} | {t.trial.case.name for t in searched if t not in fitting}
    unread = {t.case.name for t in evidence.failing} - read
    names = {t.case.name for t in evidence.failing} - wrong
    evidence.memory["explained"] = frozenset(names if not wrong else names - unread)
    return not wrong or evidence.leaves_a_kind([t for t in evidence.failing if t.case.name in names])


def _collect_rest(evidence: Evidence, searched: list[Terms]) -> list[Terms]:
    seen = {terms.trial.case.name for terms in searched}
    others = [t for t in evidence.smallest_first if t.case.name not in seen]
    passing = [t for t in others if t.passed][:8]
    failing = [t for t in others if not t.passed]
    return list(take_apart(evidence, (*failing, *passing)))


def _is_formula(terms: Terms, formula: Callable[[Terms], np.ndarray]) -> bool:
    return matches(terms.trial.numbers.got, formula(terms).reshape(terms.shape), max(terms.trial.case.tolerance, 1e-6))


def _is_telling(terms: Terms, formula: Callable[[Terms], np.ndarray]) -> bool:
    wanted = terms.trial.numbers.expected
    return not matches(wanted, formula(terms).reshape(terms.shape), max(terms.trial.case.tolerance, 1e-6))


# The formulas.


def _keep_last(terms: Terms, order: Order, full: bool) -> np.ndarray:
    """Return what is left of the terms where the last one overwrites the others.

    full: whether a parameter meets positions of dy where padding hides it too, as in a convolution; in a transposed
    one each of its entries has last positions of its own.
    """
    place = order.rank(terms)
    reach = terms.reach if full else terms.jacobian != 0
    last = np.where(reach, place, -1).max(axis=1, keepdims=True)
    return np.where(reach & (place == last), terms.products, 0.0).sum(axis=1)


def _sum_groups(terms: Terms, order: Order) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of each group of terms, (entries, groups), and whether any of it reaches the entry."""
    _, group = np.unique(order.rank(terms), return_inverse=True)
    member = np.eye(group.max(initial=0) + 1)[group]
    return terms.products @ member, (terms.reach.astype(float) @ member) > 0


def _average(terms: Terms, order: Order) -> np.ndarray:
    sums, reached = _sum_groups(terms, order)
    return sums.sum(axis=1) / np.maximum(reached.sum(axis=1), 1)


def _take_extreme(terms: Terms, order: Order, ufunc: np.ufunc, start: float | None) -> np.ndarray:
    sums, reached = _sum_groups(terms, order)
    nothing = -np.inf if ufunc is np.maximum else np.inf
    values = np.where(reached, sums, nothing)
    if start is not None:
        values = ufunc(values, start)
    found = ufunc.reduce(values, axis=1)
    return np.where(np.isfinite(found), found, 0.0)


def _weigh(terms: Terms, axis: int, end: int, weight: float) -> np.ndarray:
    factors = np.ones(terms.dy.shape)
    np.moveaxis(factors, axis, 0)[end] = weight
    return terms.combine(terms.dy * factors)


def _cut_diagonal(terms: Terms, keep: bool) -> np.ndarray:
    rows, columns = terms.coordinates[-2:]
    return terms.combine(np.where(((rows == columns) == keep).reshape(terms.dy.shape), terms.dy, 0.0))


# The orders of loops.


def _list_summed_axes(searched: list[Terms]) -> tuple[int, ...]:
    """Return the axes of dy along which an entry collects several terms."""
    found = []
    for axis in range(min(terms.dy.ndim for terms in searched)):
        for terms in searched:
            index = terms.coordinates[axis]
            low = np.where(terms.reach, index, terms.dy.size).min(axis=1)
            high = np.where(terms.reach, index, -1).max(axis=1)
            if (high > low).any():
                found.append(axis)
                break
    return tuple(found)


def _list_orders(axes: tuple[int, ...]) -> Iterator[Order]:
    """Yield the loops over the axes: fewer axes first, forwards first."""
    for count in range(1, len(axes) + 1):
        for chosen in permutations(axes, count):
            for signs in sorted(product((1, -1), repeat=count), key=lambda s: s.count(-1)):
                yield Order(chosen, signs)


def _list_groups(axes: tuple[int, ...]) -> Iterator[Order]:
    for order in _list_orders(axes):
        if order.axes == tuple(sorted(order.axes)) and -1 not in order.signs:
            yield order


def _name_groups(evidence: Evidence, terms: Terms, axes: tuple[int, ...]) -> str:
    words = name_axes("dy", terms.dy.ndim, evidence.problem)
    positions = tuple(range(2, terms.dy.ndim))
    if set(axes) == set(positions) and holds_images("dy", terms.dy.ndim, evidence.problem):
        return "windows"
    named = [write_plural(words[a]) for a in axes]
    return " and ".join(([", ".join(named[:-1])] if named[:-1] else []) + named[-1:]) + " of dy"


def _describe_kept(evidence: Evidence, searched: list[Terms], order: Order, full: bool) -> Finding:
    name, words = evidence.gradient, name_axes("dy", searched[0].dy.ndim, evidence.problem)
    if evidence.is_data_gradient and all(_keeps_own_index(terms, order) for terms in searched):
        text = (
            f"{name} takes in dy at the same {words[order.axes[0]]} alone, and nothing of the others that depend on "
            "it: an entry collects from all of them."
        )
        return Finding(Code.ACCUMULATE, text, "the term of the same index only")
    ends = {sign: [words[a] for a, s in zip(order.axes, order.signs, strict=True) if s == sign] for sign in (1, -1)}
    phrases = [f"the {which} {_join(ends[sign])}" for sign, which in ((1, "last"), (-1, "first")) if ends[sign]]
    which = " and ".join(phrases)
    everywhere = full and all(_is_same_everywhere(terms, order) for terms in searched)
    if everywhere:
        loop = "In a loop that runs from the end" if not ends[1] else "In a loop"
        left = (
            ""
            if ends[1] and ends[-1]
            else f" {loop}, = where += is needed leaves only the {'last' if ends[1] else 'first'}."
        )
        text = (
            f"{name} holds what {which} of dy give{'s' * (len(order.axes) == 1)}, and nothing of the others: it "
            f"collects from all of them.{left}"
        )
        return Finding(Code.REDUCTION, text, f"{which} of dy only")
    text = (
        f"Each entry of {name} keeps one of the terms that reach it, that of {which} of dy, and loses the others: "
        f"{explain_lost_terms(name)}. It collects from all of them."
    )
    return Finding(Code.ACCUMULATE, text, "= where += is needed")


def _keeps_own_index(terms: Terms, order: Order) -> bool:
    """Whether each entry keeps the term with its own index along one axis, as where later time steps are left out."""
    axis, *more = order.axes
    if more or axis == 0 or len(terms.shape) <= axis or terms.shape[axis] != terms.dy.shape[axis]:
        return False
    place = terms.coordinates[axis]
    kept = np.where(terms.reach, place * order.signs[0], -terms.dy.size).max(axis=1) * order.signs[0]
    reached = terms.reach.any(axis=1)
    return bool((kept == np.indices(terms.shape)[axis].ravel())[reached].all())


def _is_same_everywhere(terms: Terms, order: Order) -> bool:
    place = order.rank(terms)
    reached = terms.reach.any(axis=1)
    last = np.where(terms.reach, place, -1).max(axis=1)[reached]
    return bool((last == place.max()).all())


def _join(words: list[str]) -> str:
    return " and ".join(([", ".join(words[:-1])] if words[:-1] else []) + words[-1:])
