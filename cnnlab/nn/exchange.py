"""Networks to and from PyTorch, with equal weights."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from cnnlab.nn.conv import Conv2d, ConvTranspose2d
from cnnlab.nn.dropout import Dropout
from cnnlab.nn.linear import Flatten, Linear
from cnnlab.nn.module import Module
from cnnlab.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.nn.pool import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.nn.sequential import Sequential

#: Every layer with what its constructor is told, by the names that cnnlab's and torch's share.
ARGUMENTS: dict[type[Module], tuple[str, ...]] = {
    Linear: ("in_features", "out_features", "bias"),
    Flatten: (),
    Conv2d: ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias"),
    ConvTranspose2d: (
        *("in_channels", "out_channels", "kernel_size", "stride", "padding"),
        *("output_padding", "groups", "bias", "dilation"),
    ),
    ReLU: (),
    LeakyReLU: ("negative_slope",),
    Sigmoid: (),
    Tanh: (),
    Softmax: ("dim",),
    MaxPool2d: ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    AvgPool2d: ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    AdaptiveAvgPool2d: ("output_size",),
    BatchNorm1d: ("num_features", "eps", "momentum"),
    BatchNorm2d: ("num_features", "eps", "momentum"),
    LayerNorm: ("normalized_shape", "eps"),
    GroupNorm: ("num_groups", "num_channels", "eps"),
    Dropout: ("p",),
}


def to_torch(net: Module) -> Any:
    """The same network in PyTorch: equal weights, buffers, dtype, mode and names.

    Raises TypeError for a layer that torch.nn does not have.
    """
    import torch

    module = _made(net, torch.nn)
    dtypes = {str(p.data.dtype) for _, p in net.named_parameters()}
    module = module.to(getattr(torch, dtypes.pop())) if dtypes else module
    module.load_state_dict({name: torch.tensor(array) for name, array in net.state_dict().items()})
    return module.train(net.training)


def from_torch(module: Any) -> Module:
    """The same network in cnnlab: equal weights, buffers, dtype, mode and names.

    Raises TypeError for a layer that cnnlab does not have, or one with an option that it does not have.
    """
    dtypes = {str(p.dtype).removeprefix("torch.") for p in module.parameters()}
    net = _read(module, dtypes.pop() if dtypes else "float32")
    net.load_state_dict(module.state_dict())
    return net.train(module.training)


def _made(net: Module, nn: Any) -> Any:
    if isinstance(net, Sequential):
        made = nn.Sequential()
        for name, child in net.children.items():
            made.add_module(name, _made(child, nn))
        return made
    kind = type(net)
    if kind not in ARGUMENTS:
        raise TypeError(f"{net.name} is a {kind.__name__}, which has no counterpart in torch.nn")
    return getattr(nn, kind.__name__)(**{name: _argument(net, name) for name in ARGUMENTS[kind]})


def _argument(net: Module, name: str) -> Any:
    if name == "bias":
        return "bias" in net.parameters
    options = net.options() if hasattr(net, "options") else {}  # type: ignore[attr-defined]
    return options[name] if name in options else getattr(net, name)


def _read(module: Any, dtype: str) -> Module:
    name = type(module).__name__
    if name == "Sequential":
        return Sequential(**{key: _read(child, dtype) for key, child in module.named_children()})
    kind = next((k for k in ARGUMENTS if k.__name__ == name), None)
    if kind is None or not type(module).__module__.startswith("torch.nn"):
        raise TypeError(f"{name} has no counterpart in cnnlab.nn; there are {', '.join(k.__name__ for k in ARGUMENTS)}")
    _refuse(module, name)
    told = {a: module.bias is not None if a == "bias" else getattr(module, a) for a in ARGUMENTS[kind]}
    has_parameters = any(True for _ in module.parameters())
    return kind(**told, **({"dtype": dtype} if has_parameters else {}))


#: Options of torch's layers that cnnlab's do not have, and the one value that they must have.
ONLY = {
    "padding_mode": "zeros",
    "affine": True,
    "track_running_stats": True,
    "elementwise_affine": True,
    "return_indices": False,
    "divisor_override": None,
    "start_dim": 1,
    "end_dim": -1,
}


def _refuse(module: Any, name: str) -> None:
    for option, value in ONLY.items():
        if hasattr(module, option) and getattr(module, option) != value:
            raise TypeError(f"{name} has {option}={getattr(module, option)!r}; cnnlab's has only {value!r}")
    if isinstance(getattr(module, "padding", None), str):
        raise TypeError(f"{name} has padding={module.padding!r}; cnnlab's needs a number or a pair")
