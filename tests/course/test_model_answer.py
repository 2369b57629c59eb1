"""answer(): the model answer to a written derivation, once the learner has written one."""

from __future__ import annotations

import shutil

import nbformat
import pytest

from authoring import build_model_answers
from authoring.build_notebooks import CHAPTERS, NOTEBOOKS, grade_id_of
from cnnlab.course import model_answer
from cnnlab.course.model_answer import PLACEHOLDER, answer, list_names

NAME = "ch00-two-layers"
CHAPTER = "ch00_start_here"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that saves chapter 0's notebook here with a text in the cell for the answer."""
    monkeypatch.chdir(tmp_path)

    def save(text):
        notebook = nbformat.read(NOTEBOOKS / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
        for cell in notebook.cells:
            if grade_id_of(cell) == NAME:
                cell.source = text
        nbformat.write(notebook, tmp_path / f"{CHAPTER}.ipynb")

    return save


def test_every_written_derivation_of_the_course_has_its_answer():
    asked = {
        grade_id_of(cell)
        for path in NOTEBOOKS.glob("ch*/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown" and grade_id_of(cell)
    }
    assert set(list_names()) == asked and len(asked) >= len(list(CHAPTERS.glob("*.md")))


def test_the_files_are_those_of_the_solutions_without_the_marks():
    assert build_model_answers.find_differences() == []
    assert not any("- **1**" in text for text in build_model_answers.list_files().values())


def test_a_changed_and_a_stray_file_are_named(tmp_path):
    shutil.copytree(model_answer.ANSWERS, tmp_path / "answers")
    (tmp_path / "answers" / f"{NAME}.md").write_text("Something else.", encoding="utf-8")
    (tmp_path / "answers" / "ch99-no.md").write_text("No question.", encoding="utf-8")
    found = build_model_answers.find_differences(tmp_path / "answers")
    assert len(found) == 2 and NAME in found[0] and "answers no question" in found[1]


@pytest.mark.parametrize("text", [PLACEHOLDER, "", f"\n {PLACEHOLDER}\n"], ids=["untouched", "empty", "spaces"])
def test_nothing_is_shown_before_something_is_written(write, text):
    write(text)
    found = answer(NAME)
    assert found.text == "" and "Write your own answer first" in str(found) and f"{CHAPTER}.ipynb" in str(found)


def test_the_answer_is_shown_when_something_is_written(write):
    write("dy = dz cos y, because the sine's slope is the cosine.")
    found = answer(NAME)
    assert found.text == (model_answer.ANSWERS / f"{NAME}.md").read_text(encoding="utf-8").strip()
    assert found.text in found._repr_markdown_() and "Compare" in str(found)


def test_the_notebook_here_comes_before_the_one_of_the_course(write):
    write("mine")
    assert answer(NAME).text
    write(PLACEHOLDER)
    assert not answer(NAME).text


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"cells": [7]}'])
def test_a_broken_notebook_is_passed_over(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.ipynb").write_text(content, encoding="utf-8")
    assert "Write your own answer first" in str(answer(NAME))


def test_without_any_notebook_it_says_where_to_run_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(model_answer.loader, "DEFAULT_FOLDER", tmp_path / "cnnlab" / "ops")
    assert "Open its chapter" in str(answer(NAME))


def test_a_copy_without_answers_says_who_has_them(tmp_path, monkeypatch):
    monkeypatch.setattr(model_answer, "ANSWERS", tmp_path)
    found = answer(NAME)
    assert found.text == "" and "the instructor has them" in str(found)


@pytest.mark.parametrize("name", ["ch00", "../ch00-two-layers", "ch00-two-layers.md", ""])
def test_an_unknown_name_is_refused_with_the_list(name):
    with pytest.raises(ValueError, match="ch02-all-ways"):
        answer(name)
