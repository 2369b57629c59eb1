"""The judge of trials: which gradients of one answer are right, by the engine's own rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnlab.gradcheck import engine
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference.answer_key import AnswerKey
from cnnlab.gradcheck.runner.answer import Answer

#: What is said of an answer whose numbers are right, and whose array is not as it should be.
MEMORY_CODES = (Code.DTYPE, Code.MUTATION)


@dataclass(frozen=True)
class TrialJudge:
    """A problem with its answer key, asked about one case at a time."""

    problem: Problem
    key: AnswerKey

    @property
    def cases(self) -> Sequence[Case]:
        return [case for case, _ in self.key.cases]

    @property
    def gradients(self) -> Sequence[str]:
        return self.problem.gradients

    def right_gradients(self, number: int, answer: Answer) -> frozenset[str]:
        case, expected = self.key.cases[number]
        judged = engine.judge_answer(self.problem, case, answer, expected)
        return frozenset(name for name in self.gradients if judged.passes(name))

    def blames_memory(self, number: int, answer: Answer) -> bool:
        case, expected = self.key.cases[number]
        faults = engine.judge_answer(self.problem, case, answer, expected).faults
        return bool(faults) and all(fault.code in MEMORY_CODES for fault in faults)

    def confirm(self, run: Callable[[Case], Answer]) -> bool:
        """Return whether a whole check passes."""
        return engine.judge(self.problem, _Runner(run), key=self.key).passed


@dataclass(frozen=True)
class _Runner:
    answer: Callable[[Case], Answer]

    def run(self, case: Case) -> Answer:
        return self.answer(case)
