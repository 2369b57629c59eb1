"""Recognised formulas: the wrong ones that people really write."""

from __future__ import annotations

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding


def find_rivals(evidence: Evidence) -> list[Finding]:
    """Return every rival formula that gives exactly the learner's numbers in every case."""
    return [
        Finding(Code(rival.code), rival.sentence, "recognised formula")
        for rival in evidence.problem.rivals
        if rival.gradient == evidence.gradient
        and evidence.matches_formula(lambda t, rival=rival: rival.compute(t.case, evidence.right))
    ]
