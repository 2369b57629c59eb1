"""Every optimiser against torch.optim's of the same name, step for step, on the learner's rules and PyTorch's."""

import numpy as np
import pytest
import torch

from cnnlab import nn
from cnnlab.course.learner_folder import show_path
from cnnlab.nn import gears

#: id -> the optimiser, and its options besides lr.
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "sgd, decay": ("SGD", {"weight_decay": 0.1}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "momentum, everything": ("SGD", {"momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adagrad, everything": (
        "Adagrad",
        {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 1e-6},
    ),
    "rmsprop": ("RMSprop", {}),
    "rmsprop, everything": (
        "RMSprop",
        {"alpha": 0.9, "eps": 1e-6, "weight_decay": 0.1, "momentum": 0.5, "centered": True},
    ),
    "adam": ("Adam", {}),
    "adam, everything": ("Adam", {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    "adamw": ("AdamW", {}),
    "adamw, everything": ("AdamW", {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
}

STEPS = 50


def network(dtype="float64"):
    return nn.Sequential(a=nn.Linear(3, 4, rng=0, dtype=dtype), b=nn.Linear(4, 2, rng=1, dtype=dtype))


def gradients(net, seed):
    rng = np.random.default_rng(seed)
    for _, parameter in net.named_parameters():
        parameter.grad = rng.normal(size=parameter.data.shape).astype(parameter.data.dtype)


def stepped(net, optimizer, steps=STEPS, begin=0):
    """All parameters in one row after every step, with gradients that only the step's number decides."""
    rows = []
    for seed in range(begin, begin + steps):
        gradients(net, seed)
        optimizer.step(net)
        rows.append(np.concatenate([p.data.ravel() for _, p in net.named_parameters()]))
    return np.array(rows)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimiser_is_torchs(whose, name, options):
    """With a learning rate that changes on the way."""
    net = network()
    theirs = nn.to_torch(net)
    ours, optimizer = (
        getattr(nn, name)(lr=0.05, **options),
        getattr(torch.optim, name)(theirs.parameters(), lr=0.05, **options),
    )
    for number in range(STEPS):
        ours.lr = optimizer.param_groups[0]["lr"] = 0.05 / (1 + number // 10)
        gradients(net, number)
        for key, parameter in net.named_parameters():
            theirs.get_parameter(key).grad = torch.tensor(parameter.grad)
        ours.step(net)
        optimizer.step()
        for key, parameter in net.named_parameters():
            np.testing.assert_allclose(parameter.data, theirs.get_parameter(key).detach(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_float32_stays(whose, name, options):
    net = network("float32")
    stepped(net, getattr(nn, name)(lr=0.05, **options), 3)
    assert {str(p.data.dtype) for _, p in net.named_parameters()} == {"float32"}


@pytest.mark.parametrize("name", ["Adagrad", "RMSprop", "Adam", "AdamW"])
def test_the_default_learning_rate_is_torchs(name):
    assert getattr(nn, name)().lr == getattr(torch.optim, name)([torch.ones(1)]).defaults["lr"]


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_state_belongs_to_one_network(whose, name):
    """An optimiser that steps two networks steps each as if it were alone."""
    options = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {"lr": 0.1}
    alone = stepped(network(), getattr(nn, name)(**options), 4)
    first, second, optimizer = network(), network(), getattr(nn, name)(**options)
    found = [(stepped(first, optimizer, 1, n), stepped(second, optimizer, 1, n)) for n in range(4)]
    for number, pair in enumerate(found):
        for row in pair:
            np.testing.assert_array_equal(row[0], alone[number])


def test_a_state_outlives_loaded_weights(whose):
    net, optimizer = network(), nn.SGD(0.1, momentum=0.9)
    start = net.state_dict()
    before = stepped(net, optimizer, 2)
    net.load_state_dict(start)
    assert not np.array_equal(stepped(net, optimizer, 2), before)


def test_a_parameter_without_a_gradient_stays(whose):
    net = network()
    before = net.state_dict()
    gradients(net["a"], 0)
    nn.SGD(0.1).step(net)
    changed = [name for name, array in net.state_dict().items() if not np.array_equal(array, before[name])]
    assert changed == ["a.weight", "a.bias"]


def test_a_rule_turns_from_pytorchs_to_yours(room):
    """The state begins anew, for it belongs to whoever made it; the network goes on."""
    net, optimizer = network(), nn.SGD(0.1, momentum=0.9)
    stepped(net, optimizer, 2)
    assert net.gears(optimizer).rows[-1].state == gears.PYTORCH
    room.write("momentum_step", "return param - (1 if state is None else 99), 'mine'")
    before = net.state_dict()
    stepped(net, optimizer, 1)
    assert net.gears(optimizer).rows[-1].state == gears.UNCHECKED
    assert all(np.array_equal(p.data, before[name] - 1) for name, p in net.named_parameters())


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("return param", ValueError, r"sgd_step returned an array of shape \(2, 3\); a tuple of 2 is needed"),
        ("return None", ValueError, "sgd_step returned None; a tuple of 2 is needed: param, state"),
        ("return None, None", ValueError, r"sgd_step gave None for param; an array of shape \(2, 3\) is needed"),
        ("return param.T, None", ValueError, r"gave an array of shape \(3, 2\) for param"),
        ("return param - lr * grd, None", NameError, "grd"),
    ],
    ids=["no state", "None", "None for param", "shape", "raises"],
)
def test_a_wrong_rule_is_named(room, body, error, says):
    room.write("sgd_step", body)
    net = nn.Linear(3, 2, rng=0)
    gradients(net, 0)
    before = net.state_dict()
    with pytest.raises(error, match=says) as caught:
        nn.SGD(0.1).step(net)
    assert caught.value.__notes__ == ["in the update of weight"]
    assert np.array_equal(net.state_dict()["weight"], before["weight"])


@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf"), None, "0.1"], ids=repr)
def test_a_learning_rate_that_is_none(lr):
    with pytest.raises(ValueError, match="a number from 0 up is needed"):
        nn.SGD(lr)
    optimizer = nn.Adam(0.1)
    with pytest.raises(ValueError, match=f"lr is {lr!r}"):
        optimizer.lr = lr
    assert optimizer.lr == 0.1


@pytest.mark.parametrize(
    ("optimizer", "error", "says"),
    [
        (nn.Adam(betas=(0.9, 1.0)), ValueError, "beta"),
        (nn.SGD(0.1, weight_decay=-1), ValueError, "weight_decay"),
        (nn.SGD(0.1, momentum=0.9, dampening=0.5, nesterov=True), ValueError, "(?i)nesterov"),
        (nn.Adam(speed=3), TypeError, "speed"),
    ],
    ids=["betas", "decay", "nesterov", "unknown"],
)
def test_options_that_cannot_be(whose, optimizer, error, says):
    net = network()
    gradients(net, 0)
    with pytest.raises(error, match=says) as caught:
        optimizer.step(net)
    assert "in the update of a.weight" in caught.value.__notes__


def test_without_pytorch(room, monkeypatch):
    monkeypatch.setattr("cnnlab.gradcheck.reference.pytorch.is_available", lambda: False)
    net = network()
    gradients(net, 0)
    with pytest.raises(nn.NoGear) as caught:
        nn.Adam().step(net)
    assert f"adam_step is not written yet: write it in {show_path(room.path / 'optim.py')} (chapter 12)" in str(
        caught.value
    )
    room.solve("optim")
    nn.Adam().step(net)
