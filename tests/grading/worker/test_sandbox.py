"""What a learner's file can see and do, tried by files that try."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from cnnlab.course import catalogue
from grading.worker import sandbox, worker_subject
from grading.worker.isolation import Isolation, find_isolation, isolate_by_limits
from grading.worker.sandbox import IsolationKind
from grading.worker.worker_subject import Submission, WorkerSubject
from tests.grading.conftest import ALARMS_OFF, SOLUTION, replaced
from tests.patience import patience


def tried(code: str, how: Isolation) -> str:
    """What `code` leaves in `said`, or the exception that it raises."""
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    file = (
        f"said = 'done'\ntry:\n{lines}except BaseException as error:\n    said = repr(error)\nraise Exception(said)\n"
    )
    with Submission({"conv.py": file.encode()}, how) as submission:
        fault = submission.load("conv")["fault"]
    assert "could not be executed: Exception: " in fault, fault
    return fault.partition("could not be executed: Exception: ")[2]


EVERYWHERE = {
    "torch": ("import torch", "ModuleNotFoundError"),
    "the engine": ("import cnnlab", "ModuleNotFoundError"),
    "the engine by name": ("import cnnlab.gradcheck.runner.run_case", "ModuleNotFoundError"),
    "the protocol": ("import grading.worker.sandboxed.wire", "ModuleNotFoundError"),
    "the environment": ("import os; said = repr(dict(os.environ))", "{}"),
    "a process": ("import os; os.fork()", "BlockingIOError"),
    "a program": ("import subprocess, sys; subprocess.run([sys.executable, '-c', ''])", "Error"),
    "a thread": ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
    "memory": ("bytearray(2 << 30)", "MemoryError"),
    "more memory": ("import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "ValueError"),
    "what is written": ("with open(__file__ + '.new', 'w') as file: file.write('x')", "Error"),
    "its own file": ("with open(__file__, 'a') as file: file.write('x')", "Error"),
    "the judge": ("import os; os.kill(JUDGE, 0)", "Error"),
    "standard input": ("import sys; said = repr(sys.stdin.read())", "''"),
    "numpy": ("import numpy.fft, numpy.random; said = str(numpy.fft.fft([1.0])[0].real)", "1.0"),
    "the standard library": ("import ctypes, sqlite3, decimal; said = 'fine'", "fine"),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_in_either_isolation(name: str, how: Isolation) -> None:
    code, found = EVERYWHERE[name]
    if name == "the judge" and how.kind == IsolationKind.LIMITS and os.geteuid() != 0:
        pytest.skip("limits alone do not keep one's own processes apart; the warning says so")
    assert found in tried(code.replace("JUDGE", str(os.getpid())), how)


BUBBLEWRAPPED = {
    "/": ("import os; said = str(sorted(set(os.listdir('/')) & {'home', 'etc', 'proc', 'sys', 'var', 'opt'}))", "[]"),
    "processes": ("import os; os.listdir('/proc')", "FileNotFoundError"),
    "passwords": ("open('/etc/passwd')", "FileNotFoundError"),
    "a socket to this machine": (
        "import socket; socket.create_connection(('127.0.0.1', PORT), 1)",
        "Connection refused",
    ),
    "a file anywhere": ("open('/tmp/x', 'w')", "Error"),
    "other packages": ("import sys, os; said = str({n[:5] for n in os.listdir(sys.path[-1])})", "{'numpy'}"),
}


@pytest.mark.isolation
@pytest.mark.parametrize("name", BUBBLEWRAPPED)
def test_in_bubblewrap(name: str, bubblewrap: Isolation, unfiltered: None) -> None:
    code, found = BUBBLEWRAPPED[name]
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = tried(code.replace("PORT", str(server.getsockname()[1])), bubblewrap)
    assert found in said


@pytest.mark.isolation
def test_bubblewrap_is_what_is_used_where_it_works(bubblewrap: Isolation) -> None:
    assert find_isolation() == bubblewrap == Isolation(IsolationKind.BUBBLEWRAP)


def test_limits_alone_say_what_they_leave_open() -> None:
    missing = isolate_by_limits("There is no program bwrap here").missing
    for words in ("not protected", "read every file", "no program bwrap", "grade on Linux with bubblewrap"):
        assert words in missing


@pytest.mark.isolation
def test_other_submissions_and_this_repository_cannot_be_read(bubblewrap: Isolation, tmp_path) -> None:
    secret = tmp_path / "other"
    secret.write_text("secret")
    for path in (secret, worker_subject.__file__, sys.executable.replace("/bin/", "/nothing/")):
        assert "FileNotFoundError" in tried(f"open({str(path)!r})", bubblewrap)


def test_as_root_the_file_runs_as_nobody(how: Isolation) -> None:
    if os.geteuid() != 0:
        assert tried("import os; said = str(os.getuid())", how) == str(os.getuid())
    else:
        assert 61184 <= int(tried("import os; said = str(os.getuid())", how)) < 65520


def answer_of(source: str, how: Isolation):
    """The first case's answer of the weight gradient, and the processes that ran then and remain."""
    exercise = catalogue.exercise("conv2d_weight_grad")
    with Submission({"conv.py": source.encode()}, how) as submission:
        submission.load("conv")
        ran = psutil.Process().children(recursive=True)
        answer = WorkerSubject(submission, "conv", exercise.problem.call).run(exercise.problem.oracle.plan(7)[0])
    return answer, ran


@pytest.mark.slow
def test_a_loop_that_switches_the_alarm_off_ends_and_leaves_no_process(how: Isolation, monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.0))
    off = ALARMS_OFF + "while True:\n    pass"
    answer, ran = answer_of(replaced("conv2d_weight_grad", off), how)
    assert answer.error.kind == "timeout"
    assert ran
    _, alive = psutil.wait_procs(ran, timeout=patience(5))
    assert not alive


def test_no_process_is_left_after_an_honest_file(how: Isolation) -> None:
    answer, ran = answer_of(SOLUTION, how)
    assert answer.error is None
    _, alive = psutil.wait_procs(ran, timeout=patience(5))
    assert not alive


def test_nothing_is_left_on_disk(how: Isolation, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Submission({"conv.py": SOLUTION.encode()}, how) as submission:
        submission.load("conv")
    assert not list(tmp_path.glob("cnnlab-files-*"))


def test_what_a_killed_process_left_on_disk_is_swept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    theirs, ours = tmp_path / f"cnnlab-files-{ended.stdout.strip()}-x", sandbox.make_scratch_folder("files")
    for folder in (theirs, tmp_path / "cnnlab-files-x-y", tmp_path / "something-else"):
        folder.mkdir()
    (tmp_path / "cnnlab-files-1-link").symlink_to("/etc")
    sandbox.remove_old_folders()
    left = sorted(p.name for p in tmp_path.iterdir())
    assert left == sorted(["cnnlab-files-1-link", "cnnlab-files-x-y", ours.name, "something-else"])


def test_workers_run_side_by_side(how: Isolation) -> None:
    faults = []

    def load() -> None:
        with Submission({"conv.py": SOLUTION.encode()}, how) as submission:
            faults.append(submission.load("conv")["fault"])

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == [None] * 4
