"""A small class through the real nbgrader: release, submissions, autograde, feedback, export. All tests share it."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from grading import class_folder
from grading.class_folder import ClassFolder
from grading.intake.sanitise_answer import sanitise_answer
from grading.run_nbgrader import run_nbgrader
from tests.grading.conftest import CHAPTER, SOLUTION, STUB, WRONG

SEED = 7_777_777
ANSWER = "The windows <b>overlap</b>: <script>steal()</script> [+=](javascript:steal()) is needed where $a<b$."

PLACED = "What was cropped away gets no gradient."

#: student -> points of 18, 4 of them in a file that stays as it was handed out; the written answers are marked by hand.
CLASS = {
    "stub": 0.0,
    "solution": 14.0,
    "sign": 8.0,
    "loop": 0.0,
    "stray": 14.0,
    "renamed": 14.0,
    "duplicated": 14.0,
    "broken": 14.0,
    "nothing": 0.0,
    "Ольга": 14.0,
    "whole": 14.0,
}


def submit(folder: Path, student: str) -> None:
    """What each student did to the released folder."""
    conv, notebook = folder / "work" / "conv.py", folder / f"{CHAPTER}.ipynb"
    conv.write_text(
        {"stub": STUB, "sign": WRONG, "loop": SOLUTION + "\nwhile True:\n    pass\n"}.get(student, SOLUTION)
    )
    found = json.loads(notebook.read_text(encoding="utf-8"))
    if student == "solution":
        for cell in found["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "ch08-why-crop":
                cell["source"] = ANSWER
        notebook.write_text(json.dumps(found), encoding="utf-8")
    if student == "stray":
        for place in (folder, folder / "work"):
            (place / "numpy.py").write_text("raise SystemExit")
    if student == "renamed":
        notebook.rename(folder / "my notebook.ipynb")
    if student == "duplicated":
        found["cells"] *= 2
        notebook.write_text(json.dumps(found), encoding="utf-8")
    if student == "broken":
        notebook.write_bytes(notebook.read_bytes()[:1000])
    if student == "whole":  # the learners' zip as it was unpacked, saved by an editor that drops nbgrader's metadata
        shutil.rmtree(folder)
        [zipped] = folder.parents[3].glob("out/*.zip")
        zipfile.ZipFile(zipped).extractall(folder / "my course")
        [notebook] = folder.glob(f"**/{CHAPTER}.ipynb")
        found = json.loads(notebook.read_text(encoding="utf-8"))
        for cell in found["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["metadata"] = {}
            cell.pop("id", None)
            if name == "ch08-why-crop":
                cell["source"] = PLACED
        notebook.write_text(json.dumps(found), encoding="utf-8")
        (notebook.parent / "work" / "conv.py").write_text(SOLUTION)
    if student == "nothing":
        shutil.rmtree(folder)
        folder.mkdir()


@dataclass(frozen=True)
class Class:
    home: ClassFolder
    out: Path
    said: str
    environment: dict[str, str]

    def feedback(self, student: str) -> str:
        return (self.home.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")

    def score(self, student: str) -> float:
        with Gradebook(f"sqlite:///{self.home.folder / 'gradebook.db'}") as gradebook:
            return gradebook.find_submission(CHAPTER, student).score

    def scores(self) -> dict[str, float]:
        table = self.home.folder / "grades.csv"
        done = run_nbgrader(self.home, "export", f"--to={table}")
        assert done.returncode == 0, done.stderr
        with table.open(encoding="utf-8") as file:
            return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def grading(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grading", *arguments],
        cwd=class_folder.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Class:
    """The class, released with a task cell of the instructor's, submitted and graded."""
    base = tmp_path_factory.mktemp("course")
    folder = base / "class"
    seed = base / "data" / "cnnlab" / "grading-seed"
    seed.parent.mkdir(parents=True)
    seed.write_text(str(SEED))
    source = base / "source"
    shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, source / CHAPTER)
    nb = nbformat.read(source / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    task = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": True,
        "points": 1,
        "grade_id": "t",
        "schema_version": 3,
    }
    nb.cells.append(nbformat.v4.new_markdown_cell("A task", metadata={"nbgrader": {**task, "cell_type": "markdown"}}))
    nbformat.write(nb, source / CHAPTER / f"{CHAPTER}.ipynb")

    environment = {
        **os.environ,
        class_folder.HOME_VARIABLE: str(folder),
        class_folder.SOURCE_VARIABLE: str(source),
        "XDG_DATA_HOME": str(base / "data"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        done = grading(environment, "release", "ch08", "--out", str(base / "out"))
        assert done.returncode == 0, done.stderr
        for student in CLASS:
            submission = ClassFolder(folder).submission_folder(student, CHAPTER)
            shutil.copytree(base / "out" / CHAPTER, submission)
            submit(submission, student)
        done = grading(environment, "autograde", "ch08")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Class(ClassFolder(folder), base / "out" / CHAPTER, done.stdout, environment)


def test_the_gradebook(graded: Class) -> None:
    assert graded.scores() == pytest.approx(CLASS)


def test_the_release(graded: Class) -> None:
    assert (graded.out / "work" / "conv.py").read_text() == STUB
    nb = nbformat.read(graded.out / f"{CHAPTER}.ipynb", as_version=4)
    assert nb.metadata.kernelspec.name == "python3"
    assert not any(cell.get("outputs") for cell in nb.cells)
    names = {p.name for p in graded.out.rglob("*") if p.is_file()}
    assert {n for n in names if not n.endswith((".svg", ".png"))} == {f"{CHAPTER}.ipynb", "conv.py", "unfold.py"}
    assert not (class_folder.ROOT / "notebooks" / CHAPTER / "work").exists()


def test_the_batch_says_what_was_odd_about_whom(graded: Class) -> None:
    assert f"{len(CLASS)} graded, 0 not" in graded.said
    with (graded.home.report_folder(CHAPTER) / "look.csv").open(encoding="utf-8", newline="") as file:
        found = "\n".join(f"{row['student']}: {row['why']}" for row in csv.DictReader(file))
    for words in (
        "renamed: the notebook has another name",
        "broken: ",
        "nothing: there is no notebook",
        "stray: left out: numpy.py",
        "whole: the whole course folder was handed in; the files in my course/",
    ):
        assert words in found
    assert re.findall("^solution: (.+)$", found, re.MULTILINE) == [
        "ch08-why-crop: a link in an answer that leads to no web page is shown as text"
    ]
    assert f"The batch at a glance: {graded.home.report_folder(CHAPTER) / 'index.html'}" in graded.said


def test_the_feedback_of_a_wrong_gradient(graded: Class) -> None:
    html = graded.feedback("sign")
    assert "conv2d_weight_grad" in html
    assert re.search(r"−1|-1", html)
    assert "is wrong" in html
    assert "return -right(*args, **options)" in html, "the student's own file"


def test_the_feedback_of_a_loop_a_stub_and_nothing(graded: Class) -> None:
    assert "could not come to its end: no answer after" in graded.feedback("loop")
    assert re.search(r"to write: (<[^>]*>)?conv2d_bias_grad", graded.feedback("stub"))
    assert "work/conv.py is missing" in graded.feedback("nothing")


def test_the_feedback_does_not_hold_the_seed(graded: Class) -> None:
    for student in CLASS:
        html = graded.feedback(student)
        assert str(SEED) not in html
        assert "HIDDEN TESTS" not in html


def test_the_feedback_shows_a_case_that_the_student_can_make_at_home(graded: Class) -> None:
    html = graded.feedback("sign")
    assert "The smallest case that fails" in html
    assert "The same case at home: cnnlab check conv2d_weight_grad" in html
    assert "The worst cell" not in html  # the map is of hidden cases


def test_a_written_answer_arrives_and_waits_for_a_person(graded: Class) -> None:
    nb = nbformat.read(graded.home.folder / "autograded" / "solution" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    [cell] = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "ch08-why-crop"]
    assert cell.source == sanitise_answer(ANSWER).source


def test_a_whole_course_folder_is_graded_with_its_answers(graded: Class) -> None:
    assert PLACED in graded.feedback("whole")
    with Gradebook(f"sqlite:///{graded.home.folder / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission(CHAPTER, "whole")
        waiting = [g.name for n in found.notebooks for g in n.grades if g.needs_manual_grade]
    assert "ch08-why-crop" in waiting and "ch08-why-rotate" not in waiting


def test_a_script_in_a_written_answer_is_shown_and_not_run(graded: Class) -> None:
    html = graded.feedback("solution")
    assert "&lt;script&gt;steal()" in html
    assert "<script>steal()" not in html
    assert "<b>overlap" not in html
    assert 'href="javascript:' not in html


def test_no_kernel_was_started_and_the_points_are_plain(graded: Class) -> None:
    nb = nbformat.read(graded.home.folder / "autograded" / "sign" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    for cell in (c for c in nb.cells if c.cell_type == "code"):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            assert cell.outputs[0].output_type == "execute_result"
            assert re.fullmatch(r"\d+\.\d+", cell.outputs[0].data["text/plain"])
        else:
            assert cell.outputs == []


def test_a_second_autograde_gives_the_same_also_where_told_not_to_execute(graded: Class) -> None:
    """--no-execute leaves nbgrader's outputs as students sent them, which is full marks for an empty cell."""
    done = run_nbgrader(graded.home, "autograde", CHAPTER, "--force", "--no-execute", "--student=sign")
    assert done.returncode == 0, done.stderr
    assert graded.score("sign") == pytest.approx(CLASS["sign"])


@pytest.mark.slow
def test_a_file_put_over_a_students_is_refused_and_costs_nobody_else(graded: Class) -> None:
    """nbgrader replaces a student's file with the source directory's of the same name: a stub would get full marks."""
    work = Path(graded.environment[class_folder.SOURCE_VARIABLE]) / CHAPTER / "work"
    work.mkdir()
    (work / "conv.py").write_text(SOLUTION)
    try:
        done = run_nbgrader(graded.home, "autograde", CHAPTER, "--force", "--student=stub")
    finally:
        shutil.rmtree(work)
    assert done.returncode != 0
    assert "is not the file that passed intake" in done.stderr
    assert graded.score("stub") == 0
