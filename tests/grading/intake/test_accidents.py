"""Accidents: what befalls an honest student's folder costs nothing that was not lost, and is told in a sentence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.batch import judge_submission
from grading.batch.judge_files import judge_files
from grading.class_folder import ROOT, ClassFolder
from grading.intake import accept_submission
from grading.intake.learner_files import collect_learner_files
from tests.grading.conftest import CHAPTER, SOLUTION, replaced, sampled

#: What the solution of conv.py is worth; the chapter's other 4 points are in unfold.py.
ALL = 14.0

Change = Callable[[Path], object]


def file(content: str | bytes, name: str = "work/conv.py") -> Change:
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def cells(change: Callable[[list, dict], object]) -> Change:
    """change(cells, by grade_id) changes the submitted notebook's cells in place."""

    def apply(folder: Path) -> None:
        path = folder / f"{CHAPTER}.ipynb"
        found = json.loads(path.read_text(encoding="utf-8"))
        by_id = {c["metadata"]["nbgrader"]["grade_id"]: c for c in found["cells"] if "nbgrader" in c["metadata"]}
        change(found["cells"], by_id)
        path.write_text(json.dumps(found), encoding="utf-8")

    return apply


def notebook(change: Callable[[dict], object]) -> Change:
    def apply(folder: Path) -> None:
        path = folder / f"{CHAPTER}.ipynb"
        found = json.loads(path.read_text(encoding="utf-8"))
        change(found)
        path.write_text(json.dumps(found), encoding="utf-8")

    return apply


def raw(change: Callable[[bytes], bytes]) -> Change:
    def apply(folder: Path) -> None:
        path = folder / f"{CHAPTER}.ipynb"
        path.write_bytes(change(path.read_bytes()))

    return apply


def within(name: str) -> Change:
    """Everything in one more folder, as archives have it."""

    def apply(folder: Path) -> None:
        inner = folder / name
        inner.mkdir(parents=True)
        for path in list(folder.iterdir()):
            if path.name != Path(name).parts[0]:
                shutil.move(path, inner / path.name)

    return apply


def stream(cell: dict) -> None:
    cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "x" * 50_000_000}]


def other(name: str, make: Callable[[Path], object]) -> Change:
    """In the place of conv.py something else."""

    def apply(folder: Path) -> None:
        path = folder / name
        path.unlink()
        make(path)

    return apply


def big(path: Path) -> None:
    with path.open("wb") as out:
        out.truncate(100_000_000)


def unfold_alone(path: Path) -> None:
    path.symlink_to(path.parent / "unfold.py")


NOISE = "import sys, warnings\nwarnings.warn('careful')\nprint('careful', file=sys.stderr)\n"
DEEP = "x = " + "(" * 5000 + ")" * 5000 + "\n"
SIGNS = "x = " + "-" * 200_000 + "1\n"

