"""The lines on the instructor's page: equal changes in one group, safe whatever a student's file says."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from grading.batch.found_lines import FoundLine, LineSearch
from grading.batch.verdict_store import StoredVerdict
from grading.class_folder import ClassFolder
from grading.report import report_page, report_tables
from grading.report.batch_summary import Summary
from grading.worker.parse_trial import ChangedPlace
from tests.grading.report.test_report import mark, stored

CHANGE = ChangedPlace("conv.py", 22, "f", "assignment", "dx = 1", "dx += 1", "=", "+=", "= > +=")
HOSTILE = "<img src=x onerror=alert(1)>`\u202e"


def with_line(student: str, *changes: ChangedPlace, cases: int = 9) -> StoredVerdict:
    found = FoundLine("conv2d_input_grad", changes, cases, 9, 5)
    wrong = mark("conv2d_input_grad", 0.0, "accumulate", "only the last window")
    verdict = stored(student, search=LineSearch("key", (found,)))
    return replace(verdict, marks=tuple(wrong if m.exercise == wrong.exercise else m for m in verdict.marks))


def summarise(*verdicts: StoredVerdict) -> Summary:
    return Summary("ch08_convolution_backward", {v.student: v for v in verdicts}, (), {})


def test_equal_changes_are_one_group_the_largest_first() -> None:
    batch = summarise(
        with_line("ada", replace(CHANGE, kind="name", wrong="x", right="y", alike="_1 > _2")),
        with_line("ben", CHANGE),
        with_line("cem", replace(CHANGE, line=40, before="g = 2", after="g += 2")),
        with_line("dan", CHANGE, cases=4),
        with_line("eva"),
        stored("fay"),
    )
    groups = [(g.count, g.exercise, g.sentence, tuple(g.found)) for g in batch.line_groups]
    assert groups == [
        (2, "conv2d_input_grad", "`=` for `+=`", ("ben", "cem")),
        (1, "conv2d_input_grad", "`=` for `+=`", ("dan",)),
        (1, "conv2d_input_grad", "`x` for `y`", ("ada",)),
    ]


def test_a_group_is_named_as_most_of_its_students_wrote_it() -> None:
    renamed = replace(CHANGE, kind="name", wrong="ada_is_wrong", right="y", alike="_1 > _2")
    honest = replace(renamed, wrong="x")
    [group] = summarise(with_line("aaa", renamed), with_line("ben", honest), with_line("cem", honest)).line_groups
    assert (group.count, group.sentence) == (3, "`x` for `y`")


def test_the_line_stands_beside_the_verdict_and_in_its_group(tmp_path: Path) -> None:
    batch = summarise(with_line("ben", CHANGE), with_line("cem", CHANGE), with_line("eva"))
    page = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    assert '0 wrong<span class="found">one change from right: conv.py, line 22</span>' in page
    assert "<b>2 students:</b> <code>=</code> for <code>+=</code> in <code>conv2d_input_grad</code>" in page
    assert "In 2 of 3 wrong exercises" in page
    plain = report_page.build_page(summarise(stored("ada")), ClassFolder(tmp_path), tmp_path)
    assert "Lines, the most frequent" not in plain


def test_what_a_file_says_is_no_markup_and_no_formula(tmp_path: Path) -> None:
    texts = dict.fromkeys(("before", "after", "wrong", "function"), HOSTILE)
    batch = summarise(with_line("eve", replace(CHANGE, **texts, right="=1+1")))
    page = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    assert "<img" not in page
    text = report_tables.to_csv(report_tables.build_lines(batch))
    assert "\u202e" not in text
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith("=")]
