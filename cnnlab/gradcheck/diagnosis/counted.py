"""Not everything was added up: only one sample, or only one position."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial

#: What was kept of dy, and the words for it.
_KEPT = (
    ((slice(0, 1),), "the first sample of the batch"),
    ((slice(-1, None),), "the last sample of the batch"),
    ((..., slice(0, 1), slice(0, 1)), "the first position of each image"),
    ((..., slice(0, 1), slice(None)), "the first row of each image"),
    ((..., slice(None), slice(0, 1)), "the first column of each image"),
)


def one_only(evidence: Evidence) -> Finding | None:
    """What the right backward gives when all of dy but one sample or position is zero."""
    if any(np.ndim(t.case.dy) < 2 for t in evidence.trials):
        return None
    for index, words in _KEPT:

        def formula(trial: Trial, index=index):
            kept = np.zeros_like(trial.case.dy)
            kept[index] = trial.case.dy[index]
            return evidence.right(replace(trial.case, dy=kept))

        if evidence.explained_by(formula):
            sentence = f"{evidence.gradient} counts only {words}; what is shared collects from all of them."
            return Finding("reduction", sentence, words)
    return None
