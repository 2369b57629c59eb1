"""Convert networks to and from PyTorch, with equal weights."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.activations import GELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from cnnlab.nn.conv import Conv2d, ConvTranspose2d
from cnnlab.nn.dropout import Dropout
from cnnlab.nn.graph import GraphConv
from cnnlab.nn.linear import Flatten, Linear
from cnnlab.nn.module import Module
from cnnlab.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.nn.pool import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.nn.recurrent import RNN, join_biases, split_bias
from cnnlab.nn.resample import Upsample
from cnnlab.nn.residual import ResidualBlock
from cnnlab.nn.sequential import Sequential

#: Every layer with the arguments of its constructor, by the names that cnnlab and torch share.
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
    Upsample: ("size", "scale_factor", "mode", "align_corners"),
    BatchNorm1d: ("num_features", "eps", "momentum"),
    BatchNorm2d: ("num_features", "eps", "momentum"),
    LayerNorm: ("normalized_shape", "eps"),
    GroupNorm: ("num_groups", "num_channels", "eps"),
    Dropout: ("p",),
    GELU: ("approximate",),
    RNN: ("input_size", "hidden_size"),
}

#: Arguments of torch's layers that always have the same value.
ALWAYS: dict[type[Module], dict[str, Any]] = {RNN: {"batch_first": True}}

#: Layers that torch.nn lacks, each with the reason.
WITHOUT_COUNTERPART: dict[type[Module], str] = {
    GraphConv: "torch.nn has no layer that knows a graph",
    ResidualBlock: "in torch a shortcut is written in the forward pass of a module of one's own",
}


def to_torch(net: Module) -> Any:
    """Return the same network in PyTorch: equal weights, buffers, dtypes, modes and names.

    Args:
        net: A network or layer of cnnlab.nn.

    Returns:
        A torch.nn.Module with weights of its own.

    Raises:
        TypeError: torch.nn has no such layer.

    Example:
        >>> from cnnlab import nn
        >>> nn.to_torch(nn.Sequential(fc=nn.Linear(3, 2)))
        Sequential(
          (fc): Linear(in_features=3, out_features=2, bias=True)
        )
    """
    import torch

    module = _make_module(net, torch)
    state = net.state_dict()
    for layer in _find_recurrent(net):
        state = split_bias(state, layer)
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return module


def from_torch(module: Any) -> Module:
    """Return the same network in cnnlab: equal weights, buffers, dtypes, modes and names.

    Args:
        module: A torch.nn.Sequential, or a layer of torch.nn.

    Returns:
        A network or layer with weights of its own.

    Raises:
        TypeError: cnnlab has no such layer, or not with that option, or two layers share a parameter.

    Example:
        >>> import torch
        >>> from cnnlab import nn
        >>> nn.from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()))
        Sequential(
          (0): Linear(in_features=3, out_features=2, bias=True)
          (1): ReLU()
        )
    """
    names: dict[Any, str] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if parameter in names:
            raise TypeError(f"{names[parameter]} and {name} are the same parameter; cnnlab's layers share none")
        names[parameter] = name
    net = _read(module, "")
    state = module.state_dict()
    for layer in _find_recurrent(net):
        state = join_biases(state, layer)
    net.load_state_dict(state)
    return net


def _find_recurrent(net: Module) -> list[str]:
    """Return what is in front of the names of each RNN's parameters, such as "1.rnn."."""
    return [f"{name}." if name else "" for name, part in net.named_modules() if isinstance(part, RNN)]


def _make_module(net: Module, torch: Any) -> Any:
    kind = type(net)
    if kind is Sequential:
        made = torch.nn.Sequential()
        for name, child in net.children.items():
            made.add_module(name, _make_module(child, torch))
    elif kind in ARGUMENTS:
        made = getattr(torch.nn, kind.__name__)(
            **{name: _argument(net, name) for name in ARGUMENTS[kind]}, **ALWAYS.get(kind, {})
        )
        for parameter in net.parameters.values():
            made.to(getattr(torch, str(parameter.data.dtype)))
    else:
        reason = f": {WITHOUT_COUNTERPART[kind]}" if kind in WITHOUT_COUNTERPART else ""
        raise TypeError(f"{net.name} is a {kind.__name__}, which has no counterpart in torch.nn{reason}")
    made.training = net.training
    return made


def _argument(net: Module, name: str) -> Any:
    if name == "bias":
        return "bias" in net.parameters
    options = net.options() if hasattr(net, "options") else {}  # type: ignore[attr-defined]
    return options[name] if name in options else getattr(net, name)


def _read(module: Any, place: str) -> Module:
    """place: the layer's name in the network, "" for the whole."""
    name, dotted = type(module).__name__, f"{place}." if place else ""
    kind = next((k for k in (Sequential, *ARGUMENTS) if k.__name__ == name), None)
    if kind is None or not type(module).__module__.startswith("torch.nn."):
        has = ", ".join(k.__name__ for k in ARGUMENTS)
        raise TypeError(f"{layer_title(place, name)} has no counterpart in cnnlab.nn, which has Sequential, {has}")
    if kind is Sequential:  # not named_children(), which leaves out a layer's second place
        net: Module = Sequential(**{key: _read(child, dotted + key) for key, child in module._modules.items()})
    else:
        _refuse(module, kind, layer_title(place, name))
        arguments: dict[str, Any] = {
            a: module.bias is not None if a == "bias" else getattr(module, a) for a in ARGUMENTS[kind]
        }
        weight = next(module.parameters(), None)
        if weight is not None:
            arguments["dtype"] = str(weight.dtype).removeprefix("torch.")
        net = kind(**arguments)
    net.training = module.training
    return net


def layer_title(place: str, name: str) -> str:
    return f"{place} ({name})" if place else name


#: Options of torch's layers that cnnlab's do not have, and the one value that they must have.
ONLY = {
    "padding_mode": "zeros",
    "affine": True,
    "track_running_stats": True,
    "elementwise_affine": True,
    "return_indices": False,
    "approximate": "tanh",
    "divisor_override": None,
    "start_dim": 1,
    "end_dim": -1,
    "num_layers": 1,
    "nonlinearity": "tanh",
    "batch_first": True,
    "bidirectional": False,
}


def _refuse(module: Any, kind: type[Module], called: str) -> None:
    for option, value in ONLY.items():
        if hasattr(module, option) and getattr(module, option) != value:
            raise TypeError(f"{called} has {option}={getattr(module, option)!r}; cnnlab's has only {value!r}")
    bias = getattr(module, "bias", True)  # a flag, or an array or None
    if "bias" not in ARGUMENTS[kind] and (bias is None or bias is False):
        raise TypeError(f"{called} has bias=False; cnnlab's has only True")
    if isinstance(getattr(module, "padding", 0), str):
        raise TypeError(f"{called} has padding={module.padding!r}; cnnlab's needs a number or a pair")
    for parameter in module.parameters():
        if str(parameter.dtype) not in ("torch.float32", "torch.float64"):
            raise TypeError(f"{called} has numbers of {parameter.dtype}; cnnlab's has only float32 and float64")
