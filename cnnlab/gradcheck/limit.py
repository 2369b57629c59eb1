"""A time limit for code that may never end, on every system and in any thread."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds between two looks at the clock; a limit is kept to within this.
TICK = 0.05


class OutOfTime(BaseException):
    """Raised inside code that ran too long. No Exception, so that a learner's `except Exception` lets it through."""

    def __str__(self) -> str:
        return "it did not end in time"


class _Watchdog:
    """One thread that looks after every limit of the process, and ends when there has been none for a while.

    Starting a thread for each limit would cost more than most of what is limited.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.deadlines: dict[int, float] = {}
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
                    self.raised.add(thread)
                    self.deadlines[thread] = now + 1.0  # again, should the code have swallowed it
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
                self._idle = 0 if self.deadlines else self._idle + 1
                if self._idle > 1 / TICK:
                    self._running = False
                    return


_watchdog = _Watchdog()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block once `seconds` have passed, and again each second until it is left.

    It reaches Python code between two bytecodes; a single call into compiled code is not interrupted. Of limits inside
    each other the inner one counts while it lasts.
    """
    thread = threading.get_ident()
    outer = _watchdog.deadlines.get(thread)
    _watchdog.start(thread, time.monotonic() + seconds)
    try:
        yield
    finally:
        with _watchdog.lock:
            if outer is None:
                del _watchdog.deadlines[thread]
            else:
                _watchdog.deadlines[thread] = outer
            late = thread in _watchdog.raised
            _watchdog.raised.discard(thread)
        if late:
            _let_it_arrive()


def _let_it_arrive() -> None:
    """An exception that was raised a moment too late arrives here, and not in what comes after."""
    try:
        for _ in range(100):
            pass
    except OutOfTime:
        pass
