"""Trials: a changed function on one case. LocalTrials makes them in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.changed_functions import ChangedFunctions, Texts
from cnnlab.gradcheck.diagnosis.locate.live_functions import LiveFunction
from cnnlab.gradcheck.diagnosis.locate.observation import Observation
from cnnlab.gradcheck.diagnosis.locate.unit import Unit
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.runner.answer import Answer
from cnnlab.gradcheck.subject import Subject


class SearchOver(Exception):
    """No further trial can be made."""


class Trials(Protocol):
    """Runs cases on changed functions, here or in a child process."""

    @property
    def units(self) -> Sequence[Unit]:
        """Return the functions that can be changed."""
        ...

    def observe(self, texts: Texts, number: int) -> Observation:
        """Return what a run of one case shows."""
        ...

    def run(self, texts: Texts, case: int | Case) -> Answer | None:
        """Return the answer of the changed functions to a case, by its number; None where they cannot be compiled.

        Raises SearchOver where no further trial can be made."""
        ...

    def used_seconds(self) -> float:
        """Return the processor time that the trials took in other processes."""
        ...


#: A trial whose processor time is so much more than its limit catches what is to end it.
LATE_FACTOR, LATE_SECONDS = 4.0, 2.0

#: So does one that takes so long on the clock: what sleeps is ended well before.
MAX_LATE_CLOCK_SECONDS = 60.0


class LocalTrials:
    """Trials in this process: code is exchanged for a trial, and put back at the end.

    subject: (seconds for one case) -> what answers; it calls the functions whose code is exchanged.
    """

    def __init__(
        self,
        functions: Sequence[LiveFunction],
        subject: Callable[[float], Subject | None],
        cases: Sequence[Case],
        seconds: float,
    ):
        self._functions, self._cases = ChangedFunctions(functions), cases
        self._seconds = seconds
        if pytorch.is_available() and any("torch" in live.unit.text for live in functions):
            pytorch.load_all()
        answering = subject(seconds)
        assert answering is not None
        self._subject: Subject = answering
        self._late = LATE_FACTOR * seconds + LATE_SECONDS

    @property
    def units(self) -> Sequence[Unit]:
        return self._functions.units

    def observe(self, texts: Texts, number: int) -> Observation:
        return self._functions.observe(texts, lambda: self._subject.run(self._cases[number]))

    def run(self, texts: Texts, case: int | Case) -> Answer | None:
        if not self._functions.put(texts):
            return None
        waited, worked = time.perf_counter(), time.thread_time()
        answer = self._subject.run(self._cases[case] if isinstance(case, int) else case)
        slow = time.perf_counter() - waited
        if slow > MAX_LATE_CLOCK_SECONDS or (slow > self._late and time.thread_time() - worked > self._late):
            raise SearchOver
        return answer

    def used_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        """Give every function its own code again."""
        self._functions.put({})
