"""The codes of a diagnosis, in the order in which they are reported, each with its meaning.

docs/codes.md is written from this table by `python -m authoring.build_codes`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """What is wrong, in one word. Of causes that explain as many cases, the first in this order is first."""

    LOAD = "load", "the file is missing, or cannot be read or executed"
    UNWRITTEN = "unwritten", "not written"
    RAISES = "raises", "raises an exception"
    TIMEOUT = "timeout", "does not end in time"
    FORWARD = "forward", "the forward was changed and is wrong"
    STRUCTURE = "structure", "returns something other than the gradients"
    SHAPE = "shape", "a wrong shape"
    DTYPE = "dtype", "a wrong kind of number"
    MUTATION = "mutation", "changes what it was given, or returns memory that is not its own"
    NONDETERMINISTIC = "nondeterministic", "a different answer when called again"
    BORROWED = "borrowed", "the gradient comes from PyTorch or from differencing"
    STABILITY = "stability", "NaN or infinity for large or constant input"
    UPSTREAM = "upstream", "the upstream gradient is not used as it should be"
    SIGN = "sign", "a wrong sign"
    SCALE = "scale", "a constant factor"
    TRANSPOSE = "transpose", "right numbers, transposed"
    FLIP = "flip", "right numbers, mirrored"
    SHIFT = "shift", "right numbers, shifted"
    REDUCTION = "reduction", "summed over the wrong axes"
    ACCUMULATE = "accumulate", "does not accumulate where windows overlap"
    MASK = "mask", "the wrong entries pass"
    CHANNEL = "channel", "channels, filters or groups mixed up"
    OPTION = "option", "right only at the default of an option"
    GEOMETRY = "geometry", "right only for some sizes"
    BORDER = "border", "wrong only at an edge"
    KINK = "kink", "wrong only at ties or zeros"
    PRECISION = "precision", "a small error everywhere"
    FORMULA = "formula", "a wrong formula, or a term is missing"
    UPDATE_RULE = "update_rule", "a wrong update rule"
    NOT_REJECTED = "not_rejected", "a wrong version of a layer of one's own is missing, or no case rejects it"

    meaning: str
    rank: int

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_, member.meaning, member.rank = value, meaning, len(cls.__members__)
        return member

    def __repr__(self) -> str:
        return repr(self.value)  # a report's diagnosis_code shows as the plain string that it is

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise ValueError(f"{value!r} is not a diagnosis code; the codes are {', '.join(cls)} (docs/codes.md)")


#: Every code with its meaning.
MEANINGS: dict[str, str] = {code.value: code.meaning for code in Code}

#: What is wrong even where the numbers are right, and scores 0.
VIOLATIONS = frozenset((Code.DTYPE, Code.MUTATION, Code.NONDETERMINISTIC, Code.BORROWED))
