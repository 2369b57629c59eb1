"""The first line of a report in a terminal: mark, name, counts and points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.render.causes import find_cause
from cnnlab.gradcheck.render.gear_words import count_gears, draw_gears
from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.gradcheck.render.verdict import MARKS, Kind, find_kind, list_facts, name_cases_left, name_event
from cnnlab.terminal import count_columns, paint, wrap

if TYPE_CHECKING:
    from cnnlab.gradcheck.exercise_place import GearTrain
    from cnnlab.gradcheck.report import Report

#: How a check went -> the kind of its colour in a terminal
KINDS = {Kind.RIGHT: "right", Kind.CORE: "part", Kind.WRONG: "wrong", Kind.UNWRITTEN: "quiet"}


def write_verdict(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the first line, and where only the core is right, which cases are left."""
    yield _paint_mark(wrap(_write_line(report, sheet.width), sheet.width, "", "  "), report, sheet.colour)
    yield from (f"  {line}" for line in sheet.narrow_by_indent().write_sentence(name_cases_left(report)))


def one_line(report: Report, colour: bool = False) -> str:
    """Return a report as one or two sentences, wrapped to the width of the terminal."""
    line = _write_line(report, count_columns())
    box = find_cause(report) if report.diagnosis_code != Code.UNWRITTEN else None
    if box and report.diagnosis:
        line = f"{line}. {report.diagnosis}"
    return _paint_mark(wrap(line, count_columns(), "", "  "), report, colour)


def _write_line(report: Report, width: int) -> str:
    """Return the first line. width: how many characters there is room for, where the line can be shortened."""
    kind, facts = find_kind(report), list_facts(report)
    if kind == Kind.UNWRITTEN and not report.parts:
        if report.line:
            facts.insert(0, report.line.file + (f", line {report.line.line}" if report.line.line else ""))
        said = f"cannot be judged yet: {report.name} · first write {report.waits_for}"
        said = said if report.waits_for else f"to write: {report.name}"
        return f"{MARKS[kind]} {' · '.join([said, *facts])}"
    said = f"{report.name} {name_event(report)}".strip()
    line = f"{MARKS[kind]} {said}" + (f": {' · '.join(facts)}" if facts else "")
    return f"{line} · {_fit_gears(report.gears, width - len(line) - 3)}" if report.gears and report.passed else line


def _fit_gears(train: GearTrain, room: int) -> str:
    """Return the train of gears in as many words as there is room for, so that a pass is one line."""
    drawing, words = draw_gears(train), count_gears(train)
    choices = (f"{drawing} {words}", words, drawing)
    return next((said for said in choices if len(said) <= room), drawing)


def _paint_mark(text: str, report: Report, colour: bool) -> str:
    return paint(text[0], KINDS[find_kind(report)], colour) + text[1:]
