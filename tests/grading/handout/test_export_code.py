"""The zip of the code that grades: complete, the same each time, and without anything of a class or a learner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import cnnlab
from cnnlab.loader import STUBS
from grading import __main__ as command
from grading import class_folder
from grading.errors import BadClassFolder
from grading.handout import export_code
from grading.handout.export_code import collect_code_files, hash_code

NAME = f"cnnlab-{cnnlab.__version__}-code"


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """The zip that the command writes."""
    path = tmp_path_factory.mktemp("export") / "code.zip"
    assert command.main(["export", "code", "--out", str(path)]) == 0
    return path


def test_it_has_what_grading_needs_and_nothing_else(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {NAME}
    inside = {name.partition("/")[2] for name in names}
    needed = {"start.py", "pyproject.toml", "constraints.txt", "README.md", "grading/__main__.py", "cnnlab/cli.py"}
    assert needed | {"solutions/ops/conv.py", "grading/handout/README.md", "docs/instructor.md"} <= inside
    assert {f"notebooks/{p.name}/{p.name}.ipynb" for p in (class_folder.ROOT / "notebooks").glob("ch*_*")} <= inside
    tops = {name.partition("/")[0] for name in inside if "/" in name}
    assert tops == {"cnnlab", "grading", "solutions", "notebooks", "config", "docs"}
    assert not [name for name in inside if "__pycache__" in name or name.endswith((".bak", ".db", ".log"))]


def test_every_source_file_of_cnnlab_and_grading_is_in_it() -> None:
    """A kind of file that is new in the packages must go along: git knows which there are."""
    listed = ["git", "ls-files", "-z", "--", "cnnlab", "grading", "config/jupyter"]
    done = subprocess.run(listed, cwd=class_folder.ROOT, capture_output=True, text=True, check=True)
    assert set(filter(None, done.stdout.split("\0"))) - {"cnnlab/ops/.gitignore"} <= set(collect_code_files())


def test_it_is_the_same_each_time(exported: Path, tmp_path) -> None:
    again = export_code.export_code(tmp_path / "again.zip")
    assert again.read_bytes() == exported.read_bytes()


def test_its_hash_is_that_of_cnnlab_and_grading(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        about = json.loads(archive.read(f"{NAME}/code.json"))
    files = collect_code_files()
    assert about["code"] == hash_code(files) == hash_code()
    changed = {**files, "grading/batch/judge_files.py": files["grading/batch/judge_files.py"] + b"\n"}
    assert hash_code(changed) != about["code"]
    assert hash_code({**files, "docs/instructor.md": b""}) == about["code"]


def test_what_a_learner_wrote_and_a_class_are_left_out(tmp_path) -> None:
    """In the checkout of someone who learns there, too."""
    leave = shutil.ignore_patterns("__pycache__", ".venv", ".git")
    for name in (*export_code.FILES, *(folder.partition("/")[0] for folder in export_code.FOLDERS)):
        place = class_folder.ROOT / name
        shutil.copytree(place, tmp_path / name, ignore=leave) if place.is_dir() else shutil.copy(place, tmp_path)
    (tmp_path / "cnnlab" / "ops" / "conv.py").write_text("mine = 1\n")
    chapter = tmp_path / "notebooks" / "ch08_convolution_backward"
    (chapter / "work").mkdir()
    (chapter / "work" / "notes.txt").write_text("mine")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "class.json").write_text("{}")
    found = collect_code_files(tmp_path)
    assert found["cnnlab/ops/conv.py"] == (STUBS / "conv.py").read_bytes()
    assert found == collect_code_files()
    (tmp_path / "grading" / "gradebook.db").write_bytes(b"marks")
    with pytest.raises(BadClassFolder, match=r"version 0\.1\.0"):
        collect_code_files(tmp_path)


def test_the_unpacked_zip_judges(exported: Path, tmp_path) -> None:
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / NAME
    leave = ("PYTHONPATH", class_folder.HOME_VARIABLE, class_folder.SOURCE_VARIABLE)
    inside = {k: v for k, v in os.environ.items() if k not in leave} | {"XDG_DATA_HOME": str(tmp_path / "data")}
    shown = "import grading, cnnlab; print(grading.__file__, cnnlab.__file__)"
    where = subprocess.run([sys.executable, "-c", shown], cwd=folder, env=inside, capture_output=True, text=True)
    assert all(path.startswith(str(folder)) for path in where.stdout.split()), where
    program = [sys.executable, "-m", "grading", "judge", "ch08", "solutions/ops", "--json"]
    done = subprocess.run(program, cwd=folder, env=inside, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["score"] == found["max_score"] == 18
    hashed = [sys.executable, "-c", "from grading.handout.export_code import hash_code; print(hash_code())"]
    done = subprocess.run(hashed, cwd=folder, env=inside, capture_output=True, text=True)
    assert done.stdout.strip() == hash_code()


def test_a_wheel_holds_no_package_called_grading() -> None:
    import tomllib

    about = tomllib.loads((class_folder.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert about["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["cnnlab"]
