"""Text of others is shown as data: nothing in it moves a cursor, turns the writing round, hides, or is a formula."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from cnnlab.escape_text import (
    REPLACEMENT,
    dump_json,
    escape_block,
    escape_cell,
    escape_html,
    escape_line,
    replace_surrogates,
)

#: name -> text, and how it is shown on a line.
LINES = {
    "plain": ("conv.py", "conv.py"),
    "accents and Chinese": ("Ольга 你好 é", "Ольга 你好 é"),
    "a terminal's title": ("\x1b]0;OWNED\x07fine", "\ufffd]0;OWNED\ufffdfine"),
    "a cleared screen": ("\x1b[2Ja", "\ufffd[2Ja"),
    "C1 control": ("\x9b2Ja", "\ufffd2Ja"),
    "delete": ("a\x7fb", "a\ufffdb"),
    "a line break": ("a\n  zoe: copied", "a\ufffd  zoe: copied"),
    "carriage return": ("good\rbad", "good\ufffdbad"),
    "next line": ("a\x85b", "a\ufffdb"),
    "line separator": ("a\u2028b\u2029c", "a\ufffdb\ufffdc"),
    "right to left": ("a\u202egpj.py", "a\ufffdgpj.py"),
    "isolates": ("\u2066a\u2069", "\ufffda\ufffd"),
    "zero width": ("a\u200b\u200d\ufeffb", "a\ufffd\ufffd\ufffdb"),
    "a soft hyphen": ("a\u00adb", "a\ufffdb"),
    "a tag character": ("a\U000e0041", "a\ufffd"),
    "a hidden filler": ("a\u3164b", "a\ufffdb"),
    "a lone surrogate": ("a\udcffb", "a\ufffdb"),
    "other spaces": ("a\u00a0b\u3000c", "a b c"),
    "a private character": ("\ue000", "\ufffd"),
}


def test_a_lone_surrogate_is_replaced_and_the_rest_stays() -> None:
    assert replace_surrogates("a\udce9\n\x1b\U0001f600\u202e") == "a\ufffd\n\x1b\U0001f600\u202e"


@pytest.mark.parametrize("name", LINES)
def test_a_line(name: str) -> None:
    text, shown = LINES[name]
    assert escape_line(text) == shown
    assert escape_line(shown) == shown


def test_no_character_of_unicode_that_controls_or_hides_is_shown() -> None:
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    every = "".join(map(chr, range(0x110000)))
    assert {unicodedata.category(c) for c in escape_line(every)}.isdisjoint(bad)
    assert {unicodedata.category(c) for c in escape_block(every) if c not in "\n\t"}.isdisjoint(bad)


def test_a_block_keeps_its_lines() -> None:
    assert escape_block("a\r\nb\tc\x1b\rd") == "a\nb\tc\ufffd\nd"


def test_a_text_is_no_tag_and_ends_no_attribute() -> None:
    assert escape_html("<b a='\"'>&\x1b") == f"&lt;b a=&#x27;&quot;&#x27;&gt;&amp;{REPLACEMENT}"


#: Cells that some spreadsheet would take for a formula, or split into one.
FORMULAS = (
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1+1",
    "\uff20SUM",
    "  =1+1",
    "\t=1+1",
    "\r=1+1",
    '"=1+1',
    "q;=HYPERLINK(1)",
    "q; =HYPERLINK(1)",
    "q\t=1+1",
    "q|=1",
    "a\n=1",
    "\u00a0=1",
    "\u200b=1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_is_no_formula(text: str) -> None:
    for part in re.split("[;\t\n|]", escape_cell(text)):
        assert part.lstrip(' "\ufffd')[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20"), part


@pytest.mark.parametrize("text", ["-3", "+4.5", "18", "a-b", "x = 1; y = 2", "ada"])
def test_a_cell_that_is_no_formula_is_left_alone(text: str) -> None:
    assert escape_cell(text) == text


@pytest.mark.parametrize("name", LINES)
def test_json_says_the_same_and_shows_nothing_harmful(name: str) -> None:
    text, _ = LINES[name]
    written = dump_json({"a": [text]})
    assert json.loads(written) == {"a": [text]}
    assert escape_line(written) == written
