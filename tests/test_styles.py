"""No HTML of the project has a style that a browser drops because a name in it was never filled in."""

import base64
import re
from html.parser import HTMLParser

import pytest

from cnnlab import check, nn, status
from cnnlab.history import Epoch, History
from cnnlab.loader import STUBS
from tests.test_terminal import REPORTS, long_report
from tests.widgets.test_scenes import STATES


class Attributes(HTMLParser):
    """Every attribute that a browser reads a format from."""

    READ = ("style", "width", "height", "fill", "stroke", "class", "id", "d", "x", "y")

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name, value) for name, value in attrs if name in self.READ and value]


def unfilled(html):
    return [found for found in Attributes(html).found if "{" in found[2] or "}" in found[2]]


def html_of(shown):
    return shown._repr_mimebundle_()["text/html"]


def pictures_of(html):
    """The SVG files inside a page."""
    return [base64.b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)]


def right(dy):
    return dy.sum((0, 2, 3))


def history():
    return History([1.0, 0.5], [0.1, 0.1], [Epoch(1.0, 0.5, 0.5, 1.0), Epoch(0.5, 0.6, None, 1.0)])


PAGES = {
    **{f"report: {name}": lambda report=report: html_of(report()) for name, report in REPORTS.items()},
    "passing report": lambda: html_of(check("conv2d_bias_grad", function=right)),
    "report with hints": lambda: html_of(check("conv2d_bias_grad", function=lambda dy: -right(dy))),
    "status": lambda: status(STUBS)._repr_html_(),
    "gear board": lambda: nn.lenet().gears()._repr_html_(),
}


PICTURES = {
    "history": lambda: html_of(history()),
    **{kind: lambda scene=scenes[0]: scene.still().html() for kind, scenes in STATES.items()},
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_style_of_a_picture_is_filled_in(name):
    html = PICTURES[name]()
    (svg,) = pictures_of(html)
    assert unfilled(html) == unfilled(svg) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_style_is_filled_in(name):
    html = PAGES[name]()
    assert any(attribute == "style" for _, attribute, _ in Attributes(html).found)
    assert unfilled(html) == []


def test_a_name_that_was_not_filled_in_is_noticed():
    assert unfilled('<div style="border:1px dashed {_GREY}"></div>') == [("div", "style", "border:1px dashed {_GREY}")]


def test_the_diagnosis_has_its_box():
    html = long_report()._repr_mimebundle_()["text/html"]
    assert 'class="cr-box" style="border:2px solid;' in html
