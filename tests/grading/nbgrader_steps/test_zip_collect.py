"""nbgrader's zip_collect with the downloads of learning management systems: everybody's files come."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from grading import class_folder
from grading.class_config import SETTINGS_FILE, configure_class
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.intake.collection_record import read_collected
from grading.intake.timestamps import parse_timestamp
from grading.nbgrader_steps.zip_collect import strip_common_folder
from tests.grading.conftest import CHAPTER
from tests.grading.intake.test_safe_extract import make_zip, truncated
from tests.grading.test_class_config import fresh_environment

CODE = b"def conv2d_bias_grad(dy):\n    return dy.sum(axis=(0, 2, 3))\n"


def whole(folder: str = "") -> dict[str, bytes]:
    """Return what a student hands in: the notebook, and the learner's files in work/."""
    notebook = (class_folder.ROOT / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb").read_bytes()
    return {f"{folder}{CHAPTER}.ipynb": notebook, f"{folder}work/conv.py": CODE}


def make_class(folder: Path, settings: str = "") -> tuple[ClassFolder, Path]:
    """Return a class that handed out chapter 8, and the folder for what was downloaded."""
    where = ClassFolder(folder)
    configure_class(where)
    with (where.folder / SETTINGS_FILE).open("a") as file:
        file.write(settings)
    shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, where.released_notebook(CHAPTER).parent)
    archive = where.folder / "downloaded" / CHAPTER / "archive"
    archive.mkdir(parents=True)
    return where, archive


