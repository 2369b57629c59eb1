"""Code that never ends is ended, and nothing reaches the code after it."""

import threading
import time

import pytest

from cnnlab.gradcheck.limit import OutOfTime, time_limit


def test_a_loop_is_ended():
    with pytest.raises(OutOfTime), time_limit(0.05):
        while True:
            pass


def test_a_loop_that_catches_exceptions_is_ended():
    with pytest.raises(OutOfTime), time_limit(0.05):
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass


def test_it_works_in_any_thread():
    seen = []

    def run():
        try:
            with time_limit(0.05):
                while True:
                    pass
        except OutOfTime:
            seen.append("ended")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(5)
    assert seen == ["ended"]


def test_nothing_arrives_later():
    with time_limit(0.02):
        pass
    until = time.monotonic() + 0.1
    while time.monotonic() < until:
        pass


def test_one_that_was_swallowed_leaves_nothing_behind():
    with time_limit(0.02):
        try:
            while True:
                pass
        except BaseException:
            pass
    assert sum(range(1000)) == 499500
