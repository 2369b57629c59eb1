"""Render a report as plain values, text or HTML. Renderers only format; decisions are made in the engine.

In both faces a report answers in this order: did it pass; why not; where; the smallest case in full; where in the
array; what else; what helps; and folded away, everything that is seldom asked for.
"""

from __future__ import annotations

import sys


def show(report) -> None:
    """Display a report in the notebook that is running; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython() is not None:
        from IPython.display import display

        display(report)
