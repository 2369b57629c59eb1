"""Every layer and loss against torch.nn's of the same name, with equal weights, on both kinds of gears."""

import numpy as np
import pytest
import torch

from cnnlab import nn

#: id -> the layer's name, its arguments, which are torch's too, and the shape of x.
LAYERS = {
    "linear": ("Linear", {"in_features": 5, "out_features": 3}, (4, 5)),
    "linear, no bias": ("Linear", {"in_features": 5, "out_features": 3, "bias": False}, (4, 5)),
    "linear, one sample": ("Linear", {"in_features": 5, "out_features": 3}, (1, 5)),
    "flatten": ("Flatten", {}, (2, 3, 4, 5)),
    "conv2d": ("Conv2d", {"in_channels": 3, "out_channels": 4, "kernel_size": 3}, (2, 3, 7, 6)),
    "conv2d, no bias": ("Conv2d", {"in_channels": 1, "out_channels": 2, "kernel_size": 2, "bias": False}, (2, 1, 4, 4)),
    "conv2d, everything": (
        "Conv2d",
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": (3, 2),
            "stride": (2, 1),
            "padding": (1, 2),
            "dilation": (1, 2),
            "groups": 2,
        },
        (2, 4, 8, 7),
    ),
    "conv transpose": ("ConvTranspose2d", {"in_channels": 3, "out_channels": 2, "kernel_size": 3}, (2, 3, 4, 5)),
    "conv transpose, everything": (
        "ConvTranspose2d",
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": (3, 2),
            "stride": (2, 3),
            "padding": (1, 0),
            "output_padding": (1, 2),
            "groups": 2,
            "bias": False,
            "dilation": (2, 1),
        },
        (2, 4, 4, 3),
    ),
    "relu": ("ReLU", {}, (4, 5)),
    "leaky relu": ("LeakyReLU", {"negative_slope": 0.2}, (2, 3, 4, 5)),
    "sigmoid": ("Sigmoid", {}, (4, 5)),
    "tanh": ("Tanh", {}, (4, 5)),
    "softmax": ("Softmax", {"dim": 1}, (4, 5)),
    "max pool": ("MaxPool2d", {"kernel_size": 2}, (2, 3, 6, 7)),
    "max pool, everything": (
        "MaxPool2d",
        {"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "dilation": (1, 2), "ceil_mode": True},
        (2, 3, 8, 7),
    ),
    "avg pool": ("AvgPool2d", {"kernel_size": 2}, (2, 3, 6, 7)),
    "avg pool, everything": (
        "AvgPool2d",
        {"kernel_size": (3, 2), "stride": 2, "padding": (1, 0), "ceil_mode": True, "count_include_pad": False},
        (2, 3, 8, 7),
    ),
    "adaptive avg pool": ("AdaptiveAvgPool2d", {"output_size": 3}, (2, 3, 7, 8)),
    "adaptive avg pool, pair": ("AdaptiveAvgPool2d", {"output_size": (None, 2)}, (2, 3, 4, 5)),
    "upsample": ("Upsample", {"scale_factor": 2}, (2, 3, 4, 5)),
    "upsample, everything": (
        "Upsample",
        {"size": (7, 9), "mode": "bilinear", "align_corners": True},
        (2, 3, 4, 5),
    ),
    "batch norm 1d": ("BatchNorm1d", {"num_features": 3}, (6, 3)),
    "batch norm 2d": ("BatchNorm2d", {"num_features": 3, "eps": 1e-3, "momentum": 0.3}, (4, 3, 5, 2)),
    "batch norm 2d, mean of all": ("BatchNorm2d", {"num_features": 3, "momentum": None}, (4, 3, 5, 2)),
    "layer norm": ("LayerNorm", {"normalized_shape": 5}, (4, 5)),
    "layer norm, three axes": ("LayerNorm", {"normalized_shape": (3, 4, 5), "eps": 1e-3}, (2, 3, 4, 5)),
    "group norm": ("GroupNorm", {"num_groups": 2, "num_channels": 4, "eps": 1e-4}, (3, 4, 2, 5)),
    "gelu": ("GELU", {"approximate": "tanh"}, (4, 5)),
}

#: Layers with parameters, which take a dtype.
HAVE_PARAMETERS = ("Linear", "Conv2d", "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d", "LayerNorm", "GroupNorm")


