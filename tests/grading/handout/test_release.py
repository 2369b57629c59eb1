"""A release: what is in it, that its bytes are the same each time, and what stops it. test_leaks.py searches it."""

from __future__ import annotations

import ast
import hashlib
import json
import posixpath
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

import cnnlab
from cnnlab.course import model_answer
from cnnlab.loader import STUBS, TOPICS_TO_REPAIR
from grading import __main__ as command
from grading import class_folder
from grading.errors import NotReleased
from grading.handout import learner_zip, release_files
from grading.handout.prepare_release import CheckReleased
from grading.handout.released_cells import find_cell_faults, find_written_exercises, strip_notebook
from tests.grading.conftest import CHAPTER, SOLUTION

ZIP = f"cnnlab-{cnnlab.__version__}-ch08.zip"


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """Chapter 8, released by the command into a folder."""
    base = tmp_path_factory.mktemp("release")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(class_folder.HOME_VARIABLE, str(base / "class"))
        patch.setenv("XDG_DATA_HOME", str(base / "data"))
        assert command.main(["release", "ch08", "--out", str(base / "out")]) == 0
    return base / "out"


@pytest.fixture(scope="module")
def members(released: Path) -> dict[str, bytes]:
    """The zip's files, by path below its one folder."""
    [path] = released.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert {m.filename.partition("/")[0] for m in archive.infolist()} == {path.stem}
        return {m.filename.partition("/")[2]: archive.read(m) for m in archive.infolist()}


# What is in it


def test_the_release_is_a_folder_and_a_zip_with_the_version_in_its_name(released: Path) -> None:
    assert sorted(p.name for p in released.iterdir()) == [CHAPTER, ZIP]


def test_the_zip_has_all_that_a_learner_needs_and_nothing_of_the_instructors(members: dict[str, bytes]) -> None:
    assert {"start.py", "constraints.txt", "pyproject.toml", "LICENSE", "README.md", "docs/learner.md"} <= set(members)
    assert f"notebooks/{CHAPTER}/{CHAPTER}.ipynb" in members
    assert "config/jupyter/jupyter_server_config.py" in members
    tops = {path.partition("/")[0] for path in members}
    assert tops.isdisjoint({"solutions", "grading", "tests", "authoring", "benchmarks", ".git"})
    for name in ("conv.py", "unfold.py"):
        assert members[f"notebooks/{CHAPTER}/work/{name}"] == (STUBS / name).read_bytes()
    room = {path for path in members if path.startswith("cnnlab/ops/")}
    assert room == {f"cnnlab/ops/{p.name}" for p in STUBS.glob("*.py") if p.stem not in TOPICS_TO_REPAIR}


def test_the_model_answers_stay_with_the_instructor(members: dict[str, bytes]) -> None:
    assert model_answer.list_names(), "the course has model answers"
    assert not [name for name in members if "course/answers" in name]
    text = (model_answer.ANSWERS / "ch00-two-layers.md").read_bytes()[:60]
    assert not [name for name, content in members.items() if text in content]


def test_the_zip_says_which_version_it_is_and_what_every_file_is(members: dict[str, bytes]) -> None:
    about = json.loads(members["release.json"])
    assert (about["version"], about["chapters"]) == (cnnlab.__version__, [CHAPTER])
    told = {path: hashlib.sha256(content).hexdigest() for path, content in members.items() if path != "release.json"}
    assert about["files"] == told
    assert f"release {cnnlab.__version__}" in members["README.md"].decode()


def test_the_first_page_has_no_gap_and_no_link_that_leads_nowhere(members: dict[str, bytes]) -> None:
    text = members["README.md"].decode()
    assert not re.search(r"[{}]", text)
    assert all(target in members for target in re.findall(r"\]\(([^)]+)\)", text))
    [place] = re.findall(r"--folder (\S+)", text)
    assert any(path.startswith(f"{place}/") for path in members)


LINK = re.compile(r"(?<!!)\[([^][]*)\]\(([^()\s]+)\)")


def find_relative_links(notebook: bytes) -> list[str]:
    """Return the targets of all links in a notebook that are no addresses."""
    text = "\n".join("".join(c["source"]) for c in json.loads(notebook)["cells"] if c["cell_type"] == "markdown")
    return [target for _, target in LINK.findall(text) if not target.startswith(("http", "#"))]


def test_no_link_of_a_chapter_leads_to_what_was_not_handed_out(released: Path, members: dict[str, bytes]) -> None:
    place = f"notebooks/{CHAPTER}/{CHAPTER}.ipynb"
    targets = find_relative_links(members[place])
    assert "../../docs/notation.md" in targets, "what is there stays a link"
    for target in targets:
        assert posixpath.normpath(posixpath.join(f"notebooks/{CHAPTER}", target.partition("#")[0])) in members
    assert "← Chapter 7. Convolution forward · " in members[place].decode(), "a title stays without its link"
    assert find_relative_links((released / CHAPTER / f"{CHAPTER}.ipynb").read_bytes()) == []


