"""The reference graph convolution: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

GRAPH = solution("graph")
normalise = GRAPH.normalised_adjacency


def bind(adjacency):
    """The pair with a fixed adjacency, which has no gradient."""

    def forward(x, w, b):
        return GRAPH.gcn_forward(x, adjacency.astype(x.dtype), w, b)

    return forward, GRAPH.gcn_backward


def draw(rng, nodes=4, features=3, outputs=2):
    shapes = ((nodes, nodes), (nodes, features), (outputs, features), (outputs,))
    return [rng.standard_normal(shape) for shape in shapes]


def test_it_agrees_with_pytorch_at_random_sizes():
    rng = np.random.default_rng(0)
    for _ in range(40):
        adjacency, *inputs = draw(rng, *rng.integers(1, 9, 3))
        fixed = torch.tensor(adjacency)

        def theirs(x, w, b, a=fixed):
            return torch.nn.functional.linear(torch.einsum("ij,jc->ic", a, x), w, b)

        assert_agrees(*bind(adjacency), theirs, *inputs)


def test_it_keeps_the_contract():
    adjacency, *inputs = draw(np.random.default_rng(0))
    assert_keeps_contract(*bind(adjacency), *inputs)


def test_the_normalised_adjacency_is_kipfs():
    edges = np.array([[0, 1], [1, 2], [1, 3]])
    a = np.eye(4)
    for i, j in edges:
        a[i, j] = a[j, i] = 1
    degree = np.diag(a.sum(axis=1) ** -0.5)
    found = normalise(edges, 4)
    np.testing.assert_allclose(found, degree @ a @ degree, rtol=1e-12)
    np.testing.assert_array_equal(found, found.T)
    assert np.linalg.eigvalsh(found).max() == pytest.approx(1)


def test_without_edges_every_node_is_alone():
    np.testing.assert_array_equal(normalise(np.zeros((0, 2), int), 3), np.eye(3))


@pytest.mark.parametrize(
    ("place", "value", "error", "words"),
    [
        (1, np.ones(4), ValueError, "x has"),
        (1, np.ones((4, 3), int), TypeError, "x"),
        (0, np.ones((4, 3)), ValueError, "a row and a column for each node"),
        (2, np.ones((2, 2)), ValueError, "a column for each column of x"),
        (3, np.ones(3), ValueError, "one number for each row of w"),
    ],
    ids=["axes of x", "whole numbers", "adjacency", "w", "b"],
)
def test_what_does_not_fit_has_a_clear_error(place, value, error, words):
    inputs = draw(np.random.default_rng(0))
    inputs[place] = value
    adjacency, x, w, b = inputs
    with pytest.raises(error, match=words):
        GRAPH.gcn_forward(x, adjacency, w, b)


@pytest.mark.parametrize(
    ("edges", "error", "words"),
    [
        ([[0, 1]], TypeError, "no array of ints"),
        (np.array([[0.0, 1.0]]), TypeError, "no array of ints"),
        (np.array([0, 1]), ValueError, r"\(E, 2\) is needed"),
        (np.array([[0, 3]]), ValueError, "0 to 2 are needed"),
        (np.array([[-1, 1]]), ValueError, "0 to 2 are needed"),
    ],
    ids=["a list", "fractions", "one axis", "a node too high", "a node below 0"],
)
def test_edges_that_are_none_have_a_clear_error(edges, error, words):
    with pytest.raises(error, match=words):
        normalise(edges, 3)


def test_a_wrong_upstream_gradient_has_a_clear_error():
    adjacency, *inputs = draw(np.random.default_rng(0))
    _, cache = bind(adjacency)[0](*inputs)
    with pytest.raises(ValueError, match="shape of y"):
        GRAPH.gcn_backward(np.ones((4, 3)), cache)
