"""A time limit for code that may never end, on every system and in any thread."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTime(BaseException):
    """Raised inside code that ran too long. No Exception, so that a learner's `except Exception` lets it through."""

    def __str__(self) -> str:
        return "it did not end in time"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block once `seconds` have passed, and again each second until it is left.

    It reaches Python code between two bytecodes; a single call into compiled code is not interrupted.
    """
    thread = threading.get_ident()
    lock, done, raised = threading.Lock(), threading.Event(), threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    raised.set()
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
            wait = 1.0

    threading.Thread(target=watch, daemon=True, name="cnnlab time limit").start()
    try:
        yield
    finally:
        with lock:
            done.set()
        if raised.is_set():
            _let_it_arrive()


def _let_it_arrive() -> None:
    """An exception that was raised a moment too late arrives here, and not in what comes after."""
    try:
        for _ in range(100):
            pass
    except OutOfTime:
        pass
