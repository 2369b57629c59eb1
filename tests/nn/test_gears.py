"""Whose gradients a network runs on, and what is said where nobody can compute one."""

import os

import numpy as np
import pytest
import torch

from cnnlab import check, nn
from cnnlab.course import catalogue
from cnnlab.course.learner_folder import show_path
from cnnlab.nn import gears

BIAS = "return dy.sum(axis=(0, 2, 3))"


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setattr("cnnlab.gradcheck.reference.pytorch.is_available", lambda: False)


def conv(dtype="float64"):
    """A network whose layer is called c."""
    return nn.Sequential(c=nn.Conv2d(2, 3, 3, stride=2, padding=1, rng=0, dtype=dtype))


X = np.random.default_rng(0).normal(size=(2, 2, 6, 5))
DY = np.random.default_rng(1).normal(size=(2, 3, 3, 3))


def run(net, x=X, dy=DY):
    """Every gradient after one forward and one backward pass."""
    net(x)
    return {"x": net.backward(dy)} | {name: p.grad for name, p in net.named_parameters()}


def states(net):
    return {row.exercise: row.state for row in net.gears().rows}


def test_a_gear_turns_from_pytorchs_to_yours_to_checked(room):
    net = conv()
    assert set(states(net).values()) == {"PyTorch's"}
    room.write("conv2d_bias_grad", BIAS)
    assert states(net) == {
        "conv2d_bias_grad": "yours, unchecked",
        "conv2d_weight_grad": "PyTorch's",
        "conv2d_input_grad": "PyTorch's",
    }
    assert check("conv2d_bias_grad").core
    assert states(net)["conv2d_bias_grad"] == "yours and checked"


def test_the_board_checks_on_request(room):
    room.write("conv2d_bias_grad", BIAS)
    assert conv().gears(check=True).count == {"yours and checked": 1, "yours, unchecked": 0, "PyTorch's": 2}


def test_what_fails_its_check_is_unchecked_and_runs(room):
    room.write("conv2d_bias_grad", BIAS + " * 2")
    net = conv()
    assert net.gears(check=True).count["yours, unchecked"] == 1
    assert np.array_equal(run(net)["c.bias"], 2 * DY.sum((0, 2, 3)))


def test_an_edit_is_unchecked_and_is_what_runs(room):
    room.write("conv2d_bias_grad", BIAS)
    net, file = conv(), room.path / "conv.py"
    assert check("conv2d_bias_grad").core
    assert np.array_equal(run(net)["c.bias"], DY.sum((0, 2, 3)))
    room.put("conv", file.read_text(encoding="utf-8").replace(BIAS, BIAS + " + 1"))
    os.utime(file, (0, 0))  # its size tells, whatever its time says
    assert states(net)["conv2d_bias_grad"] == "yours, unchecked"
    assert np.array_equal(run(net)["c.bias"], DY.sum((0, 2, 3)) + 1)


def test_an_edit_is_noticed_without_being_told(room, monkeypatch):
    monkeypatch.setattr(gears, "FILES_UNCHANGED_SECONDS", 0.0)
    net, file = conv(), room.path / "conv.py"
    run(net)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('raise NotImplementedError("ch08: write conv2d_bias_grad")', "return dy[0, :, 0, 0]"))
    assert np.array_equal(run(net)["c.bias"], DY[0, :, 0, 0])


@pytest.mark.parametrize(
    "line",
    [
        "from cnnlab.ops.helper import AXES",
        "from cnnlab.ops import helper; AXES = helper.AXES",
        "import cnnlab.ops.helper as helper; AXES = helper.AXES",
        "from .helper import AXES",
        "from . import helper; AXES = helper.AXES",
    ],
)
def test_an_edit_of_a_file_that_is_imported_is_unchecked(room, line):
    room.put("helper", "AXES = (0, 2, 3)\n")
    room.write("conv2d_bias_grad", f"{line}; return dy.sum(axis=AXES)")
    assert check("conv2d_bias_grad").core
    assert states(conv())["conv2d_bias_grad"] == "yours and checked"
    room.put("helper", "AXES = (0, 3, 2)\n")
    assert states(conv())["conv2d_bias_grad"] == "yours, unchecked"


