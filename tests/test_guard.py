"""Code that ends Python, or never ends, or raises anything at all: the command says so and exits 1."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import check
from cnnlab.loader import STUBS
from tests.patience import patience

STUB = 'raise NotImplementedError("ch00: write square_backward")'


def command(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    where = ["--folder", str(folder)] if folder else []
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *arguments, *where],
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )


@pytest.fixture
def write(tmp_path):
    """Put a body into square_backward, and lines at the top of its file."""

    def put(body: str = "return 2 * cache.x * dy", top: str = "") -> Path:
        for stub in STUBS.glob("*.py"):
            shutil.copy(stub, tmp_path)
        path = tmp_path / "first.py"
        text = path.read_text(encoding="utf-8")
        assert STUB in text
        path.write_text(
            text.replace(STUB, body).replace("import numpy as np", f"import numpy as np\n{top}", 1), "utf-8"
        )
        return tmp_path

    return put


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the guard needs a system that can fork")
def test_code_that_ends_python_is_no_pass(write):
    done = command("check", "square_backward", "--no-torch", folder=write("import os; os._exit(0)"))
    assert done.returncode == 1
    assert "Nothing passed" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("body", "top", "says"),
    [
        ("import sys; sys.exit(0)", "", "SystemExit: 0"),
        ("raise BaseException('no')", "", "BaseException: no"),
        ("raise GeneratorExit", "", "GeneratorExit"),
        ("raise MemoryError", "", "MemoryError"),
        ("return square_backward(dy, cache)", "", "RecursionError"),
        ("return 0", "import sys; sys.exit(0)", "could not be executed: SystemExit: 0"),
        ("return 0", "raise KeyError('top')", "could not be executed: KeyError"),
        ("return 0", "def broken(:", "is not Python"),
    ],
)
def test_whatever_is_raised_becomes_a_sentence(body, top, says, write):
    done = command("check", "square_backward", "--no-torch", folder=write(body, top))
    assert done.returncode == 1
    assert says in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_what_a_file_prints_is_not_in_the_answer(write):
    folder = write("print('inside'); return 2 * cache.x * dy", "print('at import')")
    done = command("check", "square_backward", "--no-torch", "--json", folder=folder)
    assert "inside" not in done.stdout
    assert "at import" in done.stderr


PRINTS = """
import ctypes, os, subprocess, threading, time
print("at import")
def chatter():
    while True:
        print("in a thread", flush=True)
        time.sleep(0.001)
threading.Thread(target=chatter, daemon=True).start()
"""
SPEAKS = """print("in a function")
    os.write(1, b"to the descriptor")
    subprocess.run([__import__("sys").executable, "-c", "print('in a child')"])
    sys = __import__("sys")
    print("to the first stdout", file=sys.__stdout__)
    if sys.platform != "win32":
        ctypes.CDLL(None).puts(b"in compiled code")
    return 2 * cache.x * dy"""


@pytest.mark.parametrize("closed", [False, True], ids=["with stderr", "stderr closed"])
def test_json_is_one_document_whatever_is_printed(write, closed):
    folder = write(SPEAKS, PRINTS)
    command = [sys.executable, "-m", "cnnlab", "check", "square_backward", "--no-torch", "--json", "--folder", folder]
    if closed:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience(120), check=False)
    found = json.loads(done.stdout)
    assert [report["name"] for report in found["reports"]] == ["square_backward"]
    if not closed:
        for place in ("at import", "in a thread", "in a function", "to the descriptor", "in a child", "to the first"):
            assert place in done.stderr


def test_help_and_status_go_to_standard_output(write):
    assert "usage: cnnlab check" in command("check", "--help").stdout
    done = command("status", folder=write(SPEAKS, PRINTS))
    assert done.stdout.startswith("Your files: ")
    assert "in a function" not in done.stdout


def test_a_right_one_exits_0_and_a_wrong_call_2(write):
    assert command("check", "square_backward", "--no-torch", "--solutions").returncode == 0
    assert command("check", "no_such_thing").returncode == 2
    assert command("check").returncode == 2
    assert command("check", "--colour").returncode == 2


FOR_EVER = "while True: pass"
FOR_EVER_WHATEVER_FAILS = (
    "while True:\n    try:\n        while True:\n            pass\n    except Exception:\n        pass"
)
FOR_EVER_WHATEVER_COMES = FOR_EVER_WHATEVER_FAILS.replace("Exception", "BaseException")


@pytest.mark.parametrize("top", [FOR_EVER, FOR_EVER_WHATEVER_FAILS], ids=["plain", "catches Exception"])
def test_a_file_that_never_ends_is_ended(top, write, monkeypatch):
    monkeypatch.setattr(sys.modules["cnnlab.course.subjects"], "LOAD_TIMEOUT_SECONDS", 0.2)
    report = check("square_backward", folder=write(top=top), torch=False)
    assert report.diagnosis_code == "load"
    assert "was still running after 0.2 s" in report.diagnosis


@pytest.mark.parametrize("body", [FOR_EVER, FOR_EVER_WHATEVER_FAILS], ids=["plain", "catches Exception"])
def test_a_function_that_never_ends_is_ended(body, write, monkeypatch):
    monkeypatch.setattr("cnnlab.gradcheck.subject.SECONDS", 0.2)
    report = check("square_backward", folder=write(body.replace("\n", "\n    ")), torch=False)
    assert report.diagnosis_code == "timeout"
    assert "no answer after 0.2 s" in report.diagnosis
    assert report.failure.frames[-1].file.endswith("first.py")
    assert len(report.cases) > 5  # none was waited for again


IN_A_HURRY = """
import sys
from cnnlab import guard
from cnnlab.gradcheck import subject, time_limit
import cnnlab.course.subjects

subject.SECONDS = sys.modules["cnnlab.course.subjects"].LOAD_TIMEOUT_SECONDS = 0.2
time_limit.AGAIN_SECONDS = 0.01
sys.argv = ["cnnlab", *sys.argv[1:]]
sys.exit(guard.main())
"""


@pytest.mark.parametrize("place", ["body", "top"])
def test_code_that_catches_everything_ends_with_the_command(place, write):
    code = FOR_EVER_WHATEVER_COMES
    folder = write(code.replace("\n", "\n    ")) if place == "body" else write(top=code)
    done = subprocess.run(
        [sys.executable, "-c", IN_A_HURRY, "check", "square_backward", "--no-torch", "--folder", folder],
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cnnlab: {folder / 'first.py'}, line " in done.stderr
    assert "went on after every exception that was to end it" in done.stderr
    assert "except ValueError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Python ended before" not in done.stderr


BUG = """
import sys
from cnnlab import cli, guard

def fail(*_, **__):
    raise ValueError("a fault of the course")

cli.check = fail
sys.argv = ["cnnlab", "check", "square_backward"]
sys.exit(guard.main())
"""


def test_a_fault_of_the_course_shows_its_traceback_and_blames_no_learner():
    done = subprocess.run(
        [sys.executable, "-c", BUG], capture_output=True, text=True, timeout=patience(120), check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ValueError: a fault of the course" in done.stderr
    assert "the code that was judged ended it" not in done.stderr
