"""Write HTML: every text is escaped here, and nothing else writes a tag by hand without need."""

from __future__ import annotations

from html import escape

from cnnlab.escape_text import escape_block


def write_text(text: str) -> str:
    """Return a text as HTML shows it, without characters that hide or turn it."""
    return escape(escape_block(text))


def write_tag(tag: str, inside: str, classes: str = "", **attributes: str) -> str:
    """Return an element. inside: HTML.   attributes: by name; an underscore stands for a hyphen."""
    named = ({"class": classes} if classes else {}) | attributes
    written = "".join(f' {name.replace("_", "-")}="{write_text(value)}"' for name, value in named.items())
    return f"<{tag}{written}>{inside}</{tag}>"


def write_heading(inside: str) -> str:
    """Return a heading. inside: HTML. JupyterLab lists every h1 to h6 of an output among the notebook's contents."""
    return write_tag("div", inside, "cr-heading", role="heading", aria_level="4")


def write_line(text: str | None, classes: str = "cr-line") -> str:
    """Return a paragraph of text, or "" without one."""
    return write_tag("div", write_text(text), classes) if text else ""


def fold_away(summary: str, inside: str, classes: str = "cr-fold") -> str:
    """Return what opens at a click or a key. inside: HTML; without it there is nothing to open."""
    return write_tag("details", write_tag("summary", write_text(summary)) + inside, classes) if inside else ""
