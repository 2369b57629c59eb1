"""No release holds a solution, a model answer, an instructor's file or the seed, and the search finds each of these."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnlab.course import catalogue
from grading import __main__ as command
from grading import class_folder
from grading.handout import learner_zip
from tests.grading.conftest import CHAPTER, SOLUTION
from tests.grading.handout.confidential_material import Confidential, gather_confidential
from tests.grading.handout.leak_search import find_leaks, read_folder

SEED = 918_273_645_546_372
CHAPTERS = sorted(p.name for p in (class_folder.ROOT / "notebooks").glob("ch*_*"))


@pytest.fixture(scope="module")
def secrets() -> Confidential:
    return gather_confidential(SEED)


def release(base: Path, *arguments: str, **variables: str) -> Path:
    """Release chapters with the command, for a class with the seed SEED. Return the folder with the release."""
    seed_file = base / "data" / "cnnlab" / "grading-seed"
    seed_file.parent.mkdir(parents=True)
    seed_file.write_text(f"{SEED}\n")
    with pytest.MonkeyPatch.context() as patch:
        variables |= {class_folder.HOME_VARIABLE: str(base / "class"), "XDG_DATA_HOME": str(base / "data")}
        for name, value in variables.items():
            patch.setenv(name, value)
        assert command.main(["release", *arguments, "--out", str(base / "out")]) == 0
    return base / "out"


@pytest.fixture(scope="module")
def whole_course(tmp_path_factory) -> dict[str, bytes]:
    """The files of a release of every chapter, and of the learners' zip of the course."""
    return read_folder(release(tmp_path_factory.mktemp("course"), "--all"))


@pytest.mark.slow
def test_a_release_of_every_chapter_holds_nothing_confidential(whole_course: dict[str, bytes], secrets) -> None:
    assert {path.partition("/")[0] for path in whole_course if "/" in path} == set(CHAPTERS)
    assert find_leaks(whole_course, secrets) == []


def test_the_search_fails_on_a_release_with_a_model_answer_in_a_cell(tmp_path, secrets) -> None:
    source = tmp_path / "source"
    shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, source / CHAPTER)
    path = source / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] += f"\n\n{SENTENCE} {REST}"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    out = release(tmp_path, "ch08", **{class_folder.SOURCE_VARIABLE: str(source)})
    found = find_leaks(read_folder(out), secrets)
    assert len(found) == 2, found  # in the notebook, and in the one in the zip
    assert all(f"cell 1 holds a sentence of solutions/chapters/{CHAPTER}.md" in leak for leak in found)


@pytest.fixture(scope="module")
def members(tmp_path_factory) -> dict[str, bytes]:
    """The files of the learners' zip of chapter 8, by path below its one folder."""
    files = read_folder(release(tmp_path_factory.mktemp("chapter"), "ch08"))
    [path] = (path for path in files if path.endswith(".zip"))
    with zipfile.ZipFile(io.BytesIO(files[path])) as archive:
        return {m.filename.partition("/")[2]: archive.read(m) for m in archive.infolist()}


def put(path: str, content: str | bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({path: content.encode() if isinstance(content, str) else content})


def change_cells(change: Callable[[list[dict]], None]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        path = f"notebooks/{CHAPTER}/{CHAPTER}.ipynb"
        notebook = json.loads(files[path])
        change(notebook["cells"])
        files[path] = json.dumps(notebook).encode()

    return apply


def add_cell(source: str, kind: str = "code") -> Callable[[dict[str, bytes]], None]:
    return change_cells(lambda cells: cells.append({"cell_type": kind, "metadata": {}, "source": source}))


def cut_function(name: str) -> str:
    """Return the lines of a function of the solution, from def to its end."""
    return re.search(rf"^def {name}\(.*?(?=^def |\Z)", SOLUTION, re.MULTILINE | re.DOTALL)[0]


LONG = cut_function("conv2d_weight_grad")
NOTES = (class_folder.ROOT / "solutions" / "chapters" / f"{CHAPTER}.md").read_text(encoding="utf-8")
SENTENCE = "The index $u$ is the one that the forward pass used;"
REST = "nothing is reversed."
assert SENTENCE in NOTES

#: What somebody may copy into a file of the release, and what the search says of it.
LEAKS = {
    "a solution's file": (put("cnnlab/ops/conv.py", SOLUTION), "conv2d_weight_grad of solutions/ops/conv.py"),
    "one short solution": (
        put("cnnlab/extra.py", cut_function("conv2d_bias_grad")),
        "holds conv2d_bias_grad of solutions/ops/conv.py",
    ),
    "a solution under other names": (
        put("cnnlab/extra.py", LONG.replace("conv2d_weight_grad", "f").replace("dy", "upstream")),
        "conv2d_weight_grad of solutions/ops/conv.py",
    ),
    "the fast network": (
        put("cnnlab/fast.py", (class_folder.ROOT / "solutions/fast/conv.py").read_bytes()),
        "solutions/fast",
    ),
    "a solution in a cell": (add_cell(LONG), "conv2d_weight_grad of solutions/ops/conv.py"),
    "a solution in a fence": (add_cell(f"Look:\n\n```python\n{LONG}```\n", "markdown"), "solutions/ops/conv.py"),
    "a solution in a picture": (put("docs/a.svg", f"<svg><desc>{LONG}</desc></svg>"), "solutions/ops/conv.py"),
    "a solution in a cell's metadata": (
        change_cells(lambda cells: cells[3]["metadata"].update(cnnlab={"note": LONG})),
        "solutions/ops/conv.py",
    ),
    "a model answer": (put("docs/learner.md", f"# Help\n\n{NOTES}"), f"a sentence of solutions/chapters/{CHAPTER}.md"),
    "a sentence in other lines": (
        add_cell(f"{SENTENCE.replace(' ', chr(10))} {REST}", "markdown"),
        f"a sentence of solutions/chapters/{CHAPTER}.md",
    ),
    "a marking scheme": (put(f"notebooks/{CHAPTER}/scheme.md", NOTES), "is the instructor's solutions/chapters"),
    "the seed": (put("cnnlab/course/data.txt", f"seed = {SEED}"), "holds the secret seed"),
    "the seed in a notebook": (add_cell(f"check('conv2d', seed={SEED})"), "holds the secret seed"),
    "the judge": (
        put("cnnlab/judge.py", (class_folder.ROOT / "grading/batch/judge_files.py").read_bytes()),
        "grading/batch/judge_files.py",
    ),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_the_search_finds_a_leak_in_a_file_and_in_an_archive(kind: str, members, secrets) -> None:
    change, sentence = LEAKS[kind]
    files = dict(members)
    change(files)
    files = {path: content for path, content in files.items() if members.get(path) != content}
    for searched in (files, {"course.zip": learner_zip.make_zip(files, "x")}):
        found = find_leaks(searched, secrets)
        assert any(sentence in leak for leak in found), found


def test_the_search_knows_the_solution_of_every_exercise(secrets) -> None:
    solved = {
        e.name for e in catalogue.EXERCISES.values() if (class_folder.ROOT / f"solutions/ops/{e.topic}.py").exists()
    }
    assert solved and solved <= {name for name, _ in secrets.named}
