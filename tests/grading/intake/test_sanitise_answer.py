"""Written answers as nbconvert shows them: nothing runs, nothing is loaded, nothing is lost."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import markdown2html_mistune

import grading.intake.sanitise_answer as sanitise_module
from grading.intake.sanitise_answer import (
    FORMULA,
    IGNORED_BY_MATHJAX,
    MAX_ANSWER_CHARS,
    MAX_CODE_ANSWER_CHARS,
    MAX_RENDERED_CHARS,
    sanitise_answer,
    sanitise_code_answer,
)
from grading.intake.tex_allow_list import FormulaNotAllowed, clean_formula
from tests.grading.answer_vectors import FORMULAS, ORDINARY, SLOW, TYPESET, VECTORS

SHOWN_TAGS = {
    *("div", "span", "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}

#: Written down here once more: a command that slips into the list of the product is caught.
DANGEROUS = re.compile(
    r"\\(href|url|style|class|cssId|require|\w*def|let|\w*newcommand|csname|\w*environment|unicode|includegraphics|data"
    r"|mmlToken|texttip|mathtip|toggle|enclose|bbox|\w*color\w*|label|\w*ref|rule|[hv]space|m?kern|m?skip|raise|lower"
    r"|verb|ce|Declare\w+|begingroup|action|mathchoice|char|input|write|loop|repeat)(?![a-zA-Z])"
)


class Page(HTMLParser):
    """What is on a page that nbconvert made of an answer: tags with their attributes, text, and formulas."""

    def __init__(self, rendered: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[tuple[str, bool]] = []
        self.text = ""
        self.formulas: list[str] = []
        self.other: list[str] = []
        self.feed(rendered)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("br", "hr"):
            formula = ("class", FORMULA) in attrs
            self.open.append((tag, formula))
            self.formulas += [""] if formula else []

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.text += data
        if any(formula for _, formula in self.open):
            self.formulas[-1] += data

    def handle_comment(self, data):
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(source: str, links_are_shown: bool = True) -> Page:
    """Check an answer's cell as nbconvert shows it; the page."""
    rendered = markdown2html_mistune(source)
    assert rendered.strip() == source, "the renderer read Markdown in it"
    page = Page(rendered)
    assert not page.open and not page.other
    assert page.tags[0] == ("div", {"class": IGNORED_BY_MATHJAX, "style": "overflow:auto"})
    for tag, attributes in page.tags[1:]:
        assert tag in SHOWN_TAGS
        for name, value in attributes.items():
            assert (tag, name) in {
                *(("a", "href"), ("a", "rel"), ("a", "target"), ("ol", "start")),
                *(("td", "style"), ("th", "style"), ("span", "class"), ("div", "class")),
            }
            assert name != "href" or re.match("https?://", value)
            assert name != "class" or value == FORMULA
            assert name != "style" or re.fullmatch("padding:2px 8px;(text-align: ?(left|right|center);?)?", value)
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert not links_are_shown or (attributes["target"] == "_blank" and attributes["href"] in page.text)
    for formula in page.formulas:
        assert not DANGEROUS.search(formula)
        assert not re.search('[<>"`@#]', formula)
    return page


def test_no_answer_runs_or_loads_anything(subtests: pytest.Subtests) -> None:
    for name, answer in VECTORS.items():
        with subtests.test(name):
            assert_harmless(sanitise_answer(answer).source)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*VECTORS.values(), "\n", "\n\n", "$", "`", "> ", "- ", "    ", "|"]), max_size=6).map(
        "".join
    )
)
def test_no_mixture_of_them_does(answer: str) -> None:
    assert_harmless(sanitise_answer(answer).source)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>&;#xa$`\\{}[]()!*_~|:/\"' \n\t\r\0\u2028@-=1.", max_size=60))
def test_no_text_does(answer: str) -> None:
    assert_harmless(sanitise_answer(answer).source)


def test_no_code_answer_does(subtests: pytest.Subtests) -> None:
    for name, answer in VECTORS.items():
        with subtests.test(name):
            page = Page(Highlight2HTML()(sanitise_code_answer(answer).source, metadata={}))
            assert {tag for tag, _ in page.tags} <= {"div", "pre", "span"}
            assert all(set(attributes) <= {"class"} for _, attributes in page.tags)


