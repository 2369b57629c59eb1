"""Where it is wrong, on a page: the line of the learner's file."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING
from urllib.parse import quote

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.html.style import STRIPES, write_style
from cnnlab.gradcheck.render.html.tags import fold_away, write_heading, write_tag, write_text
from cnnlab.gradcheck.render.location import describe_proof, name_place

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located
    from cnnlab.gradcheck.report import Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Of a deep traceback, the innermost lines.
MOST_FRAMES = 6


def render_location(report: Report, button: bool = False) -> str:
    """Return the line that was found, or that raised an exception, or else how to look for the line that is wrong."""
    if report.located:
        return write_places(report.located)
    if report.failure:
        return write_frames(report.failure)
    ways = ["press the button below"] if button and report.locate else []
    if facts.can_be_located(report):
        call = write_tag("code", write_text(f'cnnlab.locate("{report.name}")'), "cr-mono")
        ways.append(f"run {call} in a cell")
    return write_tag("div", f"<b>Where?</b> To look for the line, {' or '.join(ways)}.", "cr-line") if ways else ""


def draw_location(located: Located) -> str:
    """Return a place as a page of its own, with the style of a report."""
    style = f"--cr-stripe:{STRIPES['wrong']};border-left:6px solid {STRIPES['wrong']};padding-left:16px"
    return write_style() + write_tag("div", write_places(located), "cnnlab-report cr-failed", style=style)


def write_places(located: Located, number: int = 0) -> str:
    """Return a place, what was proved of it and the change folded away, then the next place. number: of this one."""
    title = write_tag("div", f"<b>{'And' if number else 'Where'}:</b> {_link_place(located)}", "cr-line")
    number_tag = write_tag("span", str(located.line), "cr-number cr-mono")
    row = write_tag("div", number_tag + write_tag("span", _mark_span(located), "cr-mono"), "cr-code")
    proof = f'<b aria-hidden="true">✓</b> {write_text(describe_proof(located, number))}'
    change = write_tag("pre", write_text(_write_change(located)), "cr-lines cr-mono")
    body = (
        title
        + row
        + write_tag("div", write_tag("div", proof) + fold_away("Show the change", change, "cr-hint"), "cr-proof")
    )
    return body + (write_places(located.then, number + 1) if located.then else "")


def _mark_span(located: Located) -> str:
    """Return the line without its margin; what the change touches is underlined."""
    margin = len(located.text) - len(located.text.lstrip())
    text, (start, end) = located.text[margin:], (max(0, place - margin) for place in located.span)
    return write_text(text[:start]) + write_tag("u", write_text(text[start:end]), "cr-span") + write_text(text[end:])


def _write_change(located: Located) -> str:
    """Return the lines as they are and as they would be, without the margin that all of them have."""
    marked = [("-", line) for line in located.before.splitlines()] + [("+", s) for s in located.after.splitlines()]
    lines = dedent("\n".join(line for _, line in marked)).split("\n")
    return "\n".join(f"{mark} {line}" for (mark, _), line in zip(marked, lines, strict=True))


def _link_place(located: Located) -> str:
    """Return the place, as a link to the file where the line is still what it was."""
    place, path = write_text(name_place(located)), Path(located.file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines[located.line - 1] != located.text:
            return place
        address = quote(Path(os.path.relpath(path)).as_posix())
    except (OSError, ValueError, IndexError):  # no file, no text, saved since, or on another drive
        return place
    return write_tag("a", place, href=address)


def write_frames(failure: Failure) -> str:
    """Return the learner's own lines on the way to an exception, oldest first."""
    frames = failure.frames[-MOST_FRAMES:]
    if not frames:
        return ""
    shown = "\n".join(f"{f.file}, line {f.line}, in {f.function}\n    {f.text}" for f in frames)
    return write_heading("Where") + write_tag("pre", write_text(shown), "cr-lines cr-mono")
