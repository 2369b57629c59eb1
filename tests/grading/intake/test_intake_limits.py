"""Intake is bounded: whatever is handed in costs the judge little, and the code that came with it is still taken."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading.class_folder import ROOT, ClassFolder
from grading.errors import NotAccepted
from grading.intake import accept_submission, read_notebook
from grading.nbgrader_steps.zip_collect import is_student_id
from grading.worker.sandboxed.limits import MAX_NOTEBOOK_BYTES, MAX_NOTEBOOK_CELLS, MAX_SMALL_NOTEBOOK_BYTES
from tests.grading.conftest import CHAPTER, SOLUTION

NOTEBOOK = json.loads((ROOT / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
ANSWERED = "ch08-why-crop"


@pytest.fixture
def home(tmp_path: Path) -> ClassFolder:
    home = ClassFolder(tmp_path / "class")
    shutil.copytree(ROOT / "notebooks" / CHAPTER, home.released_notebook(CHAPTER).parent)
    (home.submission_folder("ada", CHAPTER) / "work").mkdir(parents=True)
    (home.submission_folder("ada", CHAPTER) / "work" / "conv.py").write_text(SOLUTION)
    return home


def hand_in(home: ClassFolder, content: bytes) -> None:
    (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").write_bytes(content)


def answer(cells: list[dict]) -> list[dict]:
    for cell in cells:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == ANSWERED:
            cell["source"] = "My own words."
    return cells


def with_outputs(size: int) -> bytes:
    """The notebook with an answer, and outputs of so many bytes."""
    found = json.loads(json.dumps(NOTEBOOK))
    first = next(cell for cell in answer(found["cells"]) if cell["cell_type"] == "code")
    first["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * (size // 4)} for _ in range(4)]
    return json.dumps(found).encode()


def rebuilt(home: ClassFolder) -> str:
    return (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "size", [MAX_SMALL_NOTEBOOK_BYTES * 2, pytest.param(240_000_000, marks=pytest.mark.slow)], ids=["4 MB", "240 MB"]
)
def test_large_outputs_cost_nothing(size: int, home: ClassFolder) -> None:
    hand_in(home, with_outputs(size))
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "My own words." in rebuilt(home)
    assert record.sentences == ()


HOSTILE = {
    "lists": b'{"cells":[' + b"[]," * 10_000_000 + b"0]}",
    "objects": b'{"cells":[' + b"{}," * 1_000_000 + b"0]}",
    "nested": b'{"cells":' + b"[" * 3_000_000,
    "a long number": b'{"cells":' + b"9" * 3_000_000 + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_notebook_is_read_outside_the_judge(name: str, home: ClassFolder, monkeypatch) -> None:
    monkeypatch.setattr(read_notebook, "MAX_NOTEBOOK_MEMORY_BYTES", 300_000_000)
    monkeypatch.setattr(read_notebook, "read_cells", None)  # nothing of this size is parsed in the judge's process
    hand_in(home, HOSTILE[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB in the judge"
    assert record.needs_person, "nobody is named"
    assert "work/conv.py" in record.files


def test_a_notebook_above_the_limit_is_not_opened(home: ClassFolder) -> None:
    with (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").open("wb") as file:
        file.truncate(MAX_NOTEBOOK_BYTES + 1)
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "at most 256,000,000 are read; its written answers are lost" in record.needs_person[0]
    assert "work/conv.py" in record.files


def test_more_cells_than_any_notebook_has_are_cut_and_a_person_is_named(home: ClassFolder) -> None:
    copies = [
        {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": ANSWERED}}, "source": str(k)}
        for k in range(2 * MAX_NOTEBOOK_CELLS)
    ]
    hand_in(home, json.dumps({"cells": copies}).encode())
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert any("more than 10,000 cells" in sentence for sentence in record.needs_person)
    assert any("100,000 were taken" in sentence for sentence in record.needs_person)
    assert "<p>999</p>" in rebuilt(home)  # what is shown of it is bounded once more


def test_many_copies_of_an_answer_take_a_number_of_steps_that_grows_with_them(monkeypatch) -> None:
    """Counted in calls, since time depends on the machine."""
    from grading.intake import cut_notebook, match_answers
    from grading.intake.notebook_cells import Cell

    released = cut_notebook.ReleasedNotebook.from_json(NOTEBOOK)
    steps = []
    real = cut_notebook.join_words
    for module in (cut_notebook, match_answers):
        monkeypatch.setattr(module, "join_words", lambda text: steps.append(text) or real(text))

    def count(number: int) -> int:
        steps.clear()
        match_answers.match_answers([Cell("markdown", str(k), ANSWERED) for k in range(number)], released)
        return len(steps)

    count(1)  # what is released is looked through once
    assert count(2000) <= 2.1 * count(1000)


WHO = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from grading.intake import accept_submission
from grading.class_folder import ClassFolder
import nbgrader.utils  # before the folder of this Python is closed to the user
os.setgroups([])
os.setgid({user}); os.setuid({user})
try:
    print(accept_submission.accept_submission(ClassFolder(Path({folder!r})), "ada", {chapter!r}).needs_person)
except accept_submission.NotAccepted as error:
    print("NotAccepted:", error)
"""


def accept_as(folder: Path, user: int) -> str:
    """Run intake as a user who is not root: to root no folder is closed."""
    code = WHO.format(root=str(ROOT), user=user, folder=str(folder), chapter=CHAPTER)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def another_user(home: ClassFolder) -> int:
    """A class that belongs to an instructor who is not root."""
    if os.getuid() != 0:
        return os.getuid()
    user = 54321
    for folder, _, files in os.walk(home.folder):
        os.chown(folder, user, user)
        for name in files:
            os.chown(os.path.join(folder, name), user, user)
    for parent in home.folder.parents:
        if parent != Path("/") and parent.stat().st_uid == 0 and not parent.stat().st_mode & 1:
            parent.chmod(parent.stat().st_mode | 0o711)
    return user


