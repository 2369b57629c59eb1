"""Say in few words what a change does, and alike for the same change in files with other names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from typing import Any

#: Comments, texts, numbers and names, operators, and every other character that is no space.
TOKEN = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|\d[\w.]*|[^\W\d]\w*|\*\*=?|//=?|<<|>>|[-+*/%@&|^<>=!]=|->|:=|\S""")

#: A name that is no attribute.
NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")

#: What stands alone in the place of another is said alone.
OPERATOR = re.compile(r"[-+*/%@&|^<>=!]+|and|or|not|is|in")


def describe_change(text: str, change: Any) -> tuple[str, str]:
    """Return what is wrong, and what is right in its place.

    text: of the function, without the change.
    Where several places change, each different change is given once. Either may be empty: something is missing, or
    too much.
    """
    wrong, right = [], []
    for edit in sorted(change.edits):
        old, new = _trim_alike(text[edit.start : edit.end], edit.text)
        if (old, new) not in zip(wrong, right, strict=True):
            wrong.append(old)
            right.append(new)
    said = [", ".join(filter(None, side)) for side in (wrong, right)]
    return said[0], said[1]


def _trim_alike(old: str, new: str) -> tuple[str, str]:
    """Return the part of two texts in which they differ, where that part can be read alone."""
    a, b = _split(old), _split(new)
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    short_a, short_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if all(not side or _is_readable(side, alone=not other) for side, other in ((short_a, short_b), (short_b, short_a))):
        return _join(short_a), _join(short_b)
    return _join(a), _join(b)


def _split(text: str) -> list[str]:
    return [token for token in TOKEN.findall(text) if not token.startswith("#")]


def _is_readable(tokens: list[str], alone: bool) -> bool:
    """Return whether tokens can be read without what stands around them.

    alone: whether nothing takes their place, as for a factor that is missing or an index that is too much.
    """
    if len(tokens) == 1 and OPERATOR.fullmatch(tokens[0]):
        return True
    if alone:
        return not OPERATOR.fullmatch(tokens[-1])
    try:
        tree = ast.parse(_join(tokens), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return tokens[0] in "([" or not isinstance(tree.body, ast.Tuple)


def _join(tokens: list[str]) -> str:
    """Return tokens as a text with spaces around operators of two sides and after commas."""
    made = ""
    for token in tokens:
        spaced = made and not made.endswith(("(", "[", ".", ":", "~")) and token not in ")].,:[("
        made += f" {token}" if spaced or (token in "([" and OPERATOR.fullmatch(made.rpartition(" ")[2])) else token
    return re.sub(r"(^|[(\[,:=]) ?- ", lambda found: found[0].rstrip(), made)


def find_names(said: Sequence[str], local: Collection[str]) -> list[str]:
    """Return the names in what is wrong and what is right that a learner chose. local: all of those."""
    return sorted({name for side in said for name in NAME.findall(side)}.intersection(local))


def number_names(said: Sequence[str], local: Collection[str]) -> str:
    """Return what is wrong and what is right with a learner's own names numbered."""
    numbers: dict[str, str] = {}

    def replace(found: re.Match) -> str:
        name = found[0]
        return numbers.setdefault(name, f"_{len(numbers) + 1}") if name in local else name

    return " > ".join(NAME.sub(replace, side) for side in said)
