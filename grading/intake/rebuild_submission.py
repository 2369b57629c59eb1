"""Rebuild one submission: the released notebook with the student's answers, and the learner's files."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cnnlab.escape_text import escape_line
from grading.class_files import SECRET_FILE, hash_file, hash_folder, write_json
from grading.intake import submitted_notebook
from grading.intake.cut_notebook import ReleasedNotebook
from grading.intake.find_learner_files import find_learner_files
from grading.intake.find_notebook import FoundNotebook, find_notebook
from grading.intake.learner_files import WORK
from grading.intake.timestamps import take_timestamp
from grading.intake.walk_submission import Walk, walk_submission

if TYPE_CHECKING:
    from grading.intake.collection_record import Collected


@dataclass(frozen=True)
class Record:
    """What intake accepted.

    released: SHA-256 of the released notebook.   files: SHA-256 of everything in the rebuilt submission, by path.
    saved: when each learner file was saved.   refused: learner files that were not taken, and why.
    odd: what was unusual about the submission and cost nothing, in sentences.   needs_person: what intake could not
    decide, or what was lost: sentences for the instructor, who must look.
    """

    released: str
    files: Mapping[str, str]
    saved: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    needs_person: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return all sentences about the submission, the most important first."""
        return (*self.needs_person, *self.odd)


def rebuild_submission(
    source: Path, released: Path, built: Path, assignment: str, collected: Collected | None = None
) -> Record:
    """Rebuild a submission in the folder `built`. collected: the collector's record of it, if it has one."""
    handed_out = json.loads(released.read_bytes())
    walk = walk_submission(source)
    notebook = find_notebook(walk, assignment, ReleasedNotebook.from_json(handed_out))
    built.mkdir(parents=True)
    rebuilt, answer_notes = submitted_notebook.rebuild_notebook(handed_out, notebook.answers.answers)
    write_json(built / f"{assignment}.ipynb", rebuilt)

    found = find_learner_files(walk, assignment, notebook.path, released.parent)
    for name, file in found.files.files.items():
        (built / WORK).mkdir(exist_ok=True)
        (built / WORK / name).write_bytes(file.content)
    time_notes = take_timestamp(source, built, collected)
    odd = [*notebook.answers.odd, *found.odd]
    _secret(source, built)
    odd += describe_left_out(walk, released.parent, notebook)
    needs_person = [*notebook.answers.needs_person, *answer_notes, *found.needs_person, *walk.problems, *time_notes]
    saved = {name: file.saved for name, file in found.files.files.items()}
    return Record(hash_file(released), hash_folder(built), saved, found.files.refused, tuple(odd), tuple(needs_person))


def _secret(source: Path, built: Path) -> None:
    """Copy the secret by which only the learner finds their feedback in nbgrader's exchange.

    Without a secret, as in a submission that was copied by hand, nbgrader's release_feedback would stop and leave out
    everyone after it. So such a submission gets a random one.
    """
    path = source / SECRET_FILE
    regular = path.is_file() and not path.is_symlink() and path.stat().st_size < 1000
    text = path.read_text(encoding="utf-8", errors="replace").strip() if regular else ""
    (built / SECRET_FILE).write_text(
        text if re.fullmatch("[0-9a-f]{64,}", text) else secrets.token_hex(64), encoding="utf-8"
    )


def describe_left_out(walk: Walk, released: Path, notebook: FoundNotebook) -> list[str]:
    """Return a sentence about what else was handed in. The course's own files are not mentioned."""
    home = notebook.path.parent if notebook.path else PurePosixPath(".")
    known = {p.relative_to(released).as_posix() for p in released.rglob("*") if p.is_file()}
    ours = (
        "timestamp.txt",
        SECRET_FILE,
        ".cnnlab-progress.",
    )  # the learner's own progress is no part of what is handed in
    extra = [
        path
        for path in sorted([*walk.others, *(p for p in walk.notebooks if p not in notebook.read)])
        if not path.name.startswith(ours)
        and not walk.is_in_course(path)
        and path.as_posix() not in known
        and not (path.is_relative_to(home) and path.relative_to(home).as_posix() in known)
    ]
    if not extra:
        return []
    more = f" and {len(extra) - 5} more" if len(extra) > 5 else ""
    return [escape_line(f"left out: {', '.join(p.as_posix() for p in extra[:5])}{more}")]
