"""Accept submissions: rebuild each from what was released, the student's written answers and the learner's files.

The submission as it came is kept aside, untouched. What was accepted is recorded outside the submission, and the judge
judges nothing that is not recorded: nbgrader only logs an error in the hook that calls this.
"""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import stat
import tempfile
from dataclasses import asdict
from pathlib import Path

from cnnlab.escape_text import REPLACEMENT, escape_line
from grading.class_files import hash_file, holds_exactly, write_json
from grading.class_folder import ClassFolder, find_class_of
from grading.errors import NotAccepted
from grading.intake import learner_files
from grading.intake.collection_record import match_collected
from grading.intake.cut_notebook import ReleasedNotebook
from grading.intake.find_notebook import find_notebook
from grading.intake.learner_files import WORK
from grading.intake.rebuild_submission import Record, rebuild_submission
from grading.intake.walk_submission import walk_submission

#: What no student's name may hold: Formgrader writes the name into its pages, and into their scripts, as it is.
MARKUP = frozenset('<>"\\')

#: How a folder begins in which a submission is built, beside its original.
BUILDING = ".building-"


def accept_for_nbgrader(assignment: str, student: str, notebooks: list[str]) -> None:
    """Run intake of the submission that nbgrader is about to convert, as its pre_convert_hook."""
    submission = Path(notebooks[0]).parent
    accept_submission(find_class_of(submission), submission.parent.name, submission.name)
    rebuilt = submission / f"{submission.name}.ipynb"
    notebooks[:] = [str(rebuilt)]  # nbgrader found the notebook under the name that the student gave it


def accept_submission(home: ClassFolder, student: str, assignment: str) -> Record:
    """Rebuild one submission in place, unless it is as it was last accepted. Raises NotAccepted."""
    check_name(student)
    released = home.released_notebook(assignment)
    if not released.is_file():
        raise NotAccepted(f"{assignment} was not released: run `nbgrader generate_assignment {assignment}` first.")
    submission, original = (home.submission_folder(student, assignment), home.original_folder(student, assignment))
    if link := next((p for p in (submission, submission.parent) if p.is_symlink()), None):
        raise NotAccepted(
            f"{link} is a link, perhaps to another student's files: put the folder itself there, and grade again."
        )
    for left in original.parent.glob(f"{BUILDING}*"):  # by an intake that was killed
        remove_tree(left)
    record = read_record(home, student, assignment)
    ours = record is not None and submission.is_dir() and holds_exactly(submission, record.files)
    if record and ours and record.released == hash_file(released):
        return record
    source = original if ours or not submission.is_dir() else submission
    if not source.is_dir():
        raise NotAccepted(f"{student} has submitted nothing for {assignment}.")
    original.parent.mkdir(parents=True, exist_ok=True)
    if record and source == submission:
        restore_notebook(submission, original, record, released)
    with tempfile.TemporaryDirectory(prefix=BUILDING, dir=original.parent) as scratch:
        built = Path(scratch) / assignment
        collected = match_collected(home, student, assignment, source)
        record = rebuild_submission(source, released, built, assignment, collected)
        # the record is written first: a crash after any of these steps leaves something that is accepted again
        write_json(home.record_file(student, assignment), asdict(record))
        if source == submission:
            _keep_original(submission, original)
        elif submission.exists():
            remove_tree(submission)
        submission.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, submission)
    return record


def restore_notebook(submission: Path, original: Path, record: Record, released: Path) -> None:
    """Put the student's own notebook back where somebody changed another file of a rebuilt submission.

    The rebuilt notebook holds sanitised answers. Taken in as they are, they would be sanitised again, and show as HTML.
    """
    path = submission / f"{submission.name}.ipynb"
    if path.is_symlink() or not path.is_file() or hash_file(path) != record.files.get(path.name):
        return
    handed_out = ReleasedNotebook.from_json(json.loads(released.read_bytes()))
    found = find_notebook(walk_submission(original), submission.name, handed_out).path if original.is_dir() else None
    if found:
        shutil.copyfile(original / found, path)