def test_a_folder_that_may_not_be_written_is_moved_and_not_copied(home: ClassFolder, another_user: int) -> None:
    hand_in(home, (home.released_notebook(CHAPTER)).read_bytes())
    submission = home.submission_folder("ada", CHAPTER)
    for path in submission.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    submission.chmod(0o555)
    assert accept_as(home.folder, another_user) == "()\n"
    assert (home.original_folder("ada", CHAPTER) / "work" / "conv.py").read_text() == SOLUTION
    assert (submission / "submission_secret.txt").is_file(), "the rebuilt one is in its place"
    assert sorted(p.name for p in home.original_folder("ada", CHAPTER).parent.iterdir()) == ["original", "record.json"]
    assert accept_as(home.folder, another_user) == "()\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_users_stays_where_it_is_and_a_sentence_says_what_to_do(
    home: ClassFolder, another_user: int
) -> None:
    submission = home.submission_folder("ada", CHAPTER)
    for place in (submission, submission.parent):
        os.chown(place, 0, 0)
        place.chmod(0o555)
    said = accept_as(home.folder, another_user)
    assert said.startswith(f"NotAccepted: {submission} cannot be moved to ")
    assert "Permission denied. Make it yours to write, `chmod -R u+rwX " in said
    assert submission.is_dir() and not home.original_folder("ada", CHAPTER).exists()


def test_a_name_with_a_line_break_is_refused_in_a_whole_sentence(home: ClassFolder) -> None:
    name = "ada\n  bob"
    home.submission_folder("ada", CHAPTER).parent.rename(home.folder / "submitted" / name)
    with pytest.raises(NotAccepted, match=r"^The folder submitted/ada\ufffd  bob has a line break .* grade again\.$"):
        accept_submission.accept_submission(home, name, CHAPTER)


def test_a_submission_on_another_disk_is_copied_whole(home: ClassFolder, monkeypatch) -> None:
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path == home.submission_folder("ada", CHAPTER):
            raise OSError(18, "Invalid cross-device link")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert (home.original_folder("ada", CHAPTER) / "work" / "conv.py").read_text() == SOLUTION
    assert "work/conv.py" in record.files
    assert sorted(p.name for p in home.original_folder("ada", CHAPTER).parent.iterdir()) == ["original", "record.json"]


def test_a_record_of_version_0_1_0_is_read(home: ClassFolder) -> None:
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    path = home.record_file("ada", CHAPTER)
    old = json.loads(path.read_text(encoding="utf-8"))
    del old["needs_person"]
    path.write_text(json.dumps(old), encoding="utf-8")
    assert accept_submission.read_record(home, "ada", CHAPTER) == record
    assert accept_submission.require_accepted(home.submission_folder("ada", CHAPTER), "ada", CHAPTER) == record


@pytest.mark.parametrize("which", ["the submission", "the student's folder"])
def test_a_folder_that_is_a_link_to_another_students_is_not_judged(which: str, home: ClassFolder) -> None:
    """Its files would be judged as Eve's, and shown in her feedback."""
    eve = home.submission_folder("eve", CHAPTER)
    link, target = (eve, home.submission_folder("ada", CHAPTER)) if which == "the submission" else (eve.parent, "ada")
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(target)
    with pytest.raises(NotAccepted, match="is a link, perhaps to another student's files"):
        accept_submission.accept_submission(home, "eve", CHAPTER)
    assert not home.original_folder("eve", CHAPTER).exists()
    assert (home.submission_folder("ada", CHAPTER) / "work" / "conv.py").read_text() == SOLUTION


@pytest.mark.parametrize("make", [os.mkfifo, lambda p: p.symlink_to("/etc/passwd")], ids=["a pipe", "a link"])
def test_a_notebook_that_is_not_opened_needs_a_person(make, home: ClassFolder) -> None:
    make(home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb")
    [sentence] = accept_submission.accept_submission(home, "ada", CHAPTER).needs_person
    assert "is a link or no regular file; its written answers are lost" in sentence


MARKUP_NAMES = (
    "<img src=x onerror=alert(1)>",
    'a"+alert(1)+"',
    "a\\x22",
    "$\\href{javascript:alert(1)}{x}$",
    "</script>",
)


@pytest.mark.parametrize("name", [n.replace("/", "\\") for n in MARKUP_NAMES])
def test_a_student_whose_name_is_markup_is_not_graded_and_is_named(name: str, home: ClassFolder) -> None:
    """Formgrader writes a student's name into a page and into a script without escaping it."""
    home.submission_folder("ada", CHAPTER).parent.rename(home.folder / "submitted" / name)
    with pytest.raises(NotAccepted, match="would run or show as HTML: rename the folder"):
        accept_submission.accept_submission(home, name, CHAPTER)
    assert not is_student_id(name)


@pytest.mark.parametrize("name", ["O'Neil_Sean", "Müller_Ada", "ada&ben", "李雷", "a(1)", "ada*"])
def test_a_student_with_an_ordinary_name_is_graded(name: str, home: ClassFolder) -> None:
    home.submission_folder("ada", CHAPTER).parent.rename(home.folder / "submitted" / name)
    assert accept_submission.accept_submission(home, name, CHAPTER).files
    assert is_student_id(name)
