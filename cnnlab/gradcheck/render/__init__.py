"""Render a report as plain values, text or HTML. Renderers only format; decisions are made in the engine."""

from __future__ import annotations

import sys


def show(report) -> None:
    """Display a report in the notebook that is running; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython() is not None:
        from IPython.display import display

        display(report)
