"""Why a gradient is wrong. Each hypothesis is tested on the learner's own numbers; what is not verified is not said.

A new diagnosis is a function from Evidence to Finding or None, in a file of this folder, and a row of a table here.
"""

from __future__ import annotations

import warnings

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis import (
    counted,
    factor,
    jacobian,
    options,
    pattern,
    places,
    residual,
    rivals,
    slopes,
    steps,
    turned,
    zeroed,
)
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Hypothesis, Trial

__all__ = ["Evidence", "Finding", "Trial", "diagnose"]

#: Formulas and places that are recognised: they give exactly the learner's numbers in every case.
RECOGNISED: tuple[Hypothesis, ...] = (
    factor.ignored,
    factor.averaged,
    factor.factor,
    places.moved(Code.TRANSPOSE),
    places.moved(Code.FLIP),
    places.moved(Code.SHIFT),
    turned.before_use,
    counted.one_only,
    counted.summed_too_far,
    places.channels,
    options.at_its_default,
    residual.added,
    residual.clipped,
)

#: What tells the failing cases, or the wrong entries, from the others.
SEEN: tuple[Hypothesis, ...] = (
    pattern.not_a_number,
    pattern.property_alone(Code.TRANSPOSE),
    pattern.property_alone(Code.REDUCTION),
    pattern.property_alone(Code.ACCUMULATE),
    pattern.property_alone(Code.CHANNEL),
    pattern.property_alone(Code.OPTION),
    pattern.two_options,
    pattern.property_alone(Code.GEOMETRY),
    pattern.at_the_border,
    places.moved_inside,
    places.elsewhere,
    pattern.small_everywhere,
    pattern.property_alone(Code.UPDATE_RULE),
    steps.departs,
)

#: What asking again, with other upstream gradients, shows of the learner's own formula.
READ_OFF: tuple[Hypothesis, ...] = (
    slopes.entrywise,
    zeroed.some_entries,
    pattern.right_without(Code.CHANNEL, Code.REDUCTION),
    jacobian.uses,
)


def diagnose(evidence: Evidence) -> Finding | None:
    """The first verified finding: of what is recognised by the order of codes, then of what is seen, then read off."""
    with np.errstate(all="ignore"):  # a wrong answer may hold infinities
        general = _first(RECOGNISED, evidence)
        known = [*rivals.recognised(evidence), *([general] if general else [])]
        if known:
            return min(known, key=lambda f: f.code.rank)
        return _first((*SEEN, *READ_OFF), evidence)


def _first(hypotheses: tuple[Hypothesis, ...], evidence: Evidence) -> Finding | None:
    """The first that is verified. One that cannot be tried costs nobody the rest of the report."""
    for hypothesis in hypotheses:
        try:
            finding = hypothesis(evidence)
        except Exception as error:
            warnings.warn(f"a diagnosis could not be tried: {type(error).__name__}: {error}", stacklevel=2)
            continue
        if finding:
            return finding
    return None
