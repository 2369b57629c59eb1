"""The first line of a report on a page: mark, name, counts and points."""

from __future__ import annotations

from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.html.gear_train import draw_gear_train
from cnnlab.gradcheck.render.html.hints import write_hints
from cnnlab.gradcheck.render.html.tags import write_line, write_tag, write_text
from cnnlab.gradcheck.render.palette import RIGHT, WRONG
from cnnlab.gradcheck.render.verdict import MARKS, Kind, find_kind, list_facts, name_cases_left, name_event

if TYPE_CHECKING:
    from cnnlab.gradcheck.exercise_place import FunctionLine
    from cnnlab.gradcheck.report import Report

#: A disc of 26 pixels in the colour of what is right, mixed with that of the text, so that both pages show it.
_BLUE = f"color-mix(in srgb,{RIGHT} 80%,currentColor)"
_ORANGE = f"color-mix(in srgb,{WRONG} 85%,currentColor)"

_PICTURES = {
    Kind.RIGHT: (
        f'<circle cx="13" cy="13" r="13" style="fill:{_BLUE}"/>'
        '<path d="M7 13.5l4 4 8-8.5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    ),
    Kind.CORE: (
        f'<circle cx="13" cy="13" r="11.5" fill="none" style="stroke:{_BLUE}" stroke-width="3"/>'
        f'<path d="M13 1.5a11.5 11.5 0 0 0 0 23z" style="fill:{_BLUE}"/>'
    ),
    Kind.WRONG: (
        f'<rect x="1" y="1" width="24" height="24" rx="5" fill="none" style="stroke:{_ORANGE}" stroke-width="2"/>'
        f'<path d="M2 8l6-6M2 14L14 2M2 20L8 14M12 24l12-12M18 24l6-6M18 8l4-4" stroke-width="2" '
        f'style="stroke:{_ORANGE}"/>'
        '<path d="M8.5 8.5l9 9m0-9l-9 9" stroke="currentColor" stroke-width="3" stroke-linecap="round"/>'
    ),
    Kind.UNWRITTEN: (
        '<circle cx="13" cy="13" r="11.5" fill="none" stroke="currentColor" stroke-opacity=".6" stroke-width="2" '
        'stroke-dasharray="5 3.5"/>'
    ),
}


def write_verdict(report: Report) -> str:
    """Return the first line, and under it, where only the core is right, which cases are left."""
    kind = find_kind(report)
    name = write_tag("code", write_text(report.name), "cr-name cr-mono")
    if report.waits_for:
        first = write_tag("code", write_text(report.waits_for), "cr-name cr-mono")
        said = f"cannot be judged yet: {name} · first write {first}"
    elif kind == Kind.UNWRITTEN and not report.parts:
        said = f"to write: {name}"
    else:
        said = f"{name} {write_text(name_event(report))}".strip()
    facts = [write_text(fact) for fact in list_facts(report)]
    if kind == Kind.UNWRITTEN and report.line:
        facts.insert(0, link_line(report.line))
    sections = [
        draw_mark(kind),
        write_tag("span", said),
        write_tag("span", " · ".join(facts), "cr-facts") if facts else "",
        draw_gear_train(report.gears) if report.gears and report.passed else "",
        write_hints(report) if kind == Kind.UNWRITTEN else "",
    ]
    inside = " ".join(filter(None, sections))
    return write_tag("div", inside, "cr-verdict") + write_line(name_cases_left(report), "cr-left")


def draw_mark(kind: Kind) -> str:
    """Return the mark: a picture, and for who has no pictures, a character."""
    picture = f'<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">{_PICTURES[kind]}</svg>'
    return write_tag("span", f'{picture}<span class="cr-sr">{MARKS[kind]}</span>', "cr-mark")


def link_line(line: FunctionLine) -> str:
    """Return the file and the line of a function, as a link where the file can be opened from the page."""
    said = PurePath(line.file).name + (f", line {line.line}" if line.line else "")
    if not line.address:
        return write_tag("span", write_text(said), title=line.file)
    return f'<a href="{escape(line.address)}" title="{write_text(line.file)}">{write_text(said)}</a>'
