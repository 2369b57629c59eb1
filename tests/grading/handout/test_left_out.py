"""A release without locate: no file of it, no section and no sentence about it, and a plain word for who asks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import nbformat
import pytest

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.report import Report
from grading.class_folder import ROOT
from grading.errors import NotReleased
from grading.handout.left_out import LOCATE_FILES, NAMED, cut_page, cut_sections
from grading.handout.release_files import collect_package_files


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class's copy of the course without locate."""
    folder = tmp_path_factory.mktemp("copy")
    for path, content in collect_package_files(locate=False).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_of_locate_is_left_out_and_is_one_that_there_is(copy: Path) -> None:
    for name in LOCATE_FILES:
        assert (ROOT / name).exists(), name
        assert not (copy / name).exists(), name


def test_every_import_in_the_copy_finds_its_module(copy: Path) -> None:
    for path in copy.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").replace("    from", "").splitlines()
        for line in lines:
            found = re.match(r"(?:from|import) (cnnlab(?:\.\w+)*)", line)
            if found and not path.name.startswith(("cli", "where_button")):
                name = found[1].replace(".", "/")
                assert (copy / name).is_dir() or (copy / f"{name}.py").exists(), (path, line)


def test_no_page_of_the_copy_names_it(copy: Path) -> None:
    pages = list((copy / "docs").glob("*.md"))
    assert len(pages) >= 4
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "locate.md" not in text, page
        assert not NAMED.search(text), page
        assert len(text) > 0.8 * len((ROOT / "docs" / page.name).read_text(encoding="utf-8")), page


def test_who_asks_for_it_is_told_who_left_it_out(copy: Path) -> None:
    done = run(copy, "-m", "cnnlab", "locate", "conv2d_bias_grad", "--show")
    assert done.returncode == 2
    assert "your instructor left locate" in done.stderr
    assert "locate" not in run(copy, "-m", "cnnlab", "--help").stdout
    script = """
import cnnlab, cnnlab.gradcheck
from cnnlab import *
from cnnlab.gradcheck import *
from cnnlab.widgets import *
import cnnlab.widgets
assert not hasattr(cnnlab, "locate") and not hasattr(cnnlab.gradcheck, "locate")
assert not hasattr(cnnlab.widgets, "locate_button")
"""
    done = run(copy, "-c", script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("there", [True, False])
def test_a_report_points_to_it_where_it_is_there(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "has_locate", lambda: there)
    wrong = SimpleNamespace(source="conv.py", failure=None, of="gradient", hints=3, diagnosis_code="sign", passed=False)
    assert facts.can_be_located(cast(Report, wrong)) == there


def test_a_page_loses_rows_and_paragraphs_and_keeps_the_rest() -> None:
    page = "# A\n\n| `check` | a |\n| `locate x` | b |\n\nCall `locate` now.\n\nAn array is allocated.\n"
    assert cut_page(page) == "# A\n\n| `check` | a |\n\nAn array is allocated.\n"


def test_chapters_lose_the_section_about_it_and_nothing_that_is_graded() -> None:
    for path in sorted((ROOT / "notebooks").glob("ch*/ch*.ipynb")):
        nb = nbformat.read(path, as_version=4)
        before = [cell.source for cell in nb.cells]
        cut_sections(nb)
        gone = len(before) - len(nb.cells)
        assert gone == (3 if path.stem.startswith("ch03") else 0), path.stem


def test_no_chapter_promises_it_in_other_words() -> None:
    promise = re.compile(
        r"Where is it|(?<!To )\b(look|looks|looking) for the line|\b(report|judge|program)\b[^.]* finds? the line\b"
    )
    for path in sorted((ROOT / "notebooks").glob("ch*/ch*.ipynb")):
        nb = nbformat.read(path, as_version=4)
        assert path.stem != "ch03_build_the_judge" or any(promise.search(cell.source) for cell in nb.cells)
        cut_sections(nb)
        assert [cell.source for cell in nb.cells if promise.search(cell.source)] == [], path.stem


def test_the_page_for_learners_keeps_what_to_do_when_stuck(copy: Path) -> None:
    page = (copy / "docs" / "learner.md").read_text(encoding="utf-8")
    stuck = page.partition("## When you are stuck")[2].partition("\n## ")[0]
    assert "Then ask for a hint." in stuck
    assert "Where is it" not in page


@pytest.mark.parametrize("sentence", ["It may offer to look for the line.", "Press “Where is it?”."])
def test_a_promise_of_it_stops_the_release(sentence: str) -> None:
    with pytest.raises(NotReleased, match="cell 1 names locate"):
        cut_sections(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(sentence)]))


def test_a_graded_section_about_it_stops_the_release() -> None:
    graded = {"nbgrader": {"grade": True, "solution": False, "grade_id": "a"}}
    cell = nbformat.v4.new_code_cell("cnnlab.locate('a')", metadata=graded)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## A"), cell])
    with pytest.raises(NotReleased, match="graded cell"):
        cut_sections(nb)
    cells = [nbformat.v4.new_markdown_cell("See `locate`.")]
    with pytest.raises(NotReleased, match="cell 1 names locate"):
        cut_sections(nbformat.v4.new_notebook(cells=cells))
