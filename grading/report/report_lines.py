"""The lines that were found, on the instructor's page: mistakes with who made them, and a note beside a verdict."""

from __future__ import annotations

from collections.abc import Callable

from cnnlab.escape_text import escape_html
from grading.batch.found_lines import FoundLine, describe_found
from grading.batch.verdict_store import StoredVerdict
from grading.report.batch_summary import Summary
from grading.report.line_groups import LineGroup, list_found

#: What the page's style says of the lines.
STYLE = """
.lines details { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .35rem 0; }
.lines summary b { font-variant-numeric: tabular-nums; } .lines ul { margin: .4rem 0; padding-left: 1.2rem; }
.lines pre { margin: .1rem 0 .6rem; padding: .3rem .6rem; overflow-x: auto; font-size: 85%;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 4px; }
.whole .found { display: block; font-size: 85%; opacity: .85; min-width: 8rem; }
"""


def build_lines(batch: Summary, show_student: Callable[[str], str]) -> str:
    """Return the mistakes whose line was found, equal ones together, each with its list of students.

    show_student: returns a student's name as HTML.
    """
    found = [one for verdict in batch.graded.values() for one in list_found(verdict)]
    if not found:
        return "<p>No exercise that is written is wrong.</p>"
    with_line = sum(bool(one.changes) for one in found)
    parts = [
        f"<p>In {with_line} of {len(found)} wrong exercises, a change of the student's own code was found with which "
        "cases pass that fail without it. No score depends on it, and students do not see it.</p>"
    ]
    parts += [_build_group(group, show_student) for group in batch.line_groups]
    return f'<div class="lines">{"".join(parts)}</div>'


def _build_group(group: LineGroup, show_student: Callable[[str], str]) -> str:
    who = "1 student" if group.count == 1 else f"{group.count} students"
    one = next(iter(group.found.values()))
    rest = "" if one.complete else f" (then {one.cases} of {one.of} cases are right)"
    title = f"<b>{who}:</b> {show_code(group.sentence)} in <code>{escape_html(group.exercise)}</code>{rest}"
    items = "".join(
        f"<li>{show_student(student)}, {escape_html(describe_found(found))}{_draw_changes(found)}</li>"
        for student, found in group.found.items()
    )
    return f"<details><summary>{title}</summary><ul>{items}</ul></details>"


def _draw_changes(found: FoundLine) -> str:
    """Return the lines of the changes, before and after."""
    lines = []
    for change in found.changes:
        marked = [
            *(f"-{line}" for line in change.before.splitlines()),
            *(f"+{line}" for line in change.after.splitlines()),
        ]
        indent = min((len(line[1:]) - len(line[1:].lstrip()) for line in marked if line[1:].strip()), default=0)
        lines += [f"{line[0]} {line[1 + indent :]}" for line in marked]
    shown = "\n".join(map(escape_html, lines))
    return f"<pre>{shown}</pre>" if lines else ""


def show_code(sentence: str) -> str:
    """Return a sentence as HTML, what is between backquotes as code. No code holds a backquote."""
    parts = sentence.split("`")
    return "".join(f"<code>{escape_html(p)}</code>" if k % 2 else escape_html(p) for k, p in enumerate(parts))


def describe_beside(verdict: StoredVerdict, exercise: str) -> str:
    """Return what is said of an exercise's line beside its verdict, as HTML; "" where no line was found."""
    found = next((one for one in list_found(verdict) if one.exercise == exercise and one.changes), None)
    return f'<span class="found">{escape_html(describe_found(found))}</span>' if found else ""
