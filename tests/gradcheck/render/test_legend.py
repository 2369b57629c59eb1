"""The legend is the same in the text, on the page and in docs/learner.md; the picture is of this page."""

from pathlib import Path

import pytest

from authoring import build_report_picture
from cnnlab.gradcheck.render import legend
from cnnlab.gradcheck.render.html import to_html
from cnnlab.gradcheck.render.text import to_text
from tests.gradcheck.render.reports import make_report

PAGE = (Path(__file__).parents[3] / "docs" / "learner.md").read_text(encoding="utf-8")


def test_the_legend_is_the_same_everywhere():
    for place in (PAGE, to_text(make_report("conv")), to_html(make_report("conv"))):
        assert legend.WRONG_CELLS in " ".join(place.split())
    for place in (PAGE, to_html(make_report("conv"))):  # a terminal has no hatching
        assert legend.HATCHING in " ".join(place.split())


def test_the_page_shows_the_report_of_the_picture(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = PAGE.partition("```text\n")[2].partition("```")[0].splitlines()
    lines = to_text(build_report_picture.make_report()).splitlines()
    assert [line for line in shown if line not in lines and "..." not in line and "Cause" not in line] == []


@pytest.mark.parametrize("theme", build_report_picture.PAGES)
def test_the_picture_is_small_and_there(theme):
    file = build_report_picture.IMAGES / f"report_{theme}.png"
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size < 150_000
    assert build_report_picture.PAGES[theme][0] in build_report_picture.build_page(make_report("right"), theme)