def check_name(student: str) -> None:
    """Raise NotAccepted for a student's folder that nbgrader cannot take: it reads a name up to a line break.

    Formgrader writes names into its pages as they are. Every other name is taken, and escaped where it is shown.
    """
    shown = escape_line(student)
    if found := sorted(MARKUP & set(student)):
        raise NotAccepted(
            f"The folder submitted/{shown} has {' '.join(found)} in its name, which Formgrader would run or show as "
            "HTML: rename the folder, and grade again."
        )
    if "\n" in student or "\r" in student:
        raise NotAccepted(
            f"The folder submitted/{shown} has a line break in its name, shown here as {REPLACEMENT}: rename the "
            "folder, and grade again."
        )


def require_accepted(submission: Path, student: str, assignment: str) -> Record:
    """Return the record of a submission that passed intake and has not changed since. Raises NotAccepted.

    submission: the folder about to be judged, submitted/... or nbgrader's copy of it.
    """
    record = read_record(find_class_of(submission), student, assignment)
    if record is None:
        raise NotAccepted(
            f"The submission of {student} for {assignment} has not passed intake: run `python -m grading autograde "
            f"{assignment}`, or nbgrader in the folder of the class."
        )
    for name in sorted(learner_files.list_file_names()):
        path = submission / WORK / name
        found = hash_file(path) if path.is_file() and not path.is_symlink() else None
        if found != record.files.get(f"{WORK}/{name}"):
            raise NotAccepted(
                f"{path} is not the file that passed intake: nbgrader puts files of the source directory over "
                f"a student's. See that notebooks/{assignment} has no {WORK}/{name}, then autograde again with --force."
            )
    return record


def read_record(home: ClassFolder, student: str, assignment: str) -> Record | None:
    """Return the record of a submission, if there is one that can be read."""
    try:
        found = json.loads(home.record_file(student, assignment).read_text(encoding="utf-8"))
        sentences = (tuple(found["odd"]), tuple(found.get("needs_person", ())))  # version 0.1.0 wrote no needs_person
        return Record(found["released"], found["files"], found["saved"], found["refused"], *sentences)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def list_students(home: ClassFolder, assignment: str) -> list[str]:
    """Return every student with a submission, including one that a crash interrupted between two steps."""
    places = [home.folder.glob(f"submitted/*/{assignment}"), home.folder.glob(f"intake/*/{assignment}/original")]
    return sorted({p.relative_to(home.folder).parts[1] for found in places for p in found if p.is_dir()})


def _keep_original(submission: Path, original: Path) -> None:
    """Move a submission as it came to the folder of originals; an earlier one is kept with a number.

    Raises NotAccepted if it cannot be moved; then it stays where it was.
    """
    earlier = None
    if original.exists():
        number = 1
        while (earlier := original.with_name(f"original-{number}")).exists():
            number += 1
        original.rename(earlier)
    try:
        allow_owner(submission)  # a folder that may not be written cannot be moved into another
        move_tree(submission, original)
    except OSError as error:
        if earlier and not original.exists():
            earlier.rename(original)
        raise NotAccepted(
            f"{submission} cannot be moved to {original.parent}: {error.strerror or error}. Make it yours to write, "
            f"`chmod -R u+rwX {shlex.quote(str(submission.parent))}`, and grade again."
        ) from error


def move_tree(source: Path, target: Path) -> None:
    """Move a folder, also to another disk. A folder that cannot be removed is not copied either."""
    try:
        source.rename(target)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    for place in (source.parent, *(Path(found) for found, _, _ in os.walk(source))):
        allow_owner(place)
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    scratch = target.with_name(f"{BUILDING}copy-{target.name}")
    try:
        shutil.copytree(source, scratch, symlinks=True)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise OSError(errno.EIO, f"a file in it cannot be copied ({error})") from error
    scratch.rename(target)
    remove_tree(source)


def remove_tree(folder: Path) -> None:
    """Remove a folder with everything in it, also where its owner may not write in one of its folders."""
    for place, _, _ in os.walk(folder):
        allow_owner(Path(place))
    shutil.rmtree(folder)


def allow_owner(folder: Path) -> None:
    """Let the owner of a folder read, write and enter it, if the owner is this user."""
    mode = folder.stat().st_mode
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        try:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
        except PermissionError:  # it belongs to another user, and may still allow what is needed
            return
