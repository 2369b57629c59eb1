"""Grading again keeps what a person marked, a moved due date is applied, and what a disk refuses is one sentence."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading import __main__ as command
from grading import class_folder as homes
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.report import report_page
from grading.report.batch_summary import summarise_batch
from tests.grading.conftest import CHAPTER, HOSTILE_STUDENT, STUB, answer_all, set_due_date

#: The flags of a student's cells marked by hand, by grade_id: whether each waits for a person.
Flags = dict[str, bool]


def mark_all(where: ClassFolder, points: float = 1.5) -> None:
    """Mark every written answer, and one checked exercise of ada's, as a person does in Formgrader."""
    with Gradebook(f"sqlite:///{where.folder / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(CHAPTER):
            for grade in submission.notebooks[0].grades:
                checked = grade.cell.cell_type == "code"
                if not checked or (submission.student_id == "ada" and grade.name == "conv2d_bias_grad"):
                    grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def read_flags(where: ClassFolder, student: str) -> Flags:
    with Gradebook(f"sqlite:///{where.folder / 'gradebook.db'}") as book:
        grades = book.find_submission(CHAPTER, student).notebooks[0].grades
        return {g.name: g.needs_manual_grade for g in grades if g.manual_score is not None}


@pytest.mark.slow
def test_what_a_person_marked_waits_again_only_where_it_changed(graded_class: ClassFolder, capsys) -> None:
    assert summarise_batch(graded_class, CHAPTER).unmarked_cells == 6
    mark_all(graded_class)
    assert summarise_batch(graded_class, CHAPTER).unmarked_cells == 0
    # ben hands in again: one answer is another one; ada's marked exercise and everything else stay
    submission = graded_class.submission_folder("ben", CHAPTER)
    shutil.rmtree(submission)
    shutil.copytree(graded_class.original_folder("ben", CHAPTER), submission)
    answer_all(submission, "Another answer.")
    assert command.main(["autograde", "ch08", "--force"]) == 0
    assert "3 graded, 0 not" in capsys.readouterr().out
    assert set(read_flags(graded_class, "ada").values()) == {False}
    assert len(read_flags(graded_class, "ada")) == 3
    assert set(read_flags(graded_class, HOSTILE_STUDENT).values()) == {False}
    assert read_flags(graded_class, "ben") and all(read_flags(graded_class, "ben").values())
    assert summarise_batch(graded_class, CHAPTER).unmarked_cells == 2

    # again, with nothing new: what waits goes on waiting, and nothing is added
    assert command.main(["autograde", "ch08", "--force"]) == 0
    assert summarise_batch(graded_class, CHAPTER).unmarked_cells == 2


def test_a_checked_exercise_marked_by_hand_waits_again_when_the_code_changed(graded_class: ClassFolder) -> None:
    mark_all(graded_class)
    (graded_class.submission_folder("ada", CHAPTER) / "work" / "conv.py").write_text(STUB)
    assert command.main(["autograde", "ch08"]) == 0
    flags = read_flags(graded_class, "ada")
    assert flags.pop("conv2d_bias_grad")
    assert set(flags.values()) == {False}


@pytest.mark.slow
def test_a_moved_due_date_is_applied_without_force_and_said(graded_class: ClassFolder, capsys) -> None:
    feedback = graded_class.folder / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html"
    late = "Late submission penalty"
    assert late in feedback.read_text(encoding="utf-8")
    before = summarise_batch(graded_class, CHAPTER).gradebook["ada"]
    assert (before.score, before.penalty) == (0, 14)

    set_due_date(graded_class, "2026-01-13 12:00:00 UTC")
    assert command.main(["autograde", "ch08"]) == 0
    printed = capsys.readouterr().out
    assert "0 graded, 0 not, 3 left as they were" in printed
    assert "  ada: the due date moved: in time now, penalty 14 before, 0 now" in printed
    after = summarise_batch(graded_class, CHAPTER).gradebook["ada"]
    assert (after.score, after.penalty, after.late) == (14, 0, 0)
    assert late not in feedback.read_text(encoding="utf-8"), "the feedback is written again"

    assert command.main(["autograde", "ch08"]) == 0
    assert "due date" not in capsys.readouterr().out, "it is said once"

    set_due_date(graded_class, "2026-01-09 12:00:00 UTC")
    assert command.main(["autograde", "ch08"]) == 0
    printed = capsys.readouterr().out
    assert "ada: the due date moved: late by 2.9 days now, penalty 0 before, 14 now" in printed
    assert "ben: the due date moved: late by 0.3 days now, penalty 0 before, 0 now" in printed


def test_a_full_disk_is_one_sentence_for_everybody(graded_class: ClassFolder, monkeypatch, capsys) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere")

    monkeypatch.setattr(accept_submission, "accept_submission", full)
    monkeypatch.setattr(report_page, "write_page", full)
    assert command.main(["autograde", "ch08"]) == 2
    printed = capsys.readouterr()
    sentence = "The disk is full: free some space, then run the same command again; what is graded stays graded."
    assert [line for line in printed.out.splitlines() if "full" in line] == [
        f"  not graded: {homes_of(printed.out)}: {sentence}"
    ]
    assert printed.err.strip() == sentence


def homes_of(printed: str) -> str:
    """Return the names in the line on who was not graded, which are all three."""
    [line] = [line for line in printed.splitlines() if line.startswith("  not graded: ")]
    names = line.removeprefix("  not graded: ").partition(": The disk")[0]
    assert len(names.split(", ")) == 3
    return names


def test_a_disk_that_is_really_full_prints_no_traceback(graded_class: ClassFolder, capsys) -> None:
    """/dev/full refuses every byte, as a full disk does."""
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    report = graded_class.report_folder(CHAPTER)
    (report / "scores.csv").unlink()
    (report / "scores.csv").symlink_to("/dev/full")
    assert command.main(["report", "ch08"]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("The disk is full: free some space")
    assert len(printed.err.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(
    graded_class: ClassFolder, tmp_path, monkeypatch, capsys
) -> None:
    def refused(*_: object) -> None:  # root may write everywhere, so that a mode alone would not show it
        raise PermissionError(errno.EACCES, "Permission denied", "/class/reports")

    monkeypatch.setattr(report_page, "write_page", refused)
    assert command.main(["report", "ch08"]) == 2
    assert (
        capsys.readouterr().err.strip().startswith("Writing or reading is not allowed (/class/reports): give yourself")
    )


@pytest.mark.slow
def test_a_locked_gradebook_is_one_sentence_and_the_next_batch_goes_on(graded_class: ClassFolder, capsys) -> None:
    (graded_class.submission_folder("ada", CHAPTER) / "work" / "conv.py").write_text(STUB)
    other = sqlite3.connect(graded_class.folder / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert command.main(["autograde", "ch08"]) == 1
    finally:
        other.execute("ROLLBACK")
        other.close()
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  not graded: ")]
    assert "ada: " in line and "The gradebook is locked, another program is writing to it: close that program" in line
    assert command.main(["autograde", "ch08"]) == 0
    assert "1 graded, 0 not" in capsys.readouterr().out


def test_a_gradebook_that_cannot_be_opened_is_one_sentence(graded_class: ClassFolder, capsys) -> None:
    (graded_class.folder / "gradebook.db").write_bytes(b"no database" * 1000)
    assert command.main(["report", "ch08"]) == 2
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert "cannot be used: file is not a database" in printed


def test_the_gradebook_is_where_the_class_configuration_says(graded_class: ClassFolder) -> None:
    shutil.move(graded_class.folder / "gradebook.db", graded_class.folder / "marks.sqlite")
    url = f"sqlite:///{graded_class.folder / 'marks.sqlite'}"
    with (graded_class.folder / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\n")
    assert summarise_batch(graded_class, CHAPTER).gradebook["ada"].late == pytest.approx(1.875)
    assert not homes.ROOT.joinpath("gradebook.db").exists()
