"""Candidates: the changes of all functions in the order of likelihood, alone and in pairs, and the texts with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from cnnlab.gradcheck.diagnosis.locate.change import Change, apply_edits
from cnnlab.gradcheck.diagnosis.locate.changes.every_change import make_changes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope
from cnnlab.gradcheck.diagnosis.locate.observation import Observation
from cnnlab.gradcheck.diagnosis.locate.ranking import rank_changes
from cnnlab.gradcheck.diagnosis.locate.unit import Source, Unit

#: The cheapest changes are tried in pairs where none alone mends a case.
PAIRED = 90


def list_candidates(
    units: Sequence[Unit],
    texts: Mapping[int, str],
    seen: Observation,
    wrong: Collection[str],
    gradients: Sequence[str],
    memory: bool = False,
) -> list[Change]:
    """Return every change of the functions as they are now, the most likely first.

    texts: of functions that were changed, by number.   wrong: the gradients that are wrong in the case that was seen.
    memory: whether only the memory or the dtype of the results is wrong.
    """
    names = tuple(u.name for u in units if not u.is_lambda)
    scopes = [Scope(Source(u, texts.get(k)), seen, names) for k, u in enumerate(units)]
    return rank_changes(scopes, [make_changes(scope, k) for k, scope in enumerate(scopes)], wrong, gradients, memory)


def pair_changes(changes: Sequence[Change]) -> list[tuple[Change, Change]]:
    """Return the pairs of the cheapest changes that edit different places, the cheapest first."""
    pairs = [pair for pair in combinations(changes[:PAIRED], 2) if not pair[0].overlaps(pair[1])]
    return sorted(pairs, key=lambda pair: pair[0].cost + pair[1].cost)


def make_texts(units: Sequence[Unit], texts: Mapping[int, str], changes: Sequence[Change]) -> dict[int, str]:
    """Return the functions' texts, by number, with changes made."""
    new = dict(texts)
    for unit in {c.unit for c in changes}:
        edits = tuple(e for c in changes if c.unit == unit for e in c.edits)
        new[unit] = apply_edits(texts.get(unit, units[unit].text), edits)
    return new


def join_changes(changes: Sequence[Change]) -> Change:
    """Return changes that were tried together as one; of two functions, the first alone is shown."""
    first = changes[0]
    edits = tuple(e for c in changes if c.unit == first.unit for e in c.edits)
    return replace(first, edits=edits, cost=sum(c.cost for c in changes))
