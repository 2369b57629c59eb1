"""Write the instructor's page after a batch: one HTML file without scripts or other files, in light and dark.

Names and whatever else came with a submission are escaped; the page loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean, median

from cnnlab.escape_text import escape_html
from grading.class_folder import ClassFolder
from grading.gradebook import Grade
from grading.report import report_drawing, report_lines
from grading.report.batch_summary import Summary, find_state
from grading.report.needs_person import count_unneeded
from grading.report.report_links import find_folder, find_formgrader, link_file, link_formgrader
from grading.report.report_tables import format_number

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1.5rem; max-width: 74rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; }
table { border-collapse: collapse; margin: .4rem 0; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top; overflow-wrap: break-word;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-size: 90%; } a { color: LinkText; } summary { cursor: pointer; }
.look table { width: 100%; } .look th:nth-child(1) { width: 8.5rem; } .look th:nth-child(2) { width: 13rem; }
.look th:nth-child(4) { width: 11rem; }
.wide { overflow-x: auto; } .links { white-space: nowrap; } .whole :is(th, td) { padding-right: .7rem; }
.name { display: inline-block; max-width: 13rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  vertical-align: bottom; }
@media (max-width: 56rem) {
  .look :is(table, tbody, tr, td) { display: block; width: auto; } .look thead { display: none; }
  .look tr { padding: .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  .look td { border: 0; padding: .1rem 0; } .look td.n { float: right; } .look td.n::after { content: " at stake"; }
}
.small { opacity: .8; font-size: 90%; }
.notice { border-left: 5px solid #D55E00; padding-left: .8rem; }
"""


def build_page(batch: Summary, home: ClassFolder, place: Path) -> str:
    """Return the whole page. place: the folder that it will be in, from which it links to the feedback."""
    results = [verdict.score for verdict in batch.graded.values()]
    title = f"{batch.assignment}: results"
    parts = [
        f"<h1>{escape_html(title)}</h1>",
        f"<p>{build_overview(batch, results)}</p>",
        *(f'<p class="notice">{escape_html(sentence)}</p>' for sentence in batch.isolation_warnings),
        "<h2>Who needs a person</h2>",
        build_review_table(batch, home, place),
        build_notes(batch, home, place),
        "<h2>Points</h2>",
        report_drawing.draw_histogram(results, batch.max_score),
        "<h2>Exercises</h2>",
        report_drawing.draw_stacks({name: batch.states(name) for name in batch.exercises}),
        "<h2>Mistakes, the most frequent first</h2>",
        build_mistakes(batch),
        *(
            [
                "<h2>Lines, the most frequent change first</h2>",
                report_lines.build_lines(batch, lambda student: show_student(batch, student, home, place)),
            ]
            if batch.has_line_searches
            else []
        ),
        "<h2>Students</h2>",
        build_student_table(batch, home, place),
        '<p class="small">The same as tables: <code>scores.csv</code>, <code>diagnoses.csv</code>'
        + (", <code>lines.csv</code>" if batch.has_line_searches else "")
        + " and <code>look.csv</code> beside this page. A diagnosis is printed only where it was verified on the "
        "student's own numbers.</p>",
    ]
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape_html(title)}</title>'
    )
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}{report_lines.STYLE}</style></head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body></html>\n"
    )


def build_overview(batch: Summary, results: list[float]) -> str:
    """Return the batch in a paragraph."""
    said = [f"{len(batch.graded)} of {len(batch.students)} submissions are judged."]
    if results:
        most = f"of {format_number(batch.max_score)} points"
        said.append(f"The mean is {format_number(fmean(results))}, the median {format_number(median(results))} {most}.")
    if batch.unmarked_cells:
        answers = "written answer waits" if batch.unmarked_cells == 1 else "written answers wait"
        said.append(f"{batch.unmarked_cells} {answers} for a person in Formgrader.")
    late = sum(grade.late > 0 for grade in batch.gradebook.values())
    said += [f"{late} came late."] if late else []
    return escape_html(" ".join(said))


