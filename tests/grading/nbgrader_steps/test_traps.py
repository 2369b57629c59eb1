"""nbgrader's traps: each is shown to be there, and that we do not step into it."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.apps.validateapp import ValidateApp
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, SaveAutoGrades
from nbgrader.utils import determine_grade
from nbgrader.validator import Validator
from sqlalchemy.engine import make_url
from traitlets.config import Config

from cnnlab.course import catalogue
from cnnlab.loader import STUBS
from grading import class_folder
from grading.batch.judge_submission import make_marks
from grading.errors import NotAccepted, NotReleased
from grading.handout import prepare_release
from grading.handout.prepare_release import CheckReleased, Prepare
from grading.handout.release import find_reason
from grading.intake import accept_submission
from grading.nbgrader_steps.judge_preprocessor import Judge, format_points, make_outputs
from grading.nbgrader_steps.save_grades import SaveGrades
from tests.grading.conftest import CHAPTER, SOLUTION, WRONG

CONFIG = class_folder.ROOT / "grading" / "nbgrader_config.py"


def graded_cell(outputs: list, points: float = 6, grade_id: str = "conv2d_weight_grad") -> nbformat.NotebookNode:
    about = {
        "grade": True,
        "solution": False,
        "locked": True,
        "points": points,
        "grade_id": grade_id,
        "schema_version": 3,
    }
    return new_code_cell("check()", metadata={"nbgrader": about}, outputs=outputs)


def value(text: str) -> nbformat.NotebookNode:
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


# Scores


@pytest.mark.parametrize("text", ["np.float64(0.5)", "nan", "-1", "None", "True"])
def test_nbgrader_gives_every_point_for_what_is_no_plain_number(text: str) -> None:
    assert determine_grade(graded_cell([value(text)])) == (6, 6)


def test_nbgrader_gives_every_point_for_a_cell_without_output() -> None:
    assert determine_grade(graded_cell([])) == (6, 6)


@pytest.mark.parametrize(
    ("score", "text"), [(np.float64(0.5), "3.0"), (np.float32(0.5), "3.0"), (1, "6.0"), (0, "0.0")]
)
def test_points_are_written_as_a_plain_float(score, text: str) -> None:
    assert format_points(score, 6) == text
    assert determine_grade(graded_cell([value(format_points(score, 6))])) == (float(text), 6)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1, 1.01, np.float64(-0.1)])
def test_what_is_no_score_is_not_written(score) -> None:
    with pytest.raises(ValueError, match="a number from 0 to 1 is needed"):
        format_points(score, 6)


def test_the_points_come_first_and_the_report_changes_nothing(judged) -> None:
    verdict = judged(WRONG)
    for mark in make_marks(verdict):
        cell = graded_cell(make_outputs(mark, mark.worth), mark.worth)
        assert determine_grade(cell) == (pytest.approx(mark.points), mark.worth)
        assert [o.output_type for o in cell.outputs] == ["execute_result", "display_data"]
        nbformat.validate(new_notebook(cells=[cell]))


def test_nbgrader_gives_nothing_for_a_warning_on_stderr_and_no_stream_of_ours_has_one(judged) -> None:
    stderr = new_output("stream", name="stderr", text="a warning")
    assert determine_grade(graded_cell([stderr, value("6.0")])) == (0, 6)
    noisy = "import sys, warnings\nwarnings.warn('careful')\nprint('careful', file=sys.stderr)\n" + SOLUTION
    [mark] = [m for m in make_marks(judged(noisy)) if m.exercise == "conv2d_weight_grad"]
    assert determine_grade(graded_cell(make_outputs(mark, 6))) == (6, 6)


def test_nbgrader_validate_ends_well_on_failure_so_no_grade_rests_on_it(monkeypatch) -> None:
    failed = {
        "type_changed": [],
        "changed": [],
        "failed": [{"source": "", "error": "no", "raw_error": "no"}],
        "passed": [],
    }
    monkeypatch.setattr(Validator, "validate", lambda *_: failed)
    app = ValidateApp()
    app.extra_args = ["a.ipynb"]
    monkeypatch.setattr(type(app).__mro__[1], "start", lambda self: None)
    app.start()  # no SystemExit


# Configuration


def configured(monkeypatch) -> Config:
    monkeypatch.setattr("sys.path", list(os.sys.path))
    config = Config()
    runpy.run_path(str(CONFIG), init_globals={"get_config": lambda: config})
    return config


def test_the_judge_stands_where_nbgrader_executes_and_every_other_step_stays(monkeypatch) -> None:
    config = configured(monkeypatch)
    steps = Autograde.autograde_preprocessors.default()
    assert Execute in steps
    ours = {Execute: Judge, SaveAutoGrades: SaveGrades}
    assert config.Autograde.autograde_preprocessors == [ours.get(s, s) for s in steps]
    assert config.GenerateAssignment.preprocessors == [
        Prepare,
        *GenerateAssignment.preprocessors.default(),
        CheckReleased,
    ]
    assert config.Autograde.pre_convert_hook == accept_submission.accept_for_nbgrader
    assert config.CourseDirectory.source_directory == str(class_folder.ROOT / "notebooks")


@pytest.mark.parametrize("guarded", [True, False])
def test_the_kernel_of_validate_has_its_guard_once(guarded: bool, monkeypatch) -> None:
    """Given twice, the option ends every kernel before it starts; a kernel that start.py installed has it already."""
    guard = "--IPKernelApp.ignore_cwd=True"
    kernel = KernelSpec(argv=["python", *([guard] if guarded else [])])
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: kernel)
    extra = configured(monkeypatch).Execute.extra_arguments
    assert [*kernel.argv, *extra].count(guard) == 1


def test_the_home_can_be_elsewhere(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path))
    assert configured(monkeypatch).CourseDirectory.root == str(tmp_path.resolve())


def test_a_configuration_that_fails_stops_nbgrader(monkeypatch) -> None:
    """nbgrader logs any Exception in a configuration and goes on with its own: students' code in a kernel."""

    def broken():
        raise ValueError("no")

    with pytest.raises(SystemExit, match="could not be loaded"):
        runpy.run_path(str(CONFIG), init_globals={"get_config": broken})


