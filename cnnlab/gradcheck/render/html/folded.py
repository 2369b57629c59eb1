"""What is folded away on a page: every case, the numbers of each gradient, and seed, hash, judge and score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.html.tags import fold_away, write_line, write_tag, write_text
from cnnlab.gradcheck.wording import name_all

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import CaseResult, Report


def write_folded(report: Report) -> str:
    """Return what can be opened at the end of a report."""
    return _write_cases(report) + _write_gradients(report) + write_provenance(report)


def _write_cases(report: Report) -> str:
    if not report.cases:
        return ""
    sentences = (report.pattern, facts.count_left_out(report))
    items = write_tag("ul", "".join(map(_write_case, report.cases)), "cr-cases")
    return fold_away(name_all(len(report.cases), "case").capitalize(), "".join(map(write_line, sentences)) + items)


def _write_case(case: CaseResult) -> str:
    mark, word = facts.VERDICTS[case.verdict]
    note = f"{case.stage}{': ' + case.note if case.note else ''}"
    sign = write_tag("span", mark, title=word)
    return write_tag("li", f"{sign} {write_text(case.name)} {write_tag('span', write_text(f'({note})'), 'cr-soft')}")


def _write_gradients(report: Report) -> str:
    rows = facts.list_gradient_rows(report)
    if not rows:
        return ""
    head = "".join(write_tag("th", write_text(title), scope="col") for title in rows[0])
    body = "".join(write_tag("tr", "".join(write_tag("td", write_text(cell)) for cell in row)) for row in rows[1:])
    table = write_tag("thead", write_tag("tr", head)) + write_tag("tbody", body)
    worst = "".join(write_line(facts.describe_worst(g)) for g in report.gradients.values())
    title = f"Each {rows[0][0]} in numbers"
    return fold_away(title, write_tag("table", table, "cr-facts-table") + worst)


def write_provenance(report: Report) -> str:
    """Return which file was judged, by what, and the score."""
    rows = (
        write_tag("tr", write_tag("th", write_text(name), scope="row") + write_tag("td", write_text(value)))
        for name, value in facts.list_provenance(report)
    )
    return fold_away("Seed, hash, judge and score", write_tag("table", "".join(rows), "cr-facts-table"))
