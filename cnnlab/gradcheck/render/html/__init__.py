"""Render a report as self-contained HTML without a script, readable on a light and on a dark page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.causes import list_other_causes
from cnnlab.gradcheck.render.html.case_table import write_case
from cnnlab.gradcheck.render.html.cause_box import write_cause_box
from cnnlab.gradcheck.render.html.error_table import write_error_maps
from cnnlab.gradcheck.render.html.folded import write_folded, write_provenance
from cnnlab.gradcheck.render.html.hints import write_hints
from cnnlab.gradcheck.render.html.location import render_location
from cnnlab.gradcheck.render.html.style import STRIPES, write_style
from cnnlab.gradcheck.render.html.tags import fold_away, write_line, write_tag
from cnnlab.gradcheck.render.html.verdict_line import write_verdict
from cnnlab.gradcheck.render.verdict import Kind, find_kind

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report


def to_html(report: Report, button: bool = False) -> str:
    """Return the whole report with its style. button: whether one that looks for the line stands below it."""
    return write_style() + _write_report(report, button)


def _write_report(report: Report, button: bool, short: bool = False) -> str:
    """Return a report. short: whether what follows its cause is folded away."""
    kind = find_kind(report)
    inside = write_verdict(report) + "".join(write_line(said, "cr-left") for said in facts.list_limits(report))
    if report.parts:
        inside += _write_parts(report, button)
    elif kind != Kind.UNWRITTEN and not report.passed:
        body = _write_body(report, button)
        inside += write_cause_box(report) + (fold_away("Case, map and hints", body) if short else body)
    line = "dashed" if kind == Kind.UNWRITTEN else "solid"
    style = f"--cr-stripe:{STRIPES[kind]};border-left:6px {line} {STRIPES[kind]};padding-left:16px"
    return write_tag("div", inside, f"cnnlab-report{' cr-failed' if kind == Kind.WRONG else ''}", style=style)


def _write_body(report: Report, button: bool) -> str:
    """Return what follows the box."""
    others = "".join(write_line(sentence) for sentence in list_other_causes(report))
    sections = [
        render_location(report, button),
        write_case(report.example),
        write_error_maps(report),
        write_tag("div", others, "cr-next") if others else "",
    ]
    place, hints = write_line(facts.name_place(report)), write_hints(report)
    if place or hints:
        sections.append(write_tag("div", write_tag("div", hints) + place, "cr-next cr-bottom"))
    return "".join([*sections, write_folded(report)])


def _write_parts(report: Report, button: bool) -> str:
    """Return the exercises of an op or a chapter: the first that is wrong in full, and further ones folded."""
    inside, shown = "", False
    for part in report.parts:
        whole = find_kind(part) in (Kind.RIGHT, Kind.UNWRITTEN) or bool(part.parts)
        inside += write_tag("div", _write_report(part, button and not shown, short=shown and not whole), "cr-part")
        shown = shown or not whole
    return inside if report.passed else inside + write_provenance(report)
