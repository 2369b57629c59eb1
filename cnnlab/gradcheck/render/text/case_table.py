"""The smallest failing case in a terminal: what goes in, what came out, what is right, and the sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.case_in_full import Sum, lay_out_case
from cnnlab.gradcheck.render.legend import WRONG_CELLS
from cnnlab.gradcheck.render.text.matrix import make_block
from cnnlab.gradcheck.render.text.sheet import Block, Sheet, lay_out_blocks

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import Example


def write_case(example: Example | None, sheet: Sheet) -> Iterator[str]:
    """Yield the case in full; nothing where there is none."""
    if example is None:
        return
    case = lay_out_case(example)
    yield from sheet.write_sentence(f"The smallest case that fails: {case.case}")
    yield ""
    given = [make_block(part, sheet) for part in case.given]
    yield from lay_out_blocks(given, sheet)
    yield from sheet.write_sentence(case.options)
    yield ""
    for number, row in enumerate(case.results):
        yield from [""] if number else []
        yield from lay_out_blocks([make_block(part, sheet) for part in row], sheet)
    yield from sheet.write_sentence(f"{case.said} {WRONG_CELLS if case.compared else ''}".strip())
    if case.command:
        yield from sheet.write_sentence(f"The same case at home: {case.command}")
    if case.sums:  # further ones are folded away on a page
        yield ""
        yield from lay_out_blocks([_write_sum(case.sums[0], sheet)], sheet)


def _write_sum(worked: Sum, sheet: Sheet) -> Block:
    """Return the sum of one entry, a line for each product, or two where one is too wide."""
    rows = [(names, f"{numbers} =" if numbers else "", product, "") for names, numbers, product in worked.rows]
    rows += [("added up: expected", "", worked.expected, ""), ("your function: got", "", worked.got, "✗")]
    names, numbers, products, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    between = "  " if names + numbers + products + 7 <= sheet.width else f"\n{' ' * 6}"
    lines = [f"By hand, {worked.title}:"]
    for a, b, c, mark in rows:
        lines += f"  {a:{names}}{between}{b:>{numbers}}  {c:>{products}}{mark}".splitlines()
    return Block(tuple(lines), tuple(lines))
