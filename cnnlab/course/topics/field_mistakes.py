"""Chapter 1: receptive fields by rules that are nearly right. Rivals of receptive_field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival


class Field(NamedTuple):
    """What a cell sees: how many rows, how far its neighbour's lie, and where they begin."""

    size: int
    jump: int
    start: int


class Layer(NamedTuple):
    """Kernel, stride, padding and dilation of a layer."""

    k: int
    s: int
    p: int
    d: int


#: (what is seen so far, layer) -> one of size, jump and start after the layer.
Rule = Callable[[Field, Layer], int]


def read_layer(kind: str, given: dict[str, Any]) -> Layer:
    """Return the numbers of a layer; a pool's stride is its kernel where it is not said."""
    k = given["kernel_size"]
    return Layer(k, given.get("stride", 1 if kind == "conv" else k), given.get("padding", 0), given.get("dilation", 1))


def _follow_layers(case: Case, size: Rule, jump: Rule, start: Rule) -> Field:
    field = Field(1, 1, 0)
    for kind, given in case.inputs["layers"]:
        if kind != "relu":
            layer = read_layer(kind, given)
            field = Field(size(field, layer), jump(field, layer), start(field, layer))
    return field


def _grow(field: Field, layer: Layer) -> int:
    return field.size + layer.d * (layer.k - 1) * field.jump


def _jump(field: Field, layer: Layer) -> int:
    return field.jump * layer.s


def _begin(field: Field, layer: Layer) -> int:
    return field.start - layer.p * field.jump


def _replace_rule(name: str, rule: Rule, of: str | None = None) -> Callable[[Case, Any], np.ndarray]:
    """`name`, or the value `of`, when the rule of `name` is another."""
    rules = {"size": _grow, "jump": _jump, "start": _begin, name: rule}
    return lambda case, right: np.array(getattr(_follow_layers(case, **rules), of or name), int)


#: Wrong rules for the jump, each with the values that show it, since size and start follow from the jump.
WRONG_JUMPS: dict[str, tuple[tuple[str, ...], Rule]] = {
    "The jump adds the stride, jump + s: a step of the new layer is s steps of the old one, so they multiply.": (
        ("size", "jump", "start"),
        lambda f, n: f.jump + n.s,
    ),
    "The jump adds the strides up, jump + s − 1: a step of the new layer is s steps of the old one, so they "
    "multiply.": (("jump",), lambda f, n: f.jump + n.s - 1),
    "The jump is the last layer's stride alone: those of the layers before it multiply.": (
        ("size", "jump"),
        lambda f, n: n.s,
    ),
    "The jump multiplies the kernels: it is the strides that multiply.": (("jump", "start"), lambda f, n: f.jump * n.k),
}

_MISTAKES: tuple[tuple[str, str, str, Callable[[Case, Any], np.ndarray]], ...] = (
    (
        "size",
        "formula",
        "size adds (k − 1) times the layer's own stride: it is the jump that counts, the product of the strides "
        "before.",
        _replace_rule("size", lambda f, n: f.size + n.d * (n.k - 1) * n.s),
    ),
    (
        "size",
        "formula",
        "size adds k · jump for a layer: k cells have k − 1 gaps between them, so it is (k − 1) · jump.",
        _replace_rule("size", lambda f, n: f.size + n.d * n.k * f.jump),
    ),
    (
        "size",
        "option",
        "size takes a dilated kernel to reach over d·k cells: between k entries there are k − 1 gaps, so a layer adds "
        "d·(k − 1) · jump.",
        _replace_rule("size", lambda f, n: f.size + (n.d * n.k - 1) * f.jump),
    ),
    (
        "size",
        "formula",
        "size forgets the layers before the last: (k − 1) · jump is added to what was seen so far.",
        _replace_rule("size", lambda f, n: 1 + n.d * (n.k - 1) * f.jump),
    ),
    (
        "size",
        "formula",
        "size multiplies by the stride, as from the last layer to the first; in this direction a layer adds "
        "(k − 1) · jump.",
        _replace_rule("size", lambda f, n: f.size * n.s + n.d * (n.k - 1)),
    ),
    (
        "size",
        "formula",
        "size takes the padding off: padding moves the window, which stays as large as it is.",
        _replace_rule("size", lambda f, n: _grow(f, n) - 2 * n.p),
    ),
    (
        "size",
        "formula",
        "size takes the padding off: padding moves the window, which stays as large as it is.",
        _replace_rule("size", lambda f, n: _grow(f, n) - 2 * n.p * f.jump),
    ),
    (
        "size",
        "formula",
        "size adds the kernels: neighbouring windows overlap, so a layer adds (k − 1) · jump.",
        _replace_rule("size", lambda f, n: f.size + n.k),
    ),
    (
        "size",
        "formula",
        "size begins at 0: with no layer at all a cell sees one row, itself.",
        lambda case, right: right(case) - 1,
    ),
    ("jump", "formula", "jump is 1 after every layer: each stride multiplies it.", lambda case, right: np.array(1)),
    (
        "start",
        "formula",
        "start uses the jump after the layer: the padding is rows of the layer's input, so the jump before it counts.",
        _replace_rule("start", lambda f, n: f.start - n.p * f.jump * n.s),
    ),
    (
        "start",
        "formula",
        "start is that of the last layer's padding alone: = where −= is needed.",
        _replace_rule("start", lambda f, n: -n.p * f.jump),
    ),
    (
        "start",
        "formula",
        "start is 0 whatever the padding is: padding moves the window towards rows below 0.",
        lambda case, right: np.array(0),
    ),
    (
        "start",
        "scale",
        "start takes off 2p: the p rows of padding at the beginning count, and not those at the end.",
        _replace_rule("start", lambda f, n: f.start - 2 * n.p * f.jump),
    ),
)

RIVALS = (
    *(Rival(name, code, sentence, compute) for name, code, sentence, compute in _MISTAKES),
    *(
        Rival(name, "formula", sentence, _replace_rule("jump", rule, name))
        for sentence, (names, rule) in WRONG_JUMPS.items()
        for name in names
    ),
)