def build_review_table(batch: Summary, home: ClassFolder, place: Path) -> str:
    """Return who needs a person, by kind of reason, most points at stake first."""
    if not batch.groups:
        return "<p>Nobody.</p>"
    who = {student for group in batch.groups for student in group.students}
    formgrader = find_formgrader(home)
    parts = [f"<p>{len(who)} of {len(batch.students)} students, those with most points at stake first.</p>"]
    for group in batch.groups:
        rows = []
        for student in group.students:
            reasons = [reason for reason in group.reasons if reason.student == student]
            why = "<br>".join(show_sentence(reason.sentence) for reason in reasons)
            grade = batch.gradebook.get(student)
            links = [link_file(find_folder(home, student, batch.assignment), place, "submission")]
            links += [link_formgrader(formgrader, grade.formgrader_id)] if grade and grade.formgrader_id else []
            stake = format_number(max(reason.points for reason in reasons))
            rows.append([stake, show_student(batch, student, home, place), why, " ".join(filter(None, links))])
        parts.append(f"<h3>{escape_html(group.kind)} ({len(group.students)})</h3>")
        parts.append(
            '<div class="wide look">'
            f"{build_table(['Points at stake', 'Student', 'Why', 'Open'], rows, 'n', 'links')}</div>"
        )
    if any(grade.formgrader_id for grade in batch.gradebook.values()):
        parts.append(
            f'<p class="small">Links to Formgrader work while JupyterLab runs in the folder of the class: '
            f"<code>{escape_html(formgrader)}</code>.</p>"
        )
    return "\n".join(parts)


def show_sentence(text: str) -> str:
    """Return a sentence as HTML, its commands in `...` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape_html(text))


def build_notes(batch: Summary, home: ClassFolder, place: Path) -> str:
    """Return the harmless notes, folded away."""
    if not batch.notes:
        return ""
    rows = (
        [show_student(batch, student, home, place), "<br>".join(map(show_sentence, found))]
        for student, found in batch.notes.items()
    )
    title = f"Notes on {count_unneeded(len(batch.notes))}"
    return (
        f'<details><summary>{title}</summary><div class="wide">{build_table(["Student", "Note"], rows)}</div></details>'
    )


def build_mistakes(batch: Summary) -> str:
    """Build the table of mistakes, with how often each was made."""
    if not batch.diagnoses:
        return "<p>None was found.</p>"
    total = len(batch.graded)
    rows = (
        [
            f"{d.count} of {total}",
            f"<code>{escape_html(d.exercise)}</code>",
            escape_html(d.sentence),
            escape_html(d.code),
        ]
        for d in batch.diagnoses
    )
    return f'<div class="wide">{build_table(["Students", "Exercise", "Diagnosis", "Code"], rows, "n")}</div>'


def build_student_table(batch: Summary, home: ClassFolder, place: Path) -> str:
    """Build the table of students, one row per student."""
    rows = []
    for student in batch.students:
        verdict, grade = batch.graded.get(student), batch.gradebook.get(student)
        marks = {m.exercise: m for m in verdict.marks} if verdict else {}
        row = [show_student(batch, student, home, place), format_number(verdict.score) if verdict else "not graded"]
        row += [escape_html(describe_grade(grade)) if grade else ""]
        for exercise in batch.exercises:
            mark = marks.get(exercise)
            state = escape_html(f"{format_number(mark.points)} {find_state(mark)}") if mark else ""
            row.append(state + (report_lines.describe_beside(verdict, exercise) if verdict else ""))
        rows.append(row)
    heads = ["Student", f"Points of {format_number(batch.max_score)}", "Gradebook", *batch.exercises]
    return f'<div class="wide whole">{build_table(heads, rows)}</div>'


def describe_grade(grade: Grade) -> str:
    """Return a student's grade, and what lateness cost, if anything."""
    if not grade.late:
        return f"{format_number(grade.score)} of {format_number(grade.max_score)}"
    points = f"{format_number(grade.score_before_penalty)} of {format_number(grade.max_score)}"
    late = f"{points}, late by {grade.late:.1f} days"
    if not grade.penalty:
        return f"{late}: nothing off by the class's rule"
    return f"{late}: -{format_number(grade.penalty)} by the class's rule, {format_number(grade.score)} left"


def show_student(batch: Summary, student: str, home: ClassFolder, place: Path) -> str:
    """Return a student's name on one line, shortened if very long, and linked to the feedback if there is some."""
    feedback = home.folder / "feedback" / student / batch.assignment / f"{batch.assignment}.html"
    return link_file(feedback, place, escape_html(student), ' class="name"')


def build_table(heads: list[str], rows: Iterable[list[str]], first: str = "", last: str = "") -> str:
    """Return a table; the cells are HTML, the heads are text. first, last: classes of the outer columns."""
    count = len(heads)
    classes = [f' class="{first}"' if first else "", *[""] * (count - 2), f' class="{last}"' if last else ""]
    head = "".join(
        f'<th scope="col"{kind}>{escape_html(h).replace("_", "_<wbr>")}</th>'
        for h, kind in zip(heads, classes, strict=True)
    )
    lines = (
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def write_page(batch: Summary, home: ClassFolder, place: Path) -> Path:
    """Write the page as a file in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "index.html"
    path.write_text(build_page(batch, home, place), encoding="utf-8")
    return path
