"""Intake: each submission is built again from what was released, the student's written answers and the learner's files.

The submission as it came is kept aside, untouched. What was accepted is recorded outside the submission, and the judge
judges nothing that is not recorded: nbgrader only logs an error in the hook that calls this.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from grading import learner_files
from grading.collected import match_collected
from grading.home import Home, home_of
from grading.learner_files import WORK
from grading.rebuild import Record, build, hashes, sha256, write_json

#: How a folder begins in which a submission is built, beside its original.
BUILDING = ".building-"


class NotAccepted(RuntimeError):
    """A submission that the judge must not judge: why, and what to do."""


def hook(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's pre_convert_hook: intake of the submission it is about to convert."""
    submission = Path(notebooks[0]).parent
    accept(home_of(submission), submission.parent.name, submission.name)
    rebuilt = submission / f"{submission.name}.ipynb"
    notebooks[:] = [str(rebuilt)]  # nbgrader found the notebook under the name that the student gave it


def accept(home: Home, student: str, assignment: str) -> Record:
    """Rebuild one submission in place, unless it is as it was last accepted. Raises NotAccepted."""
    released = home.released(assignment)
    if not released.is_file():
        raise NotAccepted(f"{assignment} was not released: run `nbgrader generate_assignment {assignment}` first.")
    submission, original = (home.submitted(student, assignment), home.original(student, assignment))
    for left in original.parent.glob(f"{BUILDING}*"):  # by an intake that was killed
        shutil.rmtree(left)
    record = load(home, student, assignment)
    ours = record is not None and submission.is_dir() and hashes(submission) == record.files
    if record and ours and record.released == sha256(released):
        return record
    source = original if ours or not submission.is_dir() else submission
    if not source.is_dir():
        raise NotAccepted(f"{student} has submitted nothing for {assignment}.")
    original.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=BUILDING, dir=original.parent) as scratch:
        built = Path(scratch) / assignment
        collected = match_collected(home, student, assignment, source)
        record = build(source, released, built, assignment, collected)
        # the record is written first: a crash after any of these steps leaves something that is accepted again
        write_json(home.record(student, assignment), asdict(record))
        if source == submission:
            _keep(submission, original)
        elif submission.exists():
            shutil.rmtree(submission)
        submission.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, submission)
    return record


def accepted(submission: Path, student: str, assignment: str) -> Record:
    """The record of a submission that passed intake and has not changed since. Raises NotAccepted.

    submission: the folder about to be judged, submitted/... or nbgrader's copy of it.
    """
    record = load(home_of(submission), student, assignment)
    if record is None:
        raise NotAccepted(
            f"The submission of {student} for {assignment} has not passed intake: run `python -m grading autograde "
            f"{assignment}`, or nbgrader in the folder of the class."
        )
    for name in sorted(learner_files.names()):
        path = submission / WORK / name
        found = sha256(path) if path.is_file() and not path.is_symlink() else None
        if found != record.files.get(f"{WORK}/{name}"):
            raise NotAccepted(
                f"{path} is not the file that passed intake: nbgrader puts files of the source directory over "
                f"a student's. See that notebooks/{assignment} has no {WORK}/{name}, then autograde again with --force."
            )
    return record


def load(home: Home, student: str, assignment: str) -> Record | None:
    """The record of a submission, if there is one that can be read."""
    try:
        found = json.loads(home.record(student, assignment).read_text(encoding="utf-8"))
        return Record(found["released"], found["files"], found["saved"], found["refused"], tuple(found["odd"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def waiting(home: Home, assignment: str) -> list[str]:
    """Every student with a submission, also one that a crash caught between two steps."""
    places = [home.folder.glob(f"submitted/*/{assignment}"), home.folder.glob(f"intake/*/{assignment}/original")]
    return sorted({p.relative_to(home.folder).parts[1] for found in places for p in found if p.is_dir()})


def _keep(submission: Path, original: Path) -> None:
    """Move a submission as it came to where nothing changes it; one that came before keeps a number."""
    if original.exists():
        number = len(list(original.parent.glob("original*")))
        original.rename(original.with_name(f"original-{number}"))
    shutil.move(submission, original)
