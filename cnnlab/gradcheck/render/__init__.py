"""The faces of a report: plain values, text, HTML. They show what is in it and decide nothing."""

from __future__ import annotations

import sys


def show(report) -> None:
    """Display a report in the notebook that is running; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython() is not None:
        from IPython.display import display

        display(report)
