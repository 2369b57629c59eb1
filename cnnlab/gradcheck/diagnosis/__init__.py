"""Why a gradient is wrong. Each hypothesis is tested on the learner's own numbers; what is not verified is not said.

A new diagnosis is a function from Evidence to Finding or None, in a file of this folder, and a row of a table here.
"""

from __future__ import annotations

import warnings

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis import (
    added_terms,
    constant_factors,
    default_options,
    entrywise_slopes,
    failing_cases,
    ignored_options,
    jacobian,
    known_formulas,
    mirrored_inputs,
    missing_entries,
    moved_entries,
    partial_sums,
    update_steps,
)
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Hypothesis, Trial

__all__ = ["Evidence", "Finding", "Trial", "diagnose"]

#: Formulas and places that are recognised: they give exactly the learner's numbers in every case.
RECOGNISED: tuple[Hypothesis, ...] = (
    constant_factors.find_ignored_dy,
    constant_factors.find_averaged_dy,
    constant_factors.find_constant_factor,
    moved_entries.find_moved_array(Code.TRANSPOSE),
    moved_entries.find_moved_array(Code.FLIP),
    moved_entries.find_moved_array(Code.SHIFT),
    mirrored_inputs.find_turned_input,
    partial_sums.find_partial_sum,
    partial_sums.find_excess_sum,
    moved_entries.find_permuted_channels,
    ignored_options.find_ignored_option,
    default_options.find_default_option,
    added_terms.find_added_term,
    added_terms.find_clipping,
)

#: What tells the failing cases, or the wrong entries, from the others.
SEEN: tuple[Hypothesis, ...] = (
    failing_cases.find_nan,
    failing_cases.find_property(Code.TRANSPOSE),
    failing_cases.find_property(Code.REDUCTION),
    failing_cases.find_property(Code.ACCUMULATE),
    failing_cases.find_property(Code.CHANNEL),
    failing_cases.find_property(Code.OPTION),
    failing_cases.find_option_pair,
    failing_cases.find_property(Code.GEOMETRY),
    failing_cases.find_wrong_border,
    moved_entries.find_moved_interior,
    moved_entries.find_other_order,
    failing_cases.find_small_error,
    failing_cases.find_property(Code.UPDATE_RULE),
    update_steps.find_departure,
)

#: What asking again, with other upstream gradients, shows of the learner's own formula.
READ_OFF: tuple[Hypothesis, ...] = (
    entrywise_slopes.find_entrywise_error,
    missing_entries.find_missing_entries,
    failing_cases.find_missing_property(Code.CHANNEL, Code.REDUCTION),
    jacobian.find_wrong_jacobian,
)


def diagnose(evidence: Evidence) -> Finding | None:
    """Return the first verified finding: recognised formulas in the order of codes, then patterns, then probing."""
    with np.errstate(all="ignore"):  # a wrong answer may hold infinities
        general = _find_first(RECOGNISED, evidence)
        known = [*known_formulas.find_rivals(evidence), *([general] if general else [])]
        if known:
            return min(known, key=lambda f: f.code.rank)
        return _find_first((*SEEN, *READ_OFF), evidence)


def _find_first(hypotheses: tuple[Hypothesis, ...], evidence: Evidence) -> Finding | None:
    """Return the first finding that is verified; a hypothesis that raises is skipped with a warning."""
    for hypothesis in hypotheses:
        try:
            finding = hypothesis(evidence)
        except Exception as error:
            warnings.warn(f"a diagnosis could not be tried: {type(error).__name__}: {error}", stacklevel=2)
            continue
        if finding:
            return finding
    return None
