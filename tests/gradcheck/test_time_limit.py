"""Code that never ends is ended, and nothing reaches the code after it."""

import sys
import threading
import time

import numpy as np
import pytest

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.runner.answer import Call
from cnnlab.gradcheck.subject import FunctionSubject
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit


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


def catches_everything():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def catches_everything_and_calls():
    def work():
        try:
            time.sleep(0.001)
        finally:
            pass

    while True:
        try:
            work()
        except BaseException:
            continue


@pytest.mark.parametrize("code", [catches_everything, catches_everything_and_calls])
def test_a_loop_that_catches_everything_is_ended(code):
    before = sys.gettrace()
    with pytest.raises(OutOfTime), time_limit(0.05):
        code()
    assert sys.gettrace() is before
    assert sum(range(1000)) == 499500


def test_a_backward_that_catches_everything_gets_a_sentence():
    subject = FunctionSubject({"b": lambda dy: catches_everything()}, Call(None, "b", ("dy",)), seconds=0.1)
    error = subject.run(Case("one", CORE, {}, dy=np.ones(2))).error
    assert error is not None
    assert (error.kind, error.message) == ("timeout", "no answer after 0.1 s")
    assert error.frames[0].file == __file__
