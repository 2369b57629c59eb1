"""Changes: what is tried in a function's source, as edits of its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a change does."""

    OPERATOR = "operator"
    NAME = "name"
    INDEX = "index"
    SLICE = "slice"
    AXIS = "axis"
    ORDER = "order"
    ASSIGNMENT = "assignment"
    TERM = "term"
    CALL = "call"
    STATEMENT = "statement"
    BOUND = "bound"
    COMPARISON = "comparison"
    CONSTANT = "constant"
    COPY = "copy"
    GROUPING = "grouping"


@dataclass(frozen=True, order=True)
class Edit:
    """Replace the text between two places by another."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Change:
    """Edits of one unit that are tried together.

    cost: how unlikely it is that a person would make this change; small ones are tried first.
    """

    unit: int
    edits: tuple[Edit, ...]
    kind: Kind
    cost: float

    @property
    def start(self) -> int:
        return min(edit.start for edit in self.edits)

    def overlaps(self, other: Change) -> bool:
        """Return whether both edit the same text."""
        return self.unit == other.unit and any(
            a.start <= b.end and b.start <= a.end for a in self.edits for b in other.edits
        )


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Return the text with every edit made."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
