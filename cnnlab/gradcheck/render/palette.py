"""The colours of a report, one meaning each: Okabe and Ito's, which colour-blind readers tell apart.

Words are in the colour of the text around them, on a light page and on a dark one. A frame is a meaning's colour mixed
with that of the text, and a field is a meaning's colour, thinned.
"""

from __future__ import annotations

from enum import StrEnum

from cnnlab.colours import TABLE


class Role(StrEnum):
    """What an array is."""

    INPUT = "x"
    WEIGHT = "w"
    OUTPUT = "y"
    GRADIENT = "gradient"
    OTHER = "other"


#: What an array is -> its colour. A gradient below 0 has a colour of its own.
COLOURS = {
    role: TABLE[name].fill
    for role, name in ((Role.INPUT, "x"), (Role.WEIGHT, "w"), (Role.OUTPUT, "y"), (Role.GRADIENT, "above"))
}
BELOW_ZERO = TABLE["below"].fill

RIGHT, WRONG, UNWRITTEN = (TABLE[name].fill for name in ("right", "wrong", "unwritten"))

#: How much of a frame, and of the field inside it, is the meaning's colour, in per cent; the rest of a frame is the
#: colour of the text, and the rest of a field is the page.
FRAME_PER_CENT, FIELD_PER_CENT = 65, 22

#: Arrays that are weights, by name; what a digit follows is one too: w1.
_WEIGHTS = frozenset({"w", "b", "weight", "bias", "gamma", "beta", "param", "params"})
_OUTPUTS = frozenset({"y", "t", "target", "size", "count", "order", "loss"})
_INPUTS = frozenset({"x", "a", "pred", "logits", "cols", "values"})


def find_role(name: str, gradients: frozenset[str] = frozenset()) -> Role:
    """Return what an array is, by its name. gradients: the names that are gradients here."""
    stem = name.partition("[")[0]
    if stem in gradients or stem.startswith("dy"):
        return Role.GRADIENT
    stem = stem.rstrip("0123456789")
    if stem in _WEIGHTS:
        return Role.WEIGHT
    return Role.OUTPUT if stem in _OUTPUTS else Role.INPUT if stem in _INPUTS else Role.OTHER
