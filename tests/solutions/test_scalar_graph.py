"""The reference graph against PyTorch and against its own definition, on drawn graphs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import loader

GRAPH = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("scalar_graph").module
assert GRAPH is not None


@st.composite
def parents_of(draw):
    """For every node the nodes that it reads, listed in any order: a drawn graph without circles."""
    count = draw(st.integers(1, 12))
    reads = [draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(count)]
    places = draw(st.permutations(range(count)))
    nodes = [("", [])] * count
    for i, parents in enumerate(reads):
        nodes[places[i]] = ("any", [places[p] for p in parents])
    return nodes


@given(parents_of())
def test_every_node_has_one_place_after_its_parents(nodes):
    order = GRAPH.topological_order(nodes)
    assert sorted(order) == list(range(len(nodes)))
    assert all(order.index(p) < order.index(i) for i, (_, parents) in enumerate(nodes) for p in parents)


def test_a_circle_has_no_order():
    with pytest.raises(ValueError, match="circle"):
        GRAPH.topological_order([("input", []), ("add", [0, 2]), ("sin", [1])])


@pytest.mark.parametrize("op", ["add", "sub", "mul", "square", "exp", "sin", "tanh"])
def test_a_slope_is_the_derivative_of_the_value(op):
    values = [0.7, -1.3][: len(GRAPH.local_slopes(op, [0.7, -1.3]))]
    for k, slope in enumerate(GRAPH.local_slopes(op, values)):
        up, down = ([v + h * (i == k) for i, v in enumerate(values)] for h in (1e-6, -1e-6))
        assert slope == pytest.approx((GRAPH.apply(op, up) - GRAPH.apply(op, down)) / 2e-6, rel=1e-7)


def test_a_network_of_two_units_against_pytorch():
    # tanh(w·x + b) with w used by two samples, and the sum of the squares of both
    nodes = [("input", []), ("input", []), ("input", []), ("input", [])]
    nodes += [("mul", [0, 2]), ("mul", [0, 3]), ("add", [4, 1]), ("add", [5, 1]), ("tanh", [6]), ("tanh", [7])]
    nodes += [("square", [8]), ("square", [9]), ("add", [10, 11])]
    inputs = {0: 0.5, 1: -0.2, 2: 1.5, 3: -0.7}
    order = GRAPH.topological_order(nodes)
    grads = GRAPH.backpropagate(nodes, GRAPH.evaluate(nodes, inputs, order), order, 12)
    w, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.5, -0.2))
    ((torch.tanh(w * torch.tensor([1.5, -0.7], dtype=torch.float64) + b)) ** 2).sum().backward()
    np.testing.assert_allclose(grads[:2], [w.grad, b.grad], rtol=1e-12)


@pytest.mark.parametrize("op", ["div", "input"])
def test_an_operation_that_there_is_not(op):
    with pytest.raises(ValueError, match="is needed"):
        GRAPH.apply(op, [1.0, 2.0])
