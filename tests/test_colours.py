"""One table of colours: what the browser has equals it, and lines are strong enough on both pages."""

import json
from pathlib import Path

import pytest

from cnnlab import picture
from cnnlab.colours import CARD, INK, TABLE
from cnnlab.gradcheck.render import palette
from cnnlab.nn.board import MARKS
from cnnlab.widgets import paper
from tests.widgets.test_scenes import node

WIDGETS = Path(__file__).parents[1] / "cnnlab" / "widgets"

#: The pages that lines are drawn on: JupyterLab's, light and dark, and the card.
LIGHT, DARK = ("#FFFFFF", CARD), ("#111111", "#212121")


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("meaning", TABLE)
def test_lines_are_strong_enough(meaning):
    colour = TABLE[meaning]
    assert min(contrast(colour.light, page) for page in LIGHT) >= 3
    assert min(contrast(colour.dark, page) for page in DARK) >= 3


def test_the_text_of_a_card_can_be_read():
    assert contrast(INK, CARD) >= 4.5
    assert (picture.STYLE["text.color"], picture.STYLE["figure.facecolor"]) == (INK, CARD)


def test_the_browser_has_the_same_table():
    script = "const { COLOURS } = await import(process.argv[2]); console.log(JSON.stringify(COLOURS));"
    table = json.loads(node(script, (WIDGETS / "pen.js").as_uri()))
    assert table == {name: list(colour) for name, colour in TABLE.items()}


def test_reports_plots_and_boards_have_the_same_colours():
    fills = {name: colour.fill for name, colour in TABLE.items()}
    assert [palette.COLOURS[role] for role in palette.Role if role in palette.COLOURS] == [
        fills[name] for name in ("x", "w", "y", "above")
    ]
    assert (fills["below"], fills["right"], fills["wrong"]) == (palette.BELOW_ZERO, palette.RIGHT, palette.WRONG)
    assert tuple(fills[name] for name in ("x", "w", "y", "above")) == (paper.SKY, paper.ORANGE, paper.GREEN, paper.PINK)
    assert [colour for _, colour in MARKS.values()] == [fills["right"], fills["right"], fills["unwritten"]]


def test_no_other_file_has_a_colour_of_its_own():
    """Okabe and Ito's colours are written in the table, and in pen.js, which the browser reads."""
    written = {fill.lower() for colour in TABLE.values() for fill in colour}
    package = Path(picture.__file__).parent
    for path in (p for ending in ("*.py", "*.js", "*.css") for p in package.rglob(ending)):
        if path.name not in ("colours.py", "pen.js", "canvas.css"):
            text = path.read_text(encoding="utf-8").lower()
            assert not [colour for colour in written if colour in text], path.name
