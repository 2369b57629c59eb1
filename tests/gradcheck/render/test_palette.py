"""The colours of a report can be told from the page, light or dark: words 4.5 to 1, marks and frames 3 to 1."""

import pytest

from cnnlab.gradcheck.render import palette
from cnnlab.gradcheck.render.html.style import FIELDS, STRIPES, write_style
from cnnlab.gradcheck.render.palette import Role, find_role

#: page -> (its colour, the colour of its text), as JupyterLab has them.
PAGES = {"light": ("#FFFFFF", "#212121"), "dark": ("#111111", "#FFFFFF")}


def read_colour(text):
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))


def mix(first, second, per_cent):
    """As CSS mixes in sRGB."""
    return tuple(a * per_cent / 100 + b * (100 - per_cent) / 100 for a, b in zip(first, second, strict=True))


def measure_contrast(first, second):
    """By the formula of WCAG 2."""
    lights = []
    for colour in (first, second):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_the_measure_itself():
    assert measure_contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", FIELDS)
def test_words_on_a_field_and_the_frame_around_it(page, name):
    ground, text = map(read_colour, PAGES[page])
    field = mix(read_colour(FIELDS[name]), ground, palette.FIELD_PER_CENT)
    assert measure_contrast(text, field) >= 4.5
    frame = mix(read_colour(FIELDS[name]), text, palette.FRAME_PER_CENT)
    assert measure_contrast(frame, ground) >= 3


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("colour", sorted({*STRIPES.values(), palette.WRONG}))
def test_stripes_and_hatching(page, colour):
    assert measure_contrast(read_colour(colour), read_colour(PAGES[page][0])) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_quiet_words(page):
    """Words that are less important are the text's colour at eight tenths."""
    ground, text = map(read_colour, PAGES[page])
    assert measure_contrast(mix(text, ground, 80), ground) >= 4.5
    assert "opacity:.8" in write_style() and "opacity:.7" not in write_style()


@pytest.mark.parametrize("role", palette.COLOURS)
def test_the_name_on_its_tag(role):
    assert measure_contrast(read_colour(palette.COLOURS[role]), (0, 0, 0)) >= 4.5


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("x", Role.INPUT),
        ("w1", Role.WEIGHT),
        ("gamma", Role.WEIGHT),
        ("params[0]", Role.WEIGHT),
        ("dy", Role.GRADIENT),
        ("dx", Role.GRADIENT),
        ("y", Role.OUTPUT),
        ("layers", Role.OTHER),
    ],
)
def test_a_name_has_one_meaning(name, role):
    assert find_role(name, frozenset({"dx"})) == role
