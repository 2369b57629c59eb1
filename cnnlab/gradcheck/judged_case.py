"""One case with its answer, judged."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.compare import Comparison
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.diagnosis.misplaced_values import Returned
from cnnlab.gradcheck.problem import Freedom


@dataclass(frozen=True)
class Judged:
    """One case with its answer: violations of the contract, and the numbers that could be compared.

    returned: the values that came back, with the right ones; without those that are very large.
    """

    case: Case
    faults: tuple[Fault, ...]
    numbers: dict[str, Comparison]
    linear: bool = True
    freedom: tuple[Freedom, ...] = ()
    returned: Returned | None = None

    def passes(self, gradient: str) -> bool:
        blamed = self.faults and any(f.gradient in ("", gradient) for f in self.faults)
        return not blamed and gradient in self.numbers and self.numbers[gradient].passed
