"""Where it is wrong, in a terminal: the line of the learner's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.command_line import command_for
from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.location import write_location
from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.terminal import wrap

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Of a deep traceback, the innermost lines.
MOST_FRAMES = 6


def render_location(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the line that was found, or that raised an exception, or else how to look for the line that is wrong."""
    if report.located:
        yield from write_location(report.located).splitlines()
    elif report.failure and report.failure.frames:
        yield "Where:"
        yield from write_frames(report.failure, sheet)
    elif facts.can_be_located(report):
        yield wrap(f"Where? To look for the line: {command_for('locate', report.name)}", sheet.width, "", "  ")


def write_frames(failure: Failure, sheet: Sheet) -> Iterator[str]:
    """Yield the learner's own lines on the way to an exception, oldest first."""
    for f in failure.frames[-MOST_FRAMES:]:
        yield wrap(f"{f.file}, line {f.line}, in {f.function}", sheet.width, "", "  ")
        yield wrap(f.text, sheet.width, "    ", "        ")
