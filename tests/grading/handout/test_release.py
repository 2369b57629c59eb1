"""A release: what is in it, that its bytes are the same each time, and that every kind of leak is found and refused."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnlab
from cnnlab.course import catalogue
from cnnlab.loader import STUBS
from grading import __main__ as command
from grading import class_folder
from grading.errors import NotReleased
from grading.handout import confidential_material, leak_search, learner_zip
from grading.handout.confidential_material import Confidential
from tests.grading.conftest import CHAPTER, SOLUTION

ZIP = f"cnnlab-{cnnlab.__version__}-ch08.zip"
SEED = 918_273_645_546_372
CHAPTERS = sorted(p.name for p in (class_folder.ROOT / "notebooks").glob("ch*_*"))


@pytest.fixture(scope="module")
def secrets(tmp_path_factory) -> Confidential:
    seed = tmp_path_factory.mktemp("seed") / "seed"
    seed.write_text(f"{SEED}\n")
    return confidential_material.gather_confidential(seed_file=seed)


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
    assert room == {f"cnnlab/ops/{p.name}" for p in STUBS.glob("*.py")}


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


def test_the_same_release_has_the_same_bytes_whatever_the_files_times(released: Path, tmp_path) -> None:
    copy = tmp_path / CHAPTER
    shutil.copytree(released / CHAPTER, copy, copy_function=shutil.copyfile)
    made = learner_zip.make_zip(learner_zip.collect_files({CHAPTER: copy}), ZIP.removesuffix(".zip"))
    assert made == (released / ZIP).read_bytes()


def test_of_the_whole_course_the_learners_files_are_in_one_room(released: Path) -> None:
    found = learner_zip.collect_files(
        {CHAPTER: released / CHAPTER, "ch00_start_here": class_folder.ROOT / "notebooks/ch00_start_here"}
    )
    assert not [path for path in found if "/work/" in path]
    assert "cnnlab/ops" in found["README.md"].decode()
    assert not re.search(r"[{}]", found["README.md"].decode())


def test_what_an_instructor_wrote_in_the_learners_room_is_not_handed_out(released: Path, tmp_path) -> None:
    for name in (*learner_zip.FILES, "cnnlab", "config", "docs"):
        place = class_folder.ROOT / name
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(place, tmp_path / name, ignore=leave) if place.is_dir() else shutil.copy(place, tmp_path)
    (tmp_path / "cnnlab" / "ops" / "conv.py").write_text(SOLUTION)
    found = learner_zip.collect_files({CHAPTER: released / CHAPTER}, tmp_path)
    assert found["cnnlab/ops/conv.py"] == (STUBS / "conv.py").read_bytes()
    (tmp_path / "cnnlab" / "notes.md").write_text("remember to tell them")
    with pytest.raises(NotReleased, match=r"notes\.md is no part of the course"):
        learner_zip.collect_files({CHAPTER: released / CHAPTER}, tmp_path)


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


# The proof


def leak(change: Callable[[dict[str, bytes]], None], members: dict[str, bytes], secrets: Confidential) -> list[str]:
    """What the proof says of the files that a change touched, as files and inside an archive."""
    files = dict(members)
    change(files)
    files = {path: content for path, content in files.items() if members.get(path) != content}
    found = leak_search.find_leaks(files, secrets)
    inside = leak_search.find_leaks({"course.zip": learner_zip.make_zip(files, "x")}, secrets)
    assert len(inside) == len(found)
    return found


def cells(change: Callable[[list[dict]], None]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        path = f"notebooks/{CHAPTER}/{CHAPTER}.ipynb"
        notebook = json.loads(files[path])
        change(notebook["cells"])
        files[path] = json.dumps(notebook).encode()

    return apply


def put(path: str, content: str | bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({path: content.encode() if isinstance(content, str) else content})


def add(source: str, kind: str = "code", **more) -> Callable[[dict[str, bytes]], None]:
    return cells(lambda found: found.append({"cell_type": kind, "metadata": {}, "source": source, **more}))


def answered(found: list[dict]) -> None:
    [cell, *_] = [c for c in found if c["metadata"].get("nbgrader", {}).get("solution")]
    cell["source"] = "Because the windows overlap."


def body(function: str) -> str:
    """The lines of a function of the solution, from def to its end."""
    return re.search(rf"^def {function}\(.*?(?=^def |\Z)", SOLUTION, re.MULTILINE | re.DOTALL)[0]


LONG = body("conv2d_weight_grad")
NOTES = (class_folder.ROOT / "solutions" / "chapters" / f"{CHAPTER}.md").read_text(encoding="utf-8")
SENTENCE = "The second classmate is right about a scatter. The first is right only if the code gathers with a"
assert SENTENCE in NOTES

LEAKS = {
    "a solution's file": (put("cnnlab/ops/conv.py", SOLUTION), "conv2d_weight_grad of solutions/ops/conv.py"),
    "one short solution": (
        put("cnnlab/extra.py", body("conv2d_bias_grad")),
        "holds conv2d_bias_grad of solutions/ops/conv.py",
    ),
    "a solution under other names": (
        put("cnnlab/extra.py", LONG.replace("conv2d_weight_grad", "f").replace("dy", "upstream")),
        "conv2d_weight_grad of solutions/ops/conv.py",
    ),
    "a solution of one's own": (
        put(
            f"notebooks/{CHAPTER}/work/conv.py", SOLUTION.replace("conv2d_bias_grad(dy):", "conv2d_bias_grad(dy, k=0):")
        ),
        "conv2d_weight_grad",
    ),
    "something written in the stub": (
        put("cnnlab/ops/conv.py", "def conv2d_bias_grad(dy):\n    return dy.sum((0, 2, 3)) * 1\n"),
        "conv2d_bias_grad is written",
    ),
    "the fast network": (
        put("cnnlab/fast.py", (class_folder.ROOT / "solutions/fast/conv.py").read_bytes()),
        "solutions/fast",
    ),
    "a solution in a cell": (add(LONG), "conv2d_weight_grad of solutions/ops/conv.py"),
    "a solution in a fence": (add(f"Look:\n\n```python\n{LONG}```\n", "markdown"), "solutions/ops/conv.py"),
    "a solution in a picture": (put("docs/a.svg", f"<svg><desc>{LONG}</desc></svg>"), "solutions/ops/conv.py"),
    "a solution in a cell's metadata": (
        cells(lambda found: found[3]["metadata"].update(cnnlab={"note": LONG})),
        "solutions/ops/conv.py",
    ),
    "a model answer": (put("docs/learner.md", f"# Help\n\n{NOTES}"), f"a sentence of solutions/chapters/{CHAPTER}.md"),
    "a sentence in other lines": (
        add(
            SENTENCE.replace(" ", "\n") + ' cross-correlation; "the forward pass does not, so the backward pass must" '
            "is no reason.",
            "markdown",
        ),
        f"a sentence of solutions/chapters/{CHAPTER}.md",
    ),
    "a marking scheme": (put(f"notebooks/{CHAPTER}/scheme.md", NOTES), "is the instructor's solutions/chapters"),
    "a written answer": (cells(answered), "something is written in it"),
    "nbgrader's solution": (add("### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), "nbgrader cuts at release"),
    "hidden tests": (add("### BEGIN HIDDEN TESTS\nassert x"), "nbgrader cuts at release"),
    "a mark scheme": (add("=== BEGIN MARK SCHEME ===\n2 points", "markdown"), "nbgrader cuts at release"),
    "an output": (add("1", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}]), "has outputs"),
    "an instructor's note in a comment": (
        add("Text <!-- they get this wrong -->", "markdown"),
        "only its source shows",
    ),
    "an instructor's note in metadata": (
        cells(lambda found: found[3]["metadata"].update(notes="they get this wrong")),
        "metadata that no release needs: notes",
    ),
    "the seed": (put("cnnlab/course/data.txt", f"seed = {SEED}"), "holds the secret seed"),
    "the seed in a notebook": (add(f"check('conv2d', seed={SEED})"), "holds the secret seed"),
    "the judge": (
        put("cnnlab/judge.py", (class_folder.ROOT / "grading/batch/judge_files.py").read_bytes()),
        "grading/batch/judge_files.py",
    ),
    "wrong implementations": (put("tests/rejects/conv.py", "x = 1"), "is no file of a release"),
    "a gradebook": (put("gradebook.db", b"SQLite"), "is no file of a release"),
    "a repository": (put(".git/config", "x"), "is no file of a release"),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_is_found(kind: str, members, secrets) -> None:
    change, sentence = LEAKS[kind]
    found = leak(change, members, secrets)
    assert any(sentence in said for said in found), found


def test_a_comment_in_the_zip_is_found(secrets) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
        archive.comment = b"the answer is 42"
    assert leak_search.find_leaks({"a.zip": buffer.getvalue()}, secrets) == [
        "a.zip has a comment or extra fields, which nothing here needs"
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_chapter_of_the_repository_holds_anything(chapter: str, secrets) -> None:
    found = leak_search.find_leaks(leak_search.read_folder(class_folder.ROOT / "notebooks" / chapter), secrets)
    assert found == []


def test_every_exercise_is_among_what_is_searched_for(secrets) -> None:
    """A secret that is not gathered is one that is not found."""
    there = {name for name, _ in secrets.named}
    written = {
        e.name for e in catalogue.EXERCISES.values() if (class_folder.ROOT / f"solutions/ops/{e.topic}.py").is_file()
    }
    assert written and written <= there


def test_a_release_that_would_leak_is_refused_and_nothing_is_written(tmp_path, monkeypatch, capsys) -> None:
    source = tmp_path / "source"
    shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, source / CHAPTER)
    path = source / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] += f"\n\n{NOTES}"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setenv(class_folder.SOURCE_VARIABLE, str(source))
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert command.main(["release", "ch08", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "Nothing was released" in said and "cell 1 holds a sentence of" in said
    assert list((tmp_path / "out").iterdir()) == []


def test_without_solutions_there_is_no_proof(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="solutions"):
        confidential_material.gather_confidential(tmp_path)


def test_beside_a_class_of_version_0_1_0_in_the_source_nothing_is_released(tmp_path, monkeypatch, capsys) -> None:
    """Its stubs would be taken for the instructor's own files, and every release for a leak."""
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    monkeypatch.setattr(class_folder, "find_old_class", lambda grading: [grading / "gradebook.db"])
    assert command.main(["release", "ch08", "--out", str(tmp_path / "out")]) == 2
    assert "Move it with: mkdir -p" in capsys.readouterr().err
    assert not (tmp_path / "out").exists() and not (tmp_path / "class").exists()
