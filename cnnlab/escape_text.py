"""Make text that somebody else wrote safe to show: in a terminal, on a page, in a table, in JSON.

Names of files and students, tracebacks and quoted lines are data. They are escaped by these functions where they are
shown, whatever an earlier step has done to them. This file imports nothing from the project.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import Any

#: Stands for each character that is not shown.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

#: Letters and marks that Unicode counts as printable and that show nothing: fillers, a joiner, a blank of Braille.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))
}

#: What a spreadsheet takes for the beginning of a formula, with the full-width forms that some turn into these.
FORMULA_STARTS = r"=+\-@\uff1d\uff0b\uff0d\uff20"

#: The beginning of a formula: at the start of a cell, or after a character at which a spreadsheet may split the cell.
FORMULA = re.compile(rf"(^|[;|])([\s\"'{REPLACEMENT}]*)(?=[{FORMULA_STARTS}])")

#: A plain number, which is no formula.
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def escape_line(text: str) -> str:
    """Return the text on one line, without characters that are invisible, move the cursor or reorder the text.

    Control and format characters, line and paragraph separators, lone surrogates and characters without a meaning
    become U+FFFD; every other kind of space becomes a space.
    """
    return "".join(_escape_character(c) for c in text)


def escape_block(text: str) -> str:
    """Return the text as `escape_line` does, but keep its line breaks and tabs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(escape_line(part) for part in line.split("\t")) for line in lines)


def replace_surrogates(text: str) -> str:
    """Return the text with U+FFFD for lone surrogates, as in file names of another encoding, so that it fits UTF-8."""
    return "".join(REPLACEMENT if unicodedata.category(c) == "Cs" else c for c in text)


def escape_html(text: str) -> str:
    """Return the text on one line as HTML: nothing in it is a tag, an entity or the end of an attribute."""
    return html.escape(escape_line(text))


def escape_cell(text: str) -> str:
    """Return the text as a table cell that no spreadsheet reads as a formula, at whatever character it splits."""
    line = escape_line(text)
    return line if NUMBER.fullmatch(line) else FORMULA.sub(r"\1'\2", line)


def dump_json(value: Any) -> str:
    """Return the value as JSON on one line; characters that `escape_line` replaces are written as escape sequences."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return "".join(c if _is_shown(c) else json.dumps(c)[1:-1] for c in written)


def _escape_character(character: str) -> str:
    if _is_shown(character):
        return character
    return " " if unicodedata.category(character) == "Zs" else REPLACEMENT


def _is_shown(character: str) -> bool:
    return character.isprintable() and character not in INVISIBLE
