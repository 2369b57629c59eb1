"""A location as text and HTML: the line, the span, what was proved; the change on request only, and escaped."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab.gradcheck import Located

SECOND = Located("conv.py", 152, "a = b", (4, 5), "a = b", "a = c", 49, 49, True, None, 30, 1.0, "name")
CODE = "    dx[<cells>] = part"
FIRST = replace(
    SECOND,
    line=153,
    text=CODE,
    span=(16, 17),
    before=CODE,
    after=CODE.replace("=", "+="),
    cases=44,
    then=SECOND,
    kind="assignment",
)


def test_text_underlines_the_span_and_says_what_was_proved():
    assert str(FIRST).splitlines() == [
        "Where: conv.py, line 153",
        "   153      dx[<cells>] = part",
        "                        ~",
        "Proved: with one change here 44 of the 49 cases pass, and none fails that passed before.",
        "And: conv.py, line 152",
        "   152  a = b",
        "            ~",
        "Proved: with a second change here all 49 cases pass.",
    ]


def test_the_change_is_shown_on_request():
    lines = FIRST.to_text(show=True).splitlines()
    assert "     -      dx[<cells>] = part" in lines
    assert "     +      dx[<cells>] += part" in lines
    assert "     +  a = c" in lines


def test_html_holds_the_change_folded_and_everything_escaped():
    html = FIRST._repr_mimebundle_()["text/html"]
    assert "dx[&lt;cells&gt;]" in html and "<cells>" not in html
    assert html.count("<details") == 2 == html.count("</details>")
    assert html.index("Show the change") < html.index("+ dx[&lt;cells&gt;] += part")


@pytest.mark.parametrize(
    ("file", "words", "link"),
    [
        (__file__, "test_location.py, line 1", True),
        (str(Path(__file__).with_name("conftest.py")), "conftest.py, line 1", False),
        ("/nowhere/conv.py", "conv.py, line 1", False),
        ("<ipython-input-3>", "the notebook&#x27;s cell, line 1", False),
        ("/tmp/ipykernel_77/123.py", "the notebook&#x27;s cell, line 1", False),
    ],
    ids=["a file", "a file that was saved since", "a file that is gone", "a cell", "a cell of a kernel"],
)
def test_a_file_is_linked_where_there_is_one(file, words, link):
    first_line = Path(__file__).read_text(encoding="utf-8").partition("\n")[0]
    html = replace(FIRST, file=file, line=1, text=first_line)._repr_mimebundle_()["text/html"]
    assert words in html
    assert ("<a href=" in html) is link
