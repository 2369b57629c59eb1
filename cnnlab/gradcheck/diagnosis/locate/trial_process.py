"""Trials in a child process, which can be ended: changed code may never stop, take all memory or end its process."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.changed_functions import Texts
from cnnlab.gradcheck.diagnosis.locate.memory_limit import limit_memory
from cnnlab.gradcheck.diagnosis.locate.observation import Observation
from cnnlab.gradcheck.diagnosis.locate.trials import LocalTrials, SearchOver
from cnnlab.gradcheck.diagnosis.locate.unit import Unit
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.time_limit import end_process_with

#: Seconds on the clock that the child may be silent: its own limits end what runs too long well before.
SILENCE_SECONDS = 30.0

#: Trials that may end the child; each costs a new start.
MAX_LOST = 10

START = "import sys; sys.path[:] = {path!r}; from {module} import {name}; {name}()"


@dataclass(frozen=True)
class Ready:
    """What the child says first. fault: why there is nothing to try, or ""."""

    units: tuple[Unit, ...] = ()
    fault: str = ""


class ChildTrials:
    """Trials that a child process makes. Where one of them ends the child, the next one gets a new child.

    entry: the module and the function that the child runs; it calls `serve_trials`.   job: what it is sent first.
    """

    def __init__(self, entry: tuple[str, str], job: Any, cases: Sequence[Case]):
        self._entry, self._job, self._cases = entry, job, tuple(cases)
        self._lost, self._seconds_before, self._seconds_now = 0, 0.0, 0.0
        self._child: _Child | None = None
        self._ready = self._start()

    @property
    def units(self) -> Sequence[Unit]:
        return self._ready.units

    @property
    def fault(self) -> str:
        """Return why there is nothing to try, or ""."""
        return self._ready.fault

    def observe(self, texts: Texts, number: int) -> Observation:
        found = self._ask("observe", dict(texts), number)
        return found if isinstance(found, Observation) else Observation()

    def run(self, texts: Texts, case: int | Case) -> Answer | None:
        answer = self._ask("run", dict(texts), case)
        return answer if answer is None or isinstance(answer, Answer) else LOST

    def used_seconds(self) -> float:
        return self._seconds_before + self._seconds_now

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
            self._child = None

    def _start(self) -> Ready:
        self._child = _Child(self._entry)
        try:
            self._child.send((self._job, self._cases))
            seconds, ready = self._child.receive()
        except _Silent:
            self.close()
            return Ready(fault="the file could not be loaded: it ended the process, or did not end in time")
        self._seconds_now = seconds
        return ready

    def _ask(self, *question: Any) -> Any:
        if self._child is None:
            if self._lost > MAX_LOST:
                raise SearchOver
            self._seconds_before += self._seconds_now
            self._seconds_now = 0.0
            if self._start().fault:
                raise SearchOver
        assert self._child
        try:
            self._child.send(question)
            self._seconds_now, answer = self._child.receive()
            return answer
        except _Silent:
            self._lost += 1
            self.close()
            return LOST


#: The answer of a trial that ended its process.
LOST = Answer(error=Failure("raises", "the process ended"))


class _Silent(Exception):
    """The child ended, or did not answer in time."""


class _Child:
    """A process, with a thread that reads what it answers, so that the wait for it can end."""

    def __init__(self, entry: tuple[str, str]):
        module, name = entry
        code = START.format(path=[p or os.getcwd() for p in sys.path], module=module, name=name)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        with contextlib.suppress(Exception):  # whatever a broken child sends, it counts as none
            while True:
                self.answers.put(read_message(self.process.stdout))
        self.answers.put(None)

    def send(self, message: Any) -> None:
        assert self.process.stdin
        try:
            write_message(self.process.stdin, message)
        except OSError as error:
            raise _Silent from error

    def receive(self) -> tuple[float, Any]:
        try:
            answer = self.answers.get(timeout=SILENCE_SECONDS)
        except queue.Empty as error:
            raise _Silent from error
        if answer is None:
            raise _Silent
        return answer

    def end(self) -> None:
        self.process.kill()
        with contextlib.suppress(OSError):
            for stream in (self.process.stdin, self.process.stdout):
                if stream:
                    stream.close()
        self.process.wait()


def write_message(stream: BinaryIO | Any, message: Any) -> None:
    """Write one message with its length in front."""
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(content)) + content)
    stream.flush()


def read_message(stream: BinaryIO | Any) -> Any:
    """Return the next message, or raise EOFError."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    return pickle.loads(stream.read(struct.unpack("<Q", head)[0]))


def serve_trials(prepare: Callable[[Any, Sequence[Case]], LocalTrials | str]) -> None:
    """Answer questions about trials until there are no more; the child's whole work.

    prepare: (job, cases) -> the trials, or in a sentence why there is nothing to try.
    """
    source, answers = _keep_streams_apart()
    end_process_with(lambda place: os._exit(1))
    job, cases = read_message(source)
    trials = prepare(job, cases)
    if isinstance(trials, str):
        write_message(answers, (time.process_time(), Ready(fault=trials)))
        return
    with limit_memory():
        _answer_questions(source, answers, trials)


def _answer_questions(source: BinaryIO, answers: BinaryIO, trials: LocalTrials) -> None:
    write_message(answers, (time.process_time(), Ready(tuple(trials.units))))
    while True:
        try:
            question, texts, case = read_message(source)
        except EOFError:
            return
        answer = trials.observe(texts, case) if question == "observe" else trials.run(texts, case)
        write_message(answers, (time.process_time(), answer))


def _keep_streams_apart() -> tuple[BinaryIO, BinaryIO]:
    """Return the streams to the parent; what learner code prints or reads goes nowhere."""
    source, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    return source, answers