def test_what_cannot_be_followed_is_never_checked(room):
    """An import that is missing, and may be: what it would bring is not known."""
    body = "try:\n        from cnnlab.ops.nowhere import AXES\n    except ImportError:\n        AXES = (0, 2, 3)\n"
    room.write("conv2d_bias_grad", body + "    return dy.sum(axis=AXES)")
    assert check("conv2d_bias_grad").core
    assert states(conv())["conv2d_bias_grad"] == "yours, unchecked"


@pytest.mark.parametrize("left", ["conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad"])
def test_mixed_gears_are_exact(room, left):
    parts = [e.name for e in catalogue.operation("conv2d").exercises]
    for unwritten in ([left], [p for p in parts if p != left]):
        room.solve("conv", *unwritten)
        net = conv()
        assert {name for name, state in states(net).items() if state == "PyTorch's"} == set(unwritten)
        leaf = torch.tensor(X, requires_grad=True)
        theirs = nn.to_torch(net)
        theirs(leaf).backward(torch.tensor(DY))
        wanted = {"x": leaf.grad} | {name: p.grad for name, p in theirs.named_parameters()}
        for name, found in run(net).items():
            np.testing.assert_allclose(found, wanted[name], rtol=1e-12, atol=1e-12)


def test_a_gradient_that_nobody_needs_turns_no_gear(room):
    room.write("conv2d_input_grad", "raise RuntimeError")
    net = conv()
    net(X)
    assert net.backward(DY, input_grad=False) is None


def test_transposed_convolution_turns_with_chapter_8(room):
    """Its forward pass is conv2d_input_grad: until that is written both passes are PyTorch's, and the board says so."""
    room.solve("conv_transpose")
    net = nn.Sequential(up=nn.ConvTranspose2d(3, 2, 2, rng=0, dtype="float64"))
    assert states(net) == {"conv_transpose2d_backward": "PyTorch's"}
    y = net(DY)
    dx = net.backward(np.ones_like(y))
    room.solve("conv")
    assert states(net) == {"conv_transpose2d_backward": "yours, unchecked"}
    np.testing.assert_allclose(net(DY), y, rtol=1e-12)
    np.testing.assert_allclose(net.backward(np.ones_like(y)), dx, rtol=1e-12)


# What is wrong in a learner's file comes to light, with the place; nothing stands in for it.


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def conv2d_forward(x:\n    return\n", "conv.py line 1 is not Python"),
        ("import numpy\n1 / 0\n", r"conv.py line 2 \(1 / 0\) could not be executed: ZeroDivisionError"),
        ("", "has no function conv2d_forward"),
    ],
    ids=["syntax", "executing", "empty"],
)
def test_a_file_that_cannot_be_used(room, text, says):
    room.put("conv", text)
    with pytest.raises(ImportError, match=says) as caught:
        conv()(X)
    assert show_path(room.path / "conv.py") in str(caught.value)
    assert caught.value.__notes__ == ["in the forward pass of c (Conv2d)"]


def test_a_file_that_breaks_between_two_passes(room):
    net = conv()
    net(X)
    room.put("conv", "return\n")
    with pytest.raises(ImportError, match=r"conv\.py") as caught:
        net.backward(DY)
    assert caught.value.__notes__ == ["in the backward pass of c (Conv2d)"]


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("return dy[0, 0, 0, 99]", IndexError, "99 is out of bounds"),
        ("if dy.ndim: raise NotImplementedError('later')", NotImplementedError, "later"),
        ("return None", ValueError, r"conv2d_bias_grad gave None for db; an array of shape \(3,\) is needed"),
        ("pass", ValueError, "conv2d_bias_grad gave None for db"),
        ("return dy", ValueError, r"gave an array of shape \(2, 3, 3, 3\) for db; an array of shape \(3,\)"),
        ("return (dy.sum(axis=(0, 2, 3)),)", ValueError, "gave a tuple of 1 for db"),
        ("return dy.sum(axis=(0, 2, 3)) > 0", TypeError, "gave numbers of bool for db; floating-point"),
        ("return dy.sum(axis=(0, 2, 3)).astype(complex)", TypeError, "gave numbers of complex128 for db"),
    ],
    ids=["raises", "not implemented", "None", "pass", "shape", "tuple", "bool", "complex"],
)
def test_a_wrong_gear_is_named(room, body, error, says):
    room.write("conv2d_bias_grad", body)
    with pytest.raises(error, match=says) as caught:
        run(conv())
    assert caught.value.__notes__ == ["in the backward pass of c (Conv2d)"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return dy", r"linear_backward returned an array of shape \(4, 3\); dx, dw, db is needed"),
        ("return None", "linear_backward returned None; dx, dw, db is needed"),
        ("return dy, dy", "linear_backward returned a tuple of 2; dx, dw, db is needed"),
        ("return dy @ cache.w, None, dy.sum(0)", r"linear_backward gave None for dw; an array of shape \(3, 2\)"),
    ],
    ids=["one", "None", "two", "None for one"],
)
def test_several_gradients(room, body, says):
    room.write("linear_backward", body)
    layer = nn.Linear(2, 3, rng=0, dtype="float64")
    layer(np.ones((4, 2)))
    with pytest.raises(ValueError, match=says):
        layer.backward(np.ones((4, 3)))


