"""The learner's files are found in whatever an honest student hands in; no file of the course's is taken for one."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from grading.class_folder import ROOT, ClassFolder
from grading.handout import learner_zip
from grading.handout.release_files import list_learner_files
from grading.intake import accept_submission
from grading.intake.rebuild_submission import Record
from tests.grading.conftest import CHAPTER, SOLUTION, STUB, replaced

UNFOLD = (ROOT / "solutions" / "ops" / "unfold.py").read_text(encoding="utf-8")
OTHER = "ch07_convolution_forward"


@pytest.fixture(scope="session")
def release(tmp_path_factory) -> Path:
    """Two chapters as they are handed out: the notebook, its figures, and the learner's files in work/."""
    folder = tmp_path_factory.mktemp("release")
    for name in (CHAPTER, OTHER):
        shutil.copytree(ROOT / "notebooks" / name, folder / name)
        for path, content in list_learner_files(name).items():
            (folder / name / path).parent.mkdir(exist_ok=True)
            (folder / name / path).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def zips(release: Path) -> dict[str, bytes]:
    """The learners' zip of one chapter, and one of a course of two."""
    chapters = {name: release / name for name in (CHAPTER, OTHER)}
    return {
        "chapter": learner_zip.make_zip(learner_zip.collect_files({CHAPTER: release / CHAPTER}), "cnnlab-ch08"),
        "course": learner_zip.make_zip(learner_zip.collect_files(chapters), "cnnlab-course"),
    }


@pytest.fixture
def home(tmp_path: Path, release: Path) -> ClassFolder:
    home = ClassFolder(tmp_path / "class")
    shutil.copytree(release / CHAPTER, home.released_notebook(CHAPTER).parent)
    return home


@pytest.fixture
def submission(home: ClassFolder) -> Path:
    folder = home.submission_folder("ada", CHAPTER)
    folder.mkdir(parents=True)
    return folder


def unpack(zipped: bytes, place: Path, top: bool = True) -> Path:
    """Unpack a zip below a folder, with its top folder or without; the course's folder."""
    scratch = place / "unpacking"
    zipfile.ZipFile(BytesIO(zipped)).extractall(scratch)
    [inner] = scratch.iterdir()
    if top:
        moved = Path(shutil.move(inner, place / inner.name))
    else:
        moved = place
        for path in list(inner.iterdir()):
            shutil.move(path, place / path.name)
    shutil.rmtree(scratch)
    return moved


def write(folder: Path, conv: str = SOLUTION, unfold: str = UNFOLD) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conv.py").write_text(conv, encoding="utf-8")
    (folder / "unfold.py").write_text(unfold, encoding="utf-8")


def accept(home: ClassFolder) -> tuple[Record, Path]:
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    return record, home.submission_folder("ada", CHAPTER) / "work"


def add_macos_leavings(course: Path) -> None:
    beside = course.parent / "__MACOSX" / course.name / "cnnlab" / "ops"
    beside.mkdir(parents=True)
    (beside / "._conv.py").write_bytes(b"\0\5\26\7")
    (beside / "conv.py").write_text("nonsense")
    for folder, _, _ in os.walk(course):
        (Path(folder) / ".DS_Store").write_bytes(b"\0")


def add_environment(course: Path) -> None:
    inside = course / ".venv" / "lib" / "site-packages" / "cnnlab" / "ops"
    inside.mkdir(parents=True)
    write(inside, "nonsense", "nonsense")


AROUND = {
    "as it is unpacked": lambda place: place,
    "in one more folder": lambda place: place / "Ада, final (1)",
}


@pytest.mark.parametrize("which", ["chapter", "course"])
@pytest.mark.parametrize("top", [True, False], ids=["with top folder", "without top folder"])
@pytest.mark.parametrize("around", AROUND)
def test_a_whole_course_folder_is_searched(which, top, around, zips, home: ClassFolder, submission: Path) -> None:
    place = AROUND[around](submission)
    place.mkdir(parents=True, exist_ok=True)
    course = unpack(zips[which], place, top)
    write(course / ("notebooks/" + CHAPTER + "/work" if which == "chapter" else "cnnlab/ops"))
    if top:
        add_macos_leavings(course)
    add_environment(course)
    record, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == SOLUTION
    assert (work / "unfold.py").read_text(encoding="utf-8") == UNFOLD
    assert record.needs_person == ()
    [sentence] = record.odd
    assert sentence.startswith("the whole course folder was handed in; the files in ")
    assert sentence.endswith(("/work/ were taken", "cnnlab/ops/ were taken"))


