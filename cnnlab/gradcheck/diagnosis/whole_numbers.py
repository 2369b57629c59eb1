"""Fractions that are cut off: the numbers were kept in an array of ints on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial


def find_cut_fractions(evidence: Evidence) -> Finding | None:
    """Find the right gradient without its fractions, or that of dy without its fractions."""
    name = evidence.gradient
    whole = all(_is_whole(t) for t in evidence.failing)
    if whole and evidence.matches_formula(lambda trial: np.trunc(trial.numbers.expected)):
        text = f"{name} is the right answer without its fractions: an array of ints cuts them off."
        return Finding(Code.DTYPE, text, "whole numbers")

    def cut_dy(trial: Trial) -> np.ndarray | None:
        dy = trial.case.dy
        return None if dy is None else evidence.right(replace(trial.case, dy=np.trunc(dy)))

    if evidence.matches_formula(cut_dy):
        text = (
            f"{name} is what dy gives without its fractions: an array of ints, or a conversion to int, cuts them off."
        )
        return Finding(Code.DTYPE, text, "whole numbers")
    return None


def _is_whole(trial: Trial) -> bool:
    got = trial.numbers.got
    return bool(np.isfinite(got).all() and np.all(got == np.trunc(got)))
