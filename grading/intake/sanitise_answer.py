"""Make a student's written answer safe to show in the instructor's session, as one block of HTML.

Formgrader, the feedback page and JupyterLab each render the answer's Markdown cell with a renderer of their own, in the
instructor's session. So the Markdown is rendered once, here, with the student's HTML shown as text; nh3 sanitises the
result; and what is handed on is a block of HTML without a blank line, in which every character that Markdown or
MathJax could read as something else is written as a numeric reference. All three renderers pass such a block through.
Formulas are the exception: they stay TeX, restricted to the commands of tex_allow_list, in elements that MathJax is
asked to process, while it is asked to ignore the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grading.intake.tex_allow_list import FormulaNotAllowed, clean_formula

MAX_ANSWER_CHARS = 20_000

#: Highlighting code can take the square of its length; rendering an answer does not.
MAX_CODE_ANSWER_CHARS = 10_000
MAX_RENDERED_CHARS = 400_000

#: How deeply quotes, lists and emphasis may be nested before an answer is shown as plain text.
MAX_NESTING = 40

#: How many formulas of one answer are typeset.
MAX_FORMULAS = 500

#: How many remarks one answer leaves in the list of who needs a person.
MAX_NOTES = 5

IGNORED_BY_MATHJAX = "tex2jax_ignore mathjax_ignore"
FORMULA = "tex2jax_process mathjax_process"

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "span", "div"),
}
ATTRIBUTES = {
    "a": {"href", "target"},
    "ol": {"start"},
    "th": {"style"},
    "td": {"style"},
    "span": {"class"},
    "div": {"class"},
}
SCHEMES = {"http", "https"}
LINK_RELATION = "noopener noreferrer nofollow"

#: Directional controls, which show a text in another order than it has.
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: What HTML, Markdown or MathJax gives a meaning to, in text and in attributes' values.
SPECIAL = re.compile(r"[&<>$\\`@*_\[\]{}~|#^]")
SPECIAL_IN_ATTRIBUTES = re.compile(r"""[&<>"'`$\\@*\[\]{}~|^]""")

ABSOLUTE = re.compile(r"https?://[^/\s]", re.IGNORECASE)
ALIGNMENT = re.compile("text-align:(left|right|center);?")
LIST_NUMBER = re.compile(r"^[ \t>*+-]*\d{1,9}[.)](?=\s)", re.MULTILINE)
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class SanitisedAnswer:
    """An answer to be shown.

    source: of the Markdown cell: one block of HTML.
    notes: what a person should know about the answer, one sentence each.
    """

    source: str
    notes: tuple[str, ...] = ()


def sanitise_answer(markdown: str) -> SanitisedAnswer:
    """Return a student's Markdown as HTML that any Markdown renderer shows as it is and that runs nothing.

    Raw HTML is shown as text, an image as its description, a link only if it is http or https, a formula only if it
    keeps to the list of TeX commands. Where something that was written does not show, the text follows as it was
    written.
    """
    text, notes = _bound(markdown, MAX_ANSWER_CHARS)
    try:
        rendered = _render(text, notes)
        block = _wrap_block(rendered.html)
        lost = _count_words(LIST_NUMBER.sub("", text)) - rendered.known - _count_words(block.text)
        parts = [block.html]
        if lost or not block.text.strip():
            parts = [*parts, "<p>As it was written:</p>", _show_plain(text)]
    except _TooComplex as error:
        notes.append(f"an answer is shown as plain text: {error}")
        parts = [_show_plain(text)]
    notes = _limit_notes(notes)
    parts += [f"<p><em>{escape_text(note[0].upper() + note[1:])}.</em></p>" for note in notes]
    source = "\n".join((f'<div class="{IGNORED_BY_MATHJAX}" style="overflow:auto">', *filter(None, parts), "</div>"))
    return SanitisedAnswer(source, tuple(notes))


def _limit_notes(notes: Sequence[str]) -> list[str]:
    """Return each note once; of many, the first ones and how many more there are."""
    different = list(dict.fromkeys(notes))
    more = len(different) - MAX_NOTES
    return [*different[:MAX_NOTES], *([f"there are {more} more such remarks on an answer"] if more > 0 else [])]


