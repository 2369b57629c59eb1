"""List who needs a person, and why: grouped by kind of reason, most points at stake first.

A note is a harmless oddity, such as a file that was left out: it is kept apart, and nobody needs to act on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import count
from grading.batch.remark import Remark
from grading.batch.verdict_store import Mark, StoredVerdict

#: Codes of an exercise that was called and gave no numbers to judge.
NO_ANSWER = (Code.RAISES, Code.TIMEOUT, Code.STRUCTURE)

#: Rows of a group that the terminal shows; the page and the table show all.
TERMINAL_ROWS = 10


class Kind(StrEnum):
    """Why a person should look; the value is a heading."""

    NOT_GRADED = "Handed in and not graded"
    NOT_READ = "A file could not be run, or its process ended"
    SUBMISSION = "Something in the submission was lost or is unclear"
    CONDUCT = "The code did something that a person should judge"
    REFUSED = "A file was not taken"
    NOT_SAVED = "Judged, and not in the gradebook"


@dataclass(frozen=True)
class Reason:
    """One reason. points: at stake, lost or given; of the course's own catalogue where the gradebook knows no more."""

    student: str
    kind: Kind
    sentence: str
    points: float


@dataclass(frozen=True)
class Group:
    """All reasons of one kind, most points at stake first."""

    kind: Kind
    reasons: tuple[Reason, ...]

    @property
    def students(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(reason.student for reason in self.reasons))


def group_reasons(reasons: Iterable[Reason]) -> tuple[Group, ...]:
    """Return the reasons by kind; kinds, and students in each, with most points at stake come first."""
    by_kind: dict[Kind, list[Reason]] = defaultdict(list)
    for reason in dict.fromkeys(reasons):
        by_kind[reason.kind].append(reason)
    groups = [Group(kind, tuple(sorted(found, key=_rank_by_stake))) for kind, found in by_kind.items()]
    order = list(Kind)
    return tuple(sorted(groups, key=lambda g: (-g.reasons[0].points, order.index(g.kind))))


def _rank_by_stake(reason: Reason) -> tuple[float, str, str]:
    return -reason.points, reason.student, reason.sentence


def find_reasons(verdict: StoredVerdict, files: Mapping[str, str], written: float, saved: bool) -> Iterator[Reason]:
    """Yield the reasons why a person should look at a judged submission.

    files: the learner file of each exercise.   written: points of the written answers.   saved: in the gradebook.
    """
    student = verdict.student
    unread: dict[str, float] = defaultdict(float)
    ended: dict[str, list[Mark]] = defaultdict(list)
    for mark in verdict.marks:
        if files.get(mark.exercise) in verdict.refused:
            continue  # its reason is below, and is not given twice
        # a file that could not be run, or whose process ended, is an accident or an attack: both are for a person
        if mark.code == Code.LOAD.value:  # its sentence names the file
            unread[mark.diagnosis or "it cannot be read"] += mark.worth - mark.points
        elif mark.code in NO_ANSWER and mark.process_failed:
            ended[mark.diagnosis or "it gave no answer"].append(mark)
    for sentence, marks in ended.items():
        names = ", ".join(mark.exercise for mark in marks)
        unread[f"{names}: {sentence}"] += sum(mark.worth - mark.points for mark in marks)
    yield from (Reason(student, Kind.NOT_READ, sentence, points) for sentence, points in unread.items())
    refused = set(verdict.refused.values())
    for sentence in dict.fromkeys(s for s in verdict.needs_person if s not in refused):
        yield Reason(student, Kind.SUBMISSION, sentence, max(written, verdict.max_score - verdict.score))
    for sentence, points in _join_exercises((*verdict.suspicions, *verdict.attention), verdict):
        yield Reason(student, Kind.CONDUCT, sentence, points)
    for name, why in verdict.refused.items():
        lost = [m.worth - m.points for m in verdict.marks if files.get(m.exercise) == name]
        yield Reason(student, Kind.REFUSED, f"{name} was not taken: {why}", sum(lost))
    if not saved:
        what = "is judged and not in the gradebook: run `python -m grading autograde` again"
        yield Reason(student, Kind.NOT_SAVED, what, verdict.score)


def _join_exercises(remarks: Iterable[Remark], verdict: StoredVerdict) -> Iterator[tuple[str, float]]:
    """Yield each sentence once, with the names of all exercises it is about, and what these are worth together.

    A remark on no exercise is about the whole score.
    """
    worth = {mark.exercise: mark.worth for mark in verdict.marks}
    about: dict[str, dict[str, None]] = defaultdict(dict)
    for remark in remarks:
        names = about[remark.sentence]
        if remark.exercise in worth:
            names[remark.exercise] = None
    for sentence, names in about.items():
        if names:
            yield f"{', '.join(names)}: {sentence}", sum(worth[name] for name in names)
        else:
            yield sentence, verdict.max_score


def list_notes(verdict: StoredVerdict) -> tuple[str, ...]:
    """Return the harmless notes on a submission, which are not reasons."""
    reasons = {*verdict.needs_person, *verdict.refused.values()}
    return tuple(sentence for sentence in verdict.odd if sentence not in reasons)


def count_unneeded(notes: int) -> str:
    """Return "1 submission that needs nobody" or "2 submissions that need nobody"."""
    return f"{count(notes, 'submission')} that {'needs' if notes == 1 else 'need'} nobody"


def format_groups(groups: Sequence[Group], notes: int, of: int) -> str:
    """Return the list for a terminal. notes: students with notes only to their submission.   of: all students."""
    who = {student for group in groups for student in group.students}
    lines = [f"Who needs a person: {len(who)} of {of} students" if who else "Nobody needs a person."]
    for group in groups:
        lines.append(f"  {group.kind} ({len(group.students)})")
        lines += [f"    {r.points:4g} points  {r.student}: {r.sentence}" for r in group.reasons[:TERMINAL_ROWS]]
        left = len(group.reasons) - TERMINAL_ROWS
        lines += [f"    and {left} more, which the page lists"] if left > 0 else []
    lines += [f"  Notes on {count_unneeded(notes)} are on the page."] if notes else []
    return "\n".join(escape_line(line) for line in lines)
