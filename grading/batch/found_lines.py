"""What a search for the line of a mistake found in a submission, and how it is said: for the instructor alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grading.worker.parse_trial import ChangedPlace

#: How many changes make an exercise right.
COUNTS = ("no change", "one change", "two changes", "three changes")


@dataclass(frozen=True)
class FoundLine:
    """What was found in one exercise.

    changes: to be made one after the other; empty where none was found.   cases: that pass with them, of how many.
    tried: how many changes were.   late: whether the search ended since its changes took too long.
    """

    exercise: str
    changes: tuple[ChangedPlace, ...] = ()
    cases: int = 0
    of: int = 0
    tried: int = 0
    late: bool = False

    @property
    def complete(self) -> bool:
        """Return whether the exercise is right with these changes."""
        return bool(self.changes) and self.cases == self.of

    @property
    def place(self) -> str:
        """Return "conv.py, line 22", or "conv.py, lines 22 and 30" where two changes are needed."""
        places = []
        for file in dict.fromkeys(change.file for change in self.changes):
            lines = list(dict.fromkeys(str(change.line) for change in self.changes if change.file == file))
            places.append(f"{file}, line{'s' if len(lines) > 1 else ''} {' and '.join(lines)}")
        return "; ".join(places)

    def to_text(self) -> str:
        """Return what was found, and below it what the changes are."""
        return "\n".join(
            [f"{self.exercise}: {describe_found(self)}", *(f"    {describe_change(c)}" for c in self.changes)]
        )


@dataclass(frozen=True)
class LineSearch:
    """The search of one submission. key: of all that it depends on besides the files.   found: by exercise."""

    key: str
    found: tuple[FoundLine, ...] = ()


def describe_found(found: FoundLine) -> str:
    """Return "one change from right: conv.py, line 22", or what else was found."""
    count = COUNTS[min(len(found.changes), 3)]
    if found.complete:
        return f"{count} from right: {found.place}"
    if found.changes:
        return f"{count} from {found.cases} of {found.of} cases: {found.place}"
    if found.late:
        return f"no line was found in {count_changes(found.tried)}, which took too long: read the code"
    return f"no line was found in {count_changes(found.tried)}"


def count_changes(tried: int) -> str:
    """Return "1 change" or "812 changes"."""
    return f"{tried} change{'' if tried == 1 else 's'}"


def describe_change(change: ChangedPlace) -> str:
    """Return what is wrong in a few words, code between backquotes: "`=` for `+=`"."""
    wrong, right = (side.replace("`", "'") for side in (change.wrong, change.right))
    if wrong and right:
        return f"`{wrong}` in the wrong place" if wrong == right else f"`{wrong}` for `{right}`"
    return f"`{right}` missing" if right else f"`{wrong}` too much"


def parse_search(found: Mapping[str, Any] | None) -> LineSearch | None:
    """Return a search as it was stored. Raises KeyError or TypeError for anything else."""
    if found is None:
        return None
    lines = []
    for one in found["found"]:
        changes = tuple(ChangedPlace(**change) for change in one["changes"])
        lines.append(FoundLine(**{**one, "changes": changes}))
    return LineSearch(found["key"], tuple(lines))
