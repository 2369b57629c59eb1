"""A button that looks for the line of a mistake and shows it below itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnlab.course import locate
from cnnlab.gradcheck.render.where_button import make_button


def make_where_button(what: str, **how: Any) -> Any:
    """Return a button with a place for what it finds. how: what `locate` takes."""
    return make_button(partial(locate, what, **how))
