"""The filter of system calls: what it refuses in a real worker, and what its program says on both architectures."""

from __future__ import annotations

import errno
import os
import struct
import sys
from functools import cache

import pytest

from grading.worker import isolation as isolation_module
from grading.worker import sandbox, system_call_filter
from grading.worker.isolation import Isolation, isolate_by_limits
from grading.worker.sandbox import IsolationKind
from tests.grading.conftest import SOLUTION
from tests.grading.worker.test_sandbox import tried

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a system call filter")

#: A file's beginning: call(x86_64's number, aarch64's number, arguments) makes any system call and gives its result.
CALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(x86_64, aarch64, *arguments):
    number = {"x86_64": x86_64, "aarch64": aarch64}[os.uname().machine]
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return str(result) if result >= 0 else "refused: " + errno.errorcode[ctypes.get_errno()]

"""

#: Calls by x86_64's and aarch64's number, with arguments that an unprivileged process may pass. Without the filter most
#: succeed, or reach the kernel's own code and fail there with another error.
ATTACKS = {
    "shared memory": "call(29, 194, 0, 1 << 20, 0o1600)",
    "a message queue": "call(68, 186, 0, 0o1600)",
    "semaphores": "call(64, 190, 0, 100, 0o1600)",
    "a message queue with a name": "call(240, 180, id(b'x') + 32, 0o102, 0o600, 0)",
    "a file of memory": "call(319, 279, id(b'x') + 32, 0)",
    "a secret file of memory": "call(447, 447, 0)",
    "a user namespace": "call(272, 97, 0x10000000)",
    "a mount namespace": "call(272, 97, 0x00020000)",
    "another's namespace": "call(308, 268, 0, 0)",
    "a process in a user namespace": "call(56, 220, 0x10000000 | 17, 0, 0, 0, 0)",
    "a process by the new call": "call(435, 435, 0, 0)",
    "a mount": "call(165, 40, 0, id(b'/') + 32, id(b'tmpfs') + 32, 0, 0)",
    "a mount by the new calls": "call(430, 430, id(b'tmpfs') + 32, 0)",
    "a moved mount": "call(429, 429, 0, 0, 0, 0, 0)",
    "another root": "call(155, 41, id(b'/') + 32, id(b'/') + 32)",
    "a key": "call(248, 217, id(b'user') + 32, id(b'x') + 32, id(b'x') + 32, 1, -2)",
    "the keyring": "call(250, 219, 0, -3, 0)",
    "bpf": "call(321, 280, 0, id(bytes(128)) + 32, 128)",
    "performance counters": "call(298, 241, id(bytes(128)) + 32, 0, -1, -1, 0)",
    "page faults": "call(323, 282, 1)",
    "io_uring": "call(425, 425, 4, id(bytearray(128)))",
    "tracing": "call(101, 117, 0, 0, 0, 0)",
    "another's memory": "call(310, 270, os.getppid(), 0, 0, 0, 0, 0)",
    "another's descriptors": "call(438, 438, 0, 0, 0)",
    "a process as a file": "call(434, 434, os.getpid(), 0)",
    "a file by its handle": "call(304, 265, 0, 0, 0)",
    "a file's handle": "call(303, 264, -100, id(b'/') + 32, 0, 0, 0)",
    "another personality": "call(135, 92, 0xFFFFFFFF)",
    "quotas": "call(179, 60, 0, 0, 0, 0)",
    "notices of files": "call(300, 262, 0, 0)",
    "inotify": "call(294, 26, 0)",
    "another kernel": "call(246, 104, 0, 0, 0, 0)",
    "a pipe": "call(293, 59, id(bytearray(64)) + 32, 0)",
    "a counter": "call(290, 19, 0, 0)",
    "a timer as a file": "call(283, 85, 1, 0)",
    "waiting for many": "call(291, 20, 0)",
    "a network socket": "call(41, 198, 2, 1, 0)",
    "a socket": "call(41, 198, 1, 1, 0)",
    "a netlink socket": "call(41, 198, 16, 3, 0)",
    "a raw socket": "call(41, 198, 17, 3, 0)",
    "a socket for ciphers": "call(41, 198, 38, 5, 0)",
    "a socket to the host of the machine": "call(41, 198, 40, 1, 0)",
    "a pair of sockets": "call(53, 199, 1, 1, 0, id(bytearray(64)) + 32)",
    "a descriptor to the judge": "call(46, 211, 3, id(bytes(64)) + 32, 0)",
    "a program": "call(59, 221, id(b'/bin/true') + 32, 0, 0)",
    "a program by its descriptor": "call(322, 281, -100, id(b'/bin/true') + 32, 0, 0, 0)",
    "a signal to itself": "call(62, 129, os.getpid(), 0)",
    "a signal to all": "call(62, 129, -1, 0)",
    "another filter": "call(317, 277, 0, 0, 0)",
    "another process's limits": "call(302, 261, os.getppid(), 7, 0, id(bytearray(64)) + 32)",
    "a terminal's input": "call(16, 29, 0, 0x5412, id(b'x') + 32)",
    "a lock on a file": "call(72, 25, 0, 6, id(bytes(64)) + 32)",
    "a signal from a descriptor": "call(72, 25, 0, 8, os.getpid())",
    "memory on another node": "call(237, 235, 0, 0, 0, 0, 0, 0)",
    "a landlock": "call(444, 444, 0, 0, 1)",
    "a call of tomorrow": "call(600, 600, 0)",
}


#: Attacks that one worker makes; what it says of so many fits into the sentence that comes back.
AT_ONCE = 10


@cache
def try_some(first: int, how: Isolation) -> list[str]:
    """What a worker said of AT_ONCE attacks from the first on, one after the other: what is refused changes nothing."""
    made = ", ".join(f"lambda: {attack}" for attack in [*ATTACKS.values()][first : first + AT_ONCE])
    return tried(f"{CALL}said = '|'.join(attack() for attack in ({made},))", how).split("|")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_refused_system_call(name: str, how: Isolation) -> None:
    place = list(ATTACKS).index(name)
    said = try_some(place - place % AT_ONCE, how)[place % AT_ONCE]
    assert any(f"refused: {code}" in said for code in ("EPERM", "ENOSYS", "EAGAIN")), said


#: Those that the kernel grants without the filter; a user namespace only where bubblewrap runs as root.
GRANTED = ["shared memory", "a message queue", "a pipe", "waiting for many", *["a user namespace"][os.geteuid() :]]


@pytest.mark.parametrize("name", GRANTED)
def test_without_the_filter_the_same_call_succeeds(name: str, bubblewrap: Isolation, monkeypatch) -> None:
    """The attacks above are real ones: it is the filter that stops them."""
    monkeypatch.setattr(sandbox, "_compile_filter", lambda kind: b"")
    said = tried(f"{CALL}said = {ATTACKS[name]}", bubblewrap)
    assert "refused" not in said, said


def test_shared_memory_takes_nothing_from_the_machine(how: Isolation) -> None:
    """A segment that is let go counts to no process and is still there: the way around the limit on memory."""
    code = (
        f"{CALL}taken = 0\nfor _ in range(4):\n    segment = libc.shmget(0, ctypes.c_size_t(1 << 20), 0o1600)\n"
        "    taken += segment >= 0\nsaid = f'{taken} segments'"
    )
    assert "0 segments" in tried(code, how)


@pytest.mark.parametrize("flags", ["os.O_WRONLY", "os.O_RDWR", "os.O_CREAT", "os.O_TRUNC", "os.O_APPEND | os.O_WRONLY"])
def test_with_limits_alone_no_file_is_opened_for_writing(flags: str, tmp_path) -> None:
    tmp_path.chmod(0o777)
    path = tmp_path / "open to everyone"
    path.write_text("as it was")
    path.chmod(0o666)
    said = tried(f"import os; os.open({str(path)!r}, {flags}, 0o666)", isolate_by_limits("A test asks for it"))
    assert "PermissionError" in said
    assert path.read_text() == "as it was"


def test_an_honest_file_may_write_to_the_null_device_and_import_much(bubblewrap: Isolation) -> None:
    code = (
        "import os, contextlib, itertools, functools, dataclasses, decimal, json, random, statistics, time, tempfile\n"
        "import numpy.random, numpy.fft, numpy.linalg, numpy.polynomial, sqlite3, platform, datetime, pathlib\n"
        "with open(os.devnull, 'w') as null, contextlib.redirect_stdout(null):\n    print('nothing')\n"
        "time.sleep(0.001)\nrandom.seed()\nlist(os.scandir('.'))\nos.cpu_count()\ndatetime.datetime.now()\n"
        "numpy.linalg.svd(numpy.random.default_rng().normal(size=(300, 300)))\n"
        "sqlite3.connect(':memory:')\nsaid = 'fine'"
    )
    assert tried(code, bubblewrap) == "fine"


def test_a_machine_without_a_filter_says_so(monkeypatch) -> None:
    """Loudly: grading goes on, and every result carries the sentence."""
    monkeypatch.setattr(sandbox, "_compile_filter", lambda kind: b"")
    isolation_module.find_isolation.cache_clear()
    try:
        for found in (isolation_module.find_isolation(), isolate_by_limits("A test asks for it")):
            assert "There is no system call filter here: this kernel refuses it" in str(found.missing)
        assert "reach the network" in str(found.missing)
    finally:
        isolation_module.find_isolation.cache_clear()


def test_a_missing_library_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    system_call_filter.compile_filter.cache_clear()
    try:
        with pytest.raises(system_call_filter.NoFilter, match="pyseccomp is not installed"):
            system_call_filter.compile_filter(writable=True)
        assert "pyseccomp is not installed" in isolation_module._describe_missing_filter()
    finally:
        system_call_filter.compile_filter.cache_clear()


def test_a_program_that_the_kernel_refuses_is_said_to_be_missing(how: Isolation, monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "_compile_filter", lambda kind: struct.pack("<HBBI", 0xFFFF, 0, 0, 0))
    assert system_call_filter.NAME in isolation_module._start_once(how.kind)


KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
X86_64, AARCH64, I386, ARM = 0xC000003E, 0xC00000B7, 0x40000003, 0x40000028


def run_program(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """Run a program of classic BPF on one call, as the kernel does; only the instructions that libseccomp writes."""
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = [struct.unpack_from("<HBBI", program, k) for k in range(0, len(program), 8)]
    accumulator, at = 0, 0
    while True:
        code, yes, no, constant = instructions[at]
        at += 1
        if code == 0x20:  # load a word
            [accumulator] = struct.unpack_from("<I", data, constant)
        elif code == 0x54:  # and
            accumulator &= constant
        elif code == 0x05:  # jump
            at += constant
        elif code in (0x15, 0x25, 0x35):  # jump if equal, greater, greater or equal
            at += (
                yes
                if {0x15: accumulator == constant, 0x25: accumulator > constant, 0x35: accumulator >= constant}[code]
                else no
            )
        elif code == 0x06:  # return
            return constant
        else:
            raise AssertionError(f"an instruction of another kind: {code:#x}")


#: By architecture: its number in a filter, and its numbers of a few calls.
NUMBERS = {
    "x86_64": (X86_64, {"read": 0, "mmap": 9, "openat": 257, "ioctl": 16, "clone": 56, "clone3": 435, "execve": 59}),
    "aarch64": (
        AARCH64,
        {"read": 63, "mmap": 222, "openat": 56, "ioctl": 29, "clone": 220, "clone3": 435, "execve": 221},
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_program_on_both_architectures(name: str) -> None:
    architecture, numbers = NUMBERS[name]
    program = system_call_filter.compile_filter(writable=False, architecture=name)

    def run(call: str, *arguments: int) -> int:
        return run_program(program, architecture, numbers[call], *arguments)

    assert run("read", 3, 0, 10) == run("mmap") == ALLOW
    assert run("clone") == ERRNO | errno.EAGAIN
    assert run("clone3") == ERRNO | errno.ENOSYS, "so that the C library falls back on clone"
    assert run("execve") == ERRNO | errno.EPERM
    assert run("ioctl", 0, 0x5401) == ALLOW
    assert run("ioctl", 0, 0x5412) == run("ioctl", 0, 0xAE00) == ERRNO | errno.ENOSYS
    assert run("openat", 0, 0, 0o2000000) == ALLOW
    for flags in (0o1, 0o2, 0o3, 0o100, 0o1000, 0o1102):
        assert run("openat", 0, 0, flags) == ERRNO | errno.EPERM, oct(flags)
    writable = system_call_filter.compile_filter(writable=True, architecture=name)
    assert run_program(writable, architecture, numbers["openat"], 0, 0, 0o1102) == ALLOW


@pytest.mark.parametrize("name", NUMBERS)
def test_calls_in_another_architectures_way_end_the_worker(name: str) -> None:
    """32-bit calls, and x32 on x86_64, have other numbers: a filter that took them for its own would be none."""
    program = system_call_filter.compile_filter(writable=True, architecture=name)
    for architecture in {X86_64, AARCH64, I386, ARM} - {NUMBERS[name][0]}:
        for number in range(450):
            assert run_program(program, architecture, number) == KILL
    if name == "x86_64":
        for number in range(600):
            assert run_program(program, X86_64, 0x40000000 | number) == KILL


@pytest.mark.parametrize("name", NUMBERS)
def test_few_calls_are_allowed(name: str) -> None:
    program = system_call_filter.compile_filter(writable=True, architecture=name)
    results = [run_program(program, NUMBERS[name][0], number) for number in range(1000)]
    assert set(results) <= {ALLOW, *(ERRNO | code for code in (errno.EPERM, errno.ENOSYS, errno.EAGAIN))}
    assert 50 < results.count(ALLOW) < 100
    assert set(results[470:]) == {ERRNO | errno.ENOSYS}


def test_an_old_32_bit_call_in_a_worker_ends_it(bubblewrap: Isolation) -> None:
    """The machine instruction `int 0x80` on x86_64, with the number of the 32-bit fork."""
    from grading.worker.worker_subject import Submission

    code = (
        "import ctypes, mmap, os\n"
        "assert os.uname().machine == 'x86_64', 'another machine'\n"
        "memory = mmap.mmap(-1, 4096, prot=7)\n"
        "memory.write(bytes([0xB8, 2, 0, 0, 0, 0xCD, 0x80, 0xC3]))\n"
        "place = ctypes.addressof(ctypes.c_char.from_buffer(memory))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(place)()\n"
    )
    with Submission({"conv.py": code.encode()}, bubblewrap) as submission:
        fault = submission.load("conv")["fault"]
    assert "SIGSYS" in fault or "another machine" in fault, fault


def test_the_filter_costs_an_honest_file_no_point(how: Isolation, judged) -> None:
    assert judged(SOLUTION, how).score == 14


def test_bubblewrap_alone_would_let_files_be_opened_for_writing() -> None:
    """Only in bubblewrap, where every place is read-only, does the filter leave open() alone."""
    assert system_call_filter.compile_filter(writable=True) == sandbox._compile_filter(IsolationKind.BUBBLEWRAP)
    assert system_call_filter.compile_filter(writable=False) == sandbox._compile_filter("limits")
