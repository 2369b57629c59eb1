"""Limit the time of code that may never end, on every system and in any thread.

A limit is seconds of the thread's own processor time, so that a busy machine stops no code that would end at once. Code
that sleeps uses no processor time; a second, generous limit on the clock ends it.

Code that catches the exception and goes on gets it again and again. Where it catches every one, only the end of the
process ends it: a command says how (`end_process_with`); in a notebook the learner restarts the kernel.
"""

from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

#: Seconds between two looks at the clock; a limit is kept to within this.
TICK_SECONDS = 0.05

#: Seconds of waiting above the limit that code may spend without using the processor: as many as in the grading worker.
SLEEP_SECONDS = 15.0

#: Seconds that one look at the clock counts at most. Where more have passed, the whole process stood still: it was
#: stopped, or the machine was asleep, or too busy to run even the watchdog.
LONGEST_LOOK_SECONDS = 5 * TICK_SECONDS

#: Seconds until OutOfTime is raised again in code that caught it and went on.
AGAIN_SECONDS = 0.5

#: After so many exceptions that were caught, the code is taken for one that never lets any through.
MAX_RAISES = 10


class OutOfTime(BaseException):
    """Raised inside code that ran too long. No Exception, so that a learner's `except Exception` lets it through."""

    def __str__(self) -> str:
        return "it did not end in time"


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    """Raise an exception in a thread, between two bytecodes."""
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

    worked: seconds of processor time that are left.   waiting: seconds on the clock that are left.   seen: the clock at
    the last look; it begins at the first one, since reading it takes longer than most of what is limited.
    ended_after: once it is over, which of the two it was, as it was at first.   raises: how often it raised OutOfTime.
    """

    worked: float
    waiting: float
    clock: Callable[[], float]
    seen: float | None = None
    ended_after: float = 0.0
    raises: int = 0

    def __post_init__(self) -> None:
        self._allowed = self.worked, self.waiting

    def is_over(self, passed: float) -> bool:
        """Count the time since the last look, `passed` seconds on the clock; return whether none is left."""
        now = self.clock()
        self.worked -= now - (now if self.seen is None else self.seen)
        self.waiting -= min(passed, LONGEST_LOOK_SECONDS)
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
        self.end_process: Callable[[str], None] | None = None
        self._idle = 0
        self._running = False

    def start(self, thread: int, limit: _Limit) -> None:
        with self.lock:
            self.limits[thread], self._idle = limit, 0
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, daemon=True, name="cnnlab time limit").start()

    def stop(self, thread: int, outer: _Limit | None) -> None:
        """Put the outer limit in the place of the one that ends; doing it twice is the same as once."""
        with self.lock:
            if outer is None:
                self.limits.pop(thread, None)
            else:
                self.limits[thread] = outer

    def _run(self) -> None:
        looked = time.monotonic()
        while True:
            time.sleep(TICK_SECONDS)
            with self.lock:
                before, looked = looked, time.monotonic()
                for thread in [t for t, limit in self.limits.items() if limit.is_over(looked - before)]:
                    self._end(thread, self.limits[thread])
                self._idle = 0 if self.limits else self._idle + 1
                if self._idle > 1 / TICK_SECONDS:
                    self._running = False
                    return

    def _end(self, thread: int, limit: _Limit) -> None:
        if limit.raises >= MAX_RAISES and self.end_process:
            self.end_process(_describe_place(sys._current_frames().get(thread)))
        limit.raises += 1
        limit.worked = limit.waiting = AGAIN_SECONDS
        _raise_in(thread, OutOfTime)


_watchdog = _Watchdog()

#: The folders of the engine, of Python and of installed packages, whose lines are not the learner's.
_NOT_THE_LEARNERS = tuple(
    os.path.join(folder, "")
    for folder in (os.path.dirname(__file__), *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
)


def _describe_place(frame: FrameType | None) -> str:
    """Return the file and the line that a thread is at, in the learner's own code."""
    while frame and frame.f_code.co_filename.startswith(_NOT_THE_LEARNERS):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}" if frame else "an unknown place"


def end_process_with(end: Callable[[str], None] | None) -> None:
    """Register what ends the process when code caught MAX_RAISES exceptions and still goes on.

    end: called in another thread with the file and the line that the code is at; None registers nothing.
    """
    _watchdog.end_process = end


@contextmanager
def time_limit(seconds: float) -> Iterator[_Limit]:
    """Raise OutOfTime in the block after `seconds` of processor time, and again while code catches it and goes on.

    A block that sleeps is ended SLEEP_SECONDS later than that, on the clock. The exception reaches Python code between
    two bytecodes; a single call into compiled code is not interrupted. Of limits inside each other the inner one counts
    while it lasts. `ended_after` of what it yields says after how many seconds it was over.
    """
    thread = threading.get_ident()
    outer = _watchdog.limits.get(thread)
    limit = _Limit(seconds, seconds + SLEEP_SECONDS, _own_clock())
    _watchdog.start(thread, limit)
    try:
        yield limit
    finally:
        try:
            _watchdog.stop(thread, outer)
            if limit.raises:
                _let_it_arrive()
        except OutOfTime:  # it was raised a moment too late, and arrives here and not in what comes after
            _watchdog.stop(thread, outer)


def _let_it_arrive() -> None:
    """Run a few bytecodes. An exception that is raised cannot be taken back: Python would look for it ever after."""
    for _ in range(100):
        pass
