"""Find out, by starting a worker once, how well workers can be isolated on this machine."""

from __future__ import annotations

import os
import random
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from grading.errors import WorkerUnavailable
from grading.worker import sandbox, system_call_filter
from grading.worker.sandbox import IsolationKind
from grading.worker.worker_process import WorkerProcess

#: Users that nobody is: systemd keeps this range for services that exist only while they run.
NOBODY = range(61184, 65520)

OPEN = "not protected: students' code can {open}. {why}; grade on Linux with bubblewrap to close all of it."

#: What is open with limits alone: with a filter of system calls, and without.
READABLE = "read every file that {who} can read"
REACHABLE = "reach the network, " + READABLE

#: What is open besides, without a filter: to another user, and where a worker is the user that the judge is.
ANOTHER_USER = ", and leave empty files"
SAME_USER = ", and stop or change your other processes, this judge among them"

#: What is said where the kernel, or this installation, has no filter of system calls.
UNFILTERED = (
    "not protected: students' code can use every system call, and so take memory that no limit counts and reach more "
    "of the kernel. There is no system call filter here: {why}."
)


@dataclass(frozen=True)
class Isolation:
    """kind: "bubblewrap" or "limits".   missing: what is not protected, one sentence, or None."""

    kind: IsolationKind
    missing: str | None = None


@lru_cache(maxsize=1)
def find_isolation() -> Isolation:
    """Return bubblewrap if it works here, else limits alone.

    Raises WorkerUnavailable where no worker runs at all.
    """
    if sys.platform == "win32":
        raise WorkerUnavailable("grading needs Linux or macOS: Windows has no limits for a process. WSL is Linux, too.")
    why = "There is no program bwrap here"
    if sys.platform == "linux" and shutil.which("bwrap"):
        try:
            unset = _start_once(IsolationKind.BUBBLEWRAP)
            return Isolation(
                IsolationKind.BUBBLEWRAP, _describe_missing_filter() if system_call_filter.NAME in unset else None
            )
        except WorkerUnavailable as error:
            why = f"Bubblewrap does not work here ({error})"
    return isolate_by_limits(why)


def isolate_by_limits(why: str) -> Isolation:
    """Return limits without a sandbox, with a sentence on what that leaves unprotected."""
    unset = _start_once(IsolationKind.LIMITS)
    who, beside = ("everyone on this machine", ANOTHER_USER) if os.geteuid() == 0 else ("you", SAME_USER)
    filtered = system_call_filter.NAME not in unset
    missing = OPEN.format(open=READABLE.format(who=who) if filtered else REACHABLE.format(who=who) + beside, why=why)
    without = [name for name in unset if name != system_call_filter.NAME]
    if without:
        missing += f" This system has no limit on {' and '.join(without)}."
    return Isolation(IsolationKind.LIMITS, missing if filtered else f"{missing} {_describe_missing_filter()}")


def _describe_missing_filter() -> str:
    """Return a sentence on why workers have no filter of system calls."""
    try:
        system_call_filter.compile_filter(writable=True)
        why = "this kernel refuses it"
    except system_call_filter.NoFilter as error:
        why = str(error)
    return UNFILTERED.format(why=why)


_taken: set[int] = set()
_taking = threading.Lock()


@contextmanager
def unprivileged_user() -> Iterator[int | None]:
    """Yield a separate unprivileged user for one worker if this process is root, since limits do not bind root."""
    if os.geteuid() != 0:
        yield None
        return
    with _taking:
        user = random.SystemRandom().choice([n for n in NOBODY if n not in _taken])
        _taken.add(user)
    try:
        yield user
    finally:
        with _taking:
            _taken.discard(user)


def _start_once(kind: IsolationKind) -> tuple[str, ...]:
    """Start a worker and end it; the limits that this system does not have."""
    folder = sandbox.make_scratch_folder("files")
    try:
        with unprivileged_user() as user:
            process = WorkerProcess(folder, user, kind)
            process.close()
        return process.unset
    finally:
        shutil.rmtree(folder)
