"""The catalogue is complete in itself: labels of cases belong to properties, and every property has a case."""

import pytest

from cnnlab.course.cases.planning import FLOAT32, LAYOUT, Spec, labels_of
from cnnlab.course.catalogue import EXERCISES


@pytest.mark.parametrize("name", EXERCISES)
def test_every_property_has_a_case_and_every_label_a_property(name):
    oracle = EXERCISES[name].problem.oracle
    labels = [p.label for p in oracle.properties]
    cases = oracle.plan(0)
    assert len(set(labels)) == len(labels)
    assert set().union(*(case.has for case in cases)) == set(labels)
    assert set().union(*(case.varies for case in cases)) <= set(labels)


def test_labels_are_those_of_the_properties_that_hold():
    spec = Spec({"x": (2, 3)}, dtype="float32", layout="read-only")
    assert labels_of(spec, (FLOAT32, LAYOUT)) == {"float32"}
    assert labels_of(spec, ()) == frozenset()
