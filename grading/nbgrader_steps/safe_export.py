"""Export nbgrader's table of grades so that no cell is read as a formula and no name shifts a column."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from cnnlab.escape_text import escape_cell

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


class SafeCsvExport(CsvExportPlugin):
    """What `nbgrader export` writes: nbgrader's columns and numbers, quoted and guarded."""

    def export(self, gradebook: Gradebook) -> None:
        """Write one row per assignment and student; who handed in nothing has 0 points, as with nbgrader."""
        wanted, named = set(map(str, self.assignment)), set(map(str, self.student))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for assignment in gradebook.assignments:
            for student in gradebook.students:
                if (not wanted or str(assignment.name) in wanted) and (not named or str(student.id) in named):
                    writer.writerow(_row(gradebook, assignment, student))
        Path(self.to or "grades.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> list[str]:
    timestamp, score, penalty = None, 0.0, 0.0
    try:
        submission: Any = gradebook.find_submission(assignment.name, student.id)
        timestamp, score, penalty = submission.timestamp, submission.score, submission.late_submission_penalty
    except MissingEntry:
        pass
    about = (assignment.name, assignment.duedate, timestamp, student.id)
    about += (student.last_name, student.first_name, student.email)
    values = (*about, score, penalty, max(0.0, score - penalty), assignment.max_score)
    return [escape_cell("" if value is None else str(value)) for value in values]
