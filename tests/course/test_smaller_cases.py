"""The smaller cases that an exercise proposes are cases of it: they have a right answer, and go together."""

from itertools import pairwise

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.course.cases.smaller_graphs import keep_nodes

PROPOSING = [name for name, exercise in catalogue.EXERCISES.items() if exercise.problem.oracle.smaller]


def propose(name):
    """Yield (a planned case, a smaller one), for the small planned cases."""
    oracle = catalogue.EXERCISES[name].problem.oracle
    for case in oracle.plan(0):
        if len(str(case.inputs)) < 3000:
            for smaller in oracle.smaller(case):
                yield case, smaller


@pytest.mark.parametrize("name", PROPOSING)
def test_every_proposal_has_a_right_answer(name):
    oracle = catalogue.EXERCISES[name].problem.oracle
    found = list(propose(name))
    assert found
    for _, smaller in found:
        assert all(value is not None for value in oracle.by_numpy(smaller).grads.values())


@pytest.mark.parametrize("name", PROPOSING)
def test_following_the_proposals_comes_to_an_end(name):
    oracle = catalogue.EXERCISES[name].problem.oracle
    case, seen = oracle.plan(0)[0], set()
    while case is not None:
        seen.add(repr((case.inputs, case.options)))
        assert len(seen) < 100
        new = (c for c in oracle.smaller(case) if repr((c.inputs, c.options)) not in seen)
        case = next(new, None)


def test_graphs_stay_graphs_whose_nodes_are_all_used():
    for case, smaller in propose("backpropagate"):
        nodes, values, order, output = smaller.inputs.values()
        assert sorted(order) == list(range(len(nodes))) and len(values) == len(nodes)
        place = {node: k for k, node in enumerate(order)}
        assert all(place[p] < place[i] for i, (_, parents) in enumerate(nodes) for p in parents)
        if all_used(*(case.inputs[name] for name in ("nodes", "output"))):
            assert all_used(nodes, output)


def all_used(nodes, output):
    reached, waiting = {output}, [output]
    while waiting:
        new = set(nodes[waiting.pop()][1]) - reached
        reached |= new
        waiting += new
    return len(reached) == len(nodes)


def test_networks_stay_networks():
    """Channels divide by their groups, and what one layer gives the next one takes, wherever that was so."""
    for case, smaller in propose("count_parameters"):
        if joins(case.inputs["layers"]):
            assert joins(smaller.inputs["layers"])
        for kind, options in smaller.inputs["layers"]:
            if kind == "conv":
                assert options["in_channels"] % options.get("groups", 1) == 0


def joins(layers):
    convs = [options for kind, options in layers if kind == "conv"]
    return all(a["out_channels"] == b["in_channels"] for a, b in pairwise(convs))


def test_a_walk_has_a_rate_for_each_gradient():
    for _, smaller in propose("adam_step"):
        assert len(smaller.inputs["grads"]) == len(smaller.inputs["rates"])
        assert smaller.inputs["grads"].shape[1:] == np.shape(smaller.inputs["param"])


def test_kept_nodes_read_the_nodes_that_they_read():
    nodes = [("input", []), ("sin", [3]), ("mul", [1, 3]), ("input", [])]
    assert keep_nodes(nodes, [1, 2, 3]) == [("sin", [2]), ("mul", [0, 2]), ("input", [])]
