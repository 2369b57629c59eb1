"""Save scores into nbgrader's gradebook, and keep what a person has marked where the answer is still the same.

nbgrader flags every cell with a mark given by hand for another look whenever a submission is graded again. Here that
happens only where the answer, or for a checked exercise the submitted files or the score, is another one than before.
What was graded is remembered beside intake's record, where no student can have written it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import is_grade, is_solution

from grading.batch.grade_record import GradeRecord, read_grade_record, write_grade_record
from grading.class_folder import find_class_of

#: Where the judging step leaves a hash of the files that it judged, for this one: a key of nbconvert's resources.
FILES_KEY = "cnnlab_files"


class SaveGrades(SaveAutoGrades):
    """nbgrader's step, which keeps a mark given by hand as it is where nothing changed."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Save the scores of a notebook, and remember afterwards what was graded."""
        about = resources["nbgrader"]
        home, student, assignment = (
            find_class_of(Path(resources["metadata"]["path"])),
            about["student"],
            about["assignment"],
        )
        self._before = read_grade_record(home, student, assignment).answers
        self._now = GradeRecord()
        nb, resources = super().preprocess(nb, resources)
        write_grade_record(home, student, assignment, self._now)
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
        now = self._now.answers[grade_id] = fingerprint_cell(cell, str(resources.get(FILES_KEY, "")))
        same = self._before.get(grade_id) == now and score_before == grade.auto_score
        if grade.manual_score is not None and not waited and same:
            grade.needs_manual_grade = False
            self.gradebook.db.commit()


def fingerprint_cell(cell: NotebookNode, files: str) -> str:
    """Return a hash of what is marked in a cell: its text, or for a checked exercise the submitted files."""
    text = files if is_grade(cell) and not is_solution(cell) else cell.source
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
