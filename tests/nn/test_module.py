"""What every part of a network can do: names, a state to save and load, a mode, and a description."""

import numpy as np
import pytest
import torch

from cnnlab import nn


def net(seed=0, dtype="float32"):
    how = {"rng": np.random.default_rng(seed), "dtype": dtype}
    return nn.Sequential(
        conv=nn.Conv2d(1, 2, 3, **how),
        norm=nn.BatchNorm2d(2, dtype=dtype),
        block=nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Dropout(0.5, rng=0)),
        fc=nn.Linear(8, 3, **how),
    )


NAMES = ["conv.weight", "conv.bias", "norm.weight", "norm.bias", "fc.weight", "fc.bias"]
BUFFERS = ["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"]


def test_names_are_torchs():
    ours = net()
    theirs = nn.to_torch(ours)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()] == NAMES
    assert [name for name, _ in ours.named_buffers()] == [name for name, _ in theirs.named_buffers()] == BUFFERS
    assert [name for name, _ in ours.named_modules()] == [name for name, _ in theirs.named_modules()]
    assert ours.state_dict().keys() == theirs.state_dict().keys()


def test_the_state_there_and_back():
    first, second = net(0), net(1)
    first(np.random.default_rng(0).normal(size=(4, 1, 4, 4)).astype("float32"))
    state = first.state_dict()
    second.load_state_dict(state)
    assert all(np.array_equal(array, second.state_dict()[name]) for name, array in state.items())
    for array in state.values():
        array += 1  # a copy: neither network hears of it
    assert all(np.array_equal(array, second.state_dict()[name]) for name, array in first.state_dict().items())
    assert not any(np.array_equal(array, state[name]) for name, array in first.state_dict().items())


def test_a_state_through_a_file(tmp_path):
    first, second = net(0), net(1)
    np.savez(tmp_path / "net.npz", **first.state_dict())
    with np.load(tmp_path / "net.npz") as state:
        second.load_state_dict(state)
    assert all(np.array_equal(array, second.state_dict()[name]) for name, array in first.state_dict().items())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_networks_own_dtype_stays(dtype):
    ours = net(dtype=dtype)
    ours.load_state_dict(nn.to_torch(net(1, "float64")).state_dict())
    assert {str(p.data.dtype) for _, p in ours.named_parameters()} == {dtype}
    assert ours.state_dict()["norm.running_var"].dtype == dtype
    assert ours.state_dict()["norm.num_batches_tracked"].dtype == "int64"


def changed(**new):
    """A state that fits, but for these; None takes an entry out."""
    return {name: array for name, array in {**net(1).state_dict(), **new}.items() if array is not None}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({}, [f"{name} is missing" for name in NAMES + BUFFERS]),
        (changed(**{"fc.bias": None}), ["fc.bias is missing"]),
        (changed(extra=np.ones(1)), ["extra is not in this network"]),
        (changed(**{"fc.bias": np.ones(4)}), ["fc.bias has shape (4,); (3,) is needed"]),
        (
            changed(**{"fc.bias": np.ones(4), "conv.bias": None, "norm.running_var": np.ones(()), "extra": np.ones(1)}),
            [
                "conv.bias is missing",
                "extra is not in this network",
                "fc.bias has shape (4,); (3,) is needed",
                "norm.running_var has shape (); (2,) is needed",
            ],
        ),
        (changed(**{"fc.bias": np.array(["a", "b", "c"])}), ["fc.bias holds numbers of <U1"]),
    ],
    ids=["empty", "missing", "unexpected", "shape", "all at once", "text"],
)
def test_a_state_that_does_not_fit(state, says):
    ours = net()
    before = ours.state_dict()
    with pytest.raises(ValueError, match="the state does not fit this network: ") as caught:
        ours.load_state_dict(state)
    assert all(sentence in str(caught.value) for sentence in says)
    assert str(caught.value).count(";") == sum(s.count(";") for s in says) + len(says) - 1
    assert all(np.array_equal(array, before[name]) for name, array in ours.state_dict().items())


def test_the_mode_reaches_every_part():
    ours = net()
    for change, mode in ((ours.eval, False), (ours.train, True), (lambda: ours.train(False), False)):
        assert change() is ours
        assert {part.training for _, part in ours.named_modules()} == {mode}


def test_what_a_network_calls_itself():
    assert repr(net()) == (
        "Sequential(\n"
        "  (conv): Conv2d(1, 2, kernel_size=(3, 3))\n"
        "  (norm): BatchNorm2d(2, eps=1e-05, momentum=0.1)\n"
        "  (block): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Flatten()\n"
        "    (2): Dropout(p=0.5)\n"
        "  )\n"
        "  (fc): Linear(in_features=8, out_features=3, bias=True)\n"
        ")"
    )
    assert repr(nn.Sequential()) == "Sequential()"


def test_the_keys_of_a_sequence():
    relu, tanh = nn.ReLU(), nn.Tanh()
    numbered, named = nn.Sequential(relu, tanh), nn.Sequential(first=nn.ReLU(), second=nn.Tanh())
    assert list(numbered.children) == list(nn.to_torch(numbered)._modules) == ["0", "1"]
    assert list(named.children) == list(nn.to_torch(named)._modules) == ["first", "second"]
    assert numbered[0] is numbered["0"] is relu and numbered[-1] is tanh
    assert len(numbered) == len(named) == 2


def test_a_sequence_of_nothing_passes_everything_on():
    x = np.ones((2, 3))
    assert nn.Sequential()(x) is x
    assert nn.Sequential().backward(x) is x


def twice():
    relu = nn.ReLU()
    return {"a": relu, "b": nn.Sequential(nn.Tanh(), relu)}


@pytest.mark.parametrize(
    ("layers", "named", "error", "says"),
    [
        ((nn.ReLU(),), {"a": nn.ReLU()}, TypeError, "in order, or layers by name; found both"),
        ((nn.ReLU(), np.tanh), {}, TypeError, "layer 1 is a ufunc; a layer of cnnlab.nn is needed"),
        ((), {"act": nn.ReLU}, TypeError, "layer act is a type; a layer"),
        ((torch.nn.ReLU(),), {}, TypeError, "layer 0 is a ReLU; a layer of cnnlab.nn"),
        ((), twice(), ValueError, "a and b.1 are the same ReLU; a layer remembers its last forward pass"),
    ],
    ids=["both", "function", "class", "torch's", "twice"],
)
def test_what_a_sequence_cannot_be_made_of(layers, named, error, says):
    with pytest.raises(error, match=says):
        nn.Sequential(*layers, **named)


def test_a_part_that_says_nothing_can_do_nothing():
    with pytest.raises(TypeError, match="Module has no forward pass"):
        nn.Module()(np.ones(1))
    with pytest.raises(TypeError, match="Module has no backward pass"):
        nn.Module().backward(np.ones(1))
