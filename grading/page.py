"""The instructor's page after a batch: one file of HTML that stands alone, without a script, in light and dark.

Names and whatever else came with a submission are escaped; the page loads nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from statistics import fmean, median
from urllib.parse import quote

from grading import drawing
from grading.home import Home
from grading.summary import Summary, state
from grading.tables import number, printable

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .6rem 0; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top; overflow-wrap: break-word;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td code { white-space: nowrap; } code { font-size: 90%; } a { color: LinkText; }
.wide { overflow-x: auto; } .whole td { white-space: nowrap; } .whole :is(th, td) { padding-right: .5rem; }
.name { display: inline-block; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  vertical-align: bottom; }
.small { opacity: .8; font-size: 90%; }
.notice { border-left: 5px solid #D55E00; padding-left: .8rem; }
"""


def page(batch: Summary, home: Home, place: Path) -> str:
    """The whole page. place: the folder that it will lie in, from which it links to the feedback."""
    results = [verdict.score for verdict in batch.graded.values()]
    title = f"{batch.assignment}: what came of it"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{overview(batch, results)}</p>",
        *(f'<p class="notice">{escape(sentence)}</p>' for sentence in batch.open_),
        "<h2>Who needs a person to look</h2>",
        look(batch, home, place),
        "<h2>Points</h2>",
        drawing.histogram(results, batch.max_score),
        "<h2>Exercises</h2>",
        drawing.stacks({name: batch.states(name) for name in batch.exercises}),
        "<h2>Mistakes, the most frequent first</h2>",
        mistakes(batch),
        "<h2>Students</h2>",
        students(batch, home, place),
        '<p class="small">The same as tables: <code>scores.csv</code>, <code>diagnoses.csv</code> and '
        "<code>look.csv</code> beside this page. A diagnosis is printed only where it was verified on the "
        "student's own numbers.</p>",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def overview(batch: Summary, results: list[float]) -> str:
    """The batch in a paragraph."""
    said = [f"{len(batch.graded)} of {len(batch.students)} submissions are judged."]
    if results:
        most = f"of {number(batch.max_score)} points"
        said.append(f"The mean is {number(fmean(results))}, the median {number(median(results))} {most}.")
    if batch.unmarked:
        answers = "written answer waits" if batch.unmarked == 1 else "written answers wait"
        said.append(f"{batch.unmarked} {answers} for a person in Formgrader.")
    late = sum(grade.late > 0 for grade in batch.gradebook.values())
    said += [f"{late} came late."] if late else []
    return escape(" ".join(said))


def look(batch: Summary, home: Home, place: Path) -> str:
    """Who, and why."""
    if not batch.look:
        return "<p>Nobody: nothing was odd, refused or conspicuous.</p>"
    rows = (
        [name(batch, student, home, place), "<br>".join(escape(printable(why)) for why in reasons)]
        for student, reasons in batch.look.items()
    )
    return f'<div class="wide">{table(["Student", "Why"], rows)}</div>'


def mistakes(batch: Summary) -> str:
    """Which mistake how often."""
    if not batch.diagnoses:
        return "<p>None was found.</p>"
    total = len(batch.graded)
    rows = (
        [f"{d.count} of {total}", f"<code>{escape(d.exercise)}</code>", escape(printable(d.sentence)), escape(d.code)]
        for d in batch.diagnoses
    )
    return f'<div class="wide">{table(["Students", "Exercise", "Diagnosis", "Code"], rows, "n")}</div>'


def students(batch: Summary, home: Home, place: Path) -> str:
    """A line a student."""
    rows = []
    for student in batch.students:
        verdict, grade = batch.graded.get(student), batch.gradebook.get(student)
        marks = {m.exercise: m for m in verdict.marks} if verdict else {}
        row = [name(batch, student, home, place), number(verdict.score) if verdict else "not graded"]
        row += [f"{number(grade.score)} of {number(grade.max_score)}" if grade else ""]
        for exercise in batch.exercises:
            mark = marks.get(exercise)
            row.append(escape(f"{number(mark.points)} {state(mark)}") if mark else "")
        rows.append(row)
    heads = ["Student", f"Points of {number(batch.max_score)}", "Gradebook", *batch.exercises]
    return f'<div class="wide whole">{table(heads, rows)}</div>'


def name(batch: Summary, student: str, home: Home, place: Path) -> str:
    """A student on one line, cut where it is very long, with a link to the feedback where there is some."""
    feedback = home.folder / "feedback" / student / batch.assignment / f"{batch.assignment}.html"
    shown = escape(printable(student))
    if not feedback.is_file():
        return f'<span class="name">{shown}</span>'
    return f'<a class="name" href="{escape(quote(os.path.relpath(feedback, place)))}">{shown}</a>'


def table(heads: list[str], rows: Iterable[list[str]], first: str = "") -> str:
    """A table; the cells are HTML, the heads are text."""
    kind = f' class="{first}"' if first else ""
    head = "".join(f'<th scope="col"{kind if k == 0 else ""}>{escape(h)}</th>' for k, h in enumerate(heads))
    lines = (
        "<tr>" + "".join(f"<td{kind if k == 0 else ''}>{cell}</td>" for k, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def write(batch: Summary, home: Home, place: Path) -> Path:
    """The page as a file in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "index.html"
    path.write_text(page(batch, home, place), encoding="utf-8")
    return path
