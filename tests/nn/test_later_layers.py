"""The layers of chapters 17 and 18, which torch has not or has otherwise: torch's numbers, on both kinds of gears."""

import numpy as np
import pytest
import torch

from cnnlab import nn

RNG = np.random.default_rng(0)
ADJACENCY = RNG.normal(size=(4, 4))


def run_block(x, w1, b1, w2, b2):
    return x + torch.relu(x @ w1.T + b1) @ w2.T + b2


def run_graph(x, w, b):
    return torch.tensor(ADJACENCY, dtype=x.dtype) @ x @ w.T + b


def run_rnn(x, w_ih, w_hh, b):
    zeros = torch.zeros(1, len(x), len(b), dtype=x.dtype)
    return torch.rnn_tanh(x, zeros, [w_ih, w_hh, b, torch.zeros_like(b)], True, 1, 0.0, False, False, True)[0]


#: id -> a function dtype -> layer, torch's function of x and the parameters in order, and the shape of x.
LAYERS = {
    "residual block": (lambda dtype: nn.ResidualBlock(3, 5, rng=0, dtype=dtype), run_block, (4, 3)),
    "graph": (lambda dtype: nn.GraphConv(3, 2, ADJACENCY, rng=0, dtype=dtype), run_graph, (4, 3)),
    "rnn": (lambda dtype: nn.RNN(3, 2, rng=0, dtype=dtype), run_rnn, (2, 5, 3)),
}


@pytest.mark.parametrize(("make", "theirs", "shape"), LAYERS.values(), ids=LAYERS)
def test_a_layer_has_torchs_numbers(whose, make, theirs, shape):
    layer, x = make("float64"), RNG.normal(size=shape)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, *(p.data for _, p in layer.named_parameters()))]
    y, wanted = layer(x), theirs(*leaves)
    np.testing.assert_allclose(y, wanted.detach(), rtol=1e-10, atol=1e-10)
    dy = RNG.normal(size=y.shape)
    wanted.backward(torch.tensor(dy))
    found = [layer.backward(dy), *(p.grad for _, p in layer.named_parameters())]
    for grad, leaf in zip(found, leaves, strict=True):
        np.testing.assert_allclose(grad, leaf.grad, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("given", ["float32", "float64"])
@pytest.mark.parametrize(("make", "theirs", "shape"), LAYERS.values(), ids=LAYERS)
def test_dtypes_stay(whose, make, theirs, shape, given):
    layer = make("float32")
    y = layer(RNG.normal(size=shape).astype(given))
    dx = layer.backward(np.ones_like(y))
    assert y.dtype == dx.dtype == given
    assert {p.grad.dtype for _, p in layer.named_parameters()} == {np.dtype("float32")}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_recurrent_layer_goes_to_torch_and_back(whose, dtype):
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.RNN(3, 4, batch_first=True)).to(getattr(torch, dtype))
    ours = nn.from_torch(theirs)
    rnn = theirs[1]
    bias = (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach().numpy()
    np.testing.assert_array_equal(ours[1].parameters["bias_l0"].data, bias)
    again = nn.to_torch(ours)
    np.testing.assert_array_equal(again[1].bias_ih_l0.detach(), bias)
    assert not again[1].bias_hh_l0.any()
    assert str(again) == str(theirs)
    x = RNG.normal(size=(2, 5, 2)).astype(dtype)
    accuracy = 1e-12 if dtype == "float64" else 1e-5
    for net in (theirs, again):
        np.testing.assert_allclose(ours(x), net(torch.tensor(x))[0].detach(), rtol=accuracy, atol=accuracy)


def test_a_recurrent_layer_alone_has_names_of_its_own():
    layer = nn.from_torch(torch.nn.RNN(2, 3, batch_first=True))
    assert [name for name, _ in layer.named_parameters()] == ["weight_ih_l0", "weight_hh_l0", "bias_l0"]
    assert repr(layer) == "RNN(2, 3)"


def test_parameters_begin_as_torchs_do():
    layer, k = nn.RNN(5, 400, rng=0), 400**-0.5
    for name in ("weight_ih_l0", "weight_hh_l0"):
        assert 0.99 * k < np.abs(layer.parameters[name].data).max() <= 1.0001 * k
    assert layer.parameters["bias_l0"].data.std() == pytest.approx(k * (2 / 3) ** 0.5, rel=0.1)
    block = nn.ResidualBlock(100, 400, rng=0).parameters
    assert np.abs(block["weight1"].data).max() == pytest.approx(0.1, rel=0.01)
    assert np.abs(block["weight2"].data).max() == pytest.approx(0.05, rel=0.01)


@pytest.mark.parametrize(
    ("layer", "shape", "says"),
    [
        (nn.RNN(3, 2), (4, 3), "x has"),
        (nn.RNN(3, 2), (2, 4, 5), "a column for each input"),
        (nn.GraphConv(3, 2, np.eye(4)), (5, 3), "a row and a column for each node"),
        (nn.ResidualBlock(3, 5), (2, 4), "a column for each column of x"),
    ],
    ids=["axes", "inputs", "nodes", "features"],
)
def test_what_does_not_fit_has_a_clear_error(whose, layer, shape, says):
    with pytest.raises(ValueError, match=says) as caught:
        layer(np.ones(shape, "float32"))
    assert caught.value.__notes__ == [f"in the forward pass of {layer.name} ({type(layer).__name__})"]
