"""A report fits a terminal, with and without colour, and its letters are large enough on a page."""

import re

import pytest

from cnnlab.gradcheck.render.html.style import write_style
from cnnlab.gradcheck.render.text import to_text
from tests.gradcheck.render.reports import MAKERS, make_report

ESCAPE = re.compile(r"\033\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("name", MAKERS)
def test_lines_fit(name, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    report = make_report(name)
    text = to_text(report)
    assert max(map(len, text.splitlines())) <= columns
    assert ESCAPE.sub("", to_text(report, colour=True)) == text


def list_letter_sizes(style):
    """Every font size of a style in pixels, where one em is 14 pixels, as in JupyterLab."""
    for size in re.findall(r"font-size:([^;}]+)", style):
        if least := re.fullmatch(r"max\((\d+)px,[\d.]+em\)", size):
            yield float(least[1])
        elif em := re.fullmatch(r"([\d.]+)em", size):
            yield 14 * float(em[1])
        elif size != "inherit":
            raise AssertionError(f"the size {size!r} is not known")


def test_letters_have_eleven_pixels():
    sizes = list(list_letter_sizes(write_style()))
    assert len(sizes) > 5
    assert min(sizes) >= 11


def test_letters_that_are_too_small_are_noticed():
    assert min(list_letter_sizes("a {font-size:.7em}b {font-size:max(11px,.5em)}")) < 11
