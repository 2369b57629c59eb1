"""Group the lines that were found in a batch by what has to be changed, so that an instructor can teach to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from grading.batch.found_lines import FoundLine, describe_change
from grading.batch.verdict_store import StoredVerdict


@dataclass(frozen=True)
class LineGroup:
    """One mistake that several students made. found: by student, whose files may have other names and lines."""

    exercise: str
    found: Mapping[str, FoundLine]

    @property
    def count(self) -> int:
        return len(self.found)

    @property
    def sentence(self) -> str:
        """Return the change in a few words, code between backquotes, with the names that most of them have."""
        said = Counter(", and ".join(dict.fromkeys(map(describe_change, one.changes))) for one in self.found.values())
        return said.most_common(1)[0][0]


def group_lines(graded: Mapping[str, StoredVerdict]) -> tuple[LineGroup, ...]:
    """Return the groups of equal changes, the largest first. Changes that do not make everything right are apart."""
    groups: dict[tuple, dict[str, FoundLine]] = defaultdict(dict)
    for student, verdict in sorted(graded.items()):
        for one in list_found(verdict):
            if one.changes:
                what = tuple((change.kind, change.alike) for change in one.changes)
                groups[one.exercise, one.complete, what][student] = one
    made = [LineGroup(exercise, found) for (exercise, _, _), found in groups.items()]
    return tuple(sorted(made, key=lambda g: (-g.count, g.exercise, g.sentence)))


def list_found(verdict: StoredVerdict) -> tuple[FoundLine, ...]:
    """Return what was found in a submission; nothing where lines were not looked for."""
    return verdict.search.found if verdict.search else ()
