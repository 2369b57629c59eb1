"""nbgrader as instructors know it, with this course's configuration: its own commands, its exchange, its gradebook.

The class is one learner, who hands in through the exchange what solves the chapter, and a written answer. Chapter 0 is
always run, the others are slow; what is asked of one is asked of all.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution

from cnnlab.course import catalogue
from grading import class_folder
from grading.batch import verdict_store
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.intake.collection_record import read_collected
from grading.run_nbgrader import make_environment

CHAPTERS = sorted(p.name for p in (class_folder.ROOT / "notebooks").glob("ch*_*"))
ANSWER = "Both sums have the same terms, in another order."
SETTINGS = """c = get_config()
c.Exchange.root = {root!r}
c.LateSubmissionPlugin.penalty_method = "zero"
"""


@dataclass
class Course:
    """A class in a temporary folder, and one learner's own folder."""

    home: ClassFolder
    chapter: str
    learner: Path

    def nbgrader(self, *arguments: str, folder: Path | None = None) -> str:
        """Run one of nbgrader's commands, as it is typed; by default in the folder of the class."""
        return self._run([sys.executable, "-m", "nbgrader", *arguments], folder or self.home.folder)

    def grading(self, *arguments: str) -> str:
        return self._run([sys.executable, "-m", "grading", *arguments], class_folder.ROOT)

    def _run(self, command: list[str], folder: Path) -> str:
        inside = {**make_environment(self.home), "XDG_DATA_HOME": str(self.home.folder.parent / "data")}
        if folder == self.learner:  # a learner has neither our configuration nor our class
            inside = {k: v for k, v in inside.items() if k not in (class_folder.HOME_VARIABLE, "JUPYTER_CONFIG_PATH")}
        done = subprocess.run(command, cwd=folder, env=inside, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    @property
    def student(self) -> str:
        """The learner's name, which the exchange takes from the system."""
        [folder] = (self.home.folder / "submitted").iterdir()
        return folder.name

    def points(self) -> tuple[float, float, float]:
        """Of the checks, of the written answers, and what the late penalty takes, as the gradebook has them."""
        with Gradebook(f"sqlite:///{self.home.folder / 'gradebook.db'}") as gradebook:
            found = gradebook.find_submission(self.chapter, self.student)
            return found.code_score, found.written_score, found.late_submission_penalty or 0.0

    def mark_by_hand(self, points: float) -> int:
        """Give every written answer these points, as Formgrader does. How many there are."""
        with Gradebook(f"sqlite:///{self.home.folder / 'gradebook.db'}") as gradebook:
            [notebook] = gradebook.find_submission(self.chapter, self.student).notebooks
            written = [g for g in notebook.grades if g.cell.cell_type == "markdown"]
            for grade in written:
                grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()
            return len(written)

    def feedback(self) -> str:
        path = self.home.folder / "feedback" / self.student / self.chapter / f"{self.chapter}.html"
        return path.read_text(encoding="utf-8")


def solve(folder: Path, chapter: str) -> None:
    """What the learner does: the solutions into work/, and a text into every answer cell."""
    for path in (folder / "work").glob("*.py"):
        shutil.copy(class_folder.ROOT / "solutions" / "ops" / path.name, path)
    notebook = folder / f"{chapter}.ipynb"
    found = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in found["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ANSWER
    notebook.write_text(json.dumps(found), encoding="utf-8")


@pytest.fixture(
    scope="module", params=[c if c == CHAPTERS[0] else pytest.param(c, marks=pytest.mark.slow) for c in CHAPTERS]
)
def course(request: pytest.FixtureRequest, tmp_path_factory) -> Course:
    """A chapter through nbgrader's own commands, from generate_assignment to release_feedback."""
    chapter, base = request.param, tmp_path_factory.mktemp("course")
    made = Course(ClassFolder(base / "class"), chapter, base / "learner")
    exchange = base / "exchange"
    for folder in (made.home.folder, made.learner, exchange):
        folder.mkdir()
    exchange.chmod(0o777)
    settings = SETTINGS.format(root=str(exchange))
    for folder in (made.home.folder, made.learner):
        (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    as_learner = {"folder": made.learner}
    made.nbgrader("generate_assignment", chapter)
    made.nbgrader("release_assignment", chapter)
    made.nbgrader("fetch_assignment", chapter, "--course=cnnlab", **as_learner)
    solve(made.learner / chapter, chapter)
    made.nbgrader("submit", chapter, "--course=cnnlab", **as_learner)
    made.nbgrader("collect", chapter)
    made.nbgrader("autograde", chapter)
    made.nbgrader("generate_feedback", chapter)
    made.nbgrader("release_feedback", chapter)
    return made


def worth(chapter: str) -> float:
    return sum(e.points for e in catalogue.chapter(chapter))


def test_the_checks_get_every_point_and_written_answers_wait(course: Course) -> None:
    assert course.points() == (pytest.approx(worth(course.chapter)), 0, 0)
    with Gradebook(f"sqlite:///{course.home.folder / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(course.chapter, course.student).notebooks
        waiting = {g.name for g in notebook.grades if g.needs_manual_grade}
    nb = nbformat.read(course.home.released_notebook(course.chapter), as_version=4)
    assert waiting == {c.metadata.nbgrader.grade_id for c in nb.cells if is_grade(c) and is_solution(c)}


def test_the_exchange_recorded_when_it_came_and_nobody_is_named(course: Course) -> None:
    record = read_collected(course.home, course.student, course.chapter)
    assert record and record.collector == "exchange"
    found = accept_submission.read_record(course.home, course.student, course.chapter)
    assert found and not [sentence for sentence in found.sentences if "time" in sentence]


def test_the_learner_fetches_feedback_with_file_report_and_neither_seed_nor_hidden_tests(course: Course) -> None:
    course.nbgrader("fetch_feedback", course.chapter, "--course=cnnlab", folder=course.learner)
    [page] = (course.learner / course.chapter / "feedback").rglob("*.html")
    html = page.read_text(encoding="utf-8")
    seed = (course.home.folder.parent / "data" / "cnnlab" / "grading-seed").read_text().strip()
    assert len(seed) > 6 and seed not in html
    assert "BEGIN HIDDEN TESTS" not in html
    for exercise in catalogue.chapter(course.chapter):
        assert exercise.name in html
        assert f"work/{exercise.topic}.py" in html
    assert ANSWER in html


def test_export_has_the_score(course: Course) -> None:
    course.nbgrader("export", "--to=grades.csv")
    with (course.home.folder / "grades.csv").open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert float(row["score"]) == pytest.approx(sum(course.points()))


@pytest.mark.slow
def test_a_mark_by_hand_and_the_score_survive_a_second_autograde(course: Course) -> None:
    """nbgrader's own, which reads the stored verdict, and ours, which judges again."""
    count = course.mark_by_hand(0.5)
    before = course.points()
    assert before[1] == pytest.approx(0.5 * count)
    course.nbgrader("autograde", course.chapter, "--force")
    assert course.points() == pytest.approx(before)
    said = course.grading("autograde", course.chapter, "--force")
    assert "1 graded, 0 not" in said
    assert course.points() == pytest.approx(before)


@pytest.mark.slow
def test_after_a_fix_of_the_catalogue_one_command_grades_again(course: Course) -> None:
    """A verdict of an earlier catalogue that gave too little: it is named, and --force puts it right."""
    stored = verdict_store.read_verdict(course.home, course.student, course.chapter)
    path = course.home.verdict_file(course.student, course.chapter)
    found = json.loads(path.read_text(encoding="utf-8"))
    found["versions"]["catalogue"] = "an earlier one"
    for mark in found["marks"]:
        mark["score"] = 0.0
    path.write_text(json.dumps(found), encoding="utf-8")
    assert "--force judges all again" in course.grading("autograde", course.chapter)
    course.grading("autograde", course.chapter, "--force")
    again = verdict_store.read_verdict(course.home, course.student, course.chapter)
    assert stored and again and again.score == pytest.approx(stored.score) == pytest.approx(worth(course.chapter))
    assert course.points()[0] == pytest.approx(worth(course.chapter))


@pytest.mark.slow
def test_a_late_submission_gets_the_penalty_that_the_class_has_set(course: Course) -> None:
    """`zero` takes all; without a due date, nothing."""
    course.nbgrader("db", "assignment", "add", course.chapter, "--duedate=2020-01-01 12:00:00 UTC")
    course.nbgrader("autograde", course.chapter, "--force")
    code, written, penalty = course.points()
    assert penalty == pytest.approx(code + written)
    course.nbgrader("db", "assignment", "add", course.chapter, "--duedate=2099-01-01 12:00:00 UTC")
    course.nbgrader("autograde", course.chapter, "--force")
    assert course.points() == (pytest.approx(code), pytest.approx(written), 0)


@pytest.mark.slow
def test_a_single_wrong_gradient_costs_its_own_points(course: Course) -> None:
    """The last exercise is as it was handed out; the others keep their points."""
    last = catalogue.chapter(course.chapter)[-1]
    folder = course.home.submission_folder(course.student, course.chapter)
    path = folder / "work" / f"{last.topic}.py"
    kept = path.read_text(encoding="utf-8")
    unwritten = f'\n\n\ndef {last.name}(*args, **options):\n    raise NotImplementedError("not yet")\n'
    others = [e for e in catalogue.chapter(course.chapter) if e.name != last.name and last.name not in _used(e, kept)]
    path.write_text(kept + unwritten, encoding="utf-8")
    course.grading("autograde", course.chapter)
    found = verdict_store.read_verdict(course.home, course.student, course.chapter)
    assert found
    scores = {m.exercise: m.score for m in found.marks}
    assert scores[last.name] == 0
    assert all(scores[e.name] == 1 for e in others)
    assert course.points()[0] == pytest.approx(found.score)
    assert found.score < worth(course.chapter)


def _used(exercise: catalogue.Exercise, source: str) -> str:
    """The text of an exercise's function, in the same file: it may call the one that is taken out."""
    found = re.search(rf"^def {exercise.name}\(.*?(?=^def |\Z)", source, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def test_nothing_was_written_into_the_instructors_own_class(course: Course) -> None:
    assert os.path.commonpath([course.home.folder, class_folder.ROOT]) != str(class_folder.ROOT)
    assert course.home.folder.parent in Path(course.home.verdict_file(course.student, course.chapter)).parents
