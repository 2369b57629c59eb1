"""Keep what was graded last of each submission, beside intake's record, where no student can have written it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grading.class_files import write_json
from grading.class_folder import Home


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