def test_an_ordinary_answer_is_shown_whole() -> None:
    shown = sanitise_answer(ORDINARY)
    page = assert_harmless(shown.source)
    assert shown.notes == ()
    assert [tag for tag, _ in page.tags].count("li") == 4
    assert {"strong", "em", "ol", "ul", "table", "blockquote", "pre"} <= {tag for tag, _ in page.tags}
    assert 'if a<b:\n    y[i, j] += x[i*s + u] * w["k"]  # comment\n\n    return x**2\n' in page.text
    assert "a<b && c>d" in page.text and "costs $5 and $6 at most" in page.text
    assert "☃ and 因为 and потому что" in page.text
    assert [a["href"] for tag, a in page.tags if tag == "a"] == [
        "https://arxiv.org/abs/1603.07285",
        "https://numpy.org/doc/",
    ]
    assert page.formulas[:3] == [r"$\partial L / \partial x$", r"$a\lt b$", r"$x_i \gt 0$"]
    assert len(page.formulas) == 6 and page.formulas[4].startswith(r"\begin{align} dx & = dy")


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() - TYPESET))
def test_a_formula_off_the_list_is_not_typeset(name: str) -> None:
    with pytest.raises(FormulaNotAllowed):
        clean_formula(FORMULAS[name])


def test_a_person_is_told_what_does_not_show() -> None:
    notes = sanitise_answer("$\\href{a}{b}$ ![cat](cat.png) [x](javascript:alert(1))" + " word" * 5000).notes
    assert len(notes) == 4
    assert "25,0" in notes[0] and "cut at 20,000" in notes[0]
    assert any("\\href is not typeset" in note for note in notes)
    assert any("an image was left out" in note for note in notes)


def test_one_answer_does_not_fill_the_list_of_who_needs_a_person() -> None:
    notes = sanitise_answer(" ".join(f"${chr(92)}{'x' * k}$" for k in range(1, 100))).notes
    assert len(notes) == 6 and notes[-1].startswith("there are ")
    assert max(map(len, notes)) < 150


def test_a_heading_is_bold_and_no_place_that_a_link_leads_to() -> None:
    source = sanitise_answer("## jupyter-config-data\n\ntext").source
    assert "<p><strong>jupyter-config-data</strong></p>\n<p>text</p>" in source


def test_what_does_not_show_follows_as_it_was_written() -> None:
    page = assert_harmless(sanitise_answer("[see][paper]\n\n[paper]: https://a.example 'On kernels'").source)
    assert "[paper]: https://a.example 'On kernels'" in page.text
    page = assert_harmless(sanitise_answer("[paper]: https://a.example").source)
    assert "[paper]: https://a.example" in page.text
    deep = sanitise_answer("> " * 60 + "so deep")
    assert "so deep" in assert_harmless(deep.source).text and "nested" in deep.notes[0]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab1 \n.,;()[]<>*_`#>-|!$\\", max_size=80))
def test_no_word_is_lost(answer: str) -> None:
    page = assert_harmless(sanitise_answer(answer).source)
    words = re.findall(r"[ab]+", answer)
    assert sorted(words) == sorted(w for w in words if w in page.text)


@pytest.mark.parametrize("unit", SLOW, ids=repr)
def test_what_is_handed_on_is_bounded(unit: str) -> None:
    """A page of HTML is copied by nbconvert, whatever it holds; so its length is all that costs."""
    shown = sanitise_answer(unit * (2 * MAX_ANSWER_CHARS // len(unit)))
    assert len(shown.source) < MAX_RENDERED_CHARS + 12 * MAX_ANSWER_CHARS
    assert "cut at 20,000" in shown.notes[0]
    assert_harmless(shown.source)
    assert len(sanitise_code_answer(unit * 100_000).source) <= MAX_CODE_ANSWER_CHARS


def test_the_html_is_sanitised_whatever_the_renderer_makes_of_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Markdown renderer with a hole: nh3, and the last step after it, still hold."""
    for text in VECTORS.values():
        monkeypatch.setattr(sanitise_module._parser().renderer, "render", lambda *args, text=text: text)
        assert_harmless(sanitise_answer("anything").source, links_are_shown=False)


def test_sanitising_twice_is_harmless_too() -> None:
    for answer in (ORDINARY, VECTORS["formula_href"]):
        again = sanitise_answer(sanitise_answer(answer).source)
        assert_harmless(again.source)


def test_nh3_is_the_one_that_is_tested() -> None:
    assert html.unescape(nh3.clean("<a href='&#106;avascript:x'>x</a>")) == '<a rel="noopener noreferrer">x</a>'
