"""The box of a report in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.causes import find_cause
from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.terminal import wrap

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report

#: Characters of the longest line that is read with ease; a wider terminal has no wider box.
WIDEST = 96


def write_cause_box(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield why it is wrong, in a frame; a word that is wider than the frame stands out of it on no line."""
    box = find_cause(report)
    if box is None:
        return
    width = min(sheet.width, WIDEST) - 4
    lines = [line for sentence in box.sentences for line in wrap(sentence, width).splitlines()]
    inner = max(width, *(len(line) for line in lines))
    code = f" {box.code} ─" if box.code else ""
    yield f"┌─ {box.title} " + "─" * (inner - len(box.title) - len(code) - 1) + f"{code}┐"
    yield from (f"│ {line.ljust(inner)} │" for line in lines)
    yield "└" + "─" * (inner + 2) + "┘"
