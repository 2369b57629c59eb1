"""What the grading tests share: learner files of every kind, and the two ways of keeping a worker apart."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cnnlab.loader import STUBS
from grading import __main__ as command
from grading import class_folder
from grading.batch.judge_files import Verdict, judge_files
from grading.class_folder import ClassFolder
from grading.intake.learner_files import collect_learner_files
from grading.run_nbgrader import run_nbgrader
from grading.worker import sandbox
from grading.worker.isolation import Isolation, find_isolation, isolate_by_limits
from grading.worker.sandbox import IsolationKind

SOLUTION = (class_folder.ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
STUB = (STUBS / "conv.py").read_text(encoding="utf-8")
CHAPTER = "ch08_convolution_backward"


def replaced(function: str, body: str, source: str = SOLUTION) -> str:
    """The solution with another function in the place of one; `right` is the one it replaces."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{source}\n\nright = {function}\n\n\ndef {function}(*args, **options):\n{lines}"


WRONG = replaced("conv2d_weight_grad", "return -right(*args, **options)")


def sampled(names: Iterable, every: int = 3) -> list:
    """The names, or other things, as parameters: one of so many always, the others where slow tests run."""
    return [pytest.param(n, marks=() if k % every == 0 else pytest.mark.slow) for k, n in enumerate(names)]


#: What a file begins with that wants to run for longer than it may.
ALARMS_OFF = """import signal
for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
    signal.setitimer(timer, 0)
"""


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seed"
    path.write_text("7\n")
    return path


@pytest.fixture
def bubblewrap(needs: Callable[[str], str]) -> Isolation:
    """Workers in bubblewrap. Where it is missing or does not work, the test is left out, and fails under .ci/run."""
    needs("bwrap")
    found = find_isolation()
    if found.kind != IsolationKind.BUBBLEWRAP:
        (pytest.fail if os.environ.get("CNNLAB_CI") else pytest.skip)(str(found.missing))
    return found


@pytest.fixture(params=[pytest.param(IsolationKind.BUBBLEWRAP, marks=pytest.mark.isolation), IsolationKind.LIMITS])
def how(request: pytest.FixtureRequest) -> Isolation:
    """Each kind of isolation in turn."""
    if request.param == IsolationKind.BUBBLEWRAP:
        return request.getfixturevalue("bubblewrap")
    return isolate_by_limits("A test asks for it")


@pytest.fixture
def unfiltered(monkeypatch) -> None:
    """Start workers without the filter of system calls, to see that what lies behind it holds on its own."""
    monkeypatch.setattr(sandbox, "_compile_filter", lambda kind: b"")