def zip_collect(where: ClassFolder, *arguments: str) -> str:
    """Run nbgrader zip_collect in the class as in a new terminal. Return what it printed."""
    program = [sys.executable, "-m", "nbgrader", "zip_collect", CHAPTER, *arguments]
    environment = fresh_environment(where.folder.parent) | {"TZ": "America/New_York"}
    done = subprocess.run(program, cwd=where.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def collected(where: ClassFolder, student: str) -> set[str]:
    folder = where.submission_folder(student, CHAPTER)
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


COMPLETE = {f"{CHAPTER}.ipynb", "work/conv.py"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> tuple[ClassFolder, str]:
    """A class in which every way of handing in meets every bad archive, and what zip_collect said."""
    where, archive = make_class(tmp_path_factory.mktemp("course") / "class")
    make_zip(archive / "ada.zip", whole())
    make_zip(archive / "ben.zip", whole(f"{CHAPTER}/"))
    make_zip(archive / "mooreanna_12345_678_ch08.zip", whole())
    make_zip(archive / "latecara_LATE_12346_679_ch08.zip", whole())
    for name, content in whole().items():
        (archive / f"flatdan_12347_680_{Path(name).name}").write_bytes(content)
    make_zip(archive / "hw_eli_attempt_2026-01-09-12-00-00_first.zip", {"work/conv.py": b"raise"})
    make_zip(archive / "hw_eli_attempt_2026-01-10-12-00-00_second.zip", whole())
    folder = archive / "77-678 - Fay Gray - Jan 9, 2026 1200 PM"
    folder.mkdir()
    make_zip(folder / "work.zip", whole())
    (archive / "gus" / "work").mkdir(parents=True)
    for name, content in whole().items():
        (archive / "gus" / name).write_bytes(content)
    (archive / "gus" / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")
    make_zip(archive / "Hao Li_4_assignsubmission_file_.zip", {**whole(), "notes.pdf": b"%PDF"})
    make_zip(archive / "mallory.zip", {**whole(), "../../x": b"out"})
    make_zip(archive / "linda.zip", whole(), link="link.py")
    make_zip(archive / "secret.zip", whole(), encrypted=True)
    truncated(archive / "half.zip")
    (archive / "rick.rar").write_bytes(b"Rar!")
    (archive / "conv.py").write_bytes(CODE)
    make_zip(archive / "pia.zip", {"report.pdf": b"%PDF"})
    return where, zip_collect(where)


@pytest.mark.parametrize(
    "student",
    ["ada", "ben", "mooreanna", "latecara", "eli", "Fay_Gray", "gus", "Hao_Li"],
)
def test_everybodys_notebook_and_files_come(student: str, mixed: tuple[ClassFolder, str]) -> None:
    found = collected(mixed[0], student)
    assert found - {"timestamp.txt"} == COMPLETE
    assert (mixed[0].submission_folder(student, CHAPTER) / "work" / "conv.py").read_bytes() == CODE


def test_files_without_a_folder_come_too(mixed: tuple[ClassFolder, str]) -> None:
    assert collected(mixed[0], "flatdan") == {f"{CHAPTER}.ipynb", "conv.py"}


def test_the_folder_around_everything_goes_and_work_stays() -> None:
    def strip(*names: str) -> list[str]:
        return [str(target) for target in strip_common_folder({PurePosixPath(n): PurePosixPath(n) for n in names})]

    assert strip("a/b/work/conv.py", "a/b/c.ipynb") == ["work/conv.py", "c.ipynb"]
    assert strip("a/work/conv.py") == strip("work/conv.py") == ["work/conv.py"]
    assert strip("work/work/conv.py", "work/c.ipynb") == ["work/conv.py", "c.ipynb"]


def test_nobody_else_is_made_up(mixed: tuple[ClassFolder, str]) -> None:
    there = {p.name for p in (mixed[0].folder / "submitted").iterdir()}
    assert there == {"ada", "ben", "mooreanna", "latecara", "flatdan", "eli", "Fay_Gray", "gus", "Hao_Li"}


@pytest.mark.parametrize(
    "sentence",
    [
        "mallory.zip: ../../x in it leads out of its own folder",
        "linda.zip: link.py in it is a link",
        "secret.zip: ",
        "half.zip: it is damaged",
        "rick.rar: no student's name",
        "conv.py: no student's name can be read from its path",
        "pia: no .ipynb or .py came, only .pdf",
        "hw_eli_attempt_2026-01-09-12-00-00_first/work/conv.py: a later attempt of eli was collected",
    ],
)
def test_what_was_not_collected_is_named_at_the_end(sentence: str, mixed: tuple[ClassFolder, str]) -> None:
    summary = mixed[1].rpartition("not collected:")[2]
    assert sentence in summary


def test_the_terminal_shows_how_much_was_found_and_no_line_for_each_file(mixed: tuple[ClassFolder, str]) -> None:
    found, *rest = mixed[1].splitlines()
    students = len(list((mixed[0].folder / "submitted").iterdir()))
    files = [p for p in (mixed[0].folder / "submitted").rglob("*") if p.is_file() and p.name != "timestamp.txt"]
    assert found == f"Found {len(files)} files of {students} students."
    assert rest[0].endswith("not collected:") and all(line.startswith("  ") for line in rest[1:])


def test_nothing_was_written_outside(mixed: tuple[ClassFolder, str]) -> None:
    assert not list(mixed[0].folder.parent.rglob("x"))


def test_times_in_names_are_of_this_computers_zone_and_no_student_writes_them(mixed: tuple[ClassFolder, str]) -> None:
    where = mixed[0]
    for student, time in {"eli": "2026-01-10 12:00 EST", "Fay_Gray": "2026-01-09 12:00 EST"}.items():
        text = (where.submission_folder(student, CHAPTER) / "timestamp.txt").read_text()
        assert parse_timestamp(text) == parse_timestamp(time)
    assert "timestamp.txt" not in collected(where, "gus")


def test_intake_knows_who_recorded_the_time_and_what_is_not_known(mixed: tuple[ClassFolder, str]) -> None:
    where = mixed[0]
    assert not [
        s
        for s in accept_submission.accept_submission(where, "eli", CHAPTER).sentences
        if "timestamp" in s or "time" in s
    ]
    assert any(
        "Canvas marks it as late" in s
        for s in accept_submission.accept_submission(where, "latecara", CHAPTER).sentences
    )
    again = where.submission_folder("Fay_Gray", CHAPTER)
    (again / "work" / "conv.py").write_bytes(CODE + b"# copied over it by hand\n")
    assert any(
        "the student could have written it" in s
        for s in accept_submission.accept_submission(where, "Fay_Gray", CHAPTER).sentences
    )


def test_a_canvas_number_tells_students_of_other_chapters_apart(mixed: tuple[ClassFolder, str]) -> None:
    record = read_collected(mixed[0], "mooreanna", CHAPTER)
    assert record and record.number == "12345"


def test_an_instructors_own_names_zone_and_ids_hold(tmp_path) -> None:
    settings = r"""
c.FileNameCollectorPlugin.named_regexp = r".*/hand-in-(?P<student_id>\w+)-(?P<timestamp>[0-9\-]{19})/(?P<file_id>.+)"
c.LmsFileNames.time_zone = "Europe/Berlin"
c.LmsFileNames.student_ids = {"ada": "s0123"}
"""
    where, archive = make_class(tmp_path / "class", settings)
    make_zip(archive / "hand-in-ada-2026-01-09-12-00-00.zip", whole())
    make_zip(archive / "other.zip", whole())
    said = zip_collect(where)
    assert collected(where, "s0123") == COMPLETE | {"timestamp.txt"}
    text = (where.submission_folder("s0123", CHAPTER) / "timestamp.txt").read_text()
    assert parse_timestamp(text) == parse_timestamp("2026-01-09 11:00 UTC")
    assert "other/work/conv.py: named_regexp does not match its path" in said