def test_the_same_release_has_the_same_bytes_whatever_the_files_times(released: Path, tmp_path) -> None:
    copy = tmp_path / CHAPTER
    [made_by_nbgrader] = released.parent.glob(f"class/release/**/{CHAPTER}")
    shutil.copytree(made_by_nbgrader, copy, copy_function=shutil.copyfile)
    made = learner_zip.make_zip(learner_zip.collect_files({CHAPTER: copy}), ZIP.removesuffix(".zip"))
    assert made == (released / ZIP).read_bytes()


def test_of_the_whole_course_the_learners_files_are_in_one_room(released: Path) -> None:
    found = learner_zip.collect_files(
        {CHAPTER: released / CHAPTER, "ch00_start_here": class_folder.ROOT / "notebooks/ch00_start_here"}
    )
    assert not [path for path in found if "/work/" in path]
    assert "cnnlab/ops" in found["README.md"].decode()
    assert not re.search(r"[{}]", found["README.md"].decode())


@pytest.mark.slow
def test_a_learner_with_nothing_but_the_zip_can_check(released: Path, tmp_path) -> None:
    """The package is found in the unpacked folder and nowhere else; the packages it needs are this environment's."""
    with zipfile.ZipFile(released / ZIP) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / ZIP.removesuffix(".zip")
    code = "import cnnlab, sys; from cnnlab.cli import main; print(cnnlab.__file__); sys.exit(main(sys.argv[1:]))"
    arguments = ["check", "conv2d_bias_grad", "--folder", f"notebooks/{CHAPTER}/work"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert str(folder) in done.stdout
    assert "ch08: write conv2d_bias_grad" in done.stdout


# What is refused


def cell(source: str, kind: str = "markdown", **more) -> dict:
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


WRITTEN = "def conv2d_bias_grad(dy):\n    return dy.sum((0, 2, 3))\n"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "1"}
ANSWER = {"nbgrader": {"solution": True}}

#: A cell of a notebook that nbgrader has made ready, and why it is not handed out.
REFUSED_CELLS = {
    "an exercise": (cell(WRITTEN, "code"), "defines conv2d_bias_grad, which learners are to write"),
    "an exercise in a fence": (cell(f"Look:\n\n```python\n{WRITTEN}```\n"), "defines conv2d_bias_grad"),
    "an answer": (cell("Because.", metadata=ANSWER), "is for an answer, and one is written in it"),
    "an output": (cell("1", "code", outputs=[OUTPUT]), "has an output"),
    "a count": (cell("1", "code", execution_count=3), "has an output"),
    "an attachment": (cell("![](attachment:a.png)", attachments={"a.png": {}}), "has an attachment"),
    "a comment": (cell("Text <!-- they get this wrong -->"), "holds a comment, which learners can read"),
    "a solution": (cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "code"), "nbgrader cuts at release"),
    "hidden tests": (cell("### BEGIN HIDDEN TESTS\nassert x", "code"), "nbgrader cuts at release"),
    "a mark scheme": (cell("=== BEGIN MARK SCHEME ===\n2 points"), "nbgrader cuts at release"),
}


@pytest.mark.parametrize("kind", REFUSED_CELLS)
def test_a_cell_is_refused_with_its_number(kind: str) -> None:
    refused, reason = REFUSED_CELLS[kind]
    notebook = nbformat.from_dict({"cells": [cell("# Title"), refused], "metadata": {}})
    [fault] = find_cell_faults(notebook)
    assert fault.startswith("cell 2 ") and reason in fault
    with pytest.raises(NotReleased, match=f"{CHAPTER} was not released: cell 2 "):
        CheckReleased().preprocess(notebook, {"nbgrader": {"assignment": CHAPTER}})


ALLOWED_CELLS = {
    "a stub": cell("def conv2d_bias_grad(dy):\n    raise NotImplementedError('ch08')", "code"),
    "a function in a function": cell("def wrong():\n    def conv2d_bias_grad(dy): return dy\n", "code"),
    "another function": cell("def mine(dy):\n    return dy", "code"),
    "a magic": cell("%%timeit\nconv2d_bias_grad(dy)", "code"),
    "an empty answer": cell("YOUR ANSWER HERE", metadata=ANSWER),
}


@pytest.mark.parametrize("kind", ALLOWED_CELLS)
def test_a_cell_is_handed_out(kind: str) -> None:
    assert find_cell_faults(nbformat.from_dict({"cells": [ALLOWED_CELLS[kind]], "metadata": {}})) == []


def test_what_a_release_does_not_need_is_removed() -> None:
    about = {"exercise": "conv2d", "note": "they get this wrong"}
    cells = [
        cell("1", "code", outputs=[OUTPUT], execution_count=3),
        cell("x", metadata={"notes": "they get this wrong", "cnnlab": about, "nbgrader": {"grade_id": "a", "x": 1}}),
    ]
    notebook = nbformat.from_dict({"cells": cells, "metadata": {"authors": ["x"], "language_info": {}}})
    strip_notebook(notebook)
    assert (notebook.cells[0].outputs, notebook.cells[0].execution_count) == ([], None)
    assert notebook.cells[1].metadata == {"cnnlab": {"exercise": "conv2d"}, "nbgrader": {"grade_id": "a"}}
    assert notebook.metadata == {"language_info": {}}


