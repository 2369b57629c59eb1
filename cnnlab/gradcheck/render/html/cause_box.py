"""The box of a report on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.causes import find_cause
from cnnlab.gradcheck.render.html.tags import write_line, write_tag, write_text

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report

#: Kept where an output is not trusted and the style sheet is gone.
_FRAME = "border:2px solid;border-radius:8px;padding:8px 16px"


def write_cause_box(report: Report) -> str:
    """Return why it is wrong, in a frame."""
    box = find_cause(report)
    if box is None:
        return ""
    code = write_tag("span", write_text(box.code), "cr-mono") if box.code else ""
    title = write_tag("div", write_tag("span", write_text(box.title)) + " " + code, "cr-title")
    first, *rest = box.sentences
    said = write_line(first, "cr-said") + "".join(map(write_line, rest))
    return write_tag("div", title + said, "cr-box", style=_FRAME)
