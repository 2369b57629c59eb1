"""Attacks on the machine: what a file does to processes, files, network and memory, and what of it is left."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from grading.worker import sandbox, worker_subject
from grading.worker.isolation import Isolation, isolate_by_limits
from grading.worker.sandbox import IsolationKind
from grading.worker.worker_subject import Submission
from tests.grading.conftest import SOLUTION, WRONG, replaced, sampled
from tests.grading.worker.test_sandbox import tried
from tests.patience import patience

SYSCALL = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"

#: What is tried, in either isolation, and what is to be found in what comes of it.
EVERYWHERE = {
    "becoming root again": ("import os; os.setuid(0)", "PermissionError"),
    "another user": ("import os; os.setresuid(1000, 1000, 1000)", "PermissionError"),
    "another group": ("import os; os.setgroups([0])", "PermissionError"),
    "more of every limit": (
        "import resource\nfor name in ('AS', 'CPU', 'NPROC', 'FSIZE', 'NOFILE'):\n"
        "    number = getattr(resource, 'RLIMIT_' + name)\n"
        "    resource.setrlimit(number, (resource.getrlimit(number)[1] + 1,) * 2)",
        "ValueError",
    ),
    "a better place in the queue": ("import os; os.nice(-5)", "PermissionError"),
    "real time": ("import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))", "PermissionError"),
    "a fork": ("import os; os.fork()", "BlockingIOError"),
    "a fork by hand": (SYSCALL + "said = str(libc.fork())", "-1"),
    "a program": ("import os; os.posix_spawn('/bin/true', ['true'], {})", "Error"),
    "a background process": ("import subprocess; subprocess.Popen(['sleep', '100'], start_new_session=True)", "Error"),
    "a pool": ("import multiprocessing; multiprocessing.Pool(2)", "Error"),
    "a thread": ("import _thread; _thread.start_new_thread(print, ())", "RuntimeError"),
    "an asynchronous thread": ("import asyncio; asyncio.run(asyncio.to_thread(print))", "Error"),
    "tracing the judge": (SYSCALL + "said = str(libc.ptrace(16, JUDGE, None, None))", "-1"),
    "the judge's memory": ("open('/proc/JUDGE/mem', 'rb').read(1)", "Error"),
    "the judge's environment": ("open('/proc/JUDGE/environ', 'rb').read()", "Error"),
    "the judge's descriptors": ("import os; os.listdir('/proc/JUDGE/fd')", "Error"),
    "the judge's end": ("import os; os.kill(JUDGE, 9)", "Error"),
    "its parent's end": ("import os; os.kill(os.getppid() or JUDGE, 15)", "Error"),
    "a terminal": ("open('/dev/tty')", "Error"),
    "a disk": ("open('/dev/sda', 'rb').read(1)", "Error"),
    "memory at once": ("bytearray(1 << 31)", "MemoryError"),
    "memory by the piece": ("kept = []\nwhile True: kept.append(bytes(1 << 26))", "MemoryError"),
    "mapped memory": ("import mmap; mmap.mmap(-1, 1 << 31)", "Error"),
    "memory in a file of memory": ("import os; os.write(os.memfd_create('x'), b'x')", "Error"),
    "many descriptors": ("import os\nwhile True: os.dup(0)", "Too many open files"),
    "a written file": ("import tempfile; tempfile.NamedTemporaryFile().write(b'x' * 10**5)", "Error"),
    "a change of its own file": ("open(__file__, 'r+b').write(b'x')", "Error"),
    "its own file's end": ("import os; os.unlink(__file__)", "Error"),
    "a link in its own folder": ("import os; os.symlink('/etc/passwd', __file__ + '.link')", "Error"),
    "another file in its folder": ("import os; os.mkdir(os.path.dirname(__file__) + '/new')", "Error"),
    "the engine's files": ("import os, sys; open(sys.argv[0], 'a')", "Error"),
    "the folder of the seed": ("import os; os.listdir(SEED)", "Error"),
    "a core": ("import resource; said = str(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
    "the environment in memory": (
        SYSCALL + "libc.getenv.restype = ctypes.c_char_p\nsaid = str(libc.getenv(b'HOME'))",
        "None",
    ),
    "a floppy profile": ("import sys; said = repr(sys.flags.isolated) + repr(sys.flags.no_site)", "11"),
}


@pytest.mark.parametrize("name", sampled(EVERYWHERE))
def test_in_either_isolation(name: str, how: Isolation, tmp_path: Path) -> None:
    if (
        how.kind == IsolationKind.LIMITS
        and os.geteuid() != 0
        and name in ("the judge's environment", "the judge's descriptors")
    ):
        assert "read every file that you can read" in str(how.missing)  # said, since it is so
        return
    secret = tmp_path / "data"
    secret.mkdir(mode=0o700)
    code, found = EVERYWHERE[name]
    said = tried(code.replace("JUDGE", str(os.getpid())).replace("SEED", repr(str(secret))), how)
    assert found in said, said
    assert psutil.pid_exists(os.getpid())


#: Ways to a server of this machine's; with a network of its own a worker finds none.
PLACES: dict[str, tuple[Callable[[Path], tuple[int, object]], str]] = {
    "loopback": (lambda folder: (socket.AF_INET, ("127.0.0.1", 0)), "create_connection(PLACE, 1)"),
    "loopback 6": (lambda folder: (socket.AF_INET6, ("::1", 0)), "create_connection(PLACE[:2], 1)"),
    "a socket with a name": (lambda folder: (socket.AF_UNIX, str(folder / "s")), "socket(1).connect(PLACE)"),
    "a socket without a file": (lambda folder: (socket.AF_UNIX, f"\0cnnlab{os.getpid()}"), "socket(1).connect(PLACE)"),
}


@pytest.mark.isolation
@pytest.mark.parametrize("name", PLACES)
def test_no_server_of_this_machine_is_reached(
    name: str, bubblewrap: Isolation, unfiltered: None, tmp_path: Path
) -> None:
    """The namespaces hold without the filter, which refuses every socket before they are asked."""
    where, connect = PLACES[name]
    family, address = where(tmp_path)
    with socket.socket(family) as server:  # type: ignore[arg-type]
        try:
            server.bind(address)
        except OSError:
            assert name == "loopback 6", "this machine has no such network"
            return
        server.listen()
        place = server.getsockname()
        said = tried(f"import socket; socket.{connect.replace('PLACE', repr(place))}", bubblewrap)
        assert any(w in said for w in ("Connection refused", "No such file", "unreachable", "assign requested")), said
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.isolation
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    ],
)
def test_no_network(code: str, bubblewrap: Isolation) -> None:
    assert "Error" in tried(code, bubblewrap) or "gaierror" in tried(code, bubblewrap)


def test_limits_alone_name_the_files_and_without_a_filter_the_network(monkeypatch) -> None:
    missing = str(isolate_by_limits("A test asks for it").missing)
    for words in ("read every file", "bubblewrap"):
        assert words in missing
    assert "network" not in missing
    monkeypatch.setattr(sandbox, "_compile_filter", lambda kind: b"")
    assert "network" in str(isolate_by_limits("A test asks for it").missing)


def test_with_limits_alone_no_server_is_reached_and_no_process_ended() -> None:
    how = isolate_by_limits("A test asks for it")
    for code in ("import socket; socket.socket(socket.AF_INET)", "import socket; socket.socket(socket.AF_UNIX)"):
        assert "PermissionError" in tried(code, how)
    assert "PermissionError" in tried(f"import os; os.kill({os.getpid()}, 0)", how)


@pytest.mark.isolation
def test_nothing_is_left_for_the_next_submission(bubblewrap: Isolation) -> None:
    """No file, no shared memory, no key: what one file leaves, no other finds."""
    shared = SYSCALL + "segment = libc.shmget(0x5EED, 4096, 0o1666)\n"
    key = "libc.syscall(248, b'user', b'cnnlab', b'14', 2, -3)\n"  # add_key to the session's keyring, and find it
    find = "said = f\"{segment} {libc.syscall(250, 10, -3, b'user', b'cnnlab', 0)}\""
    left = tried(shared + key + find, bubblewrap)
    again = tried(SYSCALL + "segment = libc.shmget(0x5EED, 4096, 0o666)\n" + find, bubblewrap)
    assert again == "-1 -1", (left, again)
    for place in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/cnnlab-files", "/"):
        assert "Error" in tried(f"open({place!r} + '/left', 'x')", bubblewrap)


@pytest.mark.isolation
def test_another_submission_is_not_there(bubblewrap: Isolation) -> None:
    with Submission({"conv.py": b"SECRET = 17\n"}, bubblewrap) as other:
        assert other.load("conv")["fault"] is None
        place = str(other._folder)
        said = tried(f"import os; said = str(os.listdir({place!r}))", bubblewrap)
        assert "FileNotFoundError" in said
        assert "conv.py']" in tried("import os; said = str(os.listdir('/cnnlab-files'))", bubblewrap)


def test_with_limits_alone_root_still_keeps_submissions_apart() -> None:
    how = isolate_by_limits("A test asks for it")
    with Submission({"conv.py": b"SECRET = 17\n"}, how) as other:
        said = tried(f"open({str(other._folder / 'conv.py')!r}).read()", how)
        assert "PermissionError" in said if os.geteuid() == 0 else "read every file" in str(how.missing)


def test_two_workers_are_two_users(how: Isolation) -> None:
    if os.geteuid() != 0:
        assert tried("import os; said = str(os.getuid())", how) == str(os.getuid())
        return
    with Submission({}, how) as one, Submission({}, how) as two:
        assert one._user != two._user


def test_a_link_that_changes_while_it_is_read(tmp_path: Path) -> None:
    """The file is opened once, and what was opened is what is read, hashed and judged."""
    from grading.intake.learner_files import collect_learner_files

    (tmp_path / "work").mkdir()
    path = tmp_path / "work" / "conv.py"
    path.write_text(SOLUTION)
    found = collect_learner_files(tmp_path).files["conv.py"]
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert found.content == SOLUTION.encode()
    assert "is a link" in collect_learner_files(tmp_path).refused["conv.py"]
    shutil.rmtree(tmp_path / "work")
    (tmp_path / "work").symlink_to("/etc")
    assert "conv.py" not in collect_learner_files(tmp_path).files


#: Bodies of the weight gradient that end it, or do not let it end. The exercise is lost, the others are not.
ENDINGS = {
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "ends all it may": "import os, signal\nos.kill(-1, signal.SIGKILL)\nos._exit(1)",
    "ends its group": "import os, signal\nos.killpg(0, signal.SIGKILL)",
    "sleeps": "import time, signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(1000)",
    "sleeps through every signal": (
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(1000)"
    ),
    "works where no signal is seen": "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nsum(range(10**12))",
    "runs out of stack": "import sys\nsys.setrecursionlimit(10**9)\nf = lambda: f()\nf()",
    "runs out of memory": "kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))",
    "aborts": "import os\nos.abort()",
    "is no Python any more": "import ctypes\nctypes.memset(id(None), 0, 64)",
}


@pytest.mark.parametrize("name", sampled(ENDINGS))
def test_whatever_ends_or_does_not_costs_its_own_exercise(name: str, judged, monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.0))
    verdict = judged(replaced("conv2d_weight_grad", ENDINGS[name]))
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    assert report.diagnosis
    assert verdict.score == pytest.approx(8)
    mine = psutil.Process().children(recursive=True)
    _, alive = psutil.wait_procs(mine, timeout=patience(10))
    assert not alive


def test_floods_of_output_reach_nobody(judged, capfd) -> None:
    flood = (
        "import os, sys\nfor _ in range(100):\n    os.write(1, b'x' * 10**6)\n    os.write(2, b'y' * 10**6)\n"
        "print('z' * 10**6)\nsys.__stdout__.write('14.0')\nsys.__stderr__.write('14.0')\n"
    )
    assert judged(flood + WRONG).score == 8
    out, err = capfd.readouterr()
    assert out + err == ""
