"""Where it is wrong, on a page: the line of the learner's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.html.tags import write_heading, write_tag, write_text

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Of a deep traceback, the innermost lines.
MOST_FRAMES = 6


def render_location(report: Report) -> str:
    """Return the line that raised an exception, or else how to look for the line that is wrong."""
    if report.failure:
        return write_frames(report.failure)
    if not facts.can_be_located(report):
        return ""
    call = write_tag("code", write_text(f'cnnlab.locate("{report.name}")'), "cr-mono")
    return write_tag("div", f"<b>Where?</b> To look for the line, run {call} in a cell.", "cr-line")


def write_frames(failure: Failure) -> str:
    """Return the learner's own lines on the way to an exception, oldest first."""
    frames = failure.frames[-MOST_FRAMES:]
    if not frames:
        return ""
    shown = "\n".join(f"{f.file}, line {f.line}, in {f.function}\n    {f.text}" for f in frames)
    return write_heading("Where") + write_tag("pre", write_text(shown), "cr-lines cr-mono")