def sanitise_code_answer(code: str) -> SanitisedAnswer:
    """Return an answer in a code cell as it is to be shown. Every page escapes it, so only its length is limited."""
    text, notes = _bound(code, MAX_CODE_ANSWER_CHARS)
    return SanitisedAnswer("\n".join(line.rstrip() for line in text.split("\n")), tuple(notes))


def _bound(answer: str, most: int) -> tuple[str, list[str]]:
    """Return an answer of at most `most` printable characters, and a note if it was longer."""
    notes = []
    if len(answer) > most:
        notes.append(
            f"an answer has {len(answer):,} characters and was cut at {most:,}; "
            "the rest is in the notebook that was handed in"
        )
    return replace_controls(answer[:most]), notes


def replace_controls(text: str) -> str:
    """Return text with plain line ends, and U+FFFD for characters that are invisible or reorder the text."""
    text = re.sub("\r\n|[\r\u2028\u2029\x85]", "\n", text)
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    return character not in "\n\t" and (unicodedata.category(character) in ("Cc", "Cs") or character in REORDERING)


def escape_text(text: str) -> str:
    """Return text in which every special character is a numeric reference."""
    return SPECIAL.sub(_write_reference, text)


def _write_reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


class _TooComplex(ValueError):
    """An answer is not rendered; the message is the reason, as a clause."""


@dataclass(frozen=True)
class _Rendered:
    """HTML of an answer, and how often each word occurs in it outside the text to be shown."""

    html: str
    known: Counter[str]


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    dollarmath_plugin(parser, allow_labels=False, double_inline=True)
    amsmath_plugin(parser)
    parser.validateLink = lambda url: True  # pyright: ignore[reportAttributeAccessIssue]  # _mark_links decides
    for name in ("math_inline", "math_inline_double", "math_block", "amsmath"):
        parser.add_render_rule(name, _render_formula)
    parser.add_render_rule("image", _render_image)
    parser.add_render_rule("fence", _render_code)
    parser.add_render_rule("code_block", _render_code)
    return parser


def _render(text: str, notes: list[str]) -> _Rendered:
    """Render Markdown and sanitise the HTML. Raises _TooComplex."""
    environment: dict[str, Any] = {"notes": notes, "formulas": 0}
    try:
        tokens = _parser().parse(text, environment)
    except RecursionError:
        raise _TooComplex("it is nested too deeply") from None
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        raise _TooComplex(f"it is nested more than {MAX_NESTING} deep")
    known: Counter[str] = Counter()
    heading = False
    for token in tokens:
        if token.type.startswith("heading_"):
            token.tag, heading = "p", token.nesting == 1  # JupyterLab makes an id of a heading's text
        elif token.type == "fence":
            known += _count_words(token.info)
        elif token.type == "inline":
            children = _mark_links(token.children or [], notes)
            bold = [Token("strong_open", "strong", 1)], [Token("strong_close", "strong", -1)]
            token.children = [*bold[0], *children, *bold[1]] if heading else children
    html = _parser().renderer.render(tokens, _parser().options, environment)
    if len(html) > MAX_RENDERED_CHARS:
        raise _TooComplex("its HTML would be too long")
    clean = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=set(),
        attributes=ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes=SCHEMES,
        link_rel=LINK_RELATION,
        filter_style_properties={"text-align"},
    )
    return _Rendered(clean, known)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, or None to drop it: beyond nh3's lists, no link is relative and no class is free."""
    kept = {
        "href": ABSOLUTE.match(value) is not None,
        "class": value == FORMULA,
        "target": value == "_blank",
        "rel": value == LINK_RELATION,
        "start": value.isascii() and value.isdigit(),
        "style": ALIGNMENT.fullmatch(value) is not None,
    }
    return value if kept.get(name) else None


def _mark_links(tokens: Sequence[Token], notes: list[str]) -> list[Token]:
    """Return inline tokens in which each link opens a new tab and is followed by where it leads.

    A link that is not http or https becomes text. Links are not nested in Markdown.
    """
    marked, target, shown, kept = [], "", "", True
    for token in tokens:
        if token.type == "link_open":
            target, shown = str(token.attrGet("href") or ""), ""
            kept = ABSOLUTE.match(target) is not None
            token.attrs = {"href": target, "target": "_blank"}
            if not kept:
                notes.append("a link in an answer that leads to no web page is shown as text")
        if kept or token.type not in ("link_open", "link_close"):
            marked.append(token)
        if token.type == "link_close" and shown.strip() != target:
            marked.append(Token("text", "", 0, content=f" [{target}]"))
        shown += token.content
    return marked


