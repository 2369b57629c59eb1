"""The button "Where is it?" below a report in a notebook: it looks for the line, and the report then shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from cnnlab.gradcheck.render.html import to_html
from cnnlab.gradcheck.render.html.location import draw_location
from cnnlab.gradcheck.render.location import NOT_FOUND

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located
    from cnnlab.gradcheck.report import Report

LABEL = "Where is it?"


def make_button(search: Callable[[], Located | None], show: Callable[[Located], Any] | None = None) -> Any:
    """Return a button with a place below it for progress and for what is found.

    search: finds the line.   show: shows it elsewhere; without it the place below the button does.
    """
    import ipywidgets

    button = ipywidgets.Button(description=LABEL, tooltip="Try changes of your code until every case passes")
    place, progress = ipywidgets.HTML(), ipywidgets.Output()

    def click(_: Any) -> None:
        button.disabled, place.value = True, "Trying changes …"
        found, said = None, NOT_FOUND
        with progress:  # which shows an exception itself, and lets none out
            try:
                found = search()
            except (ValueError, TypeError) as error:  # it passes by now, or does not load
                said = f"{error}."
        progress.clear_output()
        if found is None:
            place.value = escape(said)
        elif show is None:
            place.value = draw_location(found)
        else:
            show(found)
            place.value, button.layout.display = "", "none"
        button.disabled = False

    button.on_click(click)
    return ipywidgets.VBox([button, place, progress])


def show_with_button(report: Report) -> bool:
    """Display a report with the button below it; return whether this notebook can show one and there is use for it."""
    wrong = next((part for part in report.parts or (report,) if part.locate and not part.located), None)
    ipython = sys.modules.get("IPython")
    if wrong is None or wrong.locate is None or ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    from IPython.display import display

    bundle = report._repr_mimebundle_() | {"text/html": to_html(report, button=True)}
    handle = display(bundle, raw=True, display_id=True)
    assert handle

    def show(found: Located) -> None:
        handle.update(_put_place(report, wrong, found)._repr_mimebundle_(), raw=True)

    views = make_button(wrong.locate, show)._repr_mimebundle_()
    # Without words of its own: where a saved notebook is shown without a kernel, there is nothing to press.
    display({**{kind: view for kind, view in views.items() if "widget" in kind}, "text/plain": ""}, raw=True)
    return True


def _put_place(report: Report, wrong: Report, found: Located) -> Report:
    """Return a report, or the one of its parts that is wrong, with the place that was found."""
    if report is wrong:
        return replace(report, located=found)
    return replace(report, parts=tuple(replace(p, located=found) if p is wrong else p for p in report.parts))
