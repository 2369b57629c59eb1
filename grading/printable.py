"""Text of a student's that is safe to write: into a file as UTF-8, and into a sentence for a person."""

from __future__ import annotations


def replace_surrogates(text: str) -> str:
    """Return a text without what cannot be written as UTF-8: a lone surrogate, or a file's name in another encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def replace_unprintable(text: str) -> str:
    """Return a text of one line that changes nothing on a terminal: line ends, escapes and direction marks are "?"."""
    return "".join(c if c.isprintable() else "?" for c in replace_surrogates(text))