@pytest.fixture
def work(tmp_path: Path):
    """work(text): a submission's folder with that conv.py in its work/."""

    def make(content: str | bytes, name: str = "conv.py") -> Path:
        folder = tmp_path / "submission"
        (folder / "work").mkdir(parents=True, exist_ok=True)
        (folder / "work" / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


@pytest.fixture
def judged(work):
    """judged(text): the verdict on a conv.py."""

    def run(content: str | bytes, how: Isolation | None = None) -> Verdict:
        return judge_files("ch08", collect_learner_files(work(content)), 7, how)

    return run


#: What a diligent student writes into every answer cell.
WRITTEN = "Both sums have the same terms, in another order."

#: Names of files that a hostile student hands in: a title and a cleared screen, a line about somebody else, formulas,
#: writing turned round, what cannot be seen, a tag, and what is no text.
HOSTILE_NAMES = (
    "\x1b]0;OWNED\x07\x1b[2J\x1b[1;32mall fine",
    "a\n  zoe: conv.py was copied from ada",
    "q;=HYPERLINK(1)",
    "=1+1",
    "a\u202egpj.exe",
    "z\u200bw\u2066x",
    "\x9b2Jc1",
    "<img src=x onerror=alert(1)>",
    "$\\style{color:red}{formula}$",
    os.fsdecode(b"\xff\xfe"),
)

#: A hostile student's own name, as the name of a folder.
HOSTILE_STUDENT = "=eve\x1b[2J\u202e;=1"


def answer_all(submission: Path, text: str = WRITTEN) -> None:
    """Write a text into every answer cell of a submission."""
    path = submission / f"{CHAPTER}.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))
    for cell in found["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = text
    path.write_text(json.dumps(found), encoding="utf-8")


@pytest.fixture(scope="session")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A class graded by the real commands, and what they printed: ada is right and late, ben has written no code,
    eve is hostile. Not to be changed: `graded_class` is a copy of it. Processes that share a run of the suite share it.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        base = tmp_path_factory.mktemp("graded")
        return base, grade_a_class(base)
    base = tmp_path_factory.getbasetemp().parent / "graded"
    base.mkdir(exist_ok=True)
    printed = base / "printed"
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits for the first, and finds it done
        if not printed.exists():
            for begun in (base / "class", base / "data"):
                shutil.rmtree(begun, ignore_errors=True)
            printed.write_bytes(os.fsencode(grade_a_class(base)))
    return base, os.fsdecode(printed.read_bytes())


def grade_a_class(base: Path) -> str:
    """Make the class in base/class and grade it; what was printed."""
    where, printed = ClassFolder(base / "class"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setenv(class_folder.HOME_VARIABLE, str(where.folder))
        patch.setenv("XDG_DATA_HOME", str(base / "data"))
        hand_out(where)
        for student, file in {"ada": SOLUTION, "ben": STUB, HOSTILE_STUDENT: SHOUTING}.items():
            submission = where.submission_folder(student, CHAPTER)
            hand_in(where, student, file)
            (submission / "timestamp.txt").write_text("2026-01-12 09:00:00 UTC" if student == "ada" else ON_TIME)
        for name in HOSTILE_NAMES:
            (where.submission_folder(HOSTILE_STUDENT, CHAPTER) / name).touch()
        settings = 'c = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
        (where.folder / "nbgrader_config.py").write_text(settings)
        set_due_date(where, "2026-01-10 12:00:00 UTC")
        assert command.main(["autograde", "ch08"]) == 0
    return printed.getvalue()


ON_TIME = "2026-01-09 18:30:00 UTC"

#: conv.py that raises in a line whose comment holds what moves a cursor and turns writing round.
SHOUTING = replaced(
    "conv2d_bias_grad",
    "raise ValueError('\x1b[31mred \u202e')  # \x1b]0;OWNED\x07 \u202e\u2066 </pre> $\\style{color:red}{formula}$",
)


def hand_out(where: ClassFolder) -> None:
    """Make nbgrader's release of the chapter, without the zip for learners."""
    done = run_nbgrader(where, "generate_assignment", CHAPTER)
    assert done.returncode == 0, done.stderr


def hand_in(where: ClassFolder, student: str, file: str) -> None:
    """Put a student's submission where it is collected: every answer written, and a conv.py."""
    submission = where.submission_folder(student, CHAPTER)
    shutil.copytree(where.released_notebook(CHAPTER).parent, submission)
    (submission / "work").mkdir(exist_ok=True)
    (submission / "work" / "conv.py").write_text(file, encoding="utf-8")
    answer_all(submission)


def set_due_date(where: ClassFolder, when: str) -> None:
    """Set or move the due date of the chapter, as an instructor does."""
    done = run_nbgrader(where, "db", "assignment", "add", CHAPTER, f"--duedate={when}")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def graded_class(graded_once: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassFolder:
    """A copy of a class that was graded, to work on with `command.main`."""
    base, _ = graded_once
    shutil.copytree(base / "class", tmp_path / "class")
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "data"))
    return ClassFolder(tmp_path / "class")


def is_safe(text: str) -> bool:
    """Return whether a text of several lines moves no cursor, turns no writing round and hides nothing."""
    return all(c.isprintable() or c in "\n\u00a0" for c in text)
