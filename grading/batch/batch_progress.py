"""Find out from the files on disk how far a submission has come, so that a killed batch goes on where it was."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from grading.batch import judge_submission, verdict_store
from grading.batch.verdict_store import STAMP
from grading.class_folder import ClassFolder
from grading.errors import Busy
from grading.intake.rebuild_submission import Record

#: Seconds that a batch waits for what is left of one that was killed: its processes end with the submission at hand.
LOCK_WAIT_SECONDS = 30.0


class Progress(IntEnum):
    """How far a submission has come. Each step is done only after the one before."""

    ACCEPTED = 1  # by intake
    JUDGED = 2  # a verdict on what intake accepted is stored
    SCORED = 3  # its scores are in the gradebook
    COMPLETE = 4  # the feedback on them is written


def find_progress(home: ClassFolder, student: str, assignment: str, record: Record) -> Progress:
    """Return how far a submission has come since intake accepted it. record: what intake accepted."""
    verdict = verdict_store.read_verdict(home, student, assignment)
    if verdict is None or verdict.submission != judge_submission.hash_submission(record):
        return Progress.ACCEPTED
    if read_graded_key(home, student, assignment) != verdict.key:
        return Progress.JUDGED
    return Progress.COMPLETE if has_feedback(home, student, assignment) else Progress.SCORED


def read_graded_key(home: ClassFolder, student: str, assignment: str) -> str | None:
    """Return the key of the verdict whose scores are in the gradebook, or None.

    nbgrader writes a notebook before it judges, and another when the scores are saved: only that one has the stamp.
    """
    path = home.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["metadata"][STAMP]["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_feedback(home: ClassFolder, student: str, assignment: str) -> bool:
    """Return whether the feedback on what was graded last is complete: nbgrader writes it in several steps."""
    notebook = home.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    feedback = home.folder / "feedback" / student / assignment / f"{assignment}.html"
    try:
        whole = feedback.read_bytes().rstrip().endswith(b"</html>")
        return whole and feedback.stat().st_mtime_ns >= notebook.stat().st_mtime_ns
    except OSError:
        return False


@contextmanager
def lock_class_folder(home: ClassFolder) -> Iterator[int]:
    """Lock a class for one batch, and yield the lock's file descriptor. The lock ends with the batch's last process.

    Raises Busy where another one goes on for longer than LOCK_WAIT_SECONDS.
    """
    handle = os.open(home.folder / ".autograde.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                raise Busy(f"Another autograde is at work in {home.folder}; wait for it, or end it.")
            time.sleep(0.2)
        yield handle
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
