"""What was made with version 0.1.0 goes on working: a released and graded class, a learner's folder, every notebook.

The files in data/ were written by 0.1.0 itself and are never made again. The tests use nothing but commands, so that no
name inside the package can be changed together with its test.
"""

from __future__ import annotations

import ast
import csv
import importlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.patience import patience

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
CHAPTER = "ch08_convolution_backward"
NOTEBOOKS = sorted(name for name in zipfile.ZipFile(DATA / "notebooks_0.1.0.zip").namelist() if name.endswith(".ipynb"))

COMMAND_TIMEOUT_SECONDS = 120
CELL_TIMEOUT_SECONDS = 60


def unpack(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(DATA / name) as archive:
        archive.extractall(folder)
    return folder


def run(arguments: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a module's command line in `folder`, as a user who has this version installed would."""
    paths = {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data"), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, **paths, **variables},
        capture_output=True,
        text=True,
        timeout=patience(COMMAND_TIMEOUT_SECONDS),
        check=False,
    )


@pytest.fixture(scope="module")
def old_class(tmp_path_factory) -> Path:
    """A class of 0.1.0 with two graded students and one who hands in now, graded again with this version."""
    folder = unpack("class_0.1.0.zip", tmp_path_factory.mktemp("class"))
    shutil.copytree(folder / "release" / CHAPTER, folder / "submitted" / "cleo" / CHAPTER)
    shutil.copy(ROOT / "solutions" / "ops" / "conv.py", folder / "submitted" / "cleo" / CHAPTER / "work")
    done = run(["grading", "autograde", "ch08", "--force"], folder, **class_variables(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def class_variables(folder: Path) -> dict[str, str]:
    return {"CNNLAB_GRADING_HOME": str(folder), "JUPYTER_CONFIG_PATH": str(ROOT / "grading")}


def test_a_class_is_graded_as_it_was(old_class: Path):
    with (old_class / "reports" / CHAPTER / "scores.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: float(row["points"]) for name, row in rows.items()} == {"ada": 14, "bob": 0, "cleo": 14}


def test_a_mark_given_by_hand_stays(old_class: Path):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{old_class / 'gradebook.db'}") as book:
        [notebook] = book.find_submission(CHAPTER, "ada").notebooks
        [mark] = [grade for grade in notebook.grades if grade.name == "ch08-why-rotate"]
        [comment] = [c for c in notebook.comments if c.name == "ch08-why-rotate"]
        assert (mark.manual_score, comment.manual_comment) == (2.0, "Right; say which axis.")


def test_an_audit_finds_no_difference(old_class: Path):
    done = run(["grading", "audit", "ch08"], old_class, **class_variables(old_class))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def learner(tmp_path: Path) -> Path:
    """A chapter that a learner began with 0.1.0: db passed then, dw is written and wrong, dx is not written."""
    return unpack("learner_0.1.0.zip", tmp_path)


def test_a_learners_file_is_checked(learner: Path):
    done = run(["cnnlab", "check", "conv2d", "--folder", "work", "--json"], learner)
    assert done.returncode == 1, done.stderr
    reports = json.loads(done.stdout)["reports"]
    assert {report["name"]: report["passed"] for report in reports} == {
        "conv2d_bias_grad": True,
        "conv2d_weight_grad": False,
        "conv2d_input_grad": False,
    }


def test_what_passed_then_still_counts(learner: Path):
    kept = json.loads((learner / "work" / ".cnnlab-progress.json").read_text(encoding="utf-8"))
    assert kept["passed"]["conv2d_bias_grad"]["course"] == "0.1.0"
    done = run(["cnnlab", "status", "--folder", "work", "--all"], learner)
    if done.returncode == 2:  # 0.1.0 itself has no --all
        done = run(["cnnlab", "status", "--folder", "work"], learner)
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "conv2d_bias_grad" in line.split() and "of 2" in line]
    assert "2 of 2" in line


def imported_names(notebook: str) -> list[tuple[str, str]]:
    """Every (module, name) of cnnlab that a notebook's code cells import."""
    cells = json.loads(zipfile.ZipFile(DATA / "notebooks_0.1.0.zip").read(notebook))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    nodes = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.ImportFrom) and n.module]
    return [(n.module, alias.name) for n in nodes for alias in n.names if n.module.partition(".")[0] == "cnnlab"]


@pytest.mark.parametrize("name", NOTEBOOKS, ids=lambda name: Path(name).stem)
def test_what_a_notebook_imports_is_still_there(name: str):
    found = imported_names(name)
    assert found
    for module, attribute in found:
        assert hasattr(importlib.import_module(module), attribute) or importlib.import_module(f"{module}.{attribute}")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n.startswith(("ch02", "ch08")) else pytest.mark.slow) for n in NOTEBOOKS],
    ids=lambda name: Path(name).stem,
)
def test_a_notebook_runs_from_the_solutions(name: str, tmp_path: Path):
    notebook = nbformat.reads(zipfile.ZipFile(DATA / "notebooks_0.1.0.zip").read(name).decode("utf-8"), as_version=4)
    (tmp_path / "work").mkdir()
    for file in (ROOT / "solutions" / "ops").glob("[!_]*.py"):
        shutil.copy(file, tmp_path / "work")
    client = NotebookClient(
        notebook,
        timeout=int(patience(CELL_TIMEOUT_SECONDS)),
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    )
    client.allow_errors = True
    client.execute(env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)})
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert [o.evalue for o in outputs if o.output_type == "error"] == []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "check(" in cell.source and ").points(" in cell.source:
            [value] = [o["data"]["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
            assert float(value) == float(cell.metadata.nbgrader.points), cell.source
