"""How well workers can be kept apart on this machine: found out once, by starting one."""

from __future__ import annotations

import os
import random
import shutil
import sys
from dataclasses import dataclass
from functools import lru_cache

from grading import sandbox
from grading.process import Process, Unavailable
from grading.sandbox import BUBBLEWRAP, LIMITS

#: Users that nobody is: systemd keeps this range for services that exist only while they run.
NOBODY = range(61184, 65520)

OPEN = (
    "not protected: students' code can reach the network and read every file that {who} can read. {why}; "
    "grade on Linux with bubblewrap to close both."
)


@dataclass(frozen=True)
class Isolation:
    """kind: "bubblewrap" or "limits".   missing: what is not protected, one sentence, or None."""

    kind: str
    missing: str | None = None


@lru_cache(maxsize=1)
def isolation() -> Isolation:
    """Bubblewrap where it works, limits alone elsewhere. Raises Unavailable where no worker runs at all."""
    if sys.platform == "win32":
        raise Unavailable("grading needs Linux or macOS: Windows has no limits for a process. WSL is a Linux, too.")
    why = "There is no program bwrap here"
    if sys.platform == "linux" and shutil.which("bwrap"):
        try:
            _try(BUBBLEWRAP)
            return Isolation(BUBBLEWRAP)
        except Unavailable as error:
            why = f"Bubblewrap does not work here ({error})"
    return limits_alone(why)


def limits_alone(why: str) -> Isolation:
    """Limits without a sandbox, with the sentence that says what that leaves open."""
    unset = _try(LIMITS)
    more = f" This system has no limit on {' and '.join(unset)}." if unset else ""
    who = "everyone on this machine" if os.geteuid() == 0 else "you"
    return Isolation(LIMITS, OPEN.format(who=who, why=why) + more)


def unprivileged_user() -> int | None:
    """As root, a user for one worker: the limits on processes and files do not bind root. Otherwise None."""
    return random.SystemRandom().choice(NOBODY) if os.geteuid() == 0 else None


def _try(kind: str) -> tuple[str, ...]:
    """Start a worker and end it; the limits that this system does not have."""
    folder = sandbox.scratch("files")
    try:
        process = Process(folder, unprivileged_user(), kind)
        process.close()
        return process.unset
    finally:
        shutil.rmtree(folder)
