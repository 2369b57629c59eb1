"""Networks to PyTorch and back: the same weights to the last bit, and the same outputs."""

import numpy as np
import pytest
import torch

from cnnlab import nn
from tests.nn.test_layers import LAYERS, pair

CASES = {**LAYERS, "dropout": ("Dropout", {"p": 0.3}, (4, 5))}


def equal(ours, theirs):
    """Whether every parameter and buffer has the same name, dtype and bits."""
    state = theirs.state_dict()
    return ours.state_dict().keys() == state.keys() and all(
        str(array.dtype) == str(state[key].dtype).removeprefix("torch.") and np.array_equal(array, state[key].numpy())
        for key, array in ours.state_dict().items()
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "shape"), CASES.values(), ids=CASES)
def test_there_and_back(whose, name, arguments, shape, dtype):
    _, theirs = pair(name, arguments, dtype) if name != "Dropout" else (None, torch.nn.Dropout(**arguments))
    theirs.eval()
    ours = nn.from_torch(theirs)
    again = nn.to_torch(ours)
    assert type(ours).__name__ == type(again).__name__ == name
    assert str(again) == str(theirs)
    assert equal(ours, theirs) and equal(ours, again)
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    wanted = theirs(torch.tensor(x)).detach().numpy()
    accuracy = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(ours(x), wanted, rtol=accuracy, atol=accuracy)
    np.testing.assert_array_equal(again(torch.tensor(x)).detach().numpy(), wanted)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_a_whole_network(whose, training):
    net = nn.lenet(seed=1, dtype="float64").train(training)
    theirs = nn.to_torch(net)
    x = np.random.default_rng(0).random((3, 1, 32, 32))
    np.testing.assert_allclose(net(x), theirs(torch.tensor(x)).detach(), rtol=1e-12)
    assert theirs.training == theirs.conv1.training == training
    assert [key for key, _ in net.named_parameters()] == [key for key, _ in theirs.named_parameters()]
    again = nn.from_torch(theirs)
    assert str(nn.to_torch(again)) == str(theirs)
    assert repr(again["conv1"]) == repr(net["conv1"])
    assert again.training == again["conv1"].training == training
    assert equal(again, theirs)


def test_weights_are_copies():
    net = nn.Sequential(nn.Linear(2, 3, rng=0))
    theirs = nn.to_torch(net)
    again = nn.from_torch(theirs)
    with torch.no_grad():
        theirs[0].weight.zero_()
    assert np.all(net[0].parameters["weight"].data)
    assert np.all(again[0].parameters["weight"].data)


def test_every_layer_keeps_its_own_dtype_and_mode():
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3, dtype="float64")), nn.ReLU())
    net[1].eval()
    theirs = nn.to_torch(net)
    assert equal(net, theirs)
    for layers in (theirs, nn.from_torch(theirs)):
        assert [layers[0].training, layers[1].training, layers[1][0].training] == [True, False, False]
    assert equal(nn.from_torch(theirs), theirs)


def test_a_layer_without_parameters_in_two_places():
    """torch allows that; cnnlab's remember their forward pass, so here they become two."""
    torch.manual_seed(0)
    relu = torch.nn.ReLU()
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), relu, torch.nn.Linear(3, 2), relu, torch.nn.Sequential(relu))
    net = nn.from_torch(theirs)
    assert [type(part) for _, part in net.named_modules()].count(nn.ReLU) == 3
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    np.testing.assert_allclose(net(x), theirs(torch.tensor(x)).detach(), rtol=1e-5, atol=1e-6)


class Mine(torch.nn.Module):
    """A module of someone's own."""


class Linear(torch.nn.Module):
    """A module of someone's own, by a name that torch has."""


def nested(module):
    """A network in which the module's name is 1.0."""
    return torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sequential(module))


def shared():
    """Two layers with one weight."""
    first, second = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    second.weight = first.weight
    return torch.nn.Sequential(first, second)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (torch.nn.SiLU(), "^SiLU has no counterpart in cnnlab.nn, which has Sequential, Linear, Flatten, Conv2d"),
        (nested(torch.nn.Conv1d(1, 1, 1)), r"^1.0 \(Conv1d\) has no counterpart"),
        (Mine(), "Mine has no counterpart"),
        (Linear(), "Linear has no counterpart"),
        (torch.nn.Conv2d(1, 1, 3, padding_mode="circular"), "padding_mode='circular'; cnnlab's has only 'zeros'"),
        (torch.nn.Conv2d(1, 1, 3, padding="same"), "padding='same'; cnnlab's needs a number or a pair"),
        (torch.nn.BatchNorm2d(3, affine=False), "affine=False; cnnlab's has only True"),
        (torch.nn.BatchNorm2d(3, track_running_stats=False), "track_running_stats=False"),
        (torch.nn.LayerNorm(3, elementwise_affine=False), "elementwise_affine=False"),
        (torch.nn.LayerNorm(3, bias=False), "LayerNorm has bias=False; cnnlab's has only True"),
        (torch.nn.GroupNorm(1, 3, affine=False), "affine=False"),
        (torch.nn.MaxPool2d(2, return_indices=True), "return_indices=True; cnnlab's has only False"),
        (torch.nn.AvgPool2d(2, divisor_override=3), "divisor_override=3; cnnlab's has only None"),
        (torch.nn.Flatten(0), "start_dim=0; cnnlab's has only 1"),
        (torch.nn.Flatten(1, 2), "end_dim=2; cnnlab's has only -1"),
        (torch.nn.Linear(2, 2).to(torch.bfloat16), "numbers of torch.bfloat16; cnnlab's has only float32 and float64"),
        (shared(), "0.weight and 1.weight are the same parameter"),
    ],
    ids=lambda value: value.split("has ")[-1][:30] if isinstance(value, str) else "",
)
def test_what_cnnlab_does_not_have(module, says):
    with pytest.raises(TypeError, match=says):
        nn.from_torch(module)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"batch_first": False}, "batch_first=False; cnnlab's has only True"),
        ({"num_layers": 2}, "num_layers=2; cnnlab's has only 1"),
        ({"nonlinearity": "relu"}, "nonlinearity='relu'; cnnlab's has only 'tanh'"),
        ({"bidirectional": True}, "bidirectional=True"),
        ({"bias": False}, "bias=False; cnnlab's has only True"),
    ],
    ids=str,
)
def test_what_cnnlabs_rnn_does_not_have(options, says):
    with pytest.raises(TypeError, match=says):
        nn.from_torch(torch.nn.RNN(2, 3, **{"batch_first": True, **options}))


class Doubled(nn.Module):
    """A layer of someone's own."""


def test_what_torch_does_not_have():
    with pytest.raises(TypeError, match="inner is a Doubled, which has no counterpart in torch"):
        nn.to_torch(nn.Sequential(inner=Doubled()))
    with pytest.raises(TypeError, match=r"^block is a ResidualBlock, .* torch.nn: in torch a shortcut is written"):
        nn.to_torch(nn.Sequential(block=nn.ResidualBlock(2, 3)))
    with pytest.raises(TypeError, match=r"GraphConv, .* no layer that knows a graph"):
        nn.to_torch(nn.GraphConv(2, 3, np.eye(4)))
