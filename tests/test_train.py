"""fit(): the loss falls, the history says what happened, and what goes wrong ends well."""

import numpy as np
import pytest

from cnnlab import data, fit, loader, nn
from cnnlab.train import NotFinite, evaluate, first_not_finite, step

DIGITS = data.digits(size=8)
TRAIN = data.Split(DIGITS.train.x[:320], DIGITS.train.y[:320])
TEST = (DIGITS.test.x[:50], DIGITS.test.y[:50])


@pytest.fixture(autouse=True)
def stubs(monkeypatch):
    """No gear is the learner's: what trains does not depend on cnnlab/ops."""
    monkeypatch.setattr(loader, "_chosen", [loader.STUBS])


def network(*layers, **named):
    """A small classifier of 8×8 images, behind other layers."""
    first = {str(i): layer for i, layer in enumerate(layers)} | named
    return nn.Sequential(**first, flatten=nn.Flatten(), fc=nn.Linear(64, 10, rng=0))


def quiet(net, train=TRAIN, **options):
    return fit(net, train, **{"progress": False, "lr": 0.1, **options})


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


def test_the_loss_falls_and_the_accuracy_climbs():
    net = network()
    history = quiet(net, test=TEST, epochs=6)
    assert len(history.losses) == len(history.rates) == 6 * 10
    assert history.losses[0] == pytest.approx(np.log(10), rel=0.1)
    assert history.epochs[-1].loss < 0.5 * history.epochs[0].loss
    assert history.epochs[0].loss == pytest.approx(np.mean(history.losses[:10]))
    assert history.epochs[-1].train_accuracy == evaluate(net, TRAIN) > 0.8
    assert history.test_accuracy == history.epochs[-1].test_accuracy == evaluate(net, TEST) > 0.7
    assert history.seconds == sum(epoch.seconds for epoch in history.epochs) > 0
    assert history.stopped is None


def test_without_a_test_set():
    history = quiet(network())
    assert history.test_accuracy is None
    assert [epoch.test_accuracy for epoch in history.epochs] == [None]


def test_a_pair_is_as_good_as_a_split():
    assert quiet(network(), (TRAIN.x, TRAIN.y)).losses == quiet(network()).losses


def test_the_same_seed_is_the_same_run():
    runs = [(quiet(net, epochs=2, seed=seed).losses, net.state_dict()) for seed in (0, 0, 1) for net in [network()]]
    assert runs[0][0] == runs[1][0] != runs[2][0]
    assert same(runs[0][1], runs[1][1]) and not same(runs[0][1], runs[2][1])


@pytest.mark.parametrize(
    ("options", "steps", "epochs"),
    [
        ({}, 10, 1),
        ({"batch_size": 100}, 4, 1),
        ({"batch_size": 1000, "epochs": 3}, 3, 3),
        ({"epochs": 0}, 0, 0),
        ({"max_steps": 3}, 3, 1),
        ({"epochs": 3, "max_steps": 10}, 10, 1),
        ({"epochs": 3, "max_steps": 12}, 12, 2),
        ({"max_steps": 99}, 10, 1),
        ({"max_steps": 0}, 0, 0),
        ({"epochs": np.int64(2), "batch_size": np.int64(160)}, 4, 2),
    ],
    ids=str,
)
def test_how_many_steps(options, steps, epochs):
    history = quiet(network(), **options)
    assert (len(history.losses), len(history.epochs)) == (steps, epochs)


def test_a_step_is_the_articles_six():
    """By hand: softmax's error times the pixels, times the learning rate."""
    net = network()
    x, y = TRAIN.x[:4], TRAIN.y[:4]
    before = net.state_dict()
    logits = x.reshape(4, 64) @ before["fc.weight"].T + before["fc.bias"]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    value = step(net, nn.CrossEntropyLoss(), nn.SGD(0.5), x, y)
    assert value == pytest.approx(-np.log(p[np.arange(4), y]).mean(), rel=1e-5)
    dw = (p - np.eye(10)[y]).T @ x.reshape(4, 64) / 4
    np.testing.assert_allclose(net.state_dict()["fc.weight"], before["fc.weight"] - 0.5 * dw, rtol=1e-4, atol=1e-6)


def test_a_schedule_says_every_rate():
    history = quiet(network(), schedule=lambda number: 0.1 / (1 + number))
    assert history.rates == pytest.approx([0.1 / (1 + number) for number in range(10)])
    assert quiet(network(), schedule=lambda number: 0.1).losses == quiet(network()).losses


def test_an_optimiser_and_a_loss_of_ones_own():
    optimizer = nn.Adam(0.01)
    history = quiet(network(), optimizer=optimizer, loss=nn.CrossEntropyLoss("sum"))
    assert history.rates == [0.01] * 10
    assert history.losses[0] == pytest.approx(32 * np.log(10), rel=0.1)


