"""Render a report as text, for terminals, for pytest and for notebooks without HTML.

Its lines fit the terminal. A mark and a word always say what a colour says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnnlab.command_line import command_for
from cnnlab.gradcheck.render.causes import list_other_causes
from cnnlab.gradcheck.render.facts import list_limits, name_hint_command
from cnnlab.gradcheck.render.text.case_table import write_case
from cnnlab.gradcheck.render.text.cause_box import write_cause_box
from cnnlab.gradcheck.render.text.ending import write_ending, write_help, write_provenance
from cnnlab.gradcheck.render.text.error_table import write_error_maps
from cnnlab.gradcheck.render.text.location import render_location
from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.gradcheck.render.text.verdict_line import write_verdict
from cnnlab.gradcheck.render.verdict import Kind, find_kind
from cnnlab.terminal import count_columns

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report


def to_text(report: Report, colour: bool = False) -> str:
    """Return the whole report, in lines that fit the terminal."""
    return "\n".join(_write_report(report, Sheet(count_columns(), colour)))


def _write_report(report: Report, sheet: Sheet, short: bool = False) -> Iterator[str]:
    """Yield the lines of a report. short: whether its verdict and its cause are enough."""
    yield from write_verdict(report, sheet)
    inner, kind = sheet.narrow_by_indent(), find_kind(report)
    for sentence in list_limits(report):
        yield from _indent(inner.write_sentence(sentence))
    if report.parts:
        yield from _indent(_write_parts(report, inner))
    elif kind == Kind.UNWRITTEN:
        yield from _indent(inner.write_sentence(name_hint_command(report)))
    elif short and not report.passed:
        yield from _indent(write_cause_box(report, inner))
        yield from _indent(inner.write_sentence(f"In full: {command_for('check', report.name)}"))
    elif not report.passed:
        yield from _indent(_write_body(report, inner))


def _write_body(report: Report, sheet: Sheet) -> Iterator[str]:
    others = (line for sentence in list_other_causes(report) for line in sheet.write_sentence(sentence))
    sections = (
        write_cause_box(report, sheet),
        render_location(report, sheet),
        write_case(report.example, sheet),
        write_error_maps(report, sheet),
        others,
        write_help(report, sheet),
        write_ending(report, sheet),
    )
    for number, section in enumerate(filter(None, map(list, sections))):
        if number:
            yield ""
        yield from section


def _write_parts(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the exercises of an op or a chapter: the first that is wrong in full."""
    shown = False
    for part in report.parts:
        whole = find_kind(part) in (Kind.RIGHT, Kind.UNWRITTEN) or bool(part.parts)
        yield from _write_report(part, sheet, short=not whole and shown)
        shown = shown or not whole
    if not report.passed:
        yield from write_provenance(report, sheet)


def _indent(lines: Iterable[str]) -> Iterator[str]:
    for text in lines:
        yield from (f"  {line}" if line else "" for line in (text.splitlines() or [""]))
