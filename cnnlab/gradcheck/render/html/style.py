"""The style of a report: its colours follow the page's text, so that a light and a dark page need no other rules.

An output that JupyterLab does not trust has no style; its words and marks say everything, and tables stay tables.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from cnnlab.gradcheck.render.palette import (
    BELOW_ZERO,
    COLOURS,
    FIELD_PER_CENT,
    FRAME_PER_CENT,
    RIGHT,
    UNWRITTEN,
    WRONG,
    Role,
)

#: The smallest letters.
SMALL = "max(11px,.86em)"

#: Stands for & in the rules; the class is doubled, so that they win over the page's own rules for tables.
ROOT = ".cnnlab-report.cnnlab-report"

#: Without a style sheet the stripe at the left is all that is drawn.
STRIPES = {"right": RIGHT, "core": RIGHT, "wrong": WRONG, "to write": UNWRITTEN}

#: Classes of the rules below: a role, or the sign of a gradient.
FIELDS = {
    "x": COLOURS[Role.INPUT],
    "w": COLOURS[Role.WEIGHT],
    "y": COLOURS[Role.OUTPUT],
    "up": COLOURS[Role.GRADIENT],
    "down": BELOW_ZERO,
    "right": RIGHT,
    "wrong": WRONG,
    "quiet": UNWRITTEN,
}

_RULES = Path(__file__).with_name("report.css")


@cache
def write_style() -> str:
    """Return the style element of a report; each rule is for reports alone."""
    rules = [_read_rules().replace("SMALL", SMALL).replace("WRONG", WRONG)]
    for name, colour in FIELDS.items():
        frame = f"color-mix(in srgb,{colour} {FRAME_PER_CENT}%,currentColor)"
        field = f"color-mix(in srgb,{colour} {FIELD_PER_CENT}%,transparent)"
        rules.append(f"& .cr-{name} {{--cr-frame:{frame};--cr-field:{field};--cr-colour:{colour}}}")
    return f"<style>{''.join(rules).replace('&', ROOT)}</style>"


def _read_rules() -> str:
    """Return the rules of report.css on one line, without comments."""
    text = re.sub(r"/\*.*?\*/", "", _RULES.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", text).strip()
