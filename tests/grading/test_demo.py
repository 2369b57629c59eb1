"""The demo: a class of every kind through the real commands. What it shows is checked student by student."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import nbformat
import pytest

from grading import __main__ as command
from grading import class_folder, demo
from grading.batch import verdict_store
from grading.batch.judge_files import judge_files
from grading.class_folder import ClassFolder
from grading.errors import TargetExists
from grading.intake.learner_files import collect_learner_files
from grading.report import batch_summary

#: The demo grades a class of its own; test_pipeline.py runs the same commands with every run of the suite.
pytestmark = pytest.mark.slow

CHAPTER = demo.CHAPTER

#: student -> points of 18, and the code of what is wrong with conv2d_bias_grad, _weight_grad, _input_grad.
EXPECTED = {
    "ada": (18, None, None, None),
    "ben": (16.8, None, None, "raises"),
    "chen": (12, None, "scale", None),
    "dara": (12, None, "scale", None),
    "ebba": (12, None, "sign", None),
    "farid": (12, None, None, "flip"),
    "grete": (16, "reduction", None, None),
    "hana": (0, "unwritten", "unwritten", "unwritten"),
    "ivo": (18, None, None, None),
    "jun": (18, None, None, None),
    "kofi": (4, "load", "load", "load"),
    "mallory": (4, "load", "load", "load"),
    "niko": (4, "load", "load", "load"),
    "peggy": (4, "load", "load", "load"),
    "Людмила": (18, None, None, None),
}

#: Who needs a person, and a few words of why.
LOOK = {
    "jun": "is not JSON",
    "kofi": "is not Python",
    "mallory": "ended without an answer",
    "niko": "could not be executed",
    "oscar": "broke the protocol",
    "peggy": "could not be executed",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> tuple[ClassFolder, str]:
    """The demo's class, and everything that it printed."""
    out, said = tmp_path_factory.mktemp("demo") / "out", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(class_folder.HOME_VARIABLE, str(out.parent / "the instructor's own"))
        assert demo.run_demo(out, said.append) == 0
    assert not (out.parent / "the instructor's own").exists()
    return ClassFolder(out / "class"), "\n".join(said)


def feedback(where: ClassFolder, student: str) -> str:
    return (where.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")


def test_it_says_which_commands_it_runs_and_where_the_page_is(shown) -> None:
    where, said = shown
    for words in ("grading release ch08", "grading autograde ch08", "nbgrader export"):
        assert words in said
    assert f"{len(demo.CLASS)} graded, 0 not" in said
    path = re.search(r"The instructor's page: (.+)", said)[1]
    assert Path(path) == where.report_folder(CHAPTER) / "index.html"
    assert Path(path).is_file()


def test_every_student_gets_what_the_work_is_worth(shown) -> None:
    where, _ = shown
    found = {v.student: v for v in verdict_store.list_verdicts(where, CHAPTER)}
    assert found.keys() == EXPECTED.keys() | {"oscar"}
    for student, (points, *codes) in EXPECTED.items():
        assert found[student].score == pytest.approx(points), student
        assert [m.code for m in found[student].marks[:3]] == codes, student
    assert found["oscar"].score <= 4


def test_the_gradebook_takes_a_point_for_each_day_late(shown) -> None:
    where, said = shown
    with (where.folder / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["ada"]["score"]) == 18
    assert (float(rows["ivo"]["raw_score"]), float(rows["ivo"]["score"])) == (18, 16)
    [line] = [line for line in said.splitlines() if line.startswith("ivo")]
    assert "16/" in line


def test_who_needs_a_person_is_said_and_why(shown) -> None:
    where, _ = shown
    batch = batch_summary.summarise_batch(where, CHAPTER)
    found = batch.look
    assert found.keys() == LOOK.keys()
    assert "numpy.py" in batch.notes["Людмила"][0], "a file beside the notebook that was left out is a mere note"
    for student, words in LOOK.items():
        assert any(words in why for why in found[student]), (student, found[student])


def test_the_page_and_the_tables_hold_what_was_found(shown) -> None:
    where, _ = shown
    html = (where.report_folder(CHAPTER) / "index.html").read_text(encoding="utf-8")
    assert "2 of 16" in html and "dw is exactly 1/N times the right answer" in html
    for student in demo.CLASS:
        assert student.name in html
    with (where.report_folder(CHAPTER) / "scores.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["chen"]["conv2d_weight_grad code"] == "scale"
    assert rows["ivo"]["penalty"] == "2"


def test_the_feedback_shows_file_report_and_diagnosis(shown) -> None:
    where, _ = shown
    html = feedback(where, "chen")
    assert "return right(*args, **options) / len(args[0])" in html
    assert "dw is exactly 1/N times the right answer" in html
    assert "conv2d_weight_grad" in html


def test_the_feedback_holds_neither_seed_nor_hidden_numbers(shown) -> None:
    """The full report, which the judge alone sees, has numbers of the hidden cases: none of them is in the page."""
    where, _ = shown
    path = where.folder.parent / "data" / "cnnlab" / "grading-seed"
    seed = int(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    for student in ("chen", "ebba", "farid", "grete"):
        html = feedback(where, student)
        assert str(seed) not in html
        full = judge_files("ch08", collect_learner_files(where.submission_folder(student, CHAPTER)), seed).reports
        for report in full.values():
            for gradient in report.gradients.values():
                hidden = [gradient.max_abs_error, gradient.relative_error, gradient.got, gradient.expected]
                long = [f"{value:.6g}" for value in hidden if value and len(f"{value:.6g}") > 6]
                assert not [number for number in long if number in html]
        assert "The worst cell" not in html


def judged(where: ClassFolder, students: list[str], seed: int) -> dict[str, list[tuple]]:
    found = {
        s: judge_files("ch08", collect_learner_files(where.submission_folder(s, CHAPTER)), seed).reports
        for s in students
    }
    return {s: [(r.name, r.score, r.diagnosis_code) for r in reports.values()] for s, reports in found.items()}


def test_another_seed_gives_the_same_verdicts(shown) -> None:
    where, _ = shown
    students = ["ben", "chen", "farid", "grete"]
    expected = {
        v.student: [(m.exercise, m.score, m.code) for m in v.marks] for v in verdict_store.list_verdicts(where, CHAPTER)
    }
    assert judged(where, students, 1) == {s: expected[s] for s in students}


@pytest.mark.slow
def test_many_seeds_give_the_same_verdicts(shown) -> None:
    where, _ = shown
    students = [s.name for s in demo.CLASS if s.name in EXPECTED]
    first = judged(where, students, 0)
    for seed in range(2, 8):
        assert judged(where, students, seed) == first


def test_no_kernel_ran_and_written_answers_wait_for_a_person(shown) -> None:
    where, _ = shown
    batch = batch_summary.summarise_batch(where, CHAPTER)
    nb = nbformat.read(where.released_notebook(CHAPTER), as_version=4)
    about = [cell.metadata.nbgrader for cell in nb.cells if "nbgrader" in cell.metadata]
    written = sum(a.grade and a.solution for a in about)
    assert written and batch.gradebook["ada"].unmarked_cells in (0, written)  # an untouched answer gets its 0 by itself
    assert batch.gradebook["ada"].max_score == sum(a.points for a in about if a.grade)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path) -> None:
    (tmp_path / "gradebook.db").write_text("mine")
    with pytest.raises(TargetExists, match="is not empty"):
        demo.run_demo(tmp_path)
    assert command.main(["demo", "--out", str(tmp_path)]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["gradebook.db"]
