"""Save scores into nbgrader's gradebook, and keep what a person has marked where the answer is still the same.

nbgrader flags every cell with a mark given by hand for another look whenever a submission is graded again. Here that
happens only where the answer, or for a checked exercise the submitted files or the score, is another one than before.
What was graded is remembered beside intake's record, where no student can have written it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import is_grade, is_solution

from grading.class_folder import Home, home_of
from grading.intake.rebuild_submission import write_json

#: Where the judging step leaves a hash of the files that it judged, for this one: a key of nbconvert's resources.
FILES = "cnnlab_files"


@dataclass
class Graded:
    """What was graded last. answers: a fingerprint by grade_id.   seconds_late: None where it was not remembered."""

    answers: dict[str, str] = field(default_factory=dict)
    seconds_late: float | None = None


def read_graded(home: Home, student: str, assignment: str) -> Graded:
    """Return what is remembered of a submission; nothing where there is no such file, or one that cannot be read."""
    try:
        found = json.loads(graded_path(home, student, assignment).read_text(encoding="utf-8"))
        return Graded({str(k): str(v) for k, v in found["answers"].items()}, found["seconds_late"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Graded()


def write_graded(home: Home, student: str, assignment: str, graded: Graded) -> None:
    """Remember what was graded."""
    write_json(graded_path(home, student, assignment), asdict(graded))


def graded_path(home: Home, student: str, assignment: str) -> Path:
    """Return the file in which it is remembered."""
    return home.record(student, assignment).with_name("graded.json")


class SaveGrades(SaveAutoGrades):
    """nbgrader's step, which keeps a mark given by hand as it is where nothing changed."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Save the scores of a notebook, and remember afterwards what was graded."""
        about = resources["nbgrader"]
        home, student, assignment = home_of(Path(resources["metadata"]["path"])), about["student"], about["assignment"]
        self._before = read_graded(home, student, assignment).answers
        self._now = Graded()
        nb, resources = super().preprocess(nb, resources)
        write_graded(home, student, assignment, self._now)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        grade_id = cell.metadata["nbgrader"]["grade_id"]
        where = (grade_id, self.notebook_id, self.assignment_id, self.student_id)
        before: Any = self.gradebook.find_grade(*where)
        waited, score_before = before.needs_manual_grade, before.auto_score
        super()._add_score(cell, resources)
        grade: Any = self.gradebook.find_grade(*where)  # nbgrader's columns have no types
        submission = self.gradebook.find_submission(self.assignment_id, self.student_id)
        self._now.seconds_late = float(submission.total_seconds_late)
        now = self._now.answers[grade_id] = fingerprint(cell, str(resources.get(FILES, "")))
        same = self._before.get(grade_id) == now and score_before == grade.auto_score
        if grade.manual_score is not None and not waited and same:
            grade.needs_manual_grade = False
            self.gradebook.db.commit()


def fingerprint(cell: NotebookNode, files: str) -> str:
    """Return a hash of what is marked in a cell: its text, or for a checked exercise the submitted files."""
    text = files if is_grade(cell) and not is_solution(cell) else cell.source
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
