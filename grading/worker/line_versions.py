"""Versions of a student's functions that a worker makes: the judge's side of the search for a line.

The judge names a change by its number in a list, sends a case, and gets an answer; a student's source is parsed,
changed and run in the worker alone. Where a trial ends its worker, the next one gets a new worker, which makes the same
lists again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.trials import SearchOver
from cnnlab.gradcheck.runner import calls
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.calls import Call
from grading.worker import parse_trial
from grading.worker.parse_trial import ChangedPlace
from grading.worker.sandboxed.limits import (
    MAX_LATE_TRIALS,
    MAX_LOST_TRIALS,
    REPLY_SECONDS,
    TRIAL_REPLY_SECONDS,
)
from grading.worker.sandboxed.wire import Message
from grading.worker.worker_subject import Submission, describe_case


@dataclass(frozen=True)
class ListedChange:
    """A change, by its number in a list of changes."""

    list: int
    number: int


#: A version as the worker is asked for it: None, or a list's number and the numbers of changes in it.
WorkerVersion = tuple[int, tuple[int, ...]] | None


class WorkerVersions:
    """Versions of one exercise's functions, in a submission's worker.

    fault: why nothing can be tried, or "".   lost: how many trials ended their process.   late: were not done in time.
    """

    def __init__(self, submission: Submission, topic: str, call: Call, cases: Sequence[Case]):
        self._submission, self._topic, self._call, self._cases = submission, topic, call, cases
        self._lists: list[tuple[dict[str, Any], int]] = []
        self.lost = self.late = 0
        self.fault = self._begin()

    @property
    def original(self) -> WorkerVersion:
        return None

    def list_changes(
        self, version: WorkerVersion, number: int, wrong: Collection[str], gradients: Sequence[str], memory: bool
    ) -> list[ListedChange]:
        content = {
            "trial": "list",
            "version": version,
            "wrong": sorted(wrong),
            "gradients": list(gradients),
            "memory": memory,
            **describe_case(self._cases[number]),
        }
        reply = self._ask(content)
        count = parse_trial.parse_count(reply, "changes") if isinstance(reply, Message) else 0
        if not isinstance(reply, Message):  # it cannot be made again in the next worker either
            raise SearchOver
        self._lists.append((content, count))
        return [ListedChange(len(self._lists) - 1, k) for k in range(count)]

    def list_pairs(self, changes: Sequence[ListedChange]) -> list[tuple[ListedChange, ListedChange]]:
        if not changes:
            return []
        number = changes[0].list
        reply = self._ask({"trial": "pairs", "list": number})
        pairs = parse_trial.parse_pairs(reply, len(changes)) if isinstance(reply, Message) else []
        return [(ListedChange(number, a), ListedChange(number, b)) for a, b in pairs]

    def make(self, version: WorkerVersion, changes: Sequence[ListedChange]) -> WorkerVersion:
        return changes[0].list, tuple(change.number for change in changes)

    def run(self, version: WorkerVersion, case: int | Case) -> Answer | None:
        found = self._cases[case] if isinstance(case, int) else case
        started = time.monotonic()
        reply = self._ask({"trial": "run", "version": version, **describe_case(found)}, TRIAL_REPLY_SECONDS)
        if isinstance(reply, Failure):
            answer = Answer(error=reply)
        elif parse_trial.is_broken(reply):
            return None
        else:
            answer = self._submission.read_answer(reply, time.monotonic() - started, self._call, found)
        if answer.error and answer.error.kind == "timeout":
            self.late += 1
            if self.late > MAX_LATE_TRIALS:
                raise SearchOver
        return answer

    def find_place(self, version: WorkerVersion, files: Mapping[str, bytes]) -> ChangedPlace | None:
        """Return where the last changes of a version are made; None where what the worker says of it is none."""
        try:
            reply = self._ask({"trial": "place", "version": version})
        except SearchOver:  # it ended its process with the last trial
            return None
        return parse_trial.parse_place(reply, files) if isinstance(reply, Message) else None

    def used_seconds(self) -> float:
        return 0.0

    def _ask(self, content: dict[str, Any], seconds: float = REPLY_SECONDS) -> Message | Failure:
        """Return the reply to a question, from a new worker where there is none.

        Raises SearchOver where none can be asked any more."""
        if not self._submission.has_worker:
            if self.lost > MAX_LOST_TRIALS or self._begin():
                raise SearchOver
            for made, count in self._lists:
                reply = self._send(made, REPLY_SECONDS)
                if not isinstance(reply, Message) or parse_trial.parse_count(reply, "changes") != count:
                    raise SearchOver
        reply = self._send(content, seconds)
        self.lost += isinstance(reply, Failure)
        return reply

    def _send(self, content: dict[str, Any], seconds: float) -> Message | Failure:
        call = {"topic": self._topic, "call": calls.to_wire(self._call)}
        return self._submission.ask_trial({**call, **content}, seconds)

    def _begin(self) -> str:
        """Load the file in a worker, and find the functions. Return why that failed, or ""."""
        reading = self._submission.load(self._topic)
        if reading["fault"]:
            return reading["fault"]
        if self._call.function not in reading["defined"] or self._call.function in reading["unwritten"]:
            return f"{self._call.function} is not written"
        reply = self._send({"trial": "begin"}, REPLY_SECONDS)
        if not isinstance(reply, Message):
            return reply.message
        return "" if parse_trial.parse_count(reply, "functions") else "the source of the function was not found"
