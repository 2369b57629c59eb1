"""The instructor's answer notebooks: model answers in every written cell, full points in every graded one."""

import re
from itertools import pairwise

import nbformat
import pytest

from authoring import build_answers
from authoring.build_answers import AnswersError, answers, fill_in_answers, main
from authoring.build_notebooks import ANSWER, CHAPTERS, ROOT, grade_id_of

PATHS = sorted(CHAPTERS.glob("*.md"))
chapters = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@chapters
def test_every_written_cell_gets_its_model_answer_and_every_graded_one_its_reference(path):
    cells = fill_in_answers(path).cells
    written = [cell for cell in cells if cell.cell_type == "markdown" and grade_id_of(cell)]
    assert {grade_id_of(cell) for cell in written} == set(answers(path))
    assert all(ANSWER not in cell.source and "**Marking scheme**" in cell.source for cell in written)
    for before, cell in pairwise(cells):
        if "cnnlab" in cell.metadata:
            assert f"def {cell.metadata.cnnlab.exercise}(" in before.source


@pytest.mark.slow
def test_one_is_built_and_run(tmp_path, capsys):
    assert main(["ch00", "--out", str(tmp_path)]) == 0
    file = tmp_path / "ch00_start_here" / "ch00_start_here.ipynb"
    assert str(file) in capsys.readouterr().out
    assert sorted(p.name for p in file.parent.iterdir()) == ["ch00_start_here.ipynb", "figures"]
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert any("right in all" in str(cell.outputs) for cell in code)


@pytest.mark.slow
def test_all_are_built_and_run(tmp_path):
    assert main(["--all", "--out", str(tmp_path)]) == 0
    assert len(list(tmp_path.rglob("*.ipynb"))) == len(PATHS)


def test_a_missing_model_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(build_answers, "SOLUTIONS", tmp_path)
    with pytest.raises(AnswersError, match="is missing"):
        answers(PATHS[0])
    (tmp_path / "chapters").mkdir()
    scheme = tmp_path / "chapters" / PATHS[0].name
    scheme.write_text("# Chapter 0\n\n## `ch00-other`\n\nModel answer. Yes.\n\n- **1** Yes.\n", encoding="utf-8")
    (tmp_path / "ops").symlink_to(ROOT / "solutions" / "ops")
    with pytest.raises(AnswersError, match="has no model answer to ch00-two-layers"):
        fill_in_answers(PATHS[0])
    scheme.write_text("# Chapter 0\n\n## `ch00-two-layers`\n\nModel answer. Yes.\n", encoding="utf-8")
    with pytest.raises(AnswersError, match="needs a text after"):
        answers(PATHS[0])


def test_a_cell_that_fails_and_one_below_its_points_are_named():
    broken = nbformat.v4.new_code_cell("1 / 0\n2")
    broken.outputs = [nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero")]
    below = nbformat.v4.new_code_cell('check("relu_backward").points(2)')
    below.metadata = {"cnnlab": {"exercise": "relu_backward"}, "nbgrader": {"points": 2}}
    below.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1.6"})]
    found = list(build_answers._faults(nbformat.v4.new_notebook(cells=[broken, below])))
    assert found == [
        "1 / 0 … raises ZeroDivisionError: division by zero",
        'check("relu_backward").points(2) gives 1.6; 2 is needed',
    ]


@pytest.mark.parametrize("wrong", [[], ["ch99", "--out", "x"], ["ch00"]], ids=str)
def test_what_is_not_understood_is_said(wrong, capsys):
    assert main(wrong) == 2
    assert "ch00" in capsys.readouterr().err


# The index page.


def test_the_index_has_every_chapter_and_no_dead_link():
    text = build_answers.INDEX.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / "solutions" / link).is_file(), link
    assert text == build_answers.index(), "python -m authoring.build_answers --index writes it anew"


@chapters
def test_the_instructor_is_told_how_long_it_takes_and_what_goes_wrong(path):
    _, time, checks, written, wrong = build_answers.facts(path)
    assert time, f"solutions/chapters/{path.name} needs a section 'Expected time'"
    assert checks + written > 0
    assert wrong.count(".") + wrong.count("?") > 2, f"solutions/chapters/{path.name} needs 'What goes wrong in class'"
