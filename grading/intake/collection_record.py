"""Store what a collector knows of a submission: when it came, and exactly which files came.

The record lies outside the submission, where no student can have written it. It holds for a submission only while that
is as it was collected: a folder that was copied over it by hand has no record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grading.class_files import hash_folder, write_json
from grading.class_folder import ClassFolder


@dataclass(frozen=True)
class Collected:
    """How a submission was brought.

    collector: "exchange" or "zip_collect".   time: when it was submitted, in UTC, or None where that is not known.
    files: digest of everything that was brought.   changed: when its folder in the exchange was last changed, in UTC.
    number: the learning management system's number of the student.   note: a sentence for a person.
    """

    collector: str
    time: str | None
    files: str
    changed: str | None = None
    number: str | None = None
    note: str | None = None


def digest_files(files: Mapping[str, str]) -> str:
    """Return one SHA-256 for a folder. files: SHA-256 of each file, by path."""
    return hashlib.sha256(json.dumps(dict(sorted(files.items()))).encode()).hexdigest()


def write_collected(home: ClassFolder, student: str, assignment: str, record: Collected) -> None:
    """Record how a submission was brought."""
    write_json(home.collection_file(student, assignment), asdict(record))


def read_collected(home: ClassFolder, student: str, assignment: str) -> Collected | None:
    """Return the record of a submission, or None where there is none that can be read."""
    try:
        return Collected(**json.loads(home.collection_file(student, assignment).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def match_collected(home: ClassFolder, student: str, assignment: str, folder: Path) -> Collected | None:
    """Return the record of a submission if the folder holds exactly what was brought, else None."""
    record = read_collected(home, student, assignment)
    return record if record and record.files == digest_files(hash_folder(folder)) else None
