"""Code that never ends is ended, and nothing reaches the code after it."""

import inspect
import itertools
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.gradcheck import time_limit as limit
from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.diagnosis import explain
from cnnlab.gradcheck.reference.answer_key import DIFFERENCES
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.subject import FunctionSubject
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit
from tests.patience import patience


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
    thread.join(patience(30))
    assert seen == ["ended"]


def test_nothing_arrives_later():
    with time_limit(0.02):
        pass
    until = time.thread_time() + 0.1
    while time.thread_time() < until:
        pass


def test_one_that_was_swallowed_leaves_nothing_behind():
    with time_limit(0.02):
        try:
            while True:
                pass
        except BaseException:
            pass
    assert sum(range(1000)) == 499500


def catch_everything():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def catch_twice():
    caught = []
    while len(caught) < 2:
        try:
            while True:
                pass
        except BaseException as error:
            caught.append(error)
    while True:
        pass


def test_code_that_caught_it_and_goes_on_gets_it_again(monkeypatch):
    monkeypatch.setattr(limit, "AGAIN_SECONDS", 0.05)
    with pytest.raises(OutOfTime), time_limit(0.05) as one:
        catch_twice()
    assert one.raises == 3
    assert one.ended_after == 0.05
    assert sum(range(1000)) == 499500


def test_a_backward_that_caught_it_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(limit, "AGAIN_SECONDS", 0.05)
    subject = FunctionSubject({"b": lambda dy: catch_twice()}, Call(None, "b", ("dy",)), seconds=0.1)
    error = subject.run(Case("one", CORE, {}, dy=np.ones(2))).error
    assert error is not None
    assert (error.kind, error.message) == ("timeout", "no answer after 0.1 s")
    assert (error.frames[-1].file, error.frames[-1].function) == (__file__, "catch_twice")


def test_a_limit_that_ended_leaves_nothing_behind():
    for _ in range(20):
        with pytest.raises(OutOfTime), time_limit(0.0):
            while True:
                pass
    assert limit._watchdog.limits == {}


ENDS_THE_PROCESS = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from cnnlab.gradcheck import time_limit as limit
from tests.gradcheck.test_time_limit import catch_everything

def end(place):
    print(place, flush=True)
    os._exit(7)

limit.AGAIN_SECONDS = 0.01
limit.end_process_with(end)
with limit.time_limit(0.05):
    catch_everything()
"""


def test_code_that_catches_everything_ends_the_process():
    done = subprocess.run(
        [sys.executable, "-c", ENDS_THE_PROCESS], capture_output=True, text=True, timeout=patience(60), check=False
    )
    assert done.returncode == 7, done.stderr
    file, _, line = done.stdout.strip().rpartition(", line ")
    assert file == __file__
    lines, start = inspect.getsourcelines(catch_everything)
    assert start < int(line) < start + len(lines)


def test_code_that_sleeps_is_ended(monkeypatch):
    monkeypatch.setattr(limit, "SLEEP_SECONDS", 0.2)
    with pytest.raises(OutOfTime), time_limit(0.1):
        while True:
            time.sleep(0.01)


def sleeps(dy):
    while True:
        time.sleep(0.01)


def test_the_sentence_says_how_long_a_sleeper_was_waited_for(monkeypatch):
    monkeypatch.setattr(limit, "SLEEP_SECONDS", 0.2)
    subject = FunctionSubject({"b": sleeps}, Call(None, "b", ("dy",)), seconds=0.1)
    error = subject.run(Case("one", CORE, {}, dy=np.ones(2))).error
    assert error is not None
    assert (error.kind, error.message) == ("timeout", "no answer after 0.3 s")


def test_sleeping_is_no_work(monkeypatch):
    with time_limit(0.05):
        for _ in range(30):
            time.sleep(0.01)


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="this system has no clock of one thread")
def test_what_other_threads_work_is_not_counted():
    stop = threading.Event()
    busy = threading.Thread(target=lambda: all(iter(lambda: not stop.is_set(), False)))
    busy.start()
    until = time.process_time() + 0.5
    try:
        with time_limit(0.1):
            while time.process_time() < until:
                time.sleep(0.01)
    finally:
        stop.set()
        busy.join()


def looks(worked: float, passed: float, count: int) -> list[bool]:
    """What a limit of 5 s of work answers to looks between which a thread worked and time passed by so much."""
    clock = itertools.count(0.0, worked)
    one = limit._Limit(5.0, 20.0, lambda: next(clock))
    return [one.is_over(passed) for _ in range(count)]


def test_a_starved_thread_is_not_late():
    """A hundredth of a core for it, and all looks in time: 3 s of work after 15 s."""
    assert not any(looks(0.01, 0.05, 300))


def test_a_stopped_process_is_not_late():
    assert not any(looks(0.0, 3600.0, 20))


def test_a_busy_thread_is_late_by_its_work_and_a_sleeper_by_the_clock():
    assert looks(0.04, 0.05, 200).index(True) in (124, 125)
    assert looks(0.0, 0.05, 500).index(True) in (399, 400, 401)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")
def test_a_process_that_was_stopped_goes_on(monkeypatch):
    code = """
import time
from cnnlab.gradcheck import time_limit as limit
limit.SLEEP_SECONDS = 1.0
with limit.time_limit(0.5):
    print("begun", flush=True)
    time.sleep(0.2)
print("ended")
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=patience(60))
    assert (process.returncode, out) == (0, "ended\n")


class Slow:
    """Right answers that took so many seconds on the clock, and hardly any work."""

    def __init__(self, problem, seconds: float):
        functions = {"square_forward": problem.oracle.reference, "square_backward": lambda dy, cache: dy}
        self._subject, self._seconds = FunctionSubject(functions, problem.call), seconds

    def run(self, case):
        return replace(self._subject.run(case), seconds=self._seconds)


@pytest.mark.parametrize(("seconds", "asked"), [(0.01, 8), (2.0, 8), (30.0, 1)])
def test_a_diagnosis_on_a_busy_machine_asks_as_often(seconds, asked):
    """Work counts; on the clock only what would keep everybody waiting."""
    problem = catalogue.exercise("square_backward").problem
    evidence = explain.collect_evidence(problem, Slow(problem, seconds), [], problem.gradients[0], DIFFERENCES)
    answers = [evidence.run(case) for case in problem.oracle.plan(0)[:8]]
    assert sum(answer is not None for answer in answers) == asked
