"""The parts of a report come in the order of the questions: did it pass, why, which case, where, what else."""

import re
from dataclasses import replace
from html import unescape

import pytest

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.example import Cause
from cnnlab.gradcheck.render.html import to_html
from cnnlab.gradcheck.render.text import to_text
from tests.gradcheck.render.reports import MAKERS, PASSES, WRONG, make_report, name_a_train

#: A part of a report -> how it begins on a page and in a terminal.
PARTS = {
    "verdict": (r"<code class=\"cr-name", r"^[✗◐]"),
    "box": (r"class=\"cr-box\"", r"┌─ "),
    "case": (r"role=\"heading\"[^>]*>The smallest case that fails", r"^ *The smallest case that fails"),
    "map": (r"role=\"heading\"[^>]*>Where <code[^>]*>\w+</code> is wrong", r"^ *Where \w+ is wrong"),
    "second cause": (r"A second cause, in", r"^ *A second cause, in"),
    "help": (r"In the course: ", r"^ *In the course: "),
    "end": (r"<summary>Seed, hash, judge and score", r"^ *\(.*seed"),
}


def two_causes():
    report = make_report("conv")
    first = Cause(Code.FLIP, report.diagnosis, "turned", "dx", 40, 49, "core")
    second = Cause(Code.OPTION, "dilation is not looked at.", "dilation", "dx", 5, 49, "general")
    return replace(report, causes=(first, second))


@pytest.mark.parametrize("face", ["page", "terminal"])
def test_a_failure_answers_in_order(face):
    report = two_causes()
    whole = to_html(report).partition("</style>")[2] if face == "page" else to_text(report)
    starts = {}
    for part, patterns in PARTS.items():
        found = re.search(patterns[face == "terminal"], whole, re.MULTILINE)
        assert found, f"{part} is missing"
        starts[part] = found.start()
    assert list(starts) == sorted(starts, key=starts.__getitem__)


def write_words(report):
    """The words of both faces."""
    page = to_html(report).partition("</style>")[2]
    return [unescape(re.sub("<[^>]*>", " ", page)), to_text(report)]


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_is_one_line(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    report = make_report(name)
    text, page = to_text(report), to_html(report).partition("</style>")[2]
    assert len(text.splitlines()) == 1
    assert len(text) <= 80
    assert "<details" not in page and "cr-box" not in page


def test_the_train_is_for_gears_only():
    assert re.search("[1-9] of 9 gears (is|are) yours", to_html(make_report("right")))
    assert "gears" not in to_html(make_report("no gear")).partition("</style>")[2] + to_text(make_report("no gear"))


@pytest.mark.parametrize(("columns", "shown"), [(80, "●○○○"), (120, "2 of 5 gears are yours")])
def test_the_train_takes_the_room_that_is_left(columns, shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = to_text(replace(make_report("no gear"), gears=name_a_train()))
    assert len(text.splitlines()) == 1
    assert "[●]" in text or shown in text


@pytest.mark.parametrize("name", ["unwritten", "unwritten chapter"])
def test_unwritten_is_no_failure(name):
    for words in write_words(make_report(name)):
        assert "to write: conv2d_weight_grad" in " ".join(words.split())
        assert not re.search("wrong|fail|✗|error", words, re.IGNORECASE)


def test_unwritten_names_line_place_and_points():
    for words in write_words(make_report("unwritten")):
        assert re.search(r"conv\.py, line \d+ · chapter 8, step 3 · 6 points", " ".join(words.split()))
    assert "<summary>Hint 1 of 3: a nudge" in to_html(make_report("unwritten"))


def test_core_alone_is_half_a_mark_and_names_what_is_left():
    report = make_report("core")
    assert to_text(report).startswith("◐ ")
    for words in write_words(report):
        assert "right for this chapter, not yet in general" in " ".join(words.split())
        assert "Still wrong: dilation 2; " in " ".join(words.split())
    for words in write_words(make_report("core asked for")):
        assert "The general cases were not asked for." in " ".join(words.split())


def test_a_box_without_a_cause_says_so():
    for words in write_words(make_report("layers")):
        assert "No cause was found" in words
        assert "Fails in all" in words
        assert "Likely" not in words


@pytest.mark.parametrize("name", WRONG)
def test_a_failure_is_said_in_words_too(name):
    for words in write_words(make_report(name)):
        assert re.search("is wrong|raises an exception|right for this chapter", words)


def test_a_chapter_shows_its_first_wrong_exercise_in_full_and_the_verdict_of_others():
    parts = (make_report("right"), make_report("linear"), make_report("conv"), make_report("unwritten"))
    report = replace(make_report("chapter"), parts=parts)
    text = to_text(report)
    assert text.count("The smallest case that fails") == 1
    assert "1 of 4 exercises right · 1 to write" in text
    assert re.search(r"In full: .*check conv2d_input_grad", text)
    assert "<summary>Case, map and hints</summary>" in to_html(report)


@pytest.mark.parametrize("name", MAKERS)
def test_the_page_of_a_report_runs_no_script_and_loads_nothing(name):
    page = to_html(make_report(name))
    assert not re.search(r"<script|<link|<img|@import|url\(", page)