def pair(name, arguments, dtype):
    """The same layer of cnnlab and of torch, with the same weights, none of them at its start."""
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(**arguments).to(getattr(torch, dtype))
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter)
    ours = getattr(nn, name)(**arguments, **({"dtype": dtype} if name in HAVE_PARAMETERS else {}))
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def close(found, wanted):
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize(("name", "arguments", "shape"), LAYERS.values(), ids=LAYERS)
def test_a_layer_is_torchs(whose, name, arguments, shape, mode):
    ours, theirs = pair(name, arguments, "float64")
    rng = np.random.default_rng(1)
    for _ in range(2):  # twice: in training the running statistics go on from the first
        ours.train(), theirs.train()
        x = rng.normal(size=shape)
        ours(x), theirs(torch.tensor(x))
    getattr(ours, mode)(), getattr(theirs, mode)()
    x = rng.normal(size=shape)
    leaf = torch.tensor(x, requires_grad=True)
    y, wanted = ours(x), theirs(leaf)
    close(y, wanted)
    dy = rng.normal(size=y.shape)
    theirs.zero_grad()
    wanted.backward(torch.tensor(dy))
    close(ours.backward(dy), leaf.grad)
    grads = {key: p.grad for key, p in theirs.named_parameters()}
    assert [key for key, _ in ours.named_parameters()] == list(grads)
    for key, parameter in ours.named_parameters():
        close(parameter.grad, grads[key])
    for key, buffer in ours.named_buffers():
        close(buffer, theirs.state_dict()[key])


@pytest.mark.parametrize("given", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "shape"), LAYERS.values(), ids=LAYERS)
def test_dtypes_stay(whose, name, arguments, shape, given):
    """Gradients have the dtype of what they belong to; a layer of float32 on x of float32 never leaves it."""
    ours, _ = pair(name, arguments, "float32")
    x = np.random.default_rng(1).normal(size=shape).astype(given)
    y = ours(x)
    assert y.dtype == given
    dx = ours.backward(np.ones_like(y))
    assert dx is not None and dx.dtype == given
    for key, parameter in ours.named_parameters():
        assert (key, parameter.grad.dtype) == (key, "float32")
    for key, buffer in ours.named_buffers():
        assert key == "num_batches_tracked" or buffer.dtype == "float32"


@pytest.mark.parametrize("input_grad", [True, False])
def test_the_gradient_of_the_input_is_left_out_on_request(whose, input_grad):
    layer = nn.Conv2d(2, 3, 3, rng=0)
    y = layer(np.ones((1, 2, 5, 5), "float32"))
    assert (layer.backward(np.ones_like(y), input_grad) is not None) == input_grad
    assert all(p.grad is not None for _, p in layer.named_parameters())


def test_dropout_in_training(whose):
    x = np.full((50, 40), 2.0)
    layer = nn.Dropout(0.25, rng=3)
    y = layer(x)
    kept = y != 0
    assert np.array_equal(y, np.where(kept, 2 / 0.75, 0))
    assert 0.7 < kept.mean() < 0.8
    assert np.array_equal(layer.backward(np.ones_like(x)), np.where(kept, 1 / 0.75, 0))
    assert not np.array_equal(layer(x) != 0, kept)  # the next mask is another
    assert np.array_equal(nn.Dropout(0.25, rng=3)(x), y)  # and the same seed begins with the same


def test_dropout_in_use(whose):
    x = np.arange(6.0).reshape(2, 3)
    layer = nn.Dropout(0.5).eval()
    assert np.array_equal(layer(x), x)
    assert np.array_equal(layer.backward(x), x)


@pytest.mark.parametrize(
    ("layer", "x"),
    [(nn.Dropout(0.5, rng=0), np.ones((4, 5))), (nn.BatchNorm1d(2, dtype="float64"), np.eye(5)[:, :2])],
    ids=["dropout", "batch norm"],
)
def test_a_backward_pass_belongs_to_the_forward_pass_before_it(whose, layer, x):
    """Whatever mode the layer is in by then."""
    for first, later in ((True, False), (False, True)):
        layer.train(first)
        dy = np.arange(float(layer(x).size)).reshape(x.shape)
        wanted = layer.backward(dy)
        assert np.array_equal(layer.train(later).backward(dy), wanted)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(3), nn.BatchNorm2d(3)], ids=["1d", "2d"])
@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("shape", [(4,), (4, 3, 2), (4, 2), (4, 2, 3, 3)], ids=str)
def test_what_batch_norm_cannot_normalise(layer, mode, shape):
    with pytest.raises(ValueError, match=rf"x has shape \({shape[0]}"):
        layer.train(mode)(np.ones(shape, "float32"))


def test_batch_norm_needs_two_values_to_train(whose):
    with pytest.raises(ValueError, match="1 value a channel"):
        nn.BatchNorm1d(3)(np.ones((1, 3), "float32"))


NUMBERS = {"mean": (), "sum": (), "none": (4, 3)}
LOSSES = {
    "cross entropy": ("CrossEntropyLoss", {}, "classes"),
    "mse": ("MSELoss", {}, "numbers"),
    "bce with logits": ("BCEWithLogitsLoss", {}, "shares"),
    "smooth l1": ("SmoothL1Loss", {"beta": 0.5}, "numbers"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "arguments", "target"), LOSSES.values(), ids=LOSSES)
