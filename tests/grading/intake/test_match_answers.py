"""A written answer is in the rebuilt notebook, or a person is named: whatever happened to the cell that held it."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.class_folder import ROOT, ClassFolder
from grading.intake import accept_submission
from grading.intake.cut_notebook import ReleasedNotebook
from grading.intake.match_answers import MatchedAnswers, match_answers
from grading.intake.notebook_cells import make_cell
from tests.grading.conftest import CHAPTER, SOLUTION

NOTEBOOKS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks").glob("ch*/ch*.ipynb"))
}
RELEASED = {name: ReleasedNotebook.from_json(notebook) for name, notebook in NOTEBOOKS.items()}
ROTATE, CROP = "ch08-why-rotate", "ch08-why-crop"


def grade_id(cell: dict) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def find(cells: list[dict], name: str) -> int:
    return next(k for k, cell in enumerate(cells) if grade_id(cell) == name)


def source(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def answered(assignment: str = CHAPTER) -> list[dict]:
    """The cells of a chapter, each question answered with its own name."""
    cells = copy.deepcopy(NOTEBOOKS[assignment]["cells"])
    for k, name in RELEASED[assignment].answers.items():
        cells[k]["source"] = write(name)
    return cells


def write(name: str) -> str:
    return f"My answer to {name}.\n\nIts second part, $a<b$."


def match(cells: list[dict], assignment: str = CHAPTER) -> MatchedAnswers:
    return match_answers([make_cell(cell) for cell in cells], RELEASED[assignment])


def text(words: str, kind: str = "markdown") -> dict:
    return {"cell_type": kind, "metadata": {}, "source": words}


def strip(cells: list[dict], ids: bool = True) -> list[dict]:
    for cell in cells:
        cell["metadata"] = {}
        if ids:
            cell.pop("id", None)
    return cells


def merge(cells: list[dict], between: str) -> list[dict]:
    k = find(cells, CROP)
    cells[k - 1]["source"] = source(cells[k - 1]) + between + source(cells[k])
    del cells[k]
    return cells


def merge_below(cells: list[dict]) -> list[dict]:
    k = find(cells, CROP)
    cells[k + 2]["source"] = source(cells[k]) + "\n\n" + source(cells[k + 2])
    del cells[k : k + 2]  # the cell that shows the model answer too
    return strip(cells)


def merge_both_questions(cells: list[dict]) -> list[dict]:
    first, second = find(cells, ROTATE), find(cells, CROP)
    parts = [cells.pop(second), cells.pop(second - 1), cells.pop(first)]
    cells[first - 1]["source"] = "\n\n".join(map(source, [cells[first - 1], *reversed(parts)]))
    return cells


def split(cells: list[dict], keeps: bool) -> list[dict]:
    k = find(cells, CROP)
    first, second = source(cells[k]).split("\n\n")
    other = {**text(second), "metadata": copy.deepcopy(cells[k]["metadata"]) if keeps else {}}
    cells[k]["source"] = first
    cells.insert(k + 1, other)
    return cells


def retype(cells: list[dict], kind: str) -> list[dict]:
    cells[find(cells, CROP)]["cell_type"] = kind
    return strip(cells)


def overwrite_question(cells: list[dict]) -> list[dict]:
    k = find(cells, CROP)
    cells[k - 1]["source"] = source(cells[k])
    del cells[k]
    return cells


def answer_below(cells: list[dict]) -> list[dict]:
    k = find(cells, CROP)
    below = text(source(cells[k]))
    cells[k]["source"] = "YOUR ANSWER HERE"
    cells.insert(k + 1, below)
    return cells


def delete_question(cells: list[dict]) -> list[dict]:
    cells = [c for k, c in enumerate(cells) if k != find(cells, CROP) - 1]
    return strip(cells)


#: How a notebook was saved, after which every answer is found with certainty.
CERTAIN: dict[str, Callable[[list[dict]], list[dict]]] = {
    "as it was handed out": lambda cells: cells,
    "without metadata": lambda cells: strip(cells, ids=False),
    "without metadata and ids": strip,
    "merged into the question": lambda cells: merge(cells, "\n\n"),
    "merged without a line end": lambda cells: merge(cells, ""),
    "merged, without metadata and ids": lambda cells: strip(merge(cells, "\n\n")),
    "merged into what follows": merge_below,
    "both questions and answers in one cell": merge_both_questions,
    "both in one cell, without metadata": lambda cells: strip(merge_both_questions(cells)),
    "split, with metadata": lambda cells: split(cells, True),
    "split, the second part without": lambda cells: split(cells, False),
    "split, all without": lambda cells: strip(split(cells, False)),
    "a raw cell": lambda cells: retype(cells, "raw"),
    "a code cell": lambda cells: retype(cells, "code"),
    "written over the question": overwrite_question,
    "in a new cell below the placeholder": answer_below,
    "in a new cell, without metadata": lambda cells: strip(answer_below(cells)),
    "the question deleted": delete_question,
    "white space changed": lambda cells: strip(
        [{**c, "source": source(c).replace("\n", "\r\n").replace(". ", ".  ") + "\n"} for c in cells]
    ),
    "every other cell deleted": lambda cells: [cells[find(cells, name)] for name in (CROP, ROTATE)],
    "the whole notebook twice": lambda cells: cells + copy.deepcopy(cells),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_an_answer_is_found_where_its_place_is_certain(name: str) -> None:
    found = match(CERTAIN[name](answered()))
    assert set(found.answers) == {ROTATE, CROP}
    for grade, words in found.answers.items():
        for part in write(grade).split("\n\n"):
            assert part in " ".join(words.split()), (grade, words)
    assert write(ROTATE).split()[0] in found.answers[ROTATE] and CROP not in found.answers[ROTATE]
    assert found.blank == () and found.needs_person == ()


@pytest.mark.parametrize("assignment", NOTEBOOKS)
def test_every_chapters_answers_are_found_without_metadata(assignment: str) -> None:
    found = match(strip(answered(assignment)), assignment)
    assert {g: " ".join(t.split()) for g, t in found.answers.items()} == {
        g: " ".join(write(g).split()) for g in RELEASED[assignment].answers.values()
    }
    assert found.needs_person == ()


@pytest.mark.parametrize("assignment", NOTEBOOKS)
def test_a_notebook_as_it_was_handed_out_has_no_answer_and_needs_nobody(assignment: str) -> None:
    for cells in (NOTEBOOKS[assignment]["cells"], strip(copy.deepcopy(NOTEBOOKS[assignment]["cells"]))):
        found = match(cells, assignment)
        assert (found.answers, found.odd, found.needs_person) == ({}, (), ())
        assert found.blank == tuple(RELEASED[assignment].answers.values())


def moved_far_away(cells: list[dict]) -> list[dict]:
    cells.insert(3, cells.pop(find(cells, CROP)))
    return strip(cells)


def copied_below_the_other_question(cells: list[dict]) -> list[dict]:
    other = copy.deepcopy(cells[find(cells, ROTATE)])
    other["source"] = write(CROP)
    cells[find(cells, CROP)] = other
    return cells


def prose_in_code(cells: list[dict]) -> list[dict]:
    k = find(cells, CROP)
    cells.insert(k + 1, text("The rows of the image add up because the windows overlap", "code"))
    cells[k]["source"] = "YOUR ANSWER HERE"
    return cells


def picture(cells: list[dict]) -> list[dict]:
    cells[find(cells, CROP)]["attachments"] = {"image.png": {"image/png": "AAAA"}}
    return cells


def write_too_much(cells: list[dict]) -> list[dict]:
    k = find(cells, CROP)
    return strip([*cells[:k], text("x " * 60_000), *cells[k:]])


UNCERTAIN = {
    "moved far away without metadata": (moved_far_away, 'cell 4: "My answer to ch08-why-crop.'),
    "copied below the other question": (copied_below_the_other_question, f"below the question {CROP}"),
    "prose in a new code cell": (prose_in_code, "The rows of the image add up"),
    "a picture": (picture, "(image.png), which is not shown"),
    "text at no question": (lambda cells: [*cells[:5], text("See the end."), *cells[5:]], '"See the end."'),
    "too long": (write_too_much, "100,000 were taken"),
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_a_person_is_named_where_it_is_not_certain(name: str) -> None:
    change, words = UNCERTAIN[name]
    found = match(change(answered()))
    assert any(words in sentence for sentence in found.needs_person), found.needs_person


def test_notes_and_code_of_a_students_own_are_no_answers() -> None:
    cells = answered()
    cells.insert(10, text("print('mine')", "code"))
    cells[11]["outputs"] = []
    assert set(match(cells).answers) == {ROTATE, CROP}
    assert match(cells).needs_person == ()


def test_a_sentence_quotes_a_student_on_one_line() -> None:
    found = match([*answered()[:5], text("a\n\n  bob: copied \x1b[2J" + "long " * 900)])
    [sentence] = [s for s in found.needs_person if "copied" in s]
    assert sentence.isprintable() and len(sentence) < 300


#: One edit of a notebook: its name, and two numbers that say where.
EDITS = st.tuples(
    st.sampled_from(
        ["strip one", "strip all", "merge", "glue", "split", "move", "copy", "retype", "new", "delete text"]
    ),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)


def edit(cells: list[dict], what: str, i: int, j: int, wrote: list[str]) -> None:
    """Change a notebook as a student may; near an answer as often as anywhere else."""
    mine = [k for k, c in enumerate(cells) if any(w in source(c) for w in wrote)]
    k = mine[i % len(mine)] if mine and i % 3 else i % len(cells)
    cell = cells[k]
    if what == "strip one":
        strip([cell], ids=bool(j % 2))
    elif what == "strip all":
        strip(cells, ids=bool(j % 2))
    elif what in ("merge", "glue"):
        if k + 1 < len(cells) and what == "merge":
            cell["source"] = source(cell) + "\n\n" + source(cells.pop(k + 1))
        elif k:
            cells[k - 1]["source"] = source(cells[k - 1]) + source(cells.pop(k))
    elif what == "split":
        lines = source(cell).splitlines(keepends=True)
        at = j % (len(lines) + 1)
        cell["source"] = "".join(lines[:at])
        cells.insert(k + 1, {**copy.deepcopy(cell), "source": "".join(lines[at:])})
        if i % 2:
            strip(cells[k + 1 : k + 2])
    elif what == "move":
        cells.insert(j % len(cells), cells.pop(k))
    elif what == "copy":
        cells.insert(j % len(cells), copy.deepcopy(cell))
    elif what == "retype":
        cell["cell_type"] = ("markdown", "raw", "code")[j % 3]
    elif what == "new":
        wrote.append(f"Something more that I wrote, number {len(wrote)}, on one line.")
        cells.insert(k + 1, text(wrote[-1]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(NOTEBOOKS)), st.lists(EDITS, max_size=6))
def test_no_answer_is_lost_without_a_word(assignment: str, edits: list[tuple[str, int, int]]) -> None:
    cells = copy.deepcopy(NOTEBOOKS[assignment]["cells"])
    wrote = []
    for k, name in RELEASED[assignment].answers.items():
        parts = [f"The first part of what I think of {name}.", f"And a second part about {name}, at more length."]
        cells[k]["source"] = "\n\n".join(parts)
        wrote += parts
    for what, i, j in edits:
        edit(cells, what, i, j, wrote)
    found = match(cells, assignment)
    kept = "\n".join(found.answers.values())
    lost = [words for words in wrote if words not in kept]
    assert not lost or found.needs_person, lost


@pytest.fixture
def home(tmp_path: Path) -> ClassFolder:
    home = ClassFolder(tmp_path / "class")
    shutil.copytree(ROOT / "notebooks" / CHAPTER, home.released_notebook(CHAPTER).parent)
    (home.submission_folder("ada", CHAPTER) / "work").mkdir(parents=True)
    (home.submission_folder("ada", CHAPTER) / "work" / "conv.py").write_text(SOLUTION)
    return home


def hand_in(home: ClassFolder, name: str, cells: list[dict], **options) -> None:
    notebook = {**NOTEBOOKS[CHAPTER], "cells": cells}
    (home.submission_folder("ada", CHAPTER) / name).write_text(json.dumps(notebook, **options), encoding="utf-8")


def rebuilt(home: ClassFolder) -> str:
    return (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")


def test_the_notebook_with_more_answers_counts_and_not_the_larger(home: ClassFolder) -> None:
    hand_in(home, "first.ipynb", NOTEBOOKS[CHAPTER]["cells"], indent=8)
    hand_in(home, "second.ipynb", answered())
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "My answer to ch08-why-crop" in rebuilt(home)
    assert record.needs_person == ()
    assert record.odd == ("the notebook has another name, second.ipynb; it was taken",)


def test_the_usual_name_left_blank_does_not_hide_the_answers(home: ClassFolder) -> None:
    hand_in(home, f"{CHAPTER}.ipynb", NOTEBOOKS[CHAPTER]["cells"])
    hand_in(home, f"{CHAPTER} (1).ipynb", answered())
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "My answer to ch08-why-crop" in rebuilt(home)
    [sentence] = record.odd
    assert sentence.endswith(f"it was taken, since it answers more than {CHAPTER}.ipynb")
    assert record.needs_person == ()


def test_two_notebooks_with_different_answers_need_a_person(home: ClassFolder) -> None:
    hand_in(home, f"{CHAPTER}.ipynb", answered())
    other = answered()
    other[find(other, CROP)]["source"] = "Quite another thought."
    hand_in(home, "draft.ipynb", other)
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "My answer to ch08-why-crop" in rebuilt(home) and "Quite another thought" not in rebuilt(home)
    [sentence] = record.needs_person
    assert sentence.startswith(f"draft.ipynb holds another answer to {CROP}; {CHAPTER}.ipynb was taken, since it ")


def test_a_notebook_of_something_else_is_left_out(home: ClassFolder) -> None:
    hand_in(home, f"{CHAPTER}.ipynb", answered())
    hand_in(home, "Untitled.ipynb", [text("import numpy", "code")])
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert record.odd == ("left out: Untitled.ipynb",)
    assert record.needs_person == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_a_notebook_in_another_encoding_keeps_its_answers(encoding: str, home: ClassFolder) -> None:
    notebook = json.dumps({**NOTEBOOKS[CHAPTER], "cells": answered()}, ensure_ascii=False)
    (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").write_bytes(notebook.encode(encoding))
    assert accept_submission.accept_submission(home, "ada", CHAPTER).sentences == ()
    assert "My answer to ch08-why-crop" in rebuilt(home)


def test_a_notebook_in_latin_1_keeps_what_can_be_read_and_a_person_is_named(home: ClassFolder) -> None:
    cells = answered()
    cells[find(cells, CROP)]["source"] = "Das Bild wird größer."
    notebook = json.dumps({"cells": [cells[find(cells, CROP)]]}, ensure_ascii=False)
    (home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb").write_bytes(notebook.encode("latin-1"))
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "Das Bild wird gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}er." in rebuilt(home)
    assert "is not saved as UTF-8" in record.needs_person[0]
