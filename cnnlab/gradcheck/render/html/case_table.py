"""The smallest failing case on a page: what goes in, what came out, what is right, and the sum at the right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.as_python import write_as_python
from cnnlab.gradcheck.render.case_in_full import CaseInFull, Sum, lay_out_case
from cnnlab.gradcheck.render.html.matrix import write_number_field, write_part
from cnnlab.gradcheck.render.html.tags import fold_away, write_heading, write_line, write_tag, write_text
from cnnlab.gradcheck.render.legend import WRONG_CELLS

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import Example


def write_case(example: Example | None) -> str:
    """Return the case in full, or "" where there is none."""
    if example is None:
        return ""
    case = lay_out_case(example)
    title = "The smallest case that fails " + write_tag("span", "· " + write_text(case.case), "cr-soft")
    given = write_tag("div", "".join(map(write_part, case.given)), "cr-row")
    given += write_line(case.options, "cr-line cr-soft")
    sums = [_write_sum(worked) for worked in case.sums]
    right = sums[0] + fold_away("By hand: another wrong entry", "".join(sums[1:])) if sums else ""
    top = write_tag("div", given, "cr-given") + (write_tag("div", right, "cr-block") if right else "")
    home = write_line(f"The same case at home: {case.command}") if case.command else ""
    code = write_as_python(example)
    python = fold_away("This case as Python", write_tag("pre", write_text(code), "cr-lines cr-mono")) if code else ""
    return write_heading(title) + write_tag("div", top, "cr-row") + _write_results(case) + home + python


def _write_results(case: CaseInFull) -> str:
    """Return got, expected and their difference, with what they show at the right."""
    signs = [*(write_tag("span", sign, "cr-sign", aria_hidden="true") for sign in "−="), ""]
    rows = []
    for row in case.results:
        parts = list(map(write_part, row))
        shown = [part + sign for part, sign in zip(parts, signs, strict=True)] if case.compared else parts
        rows.append("".join(shown))
    said = write_line(case.said) + write_line(WRONG_CELLS if case.compared else None, "cr-line cr-soft")
    rows[-1] += write_tag("div", said, "cr-note") if said else ""
    return "".join(write_tag("div", row, "cr-row") for row in rows)


def _write_sum(worked: Sum) -> str:
    """Return the sum of one entry, a row for each product."""
    caption = write_tag("caption", f"<b>By hand: {write_tag('code', write_text(worked.title), 'cr-mono')}</b>")
    rows = ""
    for names, numbers, product in worked.rows:
        cells = [write_tag("td", write_text(names), "cr-mono"), write_tag("td", _typeset(numbers))]
        cells += [write_tag("td", "=" if numbers else ""), write_tag("td", _typeset(product))]
        rows += write_tag("tr", "".join(cells))
    last = "<td></td><td></td><td>{}</td>"
    expected = write_tag("th", "added up: expected", scope="row") + last.format(_typeset(worked.expected))
    got = write_tag("th", "your function: got", scope="row") + last.format(write_number_field(worked.got, 5))
    rows += write_tag("tr", expected, "cr-total cr-expected") + write_tag("tr", got, "cr-total")
    return write_tag("table", caption + write_tag("tbody", rows), "cr-hand")


def _typeset(numbers: str) -> str:
    """Return a number or a product of numbers with its minus signs."""
    return write_text(re.sub(r"(?<![\de])-", "−", numbers))
