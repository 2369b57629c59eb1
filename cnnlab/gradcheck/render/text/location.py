"""Where it is wrong, in a terminal: the line of the learner's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.terminal import wrap

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Of a deep traceback, the innermost lines.
MOST_FRAMES = 6


def render_location(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the line that is wrong; nothing while no line is known."""
    if report.failure and report.failure.frames:
        yield "Where:"
        yield from write_frames(report.failure, sheet)


def write_frames(failure: Failure, sheet: Sheet) -> Iterator[str]:
    """Yield the learner's own lines on the way to an exception, oldest first."""
    for f in failure.frames[-MOST_FRAMES:]:
        yield wrap(f"{f.file}, line {f.line}, in {f.function}", sheet.width, "", "  ")
        yield wrap(f.text, sheet.width, "    ", "        ")