#: name -> what happened, points, and words of the sentence that is told, or None where nothing is.
ACCIDENTS: dict[str, tuple[Change, float, str | None]] = {
    "nothing": (file(SOLUTION), ALL, None),
    # the notebook
    "truncated JSON": (raw(lambda b: b[: len(b) // 2]), ALL, "is not JSON"),
    "an empty notebook": (raw(lambda b: b""), ALL, "is not JSON"),
    "a byte-order mark": (raw(lambda b: b"\xef\xbb\xbf" + b), ALL, None),
    "a notebook in UTF-16": (raw(lambda b: b.decode().encode("utf-16")), ALL, None),
    "a renamed notebook": (lambda f: (f / f"{CHAPTER}.ipynb").rename(f / "Без имени (2).ipynb"), ALL, "another name"),
    "no notebook": (lambda f: (f / f"{CHAPTER}.ipynb").unlink(), ALL, "there is no notebook"),
    "a notebook that is a folder": (other(f"{CHAPTER}.ipynb", Path.mkdir), ALL, "there is no notebook"),
    "a notebook that is a pipe": (other(f"{CHAPTER}.ipynb", os.mkfifo), ALL, "no regular file"),
    "a notebook that is a link": (other(f"{CHAPTER}.ipynb", lambda p: p.symlink_to("/etc/passwd")), ALL, "is a link"),
    "duplicated cells": (cells(lambda every, ids: every.extend(json.loads(json.dumps(every)))), ALL, None),
    "deleted cells": (cells(lambda every, ids: every.clear()), ALL, None),
    "an edited graded cell": (cells(lambda every, ids: ids["conv2d_weight_grad"].update(source="6.0")), ALL, None),
    "a retyped graded cell": (cells(lambda every, ids: ids["conv2d_weight_grad"].update(cell_type="raw")), ALL, None),
    "an old schema": (
        cells(lambda every, ids: [c["metadata"]["nbgrader"].update(schema_version=0) for c in ids.values()]),
        ALL,
        None,
    ),
    "50 MB of outputs": (cells(lambda every, ids: stream(ids["conv2d_weight_grad"])), ALL, None),
    "a foreign kernelspec": (notebook(lambda nb: nb["metadata"].update(kernelspec={"name": "conda-env-x"})), ALL, None),
    "no kernelspec": (notebook(lambda nb: nb["metadata"].clear()), ALL, None),
    "another format": (notebook(lambda nb: nb.update(nbformat=99)), ALL, None),
    # the learner's file
    "a missing file": (lambda f: (f / "work" / "conv.py").unlink(), 0, "work/conv.py is missing"),
    "no work folder": (lambda f: shutil.rmtree(f / "work"), 0, "work/conv.py is missing"),
    "a work that is a file": (lambda f: (shutil.rmtree(f / "work"), (f / "work").write_text("")), 0, "is missing"),
    "beside the notebook": (lambda f: shutil.move(f / "work" / "conv.py", f / "conv.py"), ALL, "beside the notebook"),
    "a folder around it all": (within("ch08 final"), ALL, "lay in ch08 final/work/, not in work/; it was taken"),
    "two folders around it all": (within("home/ада"), ALL, "home/ада/"),
    "a syntax error": (file(SOLUTION + "\ndef broken(:\n"), 0, "is not Python (invalid syntax): def broken(:"),
    "tabs and spaces": (file(SOLUTION + "\ndef f():\n        a = 1\n\tb = 2\n"), 0, "is not Python"),
    "CRLF": (file(SOLUTION.replace("\n", "\r\n")), ALL, None),
    "CR": (file(SOLUTION.replace("\n", "\r")), ALL, None),
    "form feeds": (file("\f\n" + SOLUTION + "\f\n"), ALL, None),
    "a byte-order mark in the file": (file(SOLUTION.encode("utf-8-sig")), ALL, None),
    "UTF-16": (file(SOLUTION.encode("utf-16")), 0, "but in UTF-16: save it as UTF-8"),
    "Latin-1 with a coding line": (
        file(b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + SOLUTION.encode("latin-1", "replace")),
        ALL,
        None,
    ),
    "Latin-1 without one": (
        file(b"# caf\xe9\n" + SOLUTION.encode("latin-1", "replace")),
        0,
        "conv.py is not a text file in UTF-8 (see line 1): save it as UTF-8",
    ),
    "an unknown coding": (
        file(b"# -*- coding: utf8mb4 -*-\n" + SOLUTION.encode()),
        0,
        "remove that, and save it as UTF-8",
    ),
    "a warning on standard error": (file(NOISE + SOLUTION), ALL, None),
    "an error while loading": (file(SOLUTION + "\nprint(undefined)\n"), 0, "NameError"),
    "an import of what is not there": (
        file("import torch\nimport pandas\n" + SOLUTION.replace("from __future__", "# ")),
        0,
        "ModuleNotFoundError",
    ),
    "zero bytes": (file(SOLUTION.encode() + b"\0\0\0"), 0, "it contains zero bytes"),
    "deep nesting": (file(SOLUTION + DEEP), 0, "is not Python"),
    "a long row of signs": (file(SOLUTION + SIGNS), 0, "it is nested too deeply"),
    "a huge literal": (file(SOLUTION + "x = " + "9" * 100_000 + "\n"), 0, "is not Python"),
    "100 MB": (other("work/conv.py", big), 0, "at most 1,000,000 are read"),
    "an empty file": (file(""), 0, "has no function"),
    "a folder of that name": (other("work/conv.py", Path.mkdir), 0, "is not a regular file"),
    "a pipe of that name": (other("work/conv.py", os.mkfifo), 0, "is not a regular file"),
    "a link": (other("work/conv.py", unfold_alone), 0, "is a link"),
    "a link that leads nowhere": (other("work/conv.py", lambda p: p.symlink_to("nowhere")), 0, "is a link"),
    "another case": (lambda f: (f / "work" / "conv.py").rename(f / "work" / "Conv.py"), 0, "left out: work/Conv.py"),
    "a copy's name": (lambda f: (f / "work" / "conv.py").rename(f / "work" / "conv (1).py"), 0, "work/conv (1).py"),
    "saved in the far future": (lambda f: os.utime(f / "work" / "conv.py", (2**34, 2**34)), ALL, None),
    "saved before all time": (lambda f: os.utime(f / "work" / "conv.py", (-1, -1)), ALL, None),
    # what else lies there
    "extra files": (file(b"x", "notes.txt"), ALL, "left out: notes.txt"),
    "an extra file of 100 MB": (lambda f: big(f / "video.mp4"), ALL, "left out: video.mp4"),
    "a thousand files": (lambda f: [(f / f"{k}.tmp").touch() for k in range(1000)], ALL, "and 995 more"),
    "an extra pipe": (lambda f: os.mkfifo(f / "pipe"), ALL, "left out: pipe"),
    "a link to all of the disk": (lambda f: (f / "disk").symlink_to("/"), ALL, "left out: disk"),
    "a link to itself": (lambda f: (f / "again").symlink_to(f), ALL, "left out: again"),
    "a name that is no text": (
        lambda f: Path(os.fsdecode(bytes(f) + b"/\xff\xfe.txt")).touch(),
        ALL,
        "left out: \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.txt",
    ),
    "checkpoints": (lambda f: shutil.copytree(f / "work", f / "work" / ".ipynb_checkpoints"), ALL, None),
    "a stray numpy.py": (lambda f: [(f / p / "numpy.py").write_text("1 / 0") for p in (".", "work")], ALL, "numpy.py"),
    "a timestamp that is none": (file("soon", "timestamp.txt"), ALL, "timestamp.txt holds no time"),
}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory) -> Path:
    """A submission as an honest student has it: the released notebook, answered, and conv.py whole."""
    folder = tmp_path_factory.mktemp("handed in") / CHAPTER
    shutil.copytree(ROOT / "notebooks" / CHAPTER, folder)
    (folder / "work").mkdir()
    (folder / "work" / "conv.py").write_text(SOLUTION)
    return folder


@pytest.mark.parametrize("name", sampled(ACCIDENTS, 2))
def test_an_accident(name: str, handed_in: Path, tmp_path: Path) -> None:
    home, student = ClassFolder(tmp_path / "класс"), "Ольга Ивановна"
    shutil.copytree(ROOT / "notebooks" / CHAPTER, home.released_notebook(CHAPTER).parent)
    submission = home.submission_folder(student, CHAPTER)
    shutil.copytree(handed_in, submission)
    change, points, sentence = ACCIDENTS[name]
    change(submission)

    record = accept_submission.accept_submission(home, student, CHAPTER)
    verdict = judge_submission.judge_submission(submission, student, CHAPTER, 7)
    assert verdict.score == pytest.approx(points)
    told = " | ".join([*record.sentences, *record.refused.values(), *(m.diagnosis or "" for m in verdict.marks)])
    if sentence is None:
        assert record.sentences == ()
    else:
        assert sentence in told, told
    assert all(m.diagnosis for m in verdict.marks if not m.passed), "a zero without a sentence"
    json.loads((submission / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))


def test_what_cannot_be_read_is_told_and_costs_nothing_else(handed_in: Path, tmp_path: Path, monkeypatch) -> None:
    home = ClassFolder(tmp_path)
    shutil.copytree(ROOT / "notebooks" / CHAPTER, home.released_notebook(CHAPTER).parent)
    shutil.copytree(handed_in, home.submission_folder("ada", CHAPTER))
    closed = home.submission_folder("ada", CHAPTER) / f"{CHAPTER}.ipynb"
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:  # root may read every file, so the mode alone would not show it
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    record = accept_submission.accept_submission(home, "ada", CHAPTER)
    assert "Permission denied; its written answers are lost, and its code is judged" in record.needs_person[0]
    assert "work/conv.py" in record.files


def test_a_deep_recursion_costs_its_own_exercise(work) -> None:
    body = "def down(n):\n    return down(n + 1)\nreturn down(0)"
    verdict = judge_files("ch08", collect_learner_files(work(replaced("conv2d_weight_grad", body))), 7)
    assert verdict.score == pytest.approx(8)
    assert "RecursionError" in (verdict.reports["conv2d_weight_grad"].public().diagnosis or "")
