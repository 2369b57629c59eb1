"""A button that looks for the line of a mistake and shows it below itself."""

from __future__ import annotations

from html import escape
from typing import Any

from cnnlab.course.locate_line import locate
from cnnlab.gradcheck.render.location import NOT_FOUND, draw_location

LABEL = "Where is it?"


def make_where_button(what: str, **how: Any) -> Any:
    """Return a button with a place for what it finds. how: what `locate` takes."""
    import ipywidgets

    button = ipywidgets.Button(description=LABEL, tooltip="Try changes of your code until every case passes")
    place = ipywidgets.HTML()

    def search(_: Any) -> None:
        button.disabled, place.value = True, "Trying changes …"
        try:
            found = locate(what, **how)
            place.value = draw_location(found) if found else escape(NOT_FOUND)
        except (ValueError, TypeError) as error:  # it passes by now, or does not load
            place.value = escape(f"{error}.")
        finally:
            button.disabled = False

    button.on_click(search)
    return ipywidgets.VBox([button, place])