def test_a_gradient_of_no_bias_may_be_anything(room):
    room.write("conv2d_bias_grad", BIAS)
    layer = nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False, rng=0, dtype="float64")
    assert set(run(layer)) == {"x", "weight"}


def test_a_loss_names_itself(room):
    room.write("cross_entropy_backward", "return None")
    loss = nn.CrossEntropyLoss()
    loss(np.ones((2, 3)), np.array([0, 1]))
    with pytest.raises(ValueError, match="cross_entropy_backward gave None for dlogits") as caught:
        loss.backward()
    assert caught.value.__notes__ == ["in the backward pass of CrossEntropyLoss"]


def test_the_layer_is_named_by_its_place_in_the_network(room):
    room.write("linear_backward", "return None")
    net = nn.Sequential(first=nn.ReLU(), block=nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))
    net(np.ones((1, 3), "float32"))
    with pytest.raises(ValueError, match="linear_backward returned None") as caught:
        net.backward(np.ones((1, 2), "float32"))
    assert caught.value.__notes__ == ["in the backward pass of block.1 (Linear)"]


@pytest.mark.parametrize(
    "part",
    [nn.Linear(2, 2), nn.ReLU(), nn.MSELoss(), nn.Dropout(), nn.BatchNorm1d(2), nn.BatchNorm1d(2).eval()],
    ids=["linear", "relu", "loss", "dropout", "batch norm", "batch norm in use"],
)
def test_backward_before_forward(whose, part):
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        part.backward(np.ones((2, 2), "float32"))


def test_backward_after_a_forward_pass_that_failed(whose):
    layer = nn.Linear(2, 3, rng=0)
    layer(np.ones((4, 2), "float32"))
    with pytest.raises(ValueError, match="x has shape"):
        layer(np.ones((4, 9), "float32"))
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        layer.backward(np.ones((4, 3), "float32"))


# Without PyTorch.


def test_an_unwritten_gear_says_what_to_write(room, without_torch):
    net = conv()
    net(X)
    with pytest.raises(nn.NoGear) as caught:
        net.backward(DY)
    assert str(caught.value) == (
        f"conv2d_bias_grad is not written yet: write it in {show_path(room.path / 'conv.py')} (chapter 8), "
        "or install PyTorch (pip install torch), whose gradient then stands in"
    )
    assert caught.value.__notes__ == ["in the backward pass of c (Conv2d)"]


def test_the_file_to_write_is_the_learners_even_where_it_is_missing(room, without_torch):
    (room.path / "conv.py").unlink()
    gears.look_again()
    net = conv()
    net(X)
    with pytest.raises(nn.NoGear) as caught:
        net.backward(DY)
    assert f"write it in {show_path(room.path / 'conv.py')} (" in str(caught.value)
    assert all(row.place.endswith(show_path(room.path / "conv.py")) for row in net.gears().rows)


def test_a_forward_pass_that_nobody_can_make(room, without_torch):
    net = nn.Sequential(up=nn.ConvTranspose2d(3, 2, 2, rng=0))
    with pytest.raises(nn.NoGear, match="conv2d_input_grad is not written yet") as caught:
        net(np.ones((1, 3, 2, 2), "float32"))
    assert caught.value.__notes__ == ["in the forward pass of up (ConvTranspose2d)"]


def test_what_is_written_needs_no_torch(room, without_torch):
    room.solve("conv")
    assert set(run(conv())) == {"x", "c.weight", "c.bias"}