def _render_formula(self, tokens: Sequence[Token], index: int, options, env) -> str:
    """Return an element with a formula that MathJax processes, or the formula's source as code."""
    token = tokens[index]
    inline = token.type.startswith("math_inline")
    opening, closing = {"math_inline": ("$", "$"), "amsmath": ("", "")}.get(token.type, ("$$", "$$"))
    source = opening + token.content.strip() + closing
    tag = "span" if inline else "div"
    env["formulas"] += 1
    try:
        if env["formulas"] > MAX_FORMULAS:
            raise FormulaNotAllowed(f"of an answer's formulas {MAX_FORMULAS} are typeset")
        formula = escape_text(opening + clean_formula(token.content) + closing)
        return f'<{tag} class="{FORMULA}">{formula}</{tag}>' + ("" if inline else "\n")
    except FormulaNotAllowed as error:
        env["notes"].append(f"a formula in an answer is shown as TeX source: {error}")
        code = f"<code>{escape_text(source)}</code>"
        return code if inline else f"<pre>{code}</pre>"


def _render_image(self, tokens: Sequence[Token], index: int, options, env) -> str:
    """Return a sentence in an image's place: its description and its address, as text."""
    env["notes"].append("an image was left out of an answer")
    description = self.renderInlineAsText(tokens[index].children or [], options, env)
    address = str(tokens[index].attrGet("src") or "")
    return f"<em>[image left out: {escape_text(description or 'no description')}; {escape_text(address)}]</em>"


def _render_code(self, tokens: Sequence[Token], index: int, options, env) -> str:
    return f"<pre><code>{escape_text(tokens[index].content)}</code></pre>\n"


def _show_plain(text: str) -> str:
    """Return an element that shows a text unchanged."""
    return _wrap_block(f"<pre><code>{escape_text(text.strip(chr(10)))}</code></pre>").html


def _count_words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def _wrap_block(html: str) -> _Block:
    block = _Block()
    block.feed(html)
    block.close()
    return block


class _Block(HTMLParser):
    """Writes sanitised HTML again, so that nothing in it is a blank line or Markdown; formulas are checked again."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.texts: list[str] = []
        self.preformatted = 0
        self.formula: list[str] | None = None

    @property
    def html(self) -> str:
        return re.sub(r"[ \t]*\n\s*", "\n", "".join(self.parts)).strip()

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = "".join(
            f' {name}="{SPECIAL_IN_ATTRIBUTES.sub(_write_reference, value or "")}"' for name, value in attrs
        )
        if tag in ("th", "td"):
            written = f' style="padding:2px 8px;{dict(attrs).get("style") or ""}"'
        if ("class", FORMULA) in attrs:
            self.formula, written = [], f' class="{FORMULA}"'
        self.parts.append(f"<{tag}{written}>")
        self.preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self.formula is not None:
            self.parts.append(_write_formula("".join(self.formula)))
            self.formula = None
        self.preformatted -= tag == "pre"
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.formula is not None:
            self.formula.append(data)
        elif self.preformatted:
            self.parts.append(_keep_lines(escape_text(data)))
        else:
            self.parts.append(escape_text(data))


def _write_formula(source: str) -> str:
    """Return a formula for the block: its TeX has no character left that means something in HTML.

    A formula that is not allowed, which only a fault in an earlier step lets through, becomes text without dollars.
    """
    delimiter = "$$" if source.startswith("$$") else "$" if source.startswith("$") else ""
    inner = source[len(delimiter) : len(source) - len(delimiter)]
    try:
        return delimiter + clean_formula(inner) + delimiter
    except FormulaNotAllowed:
        return escape_text(source.replace("$", "").replace("\\", "/"))


def _keep_lines(text: str) -> str:
    """Return preformatted text whose line ends and indents survive, without a blank line in the source."""
    text = re.sub(r"\n(?=[^\s])", "\0", text)  # an ordinary line end stays one in the source
    text = text.replace("\n", "&#10;").replace("\t", "&#9;").replace("\0", "\n")
    return re.sub(r" (?=\n|&#10;|$)", "&#32;", text)
