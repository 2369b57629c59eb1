"""Intake: every accident that befalls a submission, and what an attacker can put into one."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.class_files import hash_folder
from grading.class_folder import ROOT, ClassFolder
from grading.errors import NotAccepted
from grading.intake import accept_submission, submitted_notebook
from grading.intake.cut_notebook import ReleasedNotebook
from grading.intake.match_answers import match_answers
from grading.intake.notebook_cells import list_cells, make_cell
from grading.intake.sanitise_answer import sanitise_answer
from tests.grading.conftest import CHAPTER, SOLUTION, STUB

STUDENT = "ada"
ANSWERED = "ch08-why-crop"


@pytest.fixture
def home(tmp_path: Path) -> ClassFolder:
    """A class with a released chapter and one submission, as it was handed out."""
    home = ClassFolder(tmp_path / "class")
    home.released_notebook(CHAPTER).parent.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb", home.released_notebook(CHAPTER))
    shutil.copytree(home.released_notebook(CHAPTER).parent, home.submission_folder(STUDENT, CHAPTER))
    (home.submission_folder(STUDENT, CHAPTER) / "work").mkdir()
    (home.submission_folder(STUDENT, CHAPTER) / "work" / "conv.py").write_text(STUB)
    return home


@pytest.fixture
def submission(home: ClassFolder) -> Path:
    return home.submission_folder(STUDENT, CHAPTER)


def notebook(folder: Path) -> dict:
    return json.loads((folder / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))


def edit(folder: Path, change) -> None:
    """Change the submitted notebook: change(cells, by grade_id) gives the new cells."""
    found = notebook(folder)
    by_id = {c["metadata"]["nbgrader"]["grade_id"]: c for c in found["cells"] if "nbgrader" in c["metadata"]}
    found["cells"] = change(found["cells"], by_id)
    (folder / f"{CHAPTER}.ipynb").write_text(json.dumps(found), encoding="utf-8")


def answer(cells, by_id, text="because"):
    by_id[ANSWERED]["source"] = text
    return cells


def answered(folder: Path) -> str:
    [cell] = [c for c in notebook(folder)["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == ANSWERED]
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def without_answer(folder: Path) -> list[dict]:
    return [
        {**c, "source": None} if c["metadata"].get("nbgrader", {}).get("grade_id") == ANSWERED else c
        for c in notebook(folder)["cells"]
    ]


def retyped(cells, by_id):
    by_id[ANSWERED].update(cell_type="raw", source="because")
    by_id["conv2d_input_grad"].update(cell_type="markdown", source="no")
    return cells


def duplicated(cells, by_id):
    answer(cells, by_id)
    return [*cells, *json.loads(json.dumps(cells))]


def copied_and_answered_in_the_copy(cells, by_id):
    return [*cells, {**by_id[ANSWERED], "source": "because"}]


def deleted(cells, by_id):
    answer(cells, by_id)
    return [by_id[ANSWERED]]


def outputs(cells, by_id):
    answer(cells, by_id)
    by_id["conv2d_input_grad"]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}]
    return cells


def old_schema(cells, by_id):
    answer(cells, by_id)
    for cell in by_id.values():
        cell["metadata"]["nbgrader"]["schema_version"] = 0
    return cells


def more_points(cells, by_id):
    answer(cells, by_id)
    for cell in by_id.values():
        cell["metadata"]["nbgrader"]["points"] = 1000
    return cells


def lines(cells, by_id):
    return answer(cells, by_id, ["be", "cause"])


def no_cells(cells, by_id):
    answer(cells, by_id)
    return [None, 3, "cell", [], {}, {"metadata": 3}, {"metadata": {"nbgrader": []}}, by_id[ANSWERED]]


ACCIDENTS = [
    answer,
    retyped,
    duplicated,
    copied_and_answered_in_the_copy,
    deleted,
    outputs,
    old_schema,
    more_points,
    lines,
]


@pytest.mark.parametrize("change", [*ACCIDENTS, no_cells], ids=lambda f: f.__name__)
def test_only_the_answer_is_taken(change, home: ClassFolder, submission: Path) -> None:
    handed_out = without_answer(home.released_notebook(CHAPTER).parent)
    edit(submission, change)
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == sanitise_answer("because").source
    assert without_answer(submission) == handed_out
    assert notebook(submission)["metadata"] == notebook(home.released_notebook(CHAPTER).parent)["metadata"]


def test_a_notebook_of_format_3_is_read(home: ClassFolder, submission: Path) -> None:
    edit(submission, answer)
    old = {"worksheets": [{"cells": notebook(submission)["cells"]}], "nbformat": 3}
    (submission / f"{CHAPTER}.ipynb").write_text(json.dumps(old))
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == sanitise_answer("because").source


def test_answers_in_any_alphabet_and_a_lone_surrogate(home: ClassFolder, submission: Path) -> None:
    edit(submission, lambda cells, by_id: answer(cells, by_id, "потому что 因为 \ud800"))
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert "<p>потому что 因为" in answered(submission)


def test_answers_are_sanitised_and_what_does_not_show_is_named(home: ClassFolder, submission: Path) -> None:
    text = "<script>steal()</script> [a](&#106;avascript:steal()) ![b](/logout) " + "more " * 5000
    edit(submission, lambda cells, by_id: answer(cells, by_id, text))
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == sanitise_answer(text).source
    assert f"{ANSWERED}: an image was left out of an answer" in record.needs_person
    assert any(f"{ANSWERED}: an answer has 25,0" in sentence for sentence in record.needs_person)
    assert answered(home.original_folder(STUDENT, CHAPTER)) == text


def test_an_answer_stays_as_it_is_where_the_instructor_replaces_a_file(home: ClassFolder, submission: Path) -> None:
    edit(submission, lambda cells, by_id: answer(cells, by_id, "**because** $x^2$"))
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    before = answered(submission)
    (submission / "work" / "conv.py").write_text(STUB)
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == before
    assert (submission / "work" / "conv.py").read_text() == STUB
    assert record.needs_person == ()
    assert answered(home.original_folder(STUDENT, CHAPTER)) == "**because** $x^2$"


def test_an_answer_that_was_not_changed_stays_to_the_letter(home: ClassFolder, submission: Path) -> None:
    """nbgrader compares it with the released one, to give no points for it."""
    edit(submission, lambda cells, by_id: cells)
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert notebook(submission)["cells"] == notebook(home.released_notebook(CHAPTER).parent)["cells"]


BROKEN = {
    "truncated": b'{"cells": [',
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x00",
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "a page": b"<html>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_notebook_costs_the_code_nothing(name: str, home: ClassFolder, submission: Path) -> None:
    (submission / f"{CHAPTER}.ipynb").write_bytes(BROKEN[name])
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert notebook(submission) == notebook(home.released_notebook(CHAPTER).parent)
    assert "work/conv.py" in record.files
    assert any("its code is judged" in sentence for sentence in record.needs_person)


def test_a_byte_order_mark_is_no_accident(home: ClassFolder, submission: Path) -> None:
    edit(submission, answer)
    path = submission / f"{CHAPTER}.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert accept_submission.accept_submission(home, STUDENT, CHAPTER).odd == ()
    assert answered(submission) == sanitise_answer("because").source


def test_a_renamed_and_a_missing_notebook(home: ClassFolder, submission: Path) -> None:
    edit(submission, answer)
    (submission / f"{CHAPTER}.ipynb").rename(submission / "Копия (1).ipynb")
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == sanitise_answer("because").source
    assert any("another name" in sentence for sentence in record.odd)
    assert sorted(p.name for p in submission.iterdir()) == [f"{CHAPTER}.ipynb", "submission_secret.txt", "work"]

    shutil.rmtree(submission)
    submission.mkdir()
    (submission / "conv.py").write_text(SOLUTION)
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert sorted(record.odd) == [
        "conv.py lay beside the notebook, not in work/; it was taken",
        "there is no notebook; its code is judged",
    ]
    assert (submission / "work" / "conv.py").read_text() == SOLUTION


def test_only_regular_files_with_a_learner_files_name_come_along(home: ClassFolder, submission: Path) -> None:
    (submission / "work" / "evil.py").write_text("")
    (submission / "numpy.py").write_text("")
    (submission / "work" / "arguments.py").symlink_to("/etc/passwd")
    (submission / "big.bin").write_bytes(b"0" * 1000)
    os.mkfifo(submission / "pipe")
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert sorted(record.files) == [f"{CHAPTER}.ipynb", "work/conv.py"]
    assert record.refused == {"arguments.py": "work/arguments.py is a link; the file itself is needed"}
    [left_out] = [s for s in record.odd if s.startswith("left out")]
    for name in ("big.bin", "numpy.py", "pipe", "work/evil.py"):
        assert name in left_out


@pytest.mark.parametrize("text", ["soon", "", "9" * 30, "2026-13-40 99:99:99 UTC"])
def test_a_timestamp_that_is_none_is_left_out(text: str, home: ClassFolder, submission: Path) -> None:
    (submission / "timestamp.txt").write_text(text)
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert not (submission / "timestamp.txt").exists()


def test_a_timestamp_comes_along(home: ClassFolder, submission: Path) -> None:
    (submission / "timestamp.txt").write_text("2026-01-05 10:00:00 UTC")
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert (submission / "timestamp.txt").read_text() == "2026-01-05 10:00:00 UTC"


def test_the_submission_is_kept_as_it_came_and_intake_runs_once(home: ClassFolder, submission: Path) -> None:
    edit(submission, duplicated)
    (submission / "extra.txt").write_text("mine")
    before = hash_folder(submission)
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert hash_folder(home.original_folder(STUDENT, CHAPTER)) == before
    assert accept_submission.accept_submission(home, STUDENT, CHAPTER) == record
    assert hash_folder(home.original_folder(STUDENT, CHAPTER)) == before


def test_a_second_submission_is_taken_and_the_first_one_kept(home: ClassFolder, submission: Path) -> None:
    first = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    (submission / "work" / "conv.py").write_text(SOLUTION)
    second = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert first.files["work/conv.py"] != second.files["work/conv.py"]
    kept = sorted(home.original_folder(STUDENT, CHAPTER).parent.glob("original*"))
    assert len(kept) == 2


def test_a_new_release_is_built_from_what_came(home: ClassFolder, submission: Path) -> None:
    edit(submission, answer)
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    released = json.loads(home.released_notebook(CHAPTER).read_text())
    released["cells"][0]["source"] = "# A new title"
    home.released_notebook(CHAPTER).write_text(json.dumps(released))
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert notebook(submission)["cells"][0]["source"] == "# A new title"
    assert answered(submission) == sanitise_answer("because").source


@pytest.mark.parametrize("step", ["write_json", "_keep_original", "move"])
def test_a_crash_between_two_steps_loses_nothing(step: str, home: ClassFolder, submission: Path, monkeypatch) -> None:
    edit(submission, answer)
    before = hash_folder(submission)

    def crash(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if step == "move":  # after the original was moved away, before the new one is in its place
            real = accept_submission.shutil.move
            patch.setattr(
                accept_submission.shutil, "move", lambda a, b: real(a, b) if Path(b).name == "original" else crash()
            )
        else:
            patch.setattr(accept_submission, step, crash)
        with pytest.raises(KeyboardInterrupt):
            accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert accept_submission.list_students(home, CHAPTER) == [STUDENT]
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert answered(submission) == sanitise_answer("because").source
    assert before == hash_folder(home.original_folder(STUDENT, CHAPTER))


def test_the_judge_refuses_what_has_not_passed(home: ClassFolder, submission: Path) -> None:
    with pytest.raises(NotAccepted, match="has not passed intake"):
        accept_submission.require_accepted(submission, STUDENT, CHAPTER)
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    accept_submission.require_accepted(submission, STUDENT, CHAPTER)
    (submission / "work" / "conv.py").write_text(SOLUTION)
    with pytest.raises(NotAccepted, match="is not the file that passed intake"):
        accept_submission.require_accepted(submission, STUDENT, CHAPTER)


def test_a_forged_record_is_none(home: ClassFolder, submission: Path) -> None:
    for folder in (submission, submission.parent, submission / "intake"):
        folder.mkdir(exist_ok=True)
        (folder / "record.json").write_text('{"released": "", "files": {}, "saved": {}, "refused": {}, "odd": []}')
    with pytest.raises(NotAccepted):
        accept_submission.require_accepted(submission, STUDENT, CHAPTER)


def test_the_hook_renames_what_nbgrader_found(home: ClassFolder, submission: Path) -> None:
    (submission / f"{CHAPTER}.ipynb").rename(submission / "mine.ipynb")
    (submission / "second.ipynb").write_text("{}")
    found = [str(submission / "mine.ipynb"), str(submission / "second.ipynb")]
    accept_submission.accept_for_nbgrader(assignment="*", student="*", notebooks=found)
    assert found == [str(submission / f"{CHAPTER}.ipynb")]
    assert Path(found[0]).is_file()


def test_without_a_release_there_is_one_sentence(home: ClassFolder) -> None:
    home.released_notebook(CHAPTER).unlink()
    with pytest.raises(NotAccepted, match="was not released"):
        accept_submission.accept_submission(home, STUDENT, CHAPTER)


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["cells", "metadata", "nbgrader", "grade_id", "source", "worksheets"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_notebook_raises(found) -> None:
    released = {"cells": [{"metadata": {"nbgrader": {"grade_id": "a", "solution": True}}, "source": "write here"}]}
    cells = [make_cell(cell) for cell in list_cells(found)] if isinstance(found, dict) else []
    written = match_answers(cells, ReleasedNotebook.from_json(released)).answers
    assert set(written) <= {"a"}
    json.dumps(submitted_notebook.rebuild_notebook(released, written)[0]).encode()


def test_the_exchanges_secret_comes_along_and_is_made_where_there_is_none(home: ClassFolder, submission: Path) -> None:
    """nbgrader's release_feedback ends for everyone after a submission that has none."""
    accept_submission.accept_submission(home, STUDENT, CHAPTER)
    made = (submission / "submission_secret.txt").read_text()
    assert len(made) == 128
    shutil.rmtree(submission)
    (home.original_folder(STUDENT, CHAPTER) / "submission_secret.txt").write_text("ab" * 64)
    record = accept_submission.accept_submission(home, STUDENT, CHAPTER)
    assert (submission / "submission_secret.txt").read_text() == "ab" * 64
    assert "submission_secret.txt" not in record.files and not record.odd
