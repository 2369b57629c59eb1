"""Why a gradient is wrong. Each hypothesis is tested on the learner's own numbers; what is not verified is not said.

A new diagnosis is a function from Evidence to Finding or None, in a file of this folder, and a row of a table here.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis import (
    added_terms,
    changed_arrays,
    constant_factors,
    default_options,
    entrywise_slopes,
    failing_cases,
    ignored_options,
    jacobian,
    kept_terms,
    known_formulas,
    missing_entries,
    moved_entries,
    partial_sums,
    update_steps,
    whole_numbers,
    wrong_factors,
)
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Hypothesis, TooSlow, Trial

__all__ = ["Evidence", "Finding", "Trial", "diagnose"]

#: Formulas and places that are recognised: they give exactly the learner's numbers in every case.
RECOGNISED: tuple[Hypothesis, ...] = (
    constant_factors.find_nothing,
    constant_factors.find_ignored_dy,
    constant_factors.find_averaged_dy,
    constant_factors.find_constant_factor,
    whole_numbers.find_cut_fractions,
    failing_cases.find_small_error,
    moved_entries.find_moved_array(Code.TRANSPOSE),
    moved_entries.find_moved_array(Code.FLIP),
    moved_entries.find_mirrored_axis,
    moved_entries.find_moved_array(Code.SHIFT),
    moved_entries.find_wrong_crop,
    moved_entries.find_moved_interior,
    partial_sums.find_partial_sum,
    kept_terms.find_kept_term,
    ignored_options.find_ignored_option,
    default_options.find_default_option,
    changed_arrays.find_changed_option,
    wrong_factors.find_wrong_factor,
    wrong_factors.find_wrong_region,
    wrong_factors.find_wrong_term,
    partial_sums.find_excess_sum,
    changed_arrays.find_changed_array,
    changed_arrays.find_changed_slice,
    moved_entries.find_permuted_channels,
    changed_arrays.find_exchanged_arrays,
    kept_terms.find_missing_diagonal,
    kept_terms.find_averaged_terms,
    wrong_factors.find_added_product,
    added_terms.find_added_term,
    added_terms.find_clipping,
)

#: What tells the failing cases, or the wrong entries, from the others.
SEEN: tuple[Hypothesis, ...] = (
    wrong_factors.find_unexplained_region,
    failing_cases.find_property(Code.TRANSPOSE),
    failing_cases.find_property(Code.REDUCTION),
    failing_cases.find_property(Code.ACCUMULATE),
    failing_cases.find_property(Code.CHANNEL),
    failing_cases.find_property(Code.OPTION),
    failing_cases.find_option_pair,
    failing_cases.find_property(Code.GEOMETRY),
    missing_entries.find_missing_edge,
    failing_cases.find_wrong_border,
    moved_entries.find_other_order,
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
    """Return the first verified finding: formulas of all cases, then those of a part of them, then symptoms."""
    with np.errstate(all="ignore"):  # a wrong answer may hold infinities
        partly = replace(evidence, partial=True, memory={})
        nan = _find_first((failing_cases.find_nan,), evidence)
        if nan and update_steps.follows_rule(evidence):  # a path of NaN may be that of a rule, from a step on
            rivals = known_formulas.find_rivals(evidence)
            nan = known_formulas.join_rivals(rivals) if rivals else nan
        found = nan or _find_known(evidence) or _find_known(partly)
        if found:
            return found
        evidence.give_time()
        return _find_first((*SEEN, *READ_OFF), evidence)


def _find_known(evidence: Evidence) -> Finding | None:
    """Return the formulas of the exercise that give the learner's numbers, or the first general one that does."""
    rivals = known_formulas.find_rivals(evidence)
    return known_formulas.join_rivals(rivals) if rivals else _find_first(RECOGNISED, evidence)


def _find_first(hypotheses: tuple[Hypothesis, ...], evidence: Evidence) -> Finding | None:
    """Return the first finding that is verified; a hypothesis that raises is skipped with a warning."""
    for hypothesis in hypotheses:
        if evidence.is_late():
            return None
        try:
            finding = hypothesis(evidence)
        except TooSlow:
            return None
        except Exception as error:
            warnings.warn(f"a diagnosis could not be tried: {type(error).__name__}: {error}", stacklevel=2)
            continue
        if finding and finding.explained is None and evidence.partial:
            finding = replace(finding, explained=evidence.memory.get("explained"))
        if finding:
            return finding
    return None
