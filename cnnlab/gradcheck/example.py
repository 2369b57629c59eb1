"""The smallest failing case in full, and the causes of a failure, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab.gradcheck.case import Stage
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import HIDDEN


@dataclass(frozen=True)
class Term:
    """One product of a sum that is worked out by hand.

    factors: as they are shown, an entry's name or a number ("dy[1, 1]", "w[0, 0]").   values: their numbers.
    """

    factors: tuple[str, ...]
    values: tuple[float, ...]
    product: float


@dataclass(frozen=True)
class ByHand:
    """One entry of a gradient, worked out: the terms add up to `expected` exactly; `got` came back instead."""

    index: tuple[int, ...]
    terms: tuple[Term, ...]
    expected: float
    got: float


@dataclass(frozen=True)
class Example:
    """The smallest failing case of the first failing gradient, with everything that is needed to do it again.

    Attributes:
        gradient: The name of the gradient, or of the value of a function that is no backward.
        case: The name of the planned case that it was cut from.
        inputs: The forward's arguments by name: arrays, numbers, lists, graphs or layer lists as they were handed over.
        options: The keyword arguments.
        dy: The upstream gradient, or None where there is none.
        got: What came back; None where nothing did.
        expected: What is right.
        by_hand: Wrong entries worked out, the worst first.
        command: In a graded report, what makes this example at home; else "".
        item_names: By input, what the items of a tuple are called.
    """

    gradient: str
    case: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]
    dy: Any
    got: Any
    expected: Any
    by_hand: tuple[ByHand, ...] = ()
    command: str = ""
    item_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """Why some of the cases fail.

    Attributes:
        code: The diagnosis code.
        sentence: The cause in one sentence.
        detail: Its short form.
        gradient: The gradient that it is wrong for.
        cases: How many cases fail for it.
        of: How many cases were judged.
        stage: The stage of the first of them, "core" before "general".
        public_sentence, public_detail: As a graded report shows them, where that is something else.
    """

    code: Code
    sentence: str
    detail: str
    gradient: str
    cases: int
    of: int
    stage: Stage
    public_sentence: str = field(default="", repr=False, metadata={"internal": True})
    public_detail: str = field(default="", repr=False, metadata={"internal": True})

    @property
    def leaves_out_numbers(self) -> bool:
        """Return whether a graded report shows something else in place of numbers of the sentence."""
        return self.public_sentence.count(HIDDEN) > self.sentence.count(HIDDEN)
