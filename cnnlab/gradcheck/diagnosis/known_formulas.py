"""Recognised formulas: the wrong ones that people really write."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, TooSlow, Trial
from cnnlab.gradcheck.problem import Rival


def find_rivals(evidence: Evidence) -> list[Finding]:
    """Return every rival formula that gives exactly the learner's numbers, with the cases in which it does."""
    found = []
    for rival in evidence.problem.rivals:
        if rival.gradient != evidence.gradient or (rival.fits_wrong and not rival.fits_wrong(evidence.wrong)):
            continue
        try:
            explained = evidence.find_explained(lambda t, rival=rival: _compute_rival(rival, t, evidence))
        except TooSlow:
            break
        if explained:
            names = frozenset(t.case.name for t in explained)
            found.append(Finding(Code(rival.code), rival.sentence, "recognised formula", names))
    return found


def join_rivals(rivals: Sequence[Finding]) -> Finding:
    """Return the rival that explains most; where several explain the same cases, their sentences together."""
    most = max(len(r.explained or ()) for r in rivals)
    best = sorted((r for r in rivals if len(r.explained or ()) == most), key=lambda r: r.code.rank)
    sentences = list(dict.fromkeys(r.sentence for r in best))
    if len(sentences) == 1:
        return best[0]
    text = " The same numbers come from another mistake: ".join(sentences[:2])
    return Finding(best[0].code, text, best[0].detail, best[0].explained)


def _compute_rival(rival: Rival, trial: Trial, evidence: Evidence) -> np.ndarray | None:
    try:
        return rival.compute(trial.case, evidence.right)
    except TooSlow:
        raise
    except Exception:
        return None  # a formula that this case does not allow
