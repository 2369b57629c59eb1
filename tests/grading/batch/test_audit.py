"""python -m grading audit: nothing differs after an honest batch, and whatever was changed since is named."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from nbgrader.api import Gradebook

from grading import __main__ as command
from grading import class_folder as homes
from grading.batch import verdict_store
from grading.batch.verdict_store import STAMP
from grading.class_folder import ClassFolder
from tests.grading.conftest import CHAPTER, HOSTILE_STUDENT, SOLUTION

#: Of the class that several files share: ada is right, ben has written nothing, the third is hostile.
STUDENTS = ("ada", "ben", HOSTILE_STUDENT)


@pytest.mark.slow
def test_nothing_differs_after_a_batch_and_nothing_is_changed(graded_class: ClassFolder, capsys) -> None:
    before = {p: p.read_bytes() for p in graded_class.folder.rglob("*") if p.is_file()}
    assert command.main(["audit", "ch08"]) == 0
    assert "3 of 3 judged again, 0 differ" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in graded_class.folder.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_a_sample(graded_class: ClassFolder, capsys) -> None:
    assert command.main(["audit", "ch08", "--sample", "2"]) == 0
    assert "2 of 3 judged again, 0 differ" in capsys.readouterr().out
    assert command.main(["audit", "ch08", "--sample", "0"]) == 2


def better(home: ClassFolder, student: str) -> None:
    found = verdict_store.read_verdict(home, student, CHAPTER)
    assert found
    verdict_store.write_verdict(
        home, replace(found, marks=tuple(replace(m, score=1.0, code=None) for m in found.marks))
    )


def booked(home: ClassFolder, student: str) -> None:
    with Gradebook(f"sqlite:///{home.folder / 'gradebook.db'}") as book:
        book.find_grade("conv2d_weight_grad", CHAPTER, CHAPTER, student).auto_score = 6
        book.db.commit()


def swapped(home: ClassFolder, student: str) -> None:
    (home.submission_folder(student, CHAPTER) / "work" / "conv.py").write_text(SOLUTION)


def lost(home: ClassFolder, student: str) -> None:
    home.verdict_file(student, CHAPTER).unlink()


CHANGES = {
    "the verdict": (better, "conv2d_weight_grad: 6 of 6 then, 0 of 6 (unwritten) now"),
    "the gradebook": (booked, "conv2d_weight_grad: 0 in the verdict, 6.0 in the gradebook"),
    "the file": (swapped, "is not the file that passed intake"),
    "no verdict": (lost, "no verdict is stored"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_named(name: str, graded_class: ClassFolder, capsys) -> None:
    change, sentence = CHANGES[name]
    change(graded_class, "ben")
    assert command.main(["audit", "ch08"]) == 1
    said = capsys.readouterr().out
    assert "1 differ" in said
    assert f"ben: {sentence}" in said or ("ben: " in said and sentence in said)
    assert "ada:" not in said


def test_another_seed_gives_the_same_scores_and_is_told(graded_class: ClassFolder, tmp_path, capsys) -> None:
    (tmp_path / "seed").write_text("another")
    assert command.main(["audit", "ch08", "--seed-file", str(tmp_path / "seed")]) == 0
    assert "another seed" in capsys.readouterr().out


def test_where_nothing_was_graded_it_says_so(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(homes.HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path))
    assert command.main(["audit", "ch08"]) == 2
    assert "run autograde first" in capsys.readouterr().err


def test_after_a_change_of_the_catalogue_scores_stay_until_one_command_grades_all_again(
    graded_class: ClassFolder, capsys
) -> None:
    """A published score never changes silently, and never stays behind silently."""
    for student in STUDENTS:
        found = verdict_store.read_verdict(graded_class, student, CHAPTER)
        assert found
        old = {**found.versions, "catalogue": "of last week"}
        verdict_store.write_verdict(
            graded_class, replace(found, versions=old, key="old", marks=(replace(found.marks[0], score=0.0),))
        )
        path = graded_class.folder / "autograded" / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.chmod(0o644)
        content = json.loads(path.read_text(encoding="utf-8"))
        content["metadata"][STAMP]["verdict"] = "old"
        path.write_text(json.dumps(content), encoding="utf-8")
        os.utime(path, (1, 1))  # older than its feedback, as it was
    assert command.main(["autograde", "ch08"]) == 0
    said = capsys.readouterr().out
    assert "0 graded, 0 not, 3 left as they were" in said
    assert "3 were judged under other conditions (catalogue of last week then" in said
    assert "--force judges all again" in said
    assert [v.key for v in verdict_store.list_verdicts(graded_class, CHAPTER)] == ["old"] * 3

    assert command.main(["autograde", "ch08", "--force"]) == 0
    assert "3 graded, 0 not" in capsys.readouterr().out
    scores = {v.student: v.score for v in verdict_store.list_verdicts(graded_class, CHAPTER)}
    assert scores == pytest.approx({"ada": 14, "ben": 0, HOSTILE_STUDENT: 12})
    assert command.main(["audit", "ch08"]) == 0