class Interrupted(nn.ReLU):
    """A layer in whose nth pass of a kind someone presses Ctrl-C."""

    def __init__(self, kind, n):
        super().__init__()
        self.kind, self.left = kind, n

    def forward(self, x):
        self._count("forward")
        return super().forward(x)

    def backward(self, dy, input_grad=True):
        self._count("backward")
        return super().backward(dy, input_grad)

    def _count(self, kind):
        self.left -= kind == self.kind
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_ctrl_c_keeps_what_was_learned(kind, capsys):
    net, whole = network(Interrupted(kind, 5)), network(nn.ReLU())
    history = fit(net, TRAIN, lr=0.1)
    assert history.losses == quiet(whole, max_steps=4).losses
    assert same(net.state_dict(), whole.state_dict())
    assert history.interrupted
    assert history.stopped == "Interrupted after 4 steps; what was learned is kept."
    assert capsys.readouterr().out == history.stopped + "\n"
    assert str(history).endswith(history.stopped)


def test_ctrl_c_in_an_evaluation():
    """The steps before it are all there, and the network is not left as in use."""
    net = network(Interrupted("forward", 12))
    history = quiet(net, test=TEST)
    assert len(history.losses) == 10
    assert history.epochs == []
    assert {part.training for _, part in net.named_modules()} == {True}


class Spoilt(nn.Linear):
    """A layer whose nth result, forward or backward, is no number."""

    def __init__(self, kind, n):
        super().__init__(8, 8, rng=1)
        self.kind, self.left = kind, n

    def forward(self, x):
        y = super().forward(x)
        self.left -= self.kind == "forward"
        return y * np.float32("nan") if self.kind == "forward" and self.left < 0 else y

    def backward(self, dy, input_grad=True):
        dx = super().backward(dy, input_grad)
        self.left -= self.kind == "backward"
        if self.kind == "backward" and self.left < 0:
            self.parameters["weight"].grad[0, 0] = np.inf
        return dx


class SpoiltLoss(nn.CrossEntropyLoss):
    """A loss that is no number."""

    def __call__(self, pred, target):
        return super().__call__(pred, target) * np.nan


@pytest.mark.parametrize(
    ("net", "loss", "says", "steps"),
    [
        (
            network(nn.BatchNorm2d(1), bad=Spoilt("forward", 3)),
            None,
            "the first layer with such an output is bad. A smaller",
            3,
        ),
        (network(nn.BatchNorm2d(1), block=nn.Sequential(nn.ReLU(), Spoilt("forward", 3))), None, "is block.1. A", 3),
        (network(nn.BatchNorm2d(1), bad=Spoilt("backward", 3)), None, "gradient of bad.weight is not finite", 3),
        (network(nn.BatchNorm2d(1)), SpoiltLoss(), "every layer's output is finite: the loss itself is not", 0),
    ],
    ids=["layer", "inner layer", "gradient", "loss"],
)
def test_what_is_not_finite_is_found_and_changes_nothing(net, loss, says, steps):
    before = []
    history = quiet(net, loss=loss, schedule=lambda number: before.append(net.state_dict()) or 0.1)
    assert len(history.losses) == steps and np.isfinite(history.losses).all()
    assert not history.interrupted
    assert history.stopped.startswith(f"Stopped after {steps} steps. The ")
    assert says in history.stopped
    assert len(before) == steps + 1
    assert same(net.state_dict(), before[-1])


def test_a_learning_rate_that_is_too_large(capsys):
    """Numbers overflow on the way; one sentence says so, and no warning."""
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 3, rng=0), f=nn.Flatten(), a=nn.Linear(72, 20, rng=0), b=nn.Linear(20, 10))
    history = fit(net, TRAIN, lr=1e12)
    assert 0 < len(history.losses) < 10
    assert "not finite" in history.stopped or "smaller learning rate" in history.stopped
    assert capsys.readouterr().out == history.stopped + "\n"


def test_images_that_are_no_numbers():
    x = TRAIN.x.copy()
    x[7, 0, 0, 0] = np.nan
    history = quiet(network(), (x, TRAIN.y), batch_size=320)
    assert history.losses == []
    assert history.stopped == "Stopped after 0 steps. The loss is nan: some numbers in the images are not finite."


def test_one_step_raises():
    with pytest.raises(NotFinite, match="the first layer with such an output is bad"):
        step(network(bad=Spoilt("forward", 0)), nn.CrossEntropyLoss(), nn.SGD(0.1), TRAIN.x[:4], TRAIN.y[:4])


