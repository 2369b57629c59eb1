"""Names of students and files, tracebacks and quoted lines are data, through every command that shows them."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnnlab.escape_text import escape_line
from grading import __main__ as command
from grading.class_folder import ClassFolder
from grading.run_nbgrader import run_nbgrader
from tests.grading.conftest import CHAPTER, HOSTILE_STUDENT, SHOUTING, is_safe

SHOWN_NAME = escape_line(HOSTILE_STUDENT)


def cells_as_split(text: str) -> list[str]:
    """Every cell of a table, however a spreadsheet splits it."""
    rows = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    return [part for cell in [*rows, *text.splitlines()] for part in re.split("[;\t|]", cell)]


def is_formula(cell: str) -> bool:
    start = cell.lstrip(' "\ufffd')
    return start[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"[-+]?[\d.]+", start)


@pytest.mark.slow
def test_the_terminal_of_autograde(graded_once: tuple[Path, str]) -> None:
    _, printed = graded_once
    assert is_safe(printed)
    assert "3 graded, 0 not" in printed
    assert not [line for line in printed.splitlines() if line.strip().startswith("zoe")]


def test_the_tables(graded_class: ClassFolder, tmp_path: Path) -> None:
    assert command.main(["report", "ch08", "--out", str(tmp_path / "out")]) == 0
    assert run_nbgrader(graded_class, "export", f"--to={tmp_path / 'out' / 'grades.csv'}").returncode == 0
    tables = {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "out").glob("*.csv")}
    assert set(tables) == {"scores.csv", "diagnoses.csv", "look.csv", "grades.csv"}
    for name, text in tables.items():
        assert is_safe(text), name
        assert not list(filter(is_formula, cells_as_split(text))), name
        assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1, name
    exported = list(csv.DictReader(io.StringIO(tables["grades.csv"])))
    assert {row["student_id"] for row in exported} == {"ada", "ben", "'" + SHOWN_NAME.replace(";=", ";'=")}
    [ada] = [row for row in exported if row["student_id"] == "ada"]
    assert (ada["raw_score"], ada["late_submission_penalty"], ada["score"]) == ("14.0", "14.0", "0.0")


class _Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.words.append(data)


def test_the_page(graded_class: ClassFolder) -> None:
    html = (graded_class.report_folder(CHAPTER) / "index.html").read_text(encoding="utf-8")
    assert is_safe(html) and SHOWN_NAME in "".join(_Page(html).words)
    assert is_safe("".join(_Page(html).words)), "no entity brings a character back"
    assert not [tag for tag, _ in _Page(html).tags if tag in ("img", "script")]
    assert not [a for _, attributes in _Page(html).tags for a in attributes if a.startswith("on")]


def test_the_feedback(graded_class: ClassFolder) -> None:
    path = graded_class.folder / "feedback" / HOSTILE_STUDENT / CHAPTER / f"{CHAPTER}.html"
    html = path.read_text(encoding="utf-8")
    assert "raise ValueError" in html, "the line that raises is quoted"
    body = html[html.index("<body") :]
    assert not re.findall("[\x1b\x07\u202e\u2066\u200b]", body)
    assert not re.findall("[\x1b\x07\u202e\u2066\u200b]", "".join(_Page(body).words))


class _Typeset(HTMLParser):
    """The text of a page that MathJax would look through for formulas."""

    SKIPPED = frozenset({"pre", "code", "script", "style", "textarea"})
    EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "col", "wbr"})

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.open: list[bool] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in self.EMPTY:
            ignored = "tex2jax_ignore" in (dict(attrs).get("class") or "").split()
            self.open.append(ignored or tag in self.SKIPPED)

    def handle_endtag(self, tag) -> None:
        if tag not in self.EMPTY and self.open:
            self.open.pop()

    def handle_data(self, data) -> None:
        if not any(self.open):
            self.words.append(data)


def test_no_line_and_no_name_is_typeset_as_a_formula(graded_class: ClassFolder) -> None:
    """MathJax makes links and styles of commands, in Formgrader with the instructor's rights."""
    place = Path(HOSTILE_STUDENT, CHAPTER)
    feedback = (graded_class.folder / "feedback" / place / f"{CHAPTER}.html").read_text(encoding="utf-8")
    graded = json.loads((graded_class.folder / "autograded" / place / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    outputs = [o["data"] for c in graded["cells"] if c["cell_type"] == "code" for o in c["outputs"]]
    shown = ["".join(data.get("text/html", "")) for data in outputs]
    for html in (feedback[feedback.index("<body") :], *shown):
        assert "{formula}" not in "".join(_Typeset(html).words)
    assert sum("{formula}" in html for html in shown) >= 3, "a report, the file, and the notes"
    assert "{formula}" in feedback[: feedback.index('id="notebook"')], "the notes at the top"
    assert "{formula}" in "".join(_Typeset("<p>$" + "{formula}$</p>").words)


def test_the_feedback_names_each_exercise_and_what_was_odd_at_its_top(graded_class: ClassFolder) -> None:
    path = graded_class.folder / "feedback" / HOSTILE_STUDENT / CHAPTER / f"{CHAPTER}.html"
    html = path.read_text(encoding="utf-8")
    assert '<html lang="en">' in html and "prefers-color-scheme: dark" in html
    top = html[html.index("<body") : html.index('id="notebook"')]
    assert '<a href="#conv2d_bias_grad">conv2d_bias_grad</a>' in top and "Test cell" not in top
    assert "About what you handed in" in top and "&lt;img src=x" in top and "<img" not in top


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_the_line_that_raises_is_quoted_without_its_escape_sequences(more: tuple, work, seed_file, capsys) -> None:
    folder = work(SHOUTING)
    assert command.main(["judge", "ch08", str(folder), "--seed-file", str(seed_file), *more]) == 0
    printed = capsys.readouterr().out
    assert is_safe(printed)
    assert "raise ValueError" in printed
    if more:
        assert json.loads(printed)["reports"]


def test_a_folder_whose_name_holds_a_line_break_is_named_with_what_to_do(graded_class: ClassFolder, capsys) -> None:
    (graded_class.submission_folder("two\nlines", CHAPTER)).mkdir(parents=True)
    assert command.main(["autograde", "ch08"]) == 1
    printed = capsys.readouterr().out
    [line] = [line for line in printed.splitlines() if line.startswith("  not graded:")]
    assert line.strip() == (
        "not graded: two\ufffdlines: The folder submitted/two\ufffdlines has a line break in its name, shown here as "
        "\ufffd: rename the folder, and grade again."
    )
