"""A batch that is killed goes on where it was: nothing is lost, nothing is graded twice, whatever it was doing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading import class_folder
from grading.batch import batch_progress, verdict_store
from grading.class_files import hash_folder
from grading.class_folder import ClassFolder
from grading.errors import Busy
from tests.grading.conftest import CHAPTER, SOLUTION, STUB, WRONG
from tests.patience import patience

#: student -> file and points.
CLASS = {"ada": (SOLUTION, 14.0), "ben": (STUB, 0.0), "Ольга": (WRONG, 8.0), "dan": (SOLUTION + "# mine\n", 14.0)}


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, class_folder.HOME_VARIABLE: str(folder), "XDG_DATA_HOME": str(folder.parent / "data")}


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "grading", *arguments]


@pytest.fixture(scope="module")
def submitted(tmp_path_factory) -> Path:
    """A released chapter with submissions, none of them graded."""
    folder = tmp_path_factory.mktemp("course") / "class"
    out = folder.parent / "out"
    done = subprocess.run(
        command(folder, "release", "ch08", "--out", str(out)),
        cwd=class_folder.ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for student, (file, _) in CLASS.items():
        submission = ClassFolder(folder).submission_folder(student, CHAPTER)
        shutil.copytree(out / CHAPTER, submission)
        (submission / "work" / "conv.py").write_text(file)
    return folder


def autograde(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, "autograde", "ch08", *arguments),
        cwd=class_folder.ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def killed_when(folder: Path, ready: Callable[[Path], bool], group: bool) -> None:
    """Start a batch and kill -9 it as soon as the disk shows that it is at the place; with its children, or alone."""
    batch = subprocess.Popen(
        command(folder, "autograde", "ch08"),
        cwd=class_folder.ROOT,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + patience(120)
    while not ready(folder) and batch.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert batch.poll() is None, "it ended before it could be killed"
    (os.killpg if group else os.kill)(batch.pid, signal.SIGKILL)
    batch.wait()


def some(pattern: str) -> Callable[[Path], bool]:
    return lambda folder: any(folder.glob(pattern))


def half_graded(folder: Path) -> bool:
    """nbgrader has written a notebook, and no score yet."""
    students = [p.parent.parent.name for p in folder.glob(f"autograded/*/{CHAPTER}/*.ipynb")]
    return any(batch_progress.read_graded_key(ClassFolder(folder), s, CHAPTER) is None for s in students)


PLACES = {
    "at once": lambda folder: True,
    "in intake": some("intake/*"),
    "judging": some("intake/*/*/record.json"),
    "one is judged": some("intake/*/*/verdict.json"),
    "nbgrader has begun": some("autograded/*/*"),
    "nbgrader has sanitized": half_graded,
    "one is graded": lambda folder: any(batch_progress.read_graded_key(ClassFolder(folder), s, CHAPTER) for s in CLASS),
    "feedback has begun": some("feedback/*/*"),
    "one has its feedback": some("feedback/*/*/*.html"),
}


def state(folder: Path) -> dict[str, tuple[float, str]]:
    """Every student's score in the gradebook and the hash of the submission as it came."""
    found = {}
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for student in CLASS:
            original = ClassFolder(folder).original_folder(student, CHAPTER)
            came = json.dumps(hash_folder(original), sort_keys=True)
            found[student] = (gradebook.find_submission(CHAPTER, student).score, came)
    return found


@pytest.mark.parametrize(
    ("place", "group"),
    [pytest.param(place, group, marks=pytest.mark.slow) for place in PLACES for group in (True, False)],
)
def test_a_killed_batch_goes_on(place: str, group: bool, submitted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    shutil.copytree(submitted, folder, symlinks=True)
    came = {s: hash_folder(ClassFolder(folder).submission_folder(s, CHAPTER)) for s in CLASS}
    killed_when(folder, PLACES[place], group)
    before = {v.student: v for v in verdict_store.list_verdicts(ClassFolder(folder), CHAPTER)}

    done = autograde(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 not" in done.stdout
    found = state(folder)
    assert {s: score for s, (score, _) in found.items()} == pytest.approx(
        {s: points for s, (_, points) in CLASS.items()}
    )
    for student in CLASS:
        assert hash_folder(ClassFolder(folder).original_folder(student, CHAPTER)) == came[student], "what came is kept"
        assert batch_progress.has_feedback(ClassFolder(folder), student, CHAPTER)
    after = {v.student: v for v in verdict_store.list_verdicts(ClassFolder(folder), CHAPTER)}
    assert {s: after[s] for s in before} == before, "it was judged twice"
    kept = ("original", "record.json", "verdict.json", "graded.json")
    assert [p for p in folder.glob(f"intake/*/{CHAPTER}/*") if p.name not in kept] == []

    again = autograde(folder)
    assert f"0 graded, 0 not, {len(CLASS)} left as they were" in again.stdout, again.stdout + again.stderr
    assert state(folder) == found


def test_two_batches_do_not_work_on_one_class_at_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(batch_progress, "LOCK_WAIT_SECONDS", 0.1)
    refused = pytest.raises(Busy, match="Another autograde is at work")
    with (
        batch_progress.lock_class_folder(ClassFolder(tmp_path)),
        refused,
        batch_progress.lock_class_folder(ClassFolder(tmp_path)),
    ):
        pass
    with batch_progress.lock_class_folder(ClassFolder(tmp_path)):
        pass
