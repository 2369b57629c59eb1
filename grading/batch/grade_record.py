"""Store what was graded last of each submission, beside intake's record, where no student can write."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grading.class_files import write_json
from grading.class_folder import ClassFolder


@dataclass
class GradeRecord:
    """What was graded last. answers: a fingerprint by grade_id.   seconds_late: None where it was not remembered."""

    answers: dict[str, str] = field(default_factory=dict)
    seconds_late: float | None = None


def read_grade_record(home: ClassFolder, student: str, assignment: str) -> GradeRecord:
    """Return what was graded last of a submission; an empty record if the file is missing or cannot be read."""
    try:
        found = json.loads(find_grade_record(home, student, assignment).read_text(encoding="utf-8"))
        return GradeRecord({str(k): str(v) for k, v in found["answers"].items()}, found["seconds_late"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return GradeRecord()


def write_grade_record(home: ClassFolder, student: str, assignment: str, graded: GradeRecord) -> None:
    """Store what was graded."""
    write_json(find_grade_record(home, student, assignment), asdict(graded))


def find_grade_record(home: ClassFolder, student: str, assignment: str) -> Path:
    """Return the file of a submission's record."""
    return home.record_file(student, assignment).with_name("graded.json")
