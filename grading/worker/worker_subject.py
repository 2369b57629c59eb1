"""Ask a worker for answers on the judge's side, replace it where that is fair, and serve as the engine's Subject."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.runner import calls
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.calls import Call
from grading.worker import parse_answer, sandbox
from grading.worker.isolation import Isolation, find_isolation, unprivileged_user
from grading.worker.parse_violation import Words
from grading.worker.sandboxed import wire
from grading.worker.sandboxed.limits import EXERCISE_SECONDS, REPLY_SECONDS
from grading.worker.sandboxed.source_check import Finding
from grading.worker.worker_process import NoReply, WorkerProcess


class Submission:
    """The learner files of one submission and a worker that has loaded them. A context manager.

    files: by name, "conv.py".   how: workers are kept apart; by default as well as this machine can.
    seconds: what an exercise may take; by default EXERCISE_SECONDS.   trials: whether lines of mistakes are looked for.
    A worker that ends or loops is replaced for the next exercise; one that breaks the protocol is not.
    attention: what it did that a person should look at.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        how: Isolation | None = None,
        seconds: float | None = None,
        trials: bool = False,
    ):
        self._trials = trials
        self.isolation = how or find_isolation()
        self._held = ExitStack()
        self._user = self._held.enter_context(unprivileged_user())
        self._files, self._folder = dict(files), _write(files, self._user)
        self._process: WorkerProcess | None = None
        self._seconds = self._left = EXERCISE_SECONDS if seconds is None else seconds
        self._banned: Failure | None = None
        self.attention: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception) -> None:
        self.end()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._held.close()

    def inspect(self, topic: str, exercises: Iterable[tuple[str, str | None]]) -> list[Finding] | str:
        """Return findings in the source of `topic`.py for a person, or why it could not be read.

        Call it before anything is loaded: afterwards a learner's code could answer.
        """
        content = {"inspect": topic, "exercises": [list(e) for e in exercises]}
        reply = self._request(wire.pack(content, []), [])
        if isinstance(reply, Failure):
            return reply.message
        try:
            return parse_answer.parse_findings(reply)
        except wire.WireError as error:
            return str(error)

    def load(self, topic: str) -> dict[str, Any]:
        """Read and execute `topic`.py, and return the facts of a Reading."""
        reply = self._request(wire.pack({"load": topic}, []), [])
        if isinstance(reply, Failure):
            return {"fault": f"{topic}.py could not be loaded: {reply.message}"}
        try:
            return parse_answer.parse_reading(reply)
        except wire.WireError as error:
            return {"fault": f"{topic}.py could not be loaded: its process broke the protocol ({error})"}

    def ask(self, topic: str, call: Call, case: Case) -> tuple[Answer, bool]:
        """Return the answer to one case, and whether the worker is still alive."""
        if self._process is None and self._banned is None:
            self.load(topic)  # the one before died on another exercise
        arrays: list[np.ndarray] = []
        content = {"topic": topic, "call": calls.to_wire(call), **describe_case(case)}
        started = time.monotonic()
        reply = self._request(wire.pack(content, arrays), arrays)
        seconds = time.monotonic() - started
        if isinstance(reply, Failure):
            return Answer(error=reply, seconds=seconds), False
        return self.read_answer(reply, seconds, call, case), True

    def ask_trial(self, content: Mapping[str, Any], seconds: float) -> wire.Message | Failure:
        """Return the reply to a question about changed versions; the judge's own failure where none came."""
        arrays: list[np.ndarray] = []
        return self._request(wire.pack(dict(content), arrays), arrays, seconds)

    @property
    def has_worker(self) -> bool:
        """Return whether the worker that was asked last is still there."""
        return self._process is not None

    def read_answer(self, reply: wire.Message, seconds: float, call: Call, case: Case) -> Answer:
        """Return the answer to a case that is in a reply."""
        return parse_answer.parse_answer(
            reply, seconds, Words(call, tuple(case.inputs), self._files, _list_shapes(case))
        )

    def processor_seconds(self) -> float | None:
        """Return the worker's processor seconds as the kernel counts them; None without a worker or a count."""
        return self._process.processor_seconds() if self._process else None

    def renew(self) -> None:
        """Reset the time limit for the next exercise."""
        self._left = self._seconds

    def allow(self, seconds: float) -> None:
        """Allow so many seconds more, where fewer are left."""
        self._left = max(self._left, seconds)

    def end(self) -> None:
        """End the worker, if there is one."""
        if self._process:
            self._process.close()
        self._process = None

    def _request(
        self, content: Any, arrays: list[np.ndarray], longest: float = REPLY_SECONDS
    ) -> wire.Message | Failure:
        if self._banned:
            return self._banned
        if self._left <= 0:
            return self._report_late()
        started, seconds = time.monotonic(), min(longest, self._left)
        try:
            if self._process is None:
                self._process = WorkerProcess(self._folder, self._user, self.isolation.kind, self._trials)
                started = time.monotonic()
            return self._process.ask(content, arrays, seconds)
        except NoReply as error:
            self.end()
            if error.late and seconds < longest:
                return self._report_late()
            failure = parse_answer.make_failure(str(error), "timeout" if error.late else "raises")
            if error.broken:
                self._banned = failure
                self.attention.append(f"{failure.message}: read its files, that is no accident")
            return failure
        finally:
            self._left -= time.monotonic() - started

    def _report_late(self) -> Failure:
        return parse_answer.make_failure(f"its cases took longer than {self._seconds:g} s together", "timeout")


class WorkerSubject:
    """One exercise's function in a submission's worker: the engine's Subject.

    process_failed: whether the worker ended or broke the protocol on a case, instead of answering.
    """

    def __init__(self, submission: Submission, topic: str, call: Call):
        self._submission, self._topic, self._call = submission, topic, call
        self._stopped: Answer | None = None
        self.process_failed = False
        submission.renew()

    def change_call(self, call: Call) -> CallSubject:
        """Return the subject that answers with another call; it stops where this one does."""
        return CallSubject(self, call)

    def run(self, case: Case, call: Call | None = None) -> Answer:
        """Return the answer to one case. Once the worker has died on a case, the remaining ones are not asked.

        call: another one than the exercise's.
        """
        if self._stopped:
            return self._stopped
        answer, alive = self._submission.ask(self._topic, call or self._call, case)
        self._stopped = None if alive else answer
        self.process_failed |= parse_answer.is_process_failure(answer.error)
        return answer

    def processor_seconds(self) -> float | None:
        """Return the processor seconds of the submission's worker."""
        return self._submission.processor_seconds()


@dataclass(frozen=True)
class CallSubject:
    """Another call of the functions of an exercise, in the same worker."""

    subject: WorkerSubject
    call: Call

    def run(self, case: Case) -> Answer:
        """Return the answer to one case."""
        return self.subject.run(case, self.call)


def describe_case(case: Case) -> dict[str, Any]:
    """Return what a worker is told of a case."""
    return {
        "inputs": dict(case.inputs),
        "options": dict(case.options),
        "dy": case.dy,
        "layout": case.layout,
    }


def _list_shapes(case: Case) -> frozenset[tuple[int, ...]]:
    return frozenset(v.shape for v in case.inputs.values() if isinstance(v, np.ndarray))


def _write(files: Mapping[str, bytes], user: int | None) -> Path:
    """Make a folder with the files, which the worker may read and nobody else may."""
    folder = sandbox.make_scratch_folder("files")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o750 if path.is_dir() else 0o640)
        if user is not None:
            os.chown(path, 0, user)  # by its group, so that it cannot change them
    return folder
