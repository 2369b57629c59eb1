"""Apply a due date that was moved after grading: the late penalties that it changes are computed again by nbgrader."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace

from grading import gradebook
from grading.batch.grade_record import read_grade_record, write_grade_record
from grading.class_folder import ClassFolder

SECONDS_PER_DAY = 86400

#: Lateness closer together than this is the same.
SAME_SECONDS = 1.0


@dataclass(frozen=True)
class _Lateness:
    """A submission in the gradebook: seconds late by the due date of today, and the penalty that it has."""

    student: str
    seconds: float
    penalty: float


def update_penalties(home: ClassFolder, assignment: str) -> dict[str, str]:
    """Compute the penalty again for everyone whose lateness has changed since they were graded.

    Returns a sentence by student. Their feedback counts as not written, so that the batch writes it again.
    """
    changed = {s.student: s for s in _read_lateness(home, assignment) if _has_moved(home, s, assignment)}
    for student in changed:
        notebook = home.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
        if notebook.is_file():
            os.utime(notebook)  # before the gradebook changes: whatever is interrupted, the feedback is written again
        _assign_penalty(home, student, assignment)
    after = {s.student: s for s in _read_lateness(home, assignment)} if changed else {}
    for student in changed:
        graded = read_grade_record(home, student, assignment)
        write_grade_record(home, student, assignment, replace(graded, seconds_late=after[student].seconds))
    return {student: _describe_change(before, after[student]) for student, before in changed.items()}


def _read_lateness(home: ClassFolder, assignment: str) -> list[_Lateness]:
    with gradebook.open_gradebook(home) as book:
        return [
            _Lateness(str(s.student_id), float(s.total_seconds_late), float(s.late_submission_penalty or 0))
            for s in gradebook.find_submissions(book, assignment)
        ]


def _has_moved(home: ClassFolder, now: _Lateness, assignment: str) -> bool:
    """Return whether a submission's lateness has changed since it was graded."""
    before = read_grade_record(home, now.student, assignment).seconds_late
    if before is None:  # graded before this was remembered: only a penalty on what is in time is certainly stale
        return now.penalty > 0 and now.seconds == 0
    return abs(before - now.seconds) > SAME_SECONDS


def _assign_penalty(home: ClassFolder, student: str, assignment: str) -> None:
    """Let nbgrader's own step compute the penalty, with the class's rule."""
    from nbconvert.exporters.exporter import ResourcesDict
    from nbformat.v4 import new_notebook
    from nbgrader.preprocessors import AssignLatePenalties

    step = AssignLatePenalties(config=gradebook.load_configuration(home), log=_silent_log())
    url = gradebook.find_database_url(home)
    about = {"notebook": assignment, "assignment": assignment, "student": student, "db_url": url}
    with gradebook.name_database_errors(url):
        step.preprocess(new_notebook(), ResourcesDict(nbgrader=about))


def _silent_log() -> logging.Logger:
    log = logging.getLogger("grading.batch.late_penalties")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    return log


def _describe_change(before: _Lateness, after: _Lateness) -> str:
    late = f"late by {after.seconds / SECONDS_PER_DAY:.1f} days" if after.seconds else "in time"
    return f"the due date moved: {late} now, penalty {before.penalty:g} before, {after.penalty:g} now"
