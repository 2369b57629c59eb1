"""Violations cross the wire as typed fields, and nothing but exactly their fields is accepted."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.runner.violations import (
    Aliased,
    Changed,
    Differenced,
    DifferencedAtOnce,
    FromLibraries,
    InputChanged,
    NotAPair,
    NotSendable,
    Overwritten,
    Raised,
    StepNotAnArray,
    StepNotAPair,
    StepShape,
    TimedOut,
    Unusable,
    Violation,
    from_wire,
    to_wire,
)

SENTENCES = {
    Changed("cache.x"): "changes cache.x",
    Aliased("dy"): "returns memory that belongs to dy",
    Overwritten(): "overwrites the result of an earlier call",
    FromLibraries("JAX and PyTorch"): "JAX and PyTorch",
    Differenced("f", 64, 6): "differences: it called f 64 times for 6 entries",
    DifferencedAtOnce("f", 99): "differences: it called f with 99 numbers, a copy of the input for each entry",
    Raised("ValueError", "no"): "ValueError: no",
    Raised("SystemExit"): "SystemExit",
    TimedOut(5.0): "no answer after 5 s",
    InputChanged("f", "x"): "f changes x, which belongs to its caller",
    NotAPair("f", "tuple", 3): "f returned a tuple of 3; the pair (y, cache) is needed",
    NotAPair("f", "NoneType"): "f returned a NoneType; the pair (y, cache) is needed",
    StepNotAPair(2, "tuple", 1): "step 2 returned a tuple of 1; the pair (param, state) is needed",
    StepNotAnArray(1, "str"): "step 1 returned a str for param; an array is needed",
    StepShape(1, (3,), (2, 2)): "step 1 returned a param of shape (3,); (2, 2) is needed",
    NotSendable(): "the answer cannot be sent: it is too large, or of a kind that is no number",
    Unusable("f"): "f returned something that cannot be used",
}


def test_every_violation_is_listed_here():
    assert {type(violation) for violation in SENTENCES} == set(get_args(Violation))


@pytest.mark.parametrize("violation", SENTENCES, ids=lambda v: type(v).__name__)
def test_a_violation_has_its_sentence_and_survives_json(violation):
    assert violation.describe() == SENTENCES[violation]
    assert from_wire(json.loads(json.dumps(to_wire(violation)))) == violation


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize("violation", SENTENCES, ids=lambda v: type(v).__name__)
@given(value=anything, more=st.booleans())
def test_a_field_of_another_type_is_refused_or_kept_as_it_is(violation, value, more):
    for name in [*to_wire(violation), "another field"]:
        content = {**to_wire(violation), name: value}
        try:
            found = from_wire(content)
        except ValueError:
            continue
        assert to_wire(found) == content or value != value  # NaN is not equal to itself


@given(anything)
def test_what_is_no_violation_is_refused(content):
    with pytest.raises(ValueError, match=r"what is wrong|other fields|a field"):
        from_wire(content)


def test_a_failure_takes_its_kind_and_sentence_from_its_cause():
    failure = Failure.from_cause(TimedOut(5.0))
    assert (failure.kind, failure.message) == ("timeout", "no answer after 5 s")
    assert failure == Failure("timeout", "no answer after 5 s")  # the cause is no part of a report