def test_without_alembic_nothing_begins(monkeypatch, tmp_path) -> None:
    """nbgrader calls `alembic` by name, and without it leaves half a gradebook."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SystemExit, match="no program alembic"):
        configured(monkeypatch)


def test_alembic_is_found_beside_python(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    configured(monkeypatch)
    assert shutil.which("alembic")


def test_postgresql_means_psycopg_3_and_the_instructors_page_says_so() -> None:
    assert make_url("postgresql://host/gradebook").get_dialect().driver == "psycopg"
    assert make_url("postgresql+psycopg2://host/gradebook").get_dialect().driver == "psycopg2"
    assert "postgresql+psycopg2://" in (class_folder.ROOT / "docs" / "instructor.md").read_text(encoding="utf-8")


def test_nbgrader_only_logs_an_error_in_its_hook_so_the_judge_asks_for_the_record(tmp_path) -> None:
    def hook(**_):
        raise RuntimeError

    converter = BaseConverter(coursedir=CourseDirectory(root=str(tmp_path)))
    converter.pre_convert_hook = hook
    converter.run_pre_convert_hook()  # no exception
    judge = Judge()
    resources = {
        "metadata": {"path": str(tmp_path / "autograded" / "ada" / CHAPTER)},
        "nbgrader": {"student": "ada", "assignment": CHAPTER},
    }
    with pytest.raises(NotAccepted, match="has not passed intake"):
        judge.preprocess(new_notebook(), resources)


# Release


def test_of_nbgraders_log_our_own_sentence_is_told() -> None:
    ours = "    grading.errors.NotReleased: x holds y: z.\n"
    log = f"[App | INFO] a\n[App | ERROR] Traceback\n  line\n{ours}[App | ERROR] b\n"
    assert find_reason(log) == "x holds y: z."
    assert find_reason("[App | INFO] a\n[App | ERROR] b\n") == "[App | ERROR] b"


def notebook() -> nbformat.NotebookNode:
    cells = [graded_cell([], e.points, e.grade_id) for e in catalogue.chapter("ch08")]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "conda-env", "display_name": "x"}})


def prepared(nb: nbformat.NotebookNode, folder: Path):
    folder.mkdir(exist_ok=True)
    return Prepare().preprocess(nb, {"metadata": {"path": str(folder)}, "nbgrader": {"assignment": CHAPTER}})


def test_a_release_holds_the_learners_files_as_they_are_handed_out(tmp_path) -> None:
    _, resources = prepared(notebook(), tmp_path / CHAPTER)
    handed_out = {f"work/{name}": (STUBS / name).read_bytes() for name in ("conv.py", "unfold.py")}
    assert resources["outputs"] == handed_out


def test_the_kernel_is_python3(tmp_path) -> None:
    assert prepared(notebook(), tmp_path / CHAPTER)[0].metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("name", ["solution.py", "work/conv.py", "answers.md", "notes.ipynb", "Makefile", "seed.txt"])
def test_nothing_lies_beside_a_notebook_but_pictures_and_data_that_it_names(name: str, tmp_path) -> None:
    """nbgrader copies it to every student, does not cut solutions out of it, and puts it over every submission."""
    folder = tmp_path / CHAPTER
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "a.svg").write_text("")
    nb = notebook()
    nb.cells.append(new_markdown_cell("![A picture](figures/a.svg)"))
    prepared(nb, folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    with pytest.raises(NotReleased, match=name):
        prepared(nb, folder)


def test_the_repositorys_own_chapters_can_be_released() -> None:
    for folder in sorted((class_folder.ROOT / "notebooks").glob("ch*")):
        exercises = catalogue.list_graded_exercises(folder.name)
        nb = nbformat.read(folder / f"{folder.name}.ipynb", as_version=4)
        prepare_release.check_folder(folder, nb)
        prepare_release.check_cells(nb, {e.grade_id: e.points for e in exercises}, folder.name)


def test_hidden_tests_are_refused(tmp_path) -> None:
    nb = notebook()
    nb.cells[0].source += "\n### BEGIN HIDDEN TESTS"
    with pytest.raises(NotReleased, match="hidden tests"):
        prepared(nb, tmp_path / CHAPTER)


@pytest.mark.parametrize("change", ["missing", "points", "twice", "unknown"])
def test_graded_cells_that_are_not_the_catalogues_are_refused(change: str, tmp_path) -> None:
    nb = notebook()
    if change == "missing":
        nb.cells.pop()
    elif change == "points":
        nb.cells[0].metadata.nbgrader.points = 100
    elif change == "twice":
        nb.cells.append(nb.cells[0])
    else:
        nb.cells[0].metadata.nbgrader.grade_id = "conv3d"
    with pytest.raises(NotReleased, match="the catalogue has"):
        prepared(nb, tmp_path / CHAPTER)


def test_task_cells_are_locked(tmp_path) -> None:
    """Otherwise nbgrader saves no checksum of them, and every submission fails."""
    nb = notebook()
    task = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": True,
        "points": 2,
        "grade_id": "t",
        "schema_version": 3,
    }
    nb.cells.append(new_markdown_cell("Do this", metadata={"nbgrader": task}))
    assert prepared(nb, tmp_path / CHAPTER)[0].cells[-1].metadata.nbgrader.locked is True