def test_the_first_that_is_not_finite():
    x = np.ones((2, 8), "float32")
    assert first_not_finite(nn.Linear(8, 8, rng=0), x) is None
    assert first_not_finite(Spoilt("forward", 0), x) == "Spoilt"
    assert first_not_finite(nn.Sequential(nn.ReLU(), Spoilt("forward", 0), nn.ReLU()), x) == "1"


def test_an_error_of_a_layer_comes_through():
    with pytest.raises(ValueError, match="w needs 1 on its second axis") as caught:
        quiet(nn.Sequential(c=nn.Conv2d(3, 2, 3, rng=0)))
    assert "in the forward pass of c (Conv2d)" in caught.value.__notes__


SHORT = (TRAIN.x[:3], TRAIN.y[:2])
EMPTY = (TRAIN.x[:0], TRAIN.y[:0])


@pytest.mark.parametrize(
    ("train", "options", "error", "says"),
    [
        (DIGITS, {}, TypeError, "train is a DataSet; a split with x and y, or a pair of arrays, is needed"),
        (([1], [2]), {}, TypeError, "train is a tuple"),
        (TRAIN.x, {}, TypeError, "train is a ndarray"),
        (EMPTY, {}, ValueError, "train is empty; at least one image"),
        (SHORT, {}, ValueError, r"train has x of shape \(3, 1, 8, 8\) and 2 classes"),
        ((np.array(1.0), TRAIN.y), {}, ValueError, r"train has x of shape \(\)"),
        ((TRAIN.x, TRAIN.y[:, None]), {}, ValueError, r"y of shape \(320, 1\), int64; one whole number for each"),
        ((TRAIN.x, TRAIN.y / 2), {}, ValueError, "float64; one whole number for each image"),
        (TRAIN, {"test": EMPTY}, ValueError, "test is empty"),
        (TRAIN, {"test": 3}, TypeError, "test is a int"),
        (TRAIN, {"epochs": -1}, ValueError, "epochs is -1; a whole number from 0 up"),
        (TRAIN, {"epochs": 1.5}, ValueError, "epochs is 1.5; a whole number"),
        (TRAIN, {"epochs": True}, ValueError, "epochs is True"),
        (TRAIN, {"batch_size": 0}, ValueError, "batch_size is 0; a whole number from 1 up"),
        (TRAIN, {"max_steps": -1}, ValueError, "max_steps is -1; a whole number from 0 up"),
        (TRAIN, {"lr": -0.1}, ValueError, "lr is -0.1"),
        (TRAIN, {"schedule": lambda number: float("nan")}, ValueError, "lr is nan"),
        (TRAIN, {"momentum": 0.9}, TypeError, "momentum"),
        ((TRAIN.x, TRAIN.y + 1), {}, ValueError, "a class number from 0 to 9"),
    ],
    ids=[
        *("data set", "lists", "images alone", "empty", "lengths", "no axes", "y's axes", "y's dtype"),
        *("empty test", "no test", "epochs", "half an epoch", "no number", "batch size", "max_steps", "lr"),
        *("schedule", "unknown", "class"),
    ],
)
def test_what_cannot_be_trained_on(train, options, error, says):
    net = network()
    before = net.state_dict()
    with pytest.raises(error, match=says):
        quiet(net, train, **options)
    assert same(net.state_dict(), before)


def test_evaluate_counts():
    class Reads(nn.Module):
        """Knows the class from the first pixel."""

        def forward(self, x):
            return np.eye(10)[x[:, 0, 0, 0].astype(int)]

    x = np.zeros((5, 1, 8, 8))
    x[:, 0, 0, 0] = [0, 1, 2, 3, 4]
    for batch_size in (1, 2, 5, 256):
        assert evaluate(Reads(), (x, np.array([0, 1, 2, 3, 9])), batch_size) == 0.8


def test_evaluate_is_as_in_use_and_leaves_every_mode():
    net = network(nn.BatchNorm2d(1), nn.Dropout(0.9, rng=0))
    quiet(net, max_steps=2)
    net["0"].eval()
    before = net.state_dict()
    assert evaluate(net, TRAIN) == evaluate(net, TRAIN, 7)
    assert same(net.state_dict(), before)
    assert [part.training for _, part in net.named_modules()] == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("samples", "batch_size", "error", "says"),
    [(EMPTY, 1, ValueError, "samples is empty"), (3, 1, TypeError, "samples is a int"), (TEST, 0, ValueError, "1 up")],
    ids=["empty", "none", "batch size"],
)
def test_what_cannot_be_evaluated(samples, batch_size, error, says):
    with pytest.raises(error, match=says):
        evaluate(network(), samples, batch_size)


def test_progress_is_shown_on_request(capsys):
    quiet(network())
    assert capsys.readouterr() == ("", "")
    fit(network(), TRAIN, max_steps=3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "3/3" in shown.err and "loss=2." in shown.err
