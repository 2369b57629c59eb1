"""Why a gradient is wrong. Each hypothesis is tested on the learner's own numbers; what is not verified is not said.

A new diagnosis is a function from Evidence to Finding or None, in a file of this folder, and a row of TABLE.
"""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck.diagnosis import counted, factor, pattern, places, rivals, steps
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Hypothesis, Trial

__all__ = ["CODES", "Evidence", "Finding", "Trial", "diagnose"]

#: Every code, in order: of those that fit, the first is said.
CODES = (
    *("load", "unwritten", "raises", "timeout", "forward", "structure", "shape", "dtype"),
    *("mutation", "nondeterministic", "borrowed", "stability", "upstream", "sign", "scale"),
    *("transpose", "flip", "shift", "reduction", "accumulate", "mask", "channel", "option"),
    *("geometry", "border", "kink", "precision", "formula", "update_rule"),
)

#: The hypotheses, in the order of their codes.
TABLE: tuple[Hypothesis, ...] = (
    pattern.not_a_number,
    factor.ignored,
    factor.averaged,
    factor.factor,
    places.moved("transpose"),
    places.moved("flip"),
    places.moved("shift"),
    counted.one_only,
    pattern.property_alone("reduction"),
    pattern.property_alone("accumulate"),
    places.channels,
    pattern.property_alone("channel"),
    pattern.property_alone("option"),
    pattern.property_alone("geometry"),
    pattern.at_the_border,
    pattern.small_everywhere,
    pattern.property_alone("update_rule"),
    steps.departs,
)


def diagnose(evidence: Evidence) -> Finding | None:
    """The first verified finding: a recognised formula before a general one of the same code."""
    with np.errstate(all="ignore"):  # a wrong answer may hold infinities
        known = rivals.recognised(evidence)
        general = next((finding for hypothesis in TABLE if (finding := hypothesis(evidence))), None)
    found = [*known, *([general] if general else [])]
    return min(found, key=lambda f: CODES.index(f.code), default=None)
