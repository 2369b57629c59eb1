"""A time limit for code that may never end, on every system and in any thread."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Seconds between two looks at the clock; a limit is kept to within this.
TICK = 0.05

#: Seconds until code that caught OutOfTime and went on is told again, and then at every line.
AGAIN = 0.5


#: What the exceptions of this file say of themselves.
SAID = "it did not end in time"


class OutOfTime(BaseException):
    """Raised inside code that ran too long. No Exception, so that a learner's `except Exception` lets it through."""

    def __str__(self) -> str:
        return SAID


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


class _Watchdog:
    """One thread that looks after every limit of the process, and ends when there has been none for a while.

    Starting a thread for each limit would cost more than most of what is limited.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.deadlines: dict[int, float] = {}
        self.owners: dict[int, FrameType] = {}  # the frames that set the limits
        self.raised: set[int] = set()
        self._idle = 0
        self._running = False

    def start(self, thread: int, deadline: float) -> None:
        with self.lock:
            self.deadlines[thread], self._idle = deadline, 0
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, daemon=True, name="cnnlab time limit").start()

    def _run(self) -> None:
        while True:
            time.sleep(TICK)
            with self.lock:
                now = time.monotonic()
                for thread in [t for t, deadline in self.deadlines.items() if deadline < now]:
                    kind = _AtEveryLine if thread in self.raised else OutOfTime
                    self.raised.add(thread)
                    self.deadlines[thread] = now + AGAIN
                    _raise_in(thread, kind)
                self._idle = 0 if self.deadlines else self._idle + 1
                if self._idle > 1 / TICK:
                    self._running = False
                    return


_watchdog = _Watchdog()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block once `seconds` have passed, and at every line of code that catches it and goes on.

    It reaches Python code between two bytecodes; a single call into compiled code is not interrupted. Of limits inside
    each other the inner one counts while it lasts.
    """
    thread, tracing, owner = threading.get_ident(), sys.gettrace(), _watchdog.owners.get(threading.get_ident())
    outer = _watchdog.deadlines.get(thread)
    _watchdog.owners[thread] = sys._getframe(2)  # below are this one and contextlib's
    _watchdog.start(thread, time.monotonic() + seconds)
    try:
        yield
    finally:
        with _watchdog.lock:
            if outer is None:
                del _watchdog.deadlines[thread]
            else:
                _watchdog.deadlines[thread] = outer
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
