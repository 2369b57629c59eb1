"""Run a learner's file where it can do no harm, and answer the judge's requests with arrays: the worker.

    python -I -S -B worker_main.py SETTINGS       the wire is standard input, a socket

It imports NumPy, gives up every right and nearly every system call, reports that it is ready, and only then loads what
a learner wrote. From that moment nothing it sends is trusted. It holds no expected value, no score, and only the case
that it is asked.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from base64 import b64decode
from types import FrameType
from typing import Any


def main() -> None:
    settings = json.loads(sys.argv[1])
    sys.path[:] = [settings["engine"], *settings["path"]]
    if settings["user"] is not None and settings["keep_open"]:
        _keep_path_open()
    import numpy  # noqa: F401, before memory is limited and rights are dropped

    from cnnlab.gradcheck.runner.violations import NotSendable, TimedOut, to_wire
    from grading.worker.sandboxed import wire
    from grading.worker.sandboxed.limits import CASE_CPU_SECONDS

    serve = _make_server(settings)
    os.environ.clear()
    _join_new_keyring()
    if settings["user"] is not None:
        _drop_privileges(settings["user"])
    unset = _set_limits()

    channel = os.dup(0)  # not inheritable; 0, 1 and 2 become nothing, so that no print reaches the judge
    null = os.open(os.devnull, os.O_RDWR)
    if not (settings["filter"] and _load_filter(b64decode(settings["filter"]))):
        unset.append("system calls")

    def read(count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = os.read(channel, count - len(data))
            if not chunk:
                os._exit(0)  # the judge is gone
            data += chunk
        return data

    def send(message: wire.Message) -> None:
        data = memoryview(wire.encode(message))
        while data:
            data = data[os.write(channel, data) :]

    send(wire.Message(0, {"unset": unset}))
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for name in [n for n in sys.modules if n.partition(".")[0] in ("cnnlab", "grading")]:
        del sys.modules[name]  # a learner's `import cnnlab` finds no engine
    del sys.path[0]  # the folder of the engine

    while True:
        request = wire.receive(read)
        arrays: list = []
        try:
            content = serve(wire.unpack(request.content, request.arrays), arrays)
            send(wire.Message(request.number, content, tuple(arrays)))
        except OutOfTime:  # it rang between the learner's last line and the first of ours
            failure = {"cause": to_wire(TimedOut(CASE_CPU_SECONDS)), "frames": []}
            send(wire.Message(request.number, {"error": failure}))
        except wire.WireError:  # an answer that may not cross, such as one of a gigabyte
            send(wire.Message(request.number, {"error": {"cause": to_wire(NotSendable()), "frames": []}}))


class OutOfTime(BaseException):
    """Raised in a learner's code that ran too long; no Exception, so that `except Exception` does not catch it."""

    def __init__(self, seconds: float = 0.0):
        super().__init__(f"no answer after {seconds:g} s")
        self.seconds = seconds


