"""python -m grading judge: what it prints, and with what it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import check
from cnnlab.course import catalogue, progress_file
from cnnlab.course.catalogue import CHAPTERS
from cnnlab.course.passes import fingerprint
from cnnlab.loader import STUBS
from grading import __main__ as command
from grading import class_folder
from grading.batch.judge_files import judge_files
from grading.errors import WorkerUnavailable
from grading.intake.learner_files import collect_learner_files
from grading.worker import isolation
from grading.worker.isolation import Isolation
from tests.grading.conftest import CHAPTER, SOLUTION, STUB, WRONG, replaced


@pytest.fixture
def run(capsys, seed_file):
    """run(folder): exit code, what was printed as JSON, and standard error."""

    def judge(folder: Path, chapter: str = "ch08"):
        capsys.readouterr()
        code = command.main(["judge", chapter, str(folder), "--json", "--seed-file", str(seed_file)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return judge


FILES = {  # content of conv.py, points of 18, 4 of them in unfold.py; code and sentence for conv2d_weight_grad
    "stub": (STUB, 0, "unwritten", "ch08: write conv2d_weight_grad in work/conv.py, line "),
    "solution": (SOLUTION, 14, None, None),
    "sign": (WRONG, 8, "sign", "−1"),
    "syntax error": (SOLUTION + "\ndef f(:\n", 0, "load", "is not Python"),
    "binary": (b"\x7fELF\0\0\0", 0, "load", "not a text file"),
    "UTF-16": (SOLUTION.encode("utf-16"), 0, "load", "not a text file"),
    "empty": ("", 0, "unwritten", "has no function conv2d_weight_grad"),
    "error while loading": ("1 / 0\n" + SOLUTION.replace("from __future__", "# "), 0, "load", "ZeroDivisionError"),
    "CRLF": (SOLUTION.replace("\n", "\r\n"), 14, None, None),
    "BOM": (SOLUTION.encode("utf-8-sig"), 14, None, None),
    "another encoding": (
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + SOLUTION.encode("latin-1", "replace"),
        14,
        None,
        None,
    ),
    "100 MB": (b"#" * 100_000_000, 0, "load", "at most 1,000,000"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str, run, work) -> None:
    content, points, diagnosis, sentence = FILES[name]
    code, said, _ = run(work(content))
    assert code == 0
    assert said["score"] == pytest.approx(points)
    assert said["max_score"] == 18
    assert said["isolation"] in ("bubblewrap", "limits")
    assert [r["name"] for r in said["reports"]] == [
        "conv2d_bias_grad",
        "conv2d_weight_grad",
        "conv2d_input_grad",
        "col2im",
    ]
    report = said["reports"][1]
    assert report["diagnosis_code"] == diagnosis
    if sentence:
        assert sentence in report["diagnosis"]


def test_a_forged_progress_file_gives_no_points(run, work) -> None:
    folder = work(STUB)
    entry = {"source": fingerprint(folder / "work", "conv"), "score": 1.0, "when": "2026-01-01T00:00:00", "course": "0"}
    forged = json.dumps({"version": 1, "aside": [], "passed": dict.fromkeys(catalogue.EXERCISES, entry)})
    for place in (folder, folder / "work"):
        (place / progress_file.NAME).write_text(forged, encoding="utf-8")
    code, said, _ = run(folder)
    assert (code, said["score"]) == (0, 0)


def test_what_is_said_holds_no_seed_and_no_number_drawn_from_it(run, work) -> None:
    _, said, _ = run(work(WRONG))
    for report in said["reports"]:
        assert report["seed"] is None
        for gradient in report["gradients"].values():
            for hidden in ("got", "expected", "error_map", "worst_index", "max_abs_error"):
                assert gradient[hidden] is None


def test_a_loop_costs_its_own_exercise_and_its_line_is_told(run, work) -> None:
    source = replaced("conv2d_weight_grad", "while True:\n    pass")
    _, said, _ = run(work(source))
    assert said["score"] == pytest.approx(8)
    report = said["reports"][1]
    assert report["diagnosis_code"] == "timeout"
    assert re.search(r"no answer after (5|20) s", report["diagnosis"])  # of processor time, or where that is scarce
    lines = source.splitlines()
    frame = report["failure"]["frames"][-1]
    assert frame["file"] == "conv.py"
    assert lines[frame["line"] - 1].strip() in ("while True:", "pass")


def test_a_missing_file_is_0_and_a_sentence(run, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    code, said, _ = run(tmp_path / "empty")
    assert (code, said["score"]) == (0, 0)
    assert said["reports"][0]["diagnosis"] == "work/conv.py is missing."


def test_files_may_lie_in_the_folder_itself(run, tmp_path) -> None:
    (tmp_path / "conv.py").write_text(SOLUTION)
    assert run(tmp_path)[1]["score"] == 14
    assert run(tmp_path, CHAPTER)[1]["score"] == 14


@pytest.mark.parametrize("kind", ["file", "folder", "dangling"])
def test_a_link_is_not_followed(kind: str, run, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "conv.py").write_text(SOLUTION)
    folder = tmp_path / "submission"
    folder.mkdir()
    if kind == "folder":
        (folder / "work").symlink_to(elsewhere)
    else:
        (folder / "work").mkdir()
        (folder / "work" / "conv.py").symlink_to(elsewhere / ("conv.py" if kind == "file" else "nothing"))
    code, said, _ = run(folder)
    assert (code, said["score"]) == (0, 0)
    assert "is a link" in said["reports"][0]["diagnosis"]


def test_a_pipe_is_not_waited_for(run, tmp_path) -> None:
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "work" / "conv.py")
    assert "not a regular file" in run(tmp_path)[1]["reports"][0]["diagnosis"]


def test_stray_files_take_nothing_over(run, work) -> None:
    for name in ("numpy.py", "random.py", "cnnlab.py", "sitecustomize.py"):
        folder = work("raise SystemExit(3)", name)
        (folder / name).write_text("raise SystemExit(3)")
    assert run(work(SOLUTION))[1]["score"] == 14


def test_a_file_may_import_another_of_its_folder_and_what_was_handed_out(run, work) -> None:
    work("from cnnlab.ops.conv import conv2d_weight_grad as never\n", "arguments.py")  # theirs, and broken
    assert run(work(SOLUTION))[1]["score"] < 14
    (work(SOLUTION) / "work" / "arguments.py").unlink()
    assert run(work(SOLUTION))[1]["score"] == 14


def test_a_bug_of_ours_shows_its_traceback(monkeypatch, tmp_path) -> None:
    """Only what a user can mend is one sentence: a ValueError of ours must not look like a wrong argument."""
    monkeypatch.setattr("grading.batch.judge_files.judge_files", lambda *_: [].index("what a bug looks for"))
    (tmp_path / "conv.py").write_text("")
    with pytest.raises(ValueError, match="is not in list"):
        command.main(["judge", "ch08", str(tmp_path), "--seed-file", str(tmp_path / "seed")])


WRONG_USE = {
    "an unknown chapter": (["judge", "ch99", "."], "ch99"),
    "a missing folder": (["judge", "ch08", "nowhere"], "nowhere is not a folder"),
    "a file for a folder": (["judge", "ch08", __file__], "is not a folder"),
    "a seed that cannot be made": (["judge", "ch08", ".", "--seed-file", "/dev/null/seed"], "/dev/null/seed cannot be"),
    "no release of an unknown chapter": (["release", "ch99", "--out", "x"], "ch99"),
    "neither a chapter nor all": (["release", "--out", "x"], "Name one chapter"),
    "nothing to grade": (["autograde", "ch08"], "no submissions"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_ends_with_2_and_one_sentence(name: str, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    arguments, sentence = WRONG_USE[name]
    assert command.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_limits_alone_are_said_loudly(run, work, monkeypatch) -> None:
    monkeypatch.setattr(
        "grading.worker.worker_subject.find_isolation", lambda: isolation.isolate_by_limits("A test asks for it")
    )
    code, said, err = run(work(SOLUTION))
    assert (code, said["score"], said["isolation"]) == (0, 14, "limits")
    assert "not protected" in err
    assert said["warnings"] == [err.strip()]


def test_where_no_worker_starts_nobody_gets_0(run, work, monkeypatch) -> None:
    """A machine's fault is not a student's: exit 2 and no score."""

    def broken(*_) -> Isolation:
        raise WorkerUnavailable("the worker did not start: no NumPy")

    monkeypatch.setattr("grading.worker.worker_subject.find_isolation", broken)
    code, said, err = run(work(SOLUTION))
    assert (code, said) == (2, None)
    assert "the worker did not start" in err


def test_the_command_as_it_is_typed(work, seed_file) -> None:
    folder = work(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "grading", "judge", "ch08", str(folder), "--seed-file", str(seed_file)],
        cwd=class_folder.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "8 of 18 points" in done.stdout
    assert "conv2d_weight_grad" in done.stdout


def test_different_seeds_give_the_same_score(run, work, seed_file) -> None:
    for seed in ("1", "2", "words are hashed"):
        seed_file.write_text(seed)
        assert run(work(WRONG))[1]["score"] == pytest.approx(8)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_kind_of_exercise_crosses_the_wire(chapter: str, run) -> None:
    """Pairs, parts, functions, update rules, whole steps: the solutions get full marks from the worker, stubs none, and
    none of them is named as costing what differencing costs.
    """
    for folder, share in ((class_folder.ROOT / "solutions" / "ops", 1.0), (STUBS, 0.0)):
        code, said, _ = run(folder, chapter)
        assert code == 0
        assert {r["name"]: r["score"] for r in said["reports"]} == {
            e.name: share for e in catalogue.list_graded_exercises(chapter)
        }
        assert said["suspicions"] == []


def test_the_example_is_that_of_home_and_comes_with_its_command(run, work) -> None:
    """Its numbers are drawn from the public seed, and the case fails with the secret one too."""
    folder = work(WRONG)
    _, said, _ = run(folder)
    wrong, right = said["reports"][1], said["reports"][0]
    example = wrong["example"]
    at_home = check("conv2d_weight_grad", folder=folder / "work").to_dict()["example"]
    assert example == {**at_home, "command": "cnnlab check conv2d_weight_grad"}
    assert [c["verdict"] for c in wrong["cases"] if c["name"] == example["case"]] == ["fail"]
    assert right["example"] is None


def test_an_example_holds_nothing_that_was_learnt_from_a_hidden_case(work) -> None:
    """A file that adds what it was given first to every answer: in the worker that is asked for the example, that is
    no secret number."""
    body = "seen.append(args[0].sum())\nreturn right(*args, **options) + seen[0]"
    files = collect_learner_files(work("seen = []\n" + replaced("conv2d_weight_grad", body)), ("work",))
    reports = [judge_files(CHAPTER, files, seed).public_report("conv2d_weight_grad") for seed in (7, 8)]
    assert reports[0].example is not None
    first, second = (report.to_dict()["example"] for report in reports)
    assert first == second


def test_both_judges_are_asked(run, work) -> None:
    _, found, _ = run(work(SOLUTION))
    judges = {report["judge"] for report in found["reports"] if report["judge"]}
    assert judges <= {"PyTorch and finite differences", "PyTorch and NumPy"} and judges
