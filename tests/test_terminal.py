"""What a terminal shows fits it, is coloured only where colour can be shown, and says in words what colour says."""

import io
import re
import sys
import types

import numpy as np
import pytest

from cnnlab import check, nn, terminal
from cnnlab.gradcheck import Failure
from cnnlab.gradcheck.example import Example
from cnnlab.gradcheck.render.text import to_text
from cnnlab.gradcheck.report import CaseResult, GradientResult, Report, Source
from cnnlab.gradcheck.runner.answer import Frame
from cnnlab.loader import STUBS
from tests.rejects import conv

ESCAPE = re.compile(r"\033\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def plain(monkeypatch):
    """A terminal of a user who refused nothing."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "platform", "linux")


def test_a_terminal_has_colour_and_a_file_has_none(plain):
    assert terminal.has_colour(Terminal())
    assert not terminal.has_colour(io.StringIO())
    assert not terminal.has_colour(None)
    file = io.TextIOWrapper(io.BytesIO())
    file.close()
    assert not terminal.has_colour(file)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(plain, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not terminal.has_colour(Terminal())


def test_windows_has_colour_where_its_console_can_be_told(plain, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "platform", "win32")
    module = types.SimpleNamespace(just_fix_windows_console=lambda: told.append(True))
    monkeypatch.setitem(sys.modules, "colorama", module)
    assert terminal.has_colour(Terminal()) and told == [True]
    monkeypatch.setitem(sys.modules, "colorama", None)
    assert not terminal.has_colour(Terminal())


def luminance(colour):
    """Of one of the 256 colours of a terminal, by the formula of WCAG 2."""
    number = int(colour.rpartition(";")[2])
    if number >= 232:
        rgb = [8 + 10 * (number - 232)] * 3
    else:
        rgb = [(0, 95, 135, 175, 215, 255)[(number - 16) // step % 6] for step in (36, 6, 1)]
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("kind", terminal.COLOURS)
def test_colours_are_read_on_black_and_on_white(kind):
    found = luminance(terminal.COLOURS[kind])
    assert (found + 0.05) / 0.05 >= 3.8
    assert 1.05 / (found + 0.05) >= 3.8


def test_lines_break_between_words_only():
    text = "a-hyphen 2026-11-28T12:00:00 /a/path/that/is/longer/than/the/whole/line/and/has/no/place/to/break.py end"
    words = terminal.wrap(text, 40, "- ", "  ").split()
    assert words[1:] == text.split()
    assert terminal.wrap("1   2", 40) == "1   2"


LONG = "a case with a rather long name, such as 2×2 kernel on 3×3, one of everything"


def long_report():
    grid = np.arange(400.0).reshape(1, 4, 100) - 1e7 / 3
    arrays = (np.full((4, 4), -1.23456789e-5), np.full((4, 4), 1.23456789e-5))
    example = Example("dx", LONG, {"x": np.ones((1, 2, 3, 9)), "w": 3}, {"stride": 1}, np.ones(40), *arrays)
    gradient = GradientResult("dx", "fail", (1, 4, 100), LONG, 1.0, 1.0, (0, 0, 3), 1.0, 2.0, np.abs(grid[0]))
    cases = tuple(CaseResult(LONG, "core", (), v, "note") for v in ("fail", "pass", "left out", "pass"))
    frame = Frame("work/conv.py", 108, "conv2d_weight_grad", "return np.einsum('nchw,nfhw->fc', x, dy)  # " + LONG)
    source = Source("cnnlab/ops/conv.py", "0" * 64, "2026-11-28T12:00:00")
    names = ("conv2d_weight_grad", 0.0, {"dx": gradient}, cases, f"Fails: {LONG}.", LONG, "formula", LONG)
    more = {"hints": ("a",), "example": example}
    return Report(*names, Failure("raises", LONG, (frame,)), {LONG: 3}, source, LONG, "core", "PyTorch", **more)


REPORTS = {
    "long": long_report,
    "wrong": lambda: check("conv2d_input_grad", function=conv.kernel_turned_in_the_scatter_form),
    "chapter": lambda: check("ch08", folder=STUBS),
    "nested": lambda: Report("ch08", 0.0, parts=(Report("conv2d", 0.0, parts=(long_report(),)), long_report())),
}


@pytest.mark.parametrize("columns", [60, 72, 80, 133])
@pytest.mark.parametrize("report", REPORTS)
def test_a_report_fits_the_terminal(report, columns, monkeypatch):
    found = REPORTS[report]()
    whole = str(found)
    monkeypatch.setenv("COLUMNS", str(columns))
    text = str(found)
    assert max(map(len, text.splitlines())) <= columns
    if report == "chapter":  # the others have boxes and matrices that are laid out to the width
        assert text.split() == whole.split()
    for date in re.findall(r"2026-\S*", whole):
        assert date.rstrip(",") in text


@pytest.mark.parametrize("report", REPORTS)
def test_colour_adds_nothing_to_the_words(report):
    found = REPORTS[report]()
    coloured = to_text(found, colour=True)
    assert coloured != str(found)
    assert ESCAPE.sub("", coloured) == str(found)


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_the_gear_board_fits(columns, monkeypatch):
    board = nn.lenet().gears(nn.CrossEntropyLoss(), nn.SGD(lr=0.1))
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, str(board).splitlines())) <= columns
    assert ESCAPE.sub("", board.to_text(colour=True)) == str(board)