def copy_course(folder: Path) -> None:
    """Copy what a learners' zip is made from."""
    for name in ("start.py", "pyproject.toml", "constraints.txt", "LICENSE", "cnnlab", "config", "docs"):
        place = class_folder.ROOT / name
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(place, folder / name, ignore=leave) if place.is_dir() else shutil.copy(place, folder)


#: A file that somebody put among the course's own, and why nothing is released beside it.
REFUSED_FILES = {
    "cnnlab/notes.md": ("remember to tell them", r"notes\.md is no part of the course"),
    "cnnlab/answers/ch08.py": ("x = 1", r"ch08\.py is no part of the course"),
    "cnnlab/course/.env": ("x", r"\.env is no part of the course"),
    "config/jupyter/seed.txt": ("1", r"seed\.txt is no part of the course"),
    "cnnlab/nn/mine.py": (WRITTEN, r"mine\.py defines conv2d_bias_grad, which learners are to write"),
}


@pytest.mark.parametrize("path", REFUSED_FILES)
def test_a_file_on_no_list_is_not_handed_out(path: str, tmp_path) -> None:
    copy_course(tmp_path)
    content, reason = REFUSED_FILES[path]
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(content)
    with pytest.raises(NotReleased, match=reason):
        release_files.collect_package_files(tmp_path)


def test_what_an_instructor_wrote_in_the_learners_folder_is_not_handed_out(tmp_path) -> None:
    copy_course(tmp_path)
    (tmp_path / "cnnlab" / "ops" / "conv.py").write_text(SOLUTION)
    (tmp_path / "cnnlab" / "ops" / "extra.py").write_text(SOLUTION)
    found = release_files.collect_package_files(tmp_path)
    assert found["cnnlab/ops/conv.py"] == (STUBS / "conv.py").read_bytes()
    assert "cnnlab/ops/extra.py" not in found


def test_a_file_that_the_chapter_does_not_name_is_not_handed_out(released: Path, tmp_path) -> None:
    folder = tmp_path / CHAPTER
    shutil.copytree(released / CHAPTER, folder)
    (folder / "work" / "conv.py").write_text(SOLUTION)
    assert release_files.collect_assignment_files(CHAPTER, folder)["work/conv.py"] == (STUBS / "conv.py").read_bytes()
    (folder / "figures" / "scheme.txt").write_text("2 points")
    with pytest.raises(NotReleased, match=r"holds figures/scheme\.txt"):
        release_files.collect_assignment_files(CHAPTER, folder)


def test_a_chapter_with_a_written_exercise_is_refused_and_nothing_is_written(tmp_path, monkeypatch, capsys) -> None:
    source = tmp_path / "source"
    shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, source / CHAPTER)
    path = source / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(WRITTEN))
    nbformat.write(notebook, path)
    monkeypatch.setenv(class_folder.SOURCE_VARIABLE, str(source))
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    assert command.main(["release", "ch08", "--out", str(tmp_path / "out")]) == 2
    number = len(notebook.cells)
    assert f"{CHAPTER} was not released: cell {number} defines conv2d_bias_grad" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "class" / "release" / CHAPTER / f"{CHAPTER}.ipynb").exists()


def test_beside_a_class_of_version_0_1_0_in_the_source_nothing_is_released(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    monkeypatch.setattr(class_folder, "find_old_class", lambda grading: [grading / "gradebook.db"])
    assert command.main(["release", "ch08", "--out", str(tmp_path / "out")]) == 2
    assert "Move it with: mkdir -p" in capsys.readouterr().err
    assert not (tmp_path / "out").exists() and not (tmp_path / "class").exists()


def test_functions_to_repair_are_in_a_zip_with_their_chapter_only(members: dict[str, bytes]) -> None:
    """They are nearly the solutions of earlier chapters."""
    assert not [path for path in members if path.endswith("/hunt.py") and "topics" not in path]
    whole = release_files.collect_package_files()
    assert {"cnnlab/ops/hunt.py", "cnnlab/course/stubs/hunt.py"} <= whole.keys()
    assert release_files.list_learner_files("ch19_capstone")["work/hunt.py"] == (STUBS / "hunt.py").read_bytes()


def test_a_repaired_function_is_refused_and_one_as_handed_out_is_not() -> None:
    stub = (STUBS / "hunt.py").read_text(encoding="utf-8")
    assert find_written_exercises(ast.parse(stub)) == []
    repaired = stub.replace("dy * (dy > 0)", "dy * (cache.x > 0)")
    assert find_written_exercises(ast.parse(repaired)) == ["repair_relu_backward"]
