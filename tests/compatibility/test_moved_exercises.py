"""An exercise that went to another chapter is still graded where version 0.1.0 asked for it, and only there."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from cnnlab.course import catalogue
from grading.batch.judge_files import judge_files
from grading.batch.judge_submission import read_grade_ids
from grading.intake.learner_files import collect_learner_files

ARCHIVE = Path(__file__).parent / "data" / "notebooks_0.1.0.zip"
SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"

#: The points of the functions that version 0.1.0 asked for, by chapter.
POINTS = {"ch00": 2, "ch04": 12}


def read_old_notebook(chapter: str, folder: Path) -> frozenset[str]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        name = next(n for n in archive.namelist() if Path(n).name.startswith(chapter) and n.endswith(".ipynb"))
        (folder / "old.ipynb").write_bytes(archive.read(name))
    found = read_grade_ids(folder / "old.ipynb")
    assert found
    return found


@pytest.mark.parametrize("chapter", POINTS)
def test_an_old_notebook_asks_for_what_it_asked_for(chapter, tmp_path):
    grade_ids = read_old_notebook(chapter, tmp_path)
    exercises = catalogue.list_graded_exercises(chapter, grade_ids)
    assert {e.grade_id for e in exercises} == set(grade_ids)
    assert sum(e.points for e in exercises) == POINTS[chapter]


def test_the_new_chapters_ask_for_it_once():
    graded = [e.name for chapter in catalogue.CHAPTERS for e in catalogue.list_graded_exercises(chapter)]
    assert graded.count("relu_backward") == 1
    assert "relu_backward" in [e.name for e in catalogue.list_graded_exercises("ch00")]


def test_a_submission_of_the_old_chapter_gets_its_points(tmp_path):
    (tmp_path / "work").mkdir()
    source = (SOLUTIONS / "activations.py").read_text(encoding="utf-8")
    (tmp_path / "work" / "activations.py").write_text(source, encoding="utf-8")
    files = collect_learner_files(tmp_path, ("work",))
    verdict = judge_files("ch04", files, seed=3, grade_ids=read_old_notebook("ch04", tmp_path))
    assert (verdict.score, verdict.max_score) == (12, 12)


def test_without_a_notebook_the_chapter_is_asked(tmp_path):
    assert read_grade_ids(tmp_path / "none.ipynb") is None