def test_a_course_in_which_nothing_was_written_gives_the_stubs(zips, home: ClassFolder, submission: Path) -> None:
    unpack(zips["course"], submission)
    record, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == STUB
    assert record.needs_person == ()


def test_a_course_that_was_handed_in_without_its_notebooks(zips, home: ClassFolder, submission: Path) -> None:
    course = unpack(zips["course"], submission)
    write(course / "cnnlab" / "ops")
    for path in list(course.iterdir()):
        if path.name != "cnnlab":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    _, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == SOLUTION


def test_the_courses_own_files_are_never_the_learners(zips, home: ClassFolder, submission: Path) -> None:
    course = unpack(zips["chapter"], submission)
    shutil.rmtree(course / "notebooks")
    shutil.rmtree(course / "cnnlab" / "ops")
    shutil.copytree(ROOT / "solutions", course / "solutions")
    record, work = accept(home)
    assert not work.exists()
    assert record.needs_person[-1] == "the whole course folder was handed in, and no learner's file is in it"


def test_solutions_are_not_taken_and_a_person_is_asked(home: ClassFolder, submission: Path) -> None:
    write(submission / "solutions")
    record, work = accept(home)
    assert not work.exists()
    assert any(s.startswith("conv.py lies in solutions/ alone") for s in record.needs_person)


def test_both_places_written_and_different_need_a_person(zips, home: ClassFolder, submission: Path) -> None:
    course = unpack(zips["chapter"], submission)
    write(course / "notebooks" / CHAPTER / "work")
    write(course / "cnnlab" / "ops", conv=replaced("conv2d_weight_grad", "return 0"))
    record, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == SOLUTION
    [sentence] = record.needs_person
    assert sentence == (
        "conv.py was handed in more than once, with different content: the one in "
        f"cnnlab-ch08/notebooks/{CHAPTER}/work/ was taken, not the one in cnnlab-ch08/cnnlab/ops/"
    )


#: What else lies in a submission, and the folder from which conv.py is then taken.
CHOICES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a stub in work/, the answer beside the notebook": (
        lambda f: (write(f / "work", STUB), (f / "conv.py").write_text(SOLUTION)),
        ".",
    ),
    "a stub with Windows line ends": (
        lambda f: (write(f / "work", STUB.replace("\n", "\r\n")), write(f / "mine")),
        "mine",
    ),
    "the same file twice": (lambda f: (write(f / "work"), write(f / "backup")), "work"),
    "another chapter's folder": (lambda f: (write(f / "work"), write(f / OTHER / "work", STUB + "\nx = 1\n")), "work"),
    "an unreadable one and a readable one": (
        lambda f: (write(f / "mine"), (f / "work").mkdir(), (f / "work" / "conv.py").symlink_to("/etc/passwd")),
        "mine",
    ),
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_was_written_goes_before_what_was_handed_out(name: str, home: ClassFolder, submission: Path) -> None:
    change, folder = CHOICES[name]
    change(submission)
    expected = (submission / folder / "conv.py").read_text(encoding="utf-8")
    record, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == expected == SOLUTION
    assert bool(record.needs_person) == ("unreadable" in name)


def test_an_archive_that_was_not_unpacked_needs_a_person(zips, home: ClassFolder, submission: Path) -> None:
    (submission / "cnnlab-ch08.zip").write_bytes(zips["chapter"])
    record, _ = accept(home)
    assert any("an archive that was not unpacked" in s for s in record.needs_person)


def test_a_folder_of_many_files_and_folders_is_searched_within_limits(home: ClassFolder, submission: Path) -> None:
    (submission / "many").mkdir()
    for k in range(3000):
        (submission / "many" / f"{k}.txt").touch()
    deep = submission.joinpath(*["d"] * 60)
    deep.mkdir(parents=True)
    write(deep, "too deep")
    write(submission / "work")
    record, work = accept(home)
    assert (work / "conv.py").read_text(encoding="utf-8") == SOLUTION
    assert record.needs_person == ("its folders are more than 8 deep, and not all were looked into",)


def test_names_in_sentences_are_on_one_line(home: ClassFolder, submission: Path) -> None:
    write(submission / "a\n  bob: copied\x1b[2J")
    record, _ = accept(home)
    assert any("a\ufffd  bob: copied\ufffd[2J/" in s for s in record.odd)
    assert all(s.isprintable() for s in record.sentences)
