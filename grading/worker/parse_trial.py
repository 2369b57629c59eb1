"""Parse what a worker replies about changed versions. Nothing of it is believed before its form is checked."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.diagnosis.locate.change import Kind
from cnnlab.sourcefile import split_lines
from grading.worker.parse_answer import parse_text
from grading.worker.sandboxed.change_words import number_names
from grading.worker.sandboxed.limits import (
    MAX_CHANGE_CHARS,
    MAX_CHANGE_LINES,
    MAX_CHANGED_NAMES,
    MAX_LINE_CHARS,
    MAX_LISTED_CHANGES,
    MAX_NAME_CHARS,
)
from grading.worker.sandboxed.wire import Message


@dataclass(frozen=True)
class ChangedPlace:
    """One change that was found in a student's file, for the instructor alone.

    file: "conv.py".   line: its number in it, from 1.   function: whose line it is.   kind: such as "operator".
    before, after: the lines that differ.   wrong, right: what differs in them, either empty where something is missing
    or too much.   alike: the same for equal mistakes in files with other names; the judge makes it of the two, so that
    nobody's text stands for another's mistake.
    """

    file: str
    line: int
    function: str
    kind: str
    before: str
    after: str
    wrong: str
    right: str
    alike: str


def parse_count(message: Message, name: str) -> int:
    """Return a count from a reply; 0 for anything else."""
    value = _read(message, name)
    return value if type(value) is int and 0 <= value <= MAX_LISTED_CHANGES else 0


def is_broken(message: Message) -> bool:
    """Return whether a reply says that the changed text is no function."""
    return _read(message, "broken") is True


def parse_pairs(message: Message, count: int) -> list[tuple[int, int]]:
    """Return pairs of numbers below a count; none at all where any is something else."""
    value = _read(message, "pairs")
    if value != {"array": 0} or not message.arrays:
        return []
    pairs = message.arrays[0]
    whole = pairs.dtype == np.int32 and pairs.ndim == 2 and pairs.shape[1] == 2
    if not whole or len(pairs) > MAX_LISTED_CHANGES or not ((pairs >= 0) & (pairs < count)).all():
        return []
    return [(int(a), int(b)) for a, b in pairs]


def parse_place(message: Message, files: Mapping[str, bytes]) -> ChangedPlace | None:
    """Return the place in a reply, its texts shortened and escaped; None unless it is a line of one of the files."""
    file, line, kind = (_read(message, name) for name in ("file", "line", "kind"))
    if not isinstance(file, str) or file not in files or kind not in list(Kind):
        return None
    if type(line) is not int or not 0 < line <= len(split_lines(files[file].decode("utf-8", "replace"))):
        return None

    def lines(name: str) -> str:
        return "\n".join(parse_text(_read(message, name), MAX_CHANGE_CHARS).split("\n")[:MAX_CHANGE_LINES])

    function, wrong, right = (
        escape_line(parse_text(_read(message, name), longest))
        for name, longest in (("function", MAX_NAME_CHARS), ("wrong", MAX_LINE_CHARS), ("right", MAX_LINE_CHARS))
    )
    alike = number_names((wrong, right), _parse_names(_read(message, "names")))
    return ChangedPlace(file, line, function, kind, lines("before"), lines("after"), wrong, right, alike)


def _parse_names(value: Any) -> frozenset[str]:
    """Return the names that a learner chose; what is no name is left out."""
    names = value[:MAX_CHANGED_NAMES] if isinstance(value, list) else []
    return frozenset(n for n in names if isinstance(n, str) and n.isidentifier() and not keyword.iskeyword(n))


def _read(message: Message, name: str) -> Any:
    return message.content.get(name) if isinstance(message.content, dict) else None
