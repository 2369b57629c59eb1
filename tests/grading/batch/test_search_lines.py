"""The line of a mistake, looked for in a worker: found alike each time, whatever a trial or a file does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grading import __main__ as command
from grading.batch import judge_submission, verdict_store
from grading.batch.found_lines import FoundLine, LineSearch, describe_change
from grading.batch.search_lines import search_lines
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.intake.learner_files import collect_learner_files
from grading.report import batch_summary
from grading.worker import line_versions
from tests.grading.conftest import CHAPTER, SOLUTION, hand_in, replaced

ADDED = "dx_split[cells] += by_tap"
LOST = SOLUTION.replace(ADDED, "dx_split[cells] = by_tap")
SUM = "return dy.sum(axis=(0, 2, 3))"


def with_bias(body: str) -> str:
    return SOLUTION.replace(SUM, body)


def found_in(work, text: str, exercise: str = "conv2d_bias_grad", trials: int = 100) -> FoundLine:
    [found] = search_lines([exercise], collect_learner_files(work(text)), trials).found
    return found


def test_the_line_is_found_and_the_same_each_time(work) -> None:
    found = found_in(work, LOST, "conv2d_input_grad")
    [change] = found.changes
    assert (change.file, change.function) == ("conv.py", "conv2d_input_grad")
    assert "dx_split[cells] = " in LOST.splitlines()[change.line - 1]
    assert found.complete
    assert "dx_split[cells] += " in change.after
    assert describe_change(change) == "`=` for `+=`"
    assert found_in(work, LOST, "conv2d_input_grad") == found


def test_equal_mistakes_under_other_names_and_in_other_lines_are_alike(work) -> None:
    def wrong(name: str, before: str) -> str:
        return before + with_bias(f"{name} = dy.sum(axis=(0, 2, 3))\n    return {name} / len({name})")

    here = found_in(work, wrong("total", "")).changes[0]
    there = found_in(work, wrong("s", "# mine\n\n")).changes[0]
    assert here.alike == there.alike
    assert here.wrong != there.wrong
    assert there.line == here.line + 2


def test_code_that_ends_its_process_costs_its_own_trials_alone(work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_versions, "MAX_LOST_TRIALS", 0)
    found = found_in(work, with_bias(f"import os\n    os._exit(0)\n    {SUM}"))
    assert (found.changes, found.tried) == ((), 0)


def test_a_change_that_ends_its_process_costs_that_trial_alone(work) -> None:
    body = f"import os\n    if dy.ndim > 4:\n        os._exit(0)\n    {SUM.replace('(0, 2, 3)', '(0, 1, 2)')}"
    assert found_in(work, with_bias(body)).complete


def test_a_change_that_never_ends_costs_that_trial_alone(work) -> None:
    lines = ("n, db = 0, 0", "while n < len(dy):", "    n += 1", "    db = dy[n - 1].sum(axis=(1, 2))", "return db")
    body = "\n    ".join(lines)
    found = found_in(work, with_bias(body))
    assert describe_change(found.changes[0]) == "`=` for `+=`"


@pytest.mark.slow
def test_code_that_never_ends_is_given_up(work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_versions, "MAX_LATE_TRIALS", 1)
    assert found_in(work, with_bias(f"while True:\n        pass\n    {SUM}")).changes == ()


def test_what_is_unwritten_or_does_not_load_is_not_searched(work) -> None:
    for text in (with_bias("raise NotImplementedError"), "def f(:"):
        assert search_lines(["conv2d_bias_grad"], collect_learner_files(work(text))).found == ()


def test_no_more_changes_are_tried_than_are_asked_for(work) -> None:
    found = found_in(work, with_bias("return np.ones(dy.shape[1])"), trials=7)
    assert (found.changes, found.tried) == ((), 7)


def test_a_file_whose_every_trial_stays_within_its_limit_ends_with_the_time_of_the_submission(
    work, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    run = line_versions.WorkerVersions.run

    def count_runs(versions, version, case):
        asked.append(version)
        return run(versions, version, case)

    monkeypatch.setattr(line_versions.WorkerVersions, "run", count_runs)
    text = with_bias("import time\n    time.sleep(0.2)\n    return np.ones(dy.shape[1])")
    text = text.replace(ADDED, "dx_split[cells] = by_tap")
    files = collect_learner_files(work(text))
    found = search_lines(["conv2d_bias_grad", "conv2d_input_grad"], files, seconds=3.0).found
    assert [(one.exercise, one.changes, one.late) for one in found] == [
        ("conv2d_bias_grad", (), True),
        ("conv2d_input_grad", (), True),
    ]
    assert found[1].tried == 0
    assert len(asked) < 200
    assert "which took too long: read the code" in found[0].to_text()


def test_a_process_that_ends_after_a_change_that_helped_costs_the_place_alone(
    work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_versions, "MAX_LOST_TRIALS", -1)

    def end_first(versions, version, files):
        versions._submission.end()
        versions.lost += 1
        return find_place(versions, version, files)

    find_place = line_versions.WorkerVersions.find_place
    monkeypatch.setattr(line_versions.WorkerVersions, "find_place", end_first)
    found = found_in(work, LOST, "conv2d_input_grad")
    assert (found.changes, found.cases) == ((), 0)
    assert found.tried > 0


@pytest.mark.slow
def test_a_line_is_stored_beside_the_verdict_and_changes_nothing_else(tmp_path: Path) -> None:
    home = ClassFolder(tmp_path / "class")
    source = Path(__file__).parents[3] / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb"
    home.released_notebook(CHAPTER).parent.mkdir(parents=True)
    shutil.copy(source, home.released_notebook(CHAPTER))
    hand_in(home, "ada", LOST)
    accept_submission.accept_submission(home, "ada", CHAPTER)
    folder = home.submission_folder("ada", CHAPTER)
    before = judge_submission.judge_submission(folder, "ada", CHAPTER, 7)
    path = home.verdict_file("ada", CHAPTER)
    plain = json.loads(path.read_text())
    after = judge_submission.search_submission(folder, before, 100)
    assert isinstance(after.search, LineSearch)
    assert verdict_store.read_verdict(home, "ada", CHAPTER) == after
    assert {**json.loads(path.read_text()), "search": None} == plain
    written = path.stat().st_mtime_ns
    assert judge_submission.search_submission(folder, after, 100) == after
    assert path.stat().st_mtime_ns == written, "it was looked for again"
    again = judge_submission.judge_submission(folder, "ada", CHAPTER, 7, again=True)
    assert (again.search, again.score) == (after.search, after.score)
    del plain["search"]  # a verdict of version 0.1.0
    path.write_text(json.dumps(plain))
    assert verdict_store.read_verdict(home, "ada", CHAPTER) == before


@pytest.mark.slow
def test_neither_a_score_nor_a_students_page_has_a_trace_of_it(graded_class: ClassFolder, capsys) -> None:
    marker = "total_of_mine"
    hostile = f"return dy.mean(axis=(0, 2, 3))  # </pre><script>{marker}</script>"
    hand_in(graded_class, "zoe", with_bias(hostile))
    hand_in(graded_class, "yan", with_bias(hostile))
    assert command.main(["autograde", "ch08"]) == 0
    graded = batch_summary.summarise_batch(graded_class, CHAPTER)
    pages = read_students_pages(graded_class)
    assert command.main(["autograde", "ch08", "--locate-trials", "50"]) == 0
    assert "The line was found in 2 of " in capsys.readouterr().out
    found = batch_summary.summarise_batch(graded_class, CHAPTER)
    assert found.gradebook == graded.gradebook
    assert {s: v.score for s, v in found.graded.items()} == {s: v.score for s, v in graded.graded.items()}
    assert read_students_pages(graded_class) == pages
    assert command.main(["autograde", "ch08", "--locate-trials", "50", "--force"]) == 0
    for page in read_students_pages(graded_class).values():
        assert b"from right" not in page
        assert b"`mean` for `sum`" not in page
    page = (graded_class.report_folder(CHAPTER) / "index.html").read_text()
    assert "<b>2 students:</b> <code>mean</code> for <code>sum</code>" in page
    assert "<script>" not in page


def read_students_pages(home: ClassFolder) -> dict[Path, bytes]:
    """Return every file that students get, or that the gradebook is read from."""
    paths = [p for folder in ("feedback", "autograded") for p in (home.folder / folder).rglob("*") if p.is_file()]
    return {path: path.read_bytes() for path in paths}


def test_a_number_of_trials_that_is_none_is_refused(capsys, seed_file: Path) -> None:
    arguments = ["judge", "ch08", "solutions/ops", "--locate-trials", "0", "--seed-file", str(seed_file)]
    assert command.main(arguments) == 2
    assert "--locate-trials is 0" in capsys.readouterr().err


def test_judge_shows_the_line_to_the_instructor(work, capsys, seed_file: Path) -> None:
    folder = str(work(replaced("conv2d_bias_grad", "return 2 * right(*args, **options)")))
    assert command.main(["judge", "ch08", folder, "--locate", "--seed-file", str(seed_file)]) == 0
    said = capsys.readouterr().out.partition("For the instructor alone:")[2]
    assert "conv2d_bias_grad: one change from right: conv.py, line " in said
