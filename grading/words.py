"""What a worker may say in words: known sentences about known names, and lines of files that the judge has too.

Behind the wire a learner's code holds the inputs of hidden cases, and what is said of it is printed in its feedback. So
nothing is passed on as it came: a sentence that the runner would not say is replaced by a general one, a name that the
exercise does not have by none, and a line of a traceback is read again from the file, by its number. What a file can
still carry out is which of its lines were running, and which cases it lets fail.
"""

from __future__ import annotations

import builtins
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from cnnlab.gradcheck.runner.answer import Call, Frame
from cnnlab.gradcheck.runner.call_profiler import DIFFERENTIATORS
from cnnlab.loader import STUBS
from cnnlab.sourcefile import lines
from grading.limits import AXES, CALL_SECONDS, LINE, NAME, WALL_SECONDS, late

#: Types that people return by accident, by name. Another name could be made up to say something.
TYPES = (
    {kind.__name__ for module in (builtins, types) for kind in vars(module).values() if isinstance(kind, type)}
    | {kind.__name__ for kind in np.sctypeDict.values()}
    | {"ndarray", "matrix", "MaskedArray", "memmap", "recarray", "Tensor"}
)

#: dtypes that are no numbers, as NumPy writes them.
ODD_DTYPE = re.compile(r"object|(datetime|timedelta)64(\[\w{1,2}\])?|[<>|]?[USV]\d{1,3}|float128|complex256")

#: What is said where a type's name is not known.
STRANGE = "value of a type of its own"

#: Names that the runner gives to what is not an input.
GIVEN = frozenset(("dy", "cache", "param", "grad", "state"))

#: How Python calls code that has no name of its own.
UNNAMED = frozenset(("<module>", "<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"))


@dataclass(frozen=True)
class Words:
    """The words of one exercise.

    call: its functions.   inputs: their names.   files: the submission's learner files, by name.
    """

    call: Call
    inputs: Iterable[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)

    def change(self, phrase: Any) -> str | None:
        """A phrase of what was changed, or None where it is none: "changes cache.x" and the like."""
        if phrase == "overwrites the result of an earlier call":
            return phrase
        found = re.fullmatch(r"(changes|returns memory that belongs to) (\w+)(\.\w+)?(\.[\w.]+)?", _text(phrase))
        if not found or found[2] not in GIVEN.union(self.inputs):
            return None
        # a field of a cache that everyone was given is told, a field of the learner's own is not
        told = found[3] if found[3] and found[3][1:] in _handed_out() else ""
        return f"{found[1]} {found[2]}{told}"

    def borrowed(self, said: Any) -> str | None:
        """Whose gradient it is, "" for one's own, or None for what is neither."""
        said, libraries = _text(said), set(DIFFERENTIATORS.values())
        if not said or (set(said.split(" and ")) <= libraries):
            return said
        known = re.fullmatch(rf"differences: it called {self.call.forward} \d+ times for \d+ entries", said)
        return f"differences: it called {self.call.forward} for each entry" if known else None

    def sentence(self, kind: str, said: str) -> str:
        """Why there is no answer. An exception's own message stays; a public report leaves it out."""
        if kind == "raises":
            return said
        if kind == "timeout":
            return said if said == late(WALL_SECONDS) else late(CALL_SECONDS)
        if kind == "mutation":
            found = re.fullmatch(r"(\w+) changes (\w+)(\.\w+)*, which belongs to its caller", said)
            known = found and found[1] == self.call.forward and found[2] in self.inputs
            what = found[2] if found and known else "something"
            return f"{self.call.forward or self.call.function} changes {what}, which belongs to its caller"
        return self._structure(said)

    def _structure(self, said: str) -> str:
        who = rf"(?:{self.call.forward}|{self.call.function}|step \d{{1,4}})"
        pair = r"(?:\(y, cache\)|\(param, state\))"
        found = re.fullmatch(rf"({who} returned a )(\w+)( of \d{{1,3}})?(; the pair {pair} is needed)", said)
        if found:
            return f"{found[1]}{type_name(found[2])}{found[3] or ''}{found[4]}"
        found = re.fullmatch(rf"({who} returned a )(\w+)( for param; an array is needed)", said)
        if found:
            return f"{found[1]}{type_name(found[2])}{found[3]}"
        size = rf"\((?:\d{{1,4}}(?:, \d{{1,4}}){{0,{AXES - 1}}},?)?\)"
        if re.fullmatch(rf"{who} returned a param of shape {size}; {size} is needed", said):
            return said
        if said.startswith("the answer cannot be sent"):
            return "the answer cannot be sent: it is too large, or of a kind that is no number"
        return f"{self.call.function} returned something that cannot be used"

    def frame(self, file: str, line: int, function: str) -> Frame | None:
        """A line of a traceback: its text from the file, not from the worker; None where there is no such line."""
        name = file.rpartition("/")[2]
        text = _lines(self.files.get(name) or _stub(name))
        if not 0 < line <= len(text):
            return None
        known = function in UNNAMED or any(re.search(rf"\bdef\s+{re.escape(function)}\b", t) for t in text)
        return Frame(name, line, function if known and len(function) <= NAME else "?", text[line - 1].strip()[:LINE])


def type_name(said: Any) -> str:
    """A type's name as the runner gives it, or that it is one of the learner's own."""
    said = _text(said)
    name, _, dtype = said.partition(" of dtype ")
    known = name in TYPES and (not dtype or ODD_DTYPE.fullmatch(dtype) or dtype in TYPES)
    return said if known else STRANGE


def _text(said: Any) -> str:
    return said[: 4 * NAME] if isinstance(said, str) else "\0"


@lru_cache(maxsize=64)
def _lines(content: bytes) -> list[str]:
    return lines(content.decode("utf-8", "replace"))


@lru_cache(maxsize=64)
def _stub(name: str) -> bytes:
    """A learner file as it was handed out: what a submission lacks is taken from there."""
    known = {path.name: path for path in STUBS.glob("*.py")}
    return known[name].read_bytes() if name in known else b""


@lru_cache(maxsize=1)
def _handed_out() -> frozenset[str]:
    """Every word of the files that were handed out."""
    return frozenset(word for path in STUBS.glob("*.py") for word in re.findall(r"\w+", path.read_text("utf-8")))
