"""A time limit for code that may never end, on every system and in any thread.

A limit is seconds of the thread's own processor time, so that a busy machine stops no code that would end at once. Code
that sleeps uses no processor time; a second, generous limit on the clock ends it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

#: Seconds between two looks at the clock; a limit is kept to within this.
TICK = 0.05

#: Seconds of waiting above the limit that code may spend without using the processor: as many as in the grading worker.
SLEEP_SECONDS = 15.0

#: Seconds that one look at the clock counts at most. Where more have passed, the whole process stood still: it was
#: stopped, or the machine was asleep, or too busy to run even the watchdog.
LONGEST_LOOK = 5 * TICK

#: Seconds until code that caught OutOfTime and went on is told again, and then at every line.
AGAIN = 0.5


class OutOfTime(BaseException):
    """Raised inside code that ran too long. No Exception, so that a learner's `except Exception` lets it through."""

    def __str__(self) -> str:
        return "it did not end in time"


class _AtEveryLine(OutOfTime):
    """For code that catches everything and goes on: from now on each of its lines raises.

    Python makes the exception in the thread that it is raised in, and so `__init__` finds the frames there.
    """

    def __init__(self) -> None:
        super().__init__()
        _doom(sys._getframe(1))


class _AndAgain(OutOfTime):
    """What each line raises. Python forgets a trace function that raised, and so it is set again when this is gone."""

    def __init__(self, trace: Any) -> None:
        super().__init__()
        self._trace = trace

    def __del__(self) -> None:
        if threading.get_ident() in _watchdog.raised:  # the limit is still on
            sys.settrace(self._trace)


def _doom(frame: FrameType | None) -> None:
    """Raise OutOfTime at every further line of the frames under the innermost `time_limit`, and of what they call."""
    owner = _watchdog.owners.get(threading.get_ident())
    doomed: set[FrameType] = set()
    while frame and frame is not owner:
        if not frame.f_code.co_filename.startswith(_ENGINE):
            doomed.add(frame)
        frame = frame.f_back

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "call" and frame.f_back not in doomed:
            return None
        if event in ("call", "line"):
            raise _AndAgain(trace)
        return trace

    for found in doomed:
        found.f_trace = trace
    sys.settrace(trace)


#: The folder whose frames are spared: they are the ones that tell what happened.
_ENGINE = os.path.dirname(__file__)


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def _own_clock() -> Callable[[], float]:
    """Return a clock of the calling thread's processor time that any thread can read.

    Where the system has none (macOS, Windows), it is the process's, which also counts other threads.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(threading.get_ident())
    return lambda: time.clock_gettime(clock)


@dataclass
class _Limit:
    """One limit.

    worked: seconds of processor time that are left.   waiting: seconds on the clock that are left.
    ended_after: once it is over, which of the two it was, as it was at first.
    """

    worked: float
    waiting: float
    clock: Callable[[], float]
    seen: float = 0.0
    ended_after: float = 0.0

    def __post_init__(self) -> None:
        self.seen = self.clock()
        self._allowed = self.worked, self.waiting

    def is_over(self, passed: float) -> bool:
        """Count the time since the last look, `passed` seconds on the clock; return whether none is left."""
        now = self.clock()
        self.worked -= now - self.seen
        self.waiting -= min(passed, LONGEST_LOOK)
        self.seen = now
        over = self.worked < 0 or self.waiting < 0
        if over and not self.ended_after:
            self.ended_after = self._allowed[0 if self.worked < 0 else 1]
        return over


class _Watchdog:
    """One thread that looks after every limit of the process, and ends when there has been none for a while.

    Starting a thread for each limit would cost more than most of what is limited.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.limits: dict[int, _Limit] = {}
        self.owners: dict[int, FrameType] = {}  # the frames that set the limits
        self.raised: set[int] = set()
        self._idle = 0
        self._running = False

    def start(self, thread: int, limit: _Limit) -> None:
        with self.lock:
            self.limits[thread], self._idle = limit, 0
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, daemon=True, name="cnnlab time limit").start()

    def _run(self) -> None:
        looked = time.monotonic()
        while True:
            time.sleep(TICK)
            with self.lock:
                before, looked = looked, time.monotonic()
                for thread in [t for t, limit in self.limits.items() if limit.is_over(looked - before)]:
                    kind = _AtEveryLine if thread in self.raised else OutOfTime
                    self.raised.add(thread)
                    limit = self.limits[thread]
                    limit.worked = limit.waiting = AGAIN
                    _raise_in(thread, kind)
                self._idle = 0 if self.limits else self._idle + 1
                if self._idle > 1 / TICK:
                    self._running = False
                    return


_watchdog = _Watchdog()


@contextmanager
def time_limit(seconds: float) -> Iterator[_Limit]:
    """Raise OutOfTime in the block after `seconds` of processor time, and at every line of code that catches it.

    A block that sleeps is ended SLEEP_SECONDS later than that, on the clock. The exception reaches Python code between
    two bytecodes; a single call into compiled code is not interrupted. Of limits inside each other the inner one counts
    while it lasts. `ended_after` of what it yields says after how many seconds it was over.
    """
    thread, tracing, owner = threading.get_ident(), sys.gettrace(), _watchdog.owners.get(threading.get_ident())
    outer = _watchdog.limits.get(thread)
    _watchdog.owners[thread] = sys._getframe(2)  # below are this one and contextlib's
    limit = _Limit(seconds, seconds + SLEEP_SECONDS, _own_clock())
    _watchdog.start(thread, limit)
    try:
        yield limit
    finally:
        with _watchdog.lock:
            if outer is None:
                del _watchdog.limits[thread]
            else:
                _watchdog.limits[thread] = outer
            if owner is None:
                del _watchdog.owners[thread]
            else:
                _watchdog.owners[thread] = owner
            late = thread in _watchdog.raised
            _watchdog.raised.discard(thread)
        if late:
            sys.settrace(tracing)
            _let_it_arrive()


def _let_it_arrive() -> None:
    """An exception that was raised a moment too late arrives here, and not in what comes after."""
    try:
        for _ in range(100):
            pass
    except OutOfTime:
        pass