def _make_server(settings: dict):
    """Return serve(request, arrays) -> content: the reply to one request, its arrays appended."""
    from dataclasses import asdict
    from pathlib import Path

    from cnnlab import loader, sourcefile
    from cnnlab.gradcheck.runner import calls, run_case
    from cnnlab.gradcheck.runner.answer import Foreign
    from cnnlab.gradcheck.runner.calls import Call
    from cnnlab.gradcheck.runner.violations import Unusable, to_wire
    from grading.worker.sandboxed import limits, source_check, wire

    begin_trials = _import_trials() if settings["trials"] else None
    #: by what is asked, seconds of processor time and on the clock
    allowed = {
        "run": (limits.TRIAL_CPU_SECONDS, limits.TRIAL_WALL_SECONDS),
        "list": (limits.WATCH_CPU_SECONDS, limits.TRIAL_WALL_SECONDS),
    }
    searched: list[Any] = []
    room = loader.Folder(Path(settings["files"]), loader.STUBS)
    loaded: dict[str, loader.Loaded] = {}

    def ring(number: int, frame: FrameType | None) -> None:
        raise OutOfTime(limits.CASE_CPU_SECONDS if number == signal.SIGPROF else limits.CASE_WALL_SECONDS)

    def set_alarms(asked: str | None = None) -> None:
        processor, clock = allowed.get(asked or "", (limits.CASE_CPU_SECONDS, limits.CASE_WALL_SECONDS))
        for number, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, processor),
            (signal.SIGALRM, signal.ITIMER_REAL, clock),
        ):
            signal.signal(number, ring)
            signal.setitimer(timer, seconds, 1.0)  # and again each second, should it be caught

    def serve(request: dict, arrays: list) -> dict:
        set_alarms(request.get("trial"))
        try:
            if "trial" in request:
                return try_change(request, arrays)
            if "inspect" in request:
                return inspect(request["inspect"], request["exercises"])
            return load(request["load"]) if "load" in request else run(request, arrays)
        finally:
            for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
                signal.setitimer(timer, 0)

    def inspect(topic: str, exercises: list) -> dict:
        """Read a file without running it. Asked before any `load`, this is still the worker's own word."""
        try:
            tree = sourcefile.parse(sourcefile.read(room.path / f"{topic}.py"))
            given = sourcefile.parse(sourcefile.read(loader.STUBS / f"{topic}.py"))
        except sourcefile.Unreadable:  # `load` says why
            return {"found": []}
        return {"found": [asdict(f) for f in source_check.inspect_source(tree, given, exercises)]}

    def load(topic: str) -> dict:
        loaded[topic] = room.load(topic)
        reading = loaded[topic].reading
        fault = reading.fault and reading.fault.replace(f"be executed: {OutOfTime.__name__}:", "come to its end:")
        return {
            "fault": fault,
            "line": reading.line,
            "defined": dict(reading.defined),
            "unwritten": sorted(reading.unwritten),
            "arguments": {name: list(names) for name, names in reading.arguments.items()},
        }

    def run(request: dict, arrays: list) -> dict:
        call = calls.from_wire(request["call"])
        names = [n for n in (call.forward, call.function) if n]
        functions = {n: f for n in names if (f := loaded[request["topic"]].function(n))}
        answer = run_case.run_case(
            functions, call, request["inputs"], request["options"], request["dy"], request["layout"], OutOfTime
        )
        return {
            "y": value(answer.y, arrays),
            "grads": value(answer.grads, arrays),
            "changed": [to_wire(v) for v in answer.changed],
            "repeatable": answer.repeatable,
            "borrowed": to_wire(answer.borrowed) if answer.borrowed else None,
            "linear": answer.linear,
            "error": failure(answer.error, call) if answer.error else None,
        }

    def watch(request: dict) -> None:
        run(request, [])
        set_alarms()  # the list that is made of what was seen takes longer than a trial

    def try_change(request: dict, arrays: list) -> dict:
        """Answer a question about changed versions of an exercise's functions; `begin` comes first."""
        version, call = request.get("version"), calls.from_wire(request["call"])
        if request["trial"] == "begin":
            module = loaded[request["topic"]]
            named = ((call.function, "function"), (call.forward, "forward"))
            roots = [(f, role) for name, role in named if name and (f := module.function(name))]
            assert begin_trials
            searched[:] = [begin_trials(roots)]
            return {"functions": searched[0].count_functions()}
        [trials] = searched
        if request["trial"] == "run":
            return run(request, arrays) if trials.put(version) else {"broken": True}
        if request["trial"] == "list":
            how = request["wrong"], request["gradients"], request["memory"]
            return trials.list_changes(version, *how, lambda: watch(request))
        if request["trial"] == "pairs":
            return {"pairs": wire.pack(trials.list_pairs(request["list"]), arrays)}
        return trials.describe_place(version)

    def value(given: Any, arrays: list) -> Any:
        if isinstance(given, tuple):
            return {"tuple": [value(v, arrays) for v in given]}
        if isinstance(given, Foreign):
            return {"foreign": given.type_name}
        try:
            return wire.pack(given, arrays)
        except wire.WireError:
            return {"foreign": f"ndarray of dtype {given.dtype}"}

    def failure(error: Any, call: Call) -> dict:
        own = [asdict(f) for f in error.frames if f.file.startswith(settings["files"] + os.sep)]
        return {"cause": to_wire(error.cause or Unusable(call.function)), "frames": own[-10:]}

    return serve


def _import_trials() -> Any:
    """Return what begins the search for a line; few workers need it."""
    from grading.worker.sandboxed.line_trials import LineTrials

    return LineTrials.begin


def _keep_path_open() -> None:
    """Reach sys.path by descriptors: Python may lie in a folder such as /root, closed to us after the drop."""
    descriptors = {}
    for place in [p for p in sys.path if os.path.isdir(p)]:
        descriptors[place] = f"/proc/self/fd/{os.open(place, os.O_RDONLY | os.O_DIRECTORY)}"
    sys.path[:] = [descriptors.get(p, p) for p in sys.path]
    for module in list(sys.modules.values()):
        if hasattr(module, "__path__"):
            parents = {p: os.path.dirname(p) for p in module.__path__}
            module.__path__ = [os.path.join(descriptors.get(d, d), os.path.basename(p)) for p, d in parents.items()]


def _join_new_keyring() -> None:
    """Join a new session keyring: the judge's, which every worker would share, keeps what is put into it."""
    number = {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)
    if sys.platform == "linux" and number:
        import ctypes

        ctypes.CDLL(None).syscall(number, 1, None)  # keyctl(KEYCTL_JOIN_SESSION_KEYRING, a new one)


def _drop_privileges(user: int) -> None:
    """Become an unprivileged user for good: neither the limit on processes nor file modes bind root."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _set_limits() -> list[str]:
    """Set every limit, hard; the names of those that this system does not have."""
    import resource

    from grading.worker.sandboxed.limits import MAX_MEMORY_BYTES, MAX_OPEN_FILES, WORKER_CPU_SECONDS

    wanted = [
        ("memory", "RLIMIT_AS", MAX_MEMORY_BYTES),
        ("processor time", "RLIMIT_CPU", WORKER_CPU_SECONDS),
        ("processes", "RLIMIT_NPROC", 0),  # this one goes on; no further process or thread may begin
        ("written files", "RLIMIT_FSIZE", 0),
        ("open files", "RLIMIT_NOFILE", MAX_OPEN_FILES),
        ("core files", "RLIMIT_CORE", 0),
    ]
    unset = []
    for name, constant, limit in wanted:
        try:
            resource.setrlimit(getattr(resource, constant), (limit, limit))
        except (AttributeError, ValueError, OSError):
            unset.append(name)
    return unset


def _load_filter(program: bytes) -> bool:
    """Refuse every system call that the program does not allow, for good; whether the kernel took the program."""
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    libc, filled = ctypes.CDLL(None), Program(len(program) // 8, program)
    no_new_privileges, set_filter, filter_mode = 38, 22, 2  # prctl's names for them
    if libc.prctl(no_new_privileges, 1, 0, 0, 0):
        return False
    return libc.prctl(set_filter, filter_mode, ctypes.byref(filled)) == 0


if __name__ == "__main__":
    main()