def test_a_loss_is_torchs(whose, name, arguments, target, reduction, dtype):
    rng = np.random.default_rng(2)
    pred = rng.normal(size=(4, 3)).astype(dtype)
    targets = {
        "classes": rng.integers(3, size=4),
        "numbers": rng.normal(size=(4, 3)).astype(dtype),
        "shares": rng.random((4, 3)).astype(dtype),
    }
    leaf = torch.tensor(pred, requires_grad=True)
    wanted = getattr(torch.nn, name)(reduction=reduction, **arguments)(leaf, torch.tensor(targets[target]))
    loss = getattr(nn, name)(reduction, **arguments)
    value = loss(pred, targets[target])
    dy = 1.0 if reduction != "none" else rng.normal(size=value.shape).astype(dtype)
    wanted.backward(torch.tensor(dy, dtype=leaf.dtype))
    found = loss.backward(dy)
    accuracy = 1e-10 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(value, wanted.detach().numpy(), rtol=accuracy, atol=accuracy)
    np.testing.assert_allclose(found, leaf.grad, rtol=accuracy, atol=accuracy)
    assert value.dtype == dtype and found.dtype == dtype


def test_cross_entropy_at_every_position(whose):
    rng = np.random.default_rng(3)
    logits, target = rng.normal(size=(2, 3, 4, 5)), rng.integers(3, size=(2, 4, 5))
    leaf = torch.tensor(logits, requires_grad=True)
    wanted = torch.nn.CrossEntropyLoss()(leaf, torch.tensor(target))
    wanted.backward()
    loss = nn.CrossEntropyLoss()
    close(loss(logits, target), wanted)
    close(loss.backward(), leaf.grad)


@pytest.mark.parametrize(
    ("loss", "pred", "target", "error", "says"),
    [
        (nn.MSELoss("avg"), np.ones(3), np.ones(3), ValueError, "reduction is 'avg'"),
        (nn.MSELoss(), np.ones(3), np.ones(4), ValueError, "target has shape"),
        (nn.CrossEntropyLoss(), np.ones((2, 3)), np.array([0, 3]), ValueError, "a class number from 0 to 2"),
        (nn.CrossEntropyLoss(), np.ones((2, 3)), np.ones(2), TypeError, "integers, are needed"),
        (nn.CrossEntropyLoss(label_smoothing=0.1), np.ones((2, 3)), np.array([0, 1]), TypeError, "label_smoothing"),
    ],
    ids=["reduction", "shapes", "class", "dtype", "option"],
)
def test_what_a_loss_cannot_compare(whose, loss, pred, target, error, says):
    with pytest.raises(error, match=says) as caught:
        loss(pred, target)
    assert caught.value.__notes__ == [f"in {type(loss).__name__}"]


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("Linear(in_features=2, out_features=3, bias=False)", nn.Linear(2, 3, bias=False)),
        ("Conv2d(2, 4, kernel_size=(3, 3), stride=2, groups=2)", nn.Conv2d(2, 4, 3, stride=2, groups=2)),
        ("Conv2d(1, 4, kernel_size=(3, 2), bias=False)", nn.Conv2d(1, 4, (3, 2), bias=False)),
        ("ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=2)", nn.ConvTranspose2d(2, 4, 3, stride=2)),
        ("ReLU()", nn.ReLU()),
        ("LeakyReLU(negative_slope=0.1)", nn.LeakyReLU(0.1)),
        ("BatchNorm2d(3, eps=1e-05, momentum=0.1)", nn.BatchNorm2d(3)),
        ("LayerNorm((3,), eps=1e-05)", nn.LayerNorm(3)),
        ("Dropout(p=0.5)", nn.Dropout()),
        ("SmoothL1Loss(reduction='mean', beta=1.0)", nn.SmoothL1Loss()),
        ("AdaptiveAvgPool2d(output_size=2)", nn.AdaptiveAvgPool2d(2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_layer_calls_itself(text, layer):
    assert repr(layer) == text


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Linear(50, 40, rng=0), 50),
        (nn.Conv2d(8, 20, 5, groups=2, rng=0), 100),
        (nn.ConvTranspose2d(8, 20, 5, groups=2, rng=0), 250),
    ],
    ids=["linear", "conv", "conv transpose"],
)
def test_parameters_begin_as_torchs_do(layer, fan_in):
    """Evenly between -1/sqrt(fan_in) and 1/sqrt(fan_in)."""
    weight, bias = (layer.parameters[name].data * fan_in**0.5 for name in ("weight", "bias"))
    for drawn in (weight, bias):
        assert 0.8 < np.abs(drawn).max() <= 1.0001
    assert weight.std() == pytest.approx(3**-0.5, rel=0.05)
    assert weight.dtype == bias.dtype == "float32"
