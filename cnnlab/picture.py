"""Define a picture that a notebook shows on light and dark pages, with a description for those who cannot see it."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.colours import CARD, INK, TABLE

#: The colours of lines on the card that a plot stands on; grey is for the less important ones.
BLUE, ORANGE, GREY = (TABLE[meaning].light for meaning in ("right", "wrong", "unwritten"))

STYLE: Any = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "legend.facecolor"), CARD),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    "font.size": 9,
}


@dataclass(frozen=True)
class Picture:
    """figure: a matplotlib Figure.   text: what it shows, in a sentence or two.

    caption: the part of the text that stands below the picture for everybody; the rest is its alternative text.
    """

    figure: Any
    text: str
    caption: str = ""

    def save(self, path: str | Path) -> None:
        """Write the picture to a file, in the format that its ending names."""
        self.figure.savefig(path)

    def html(self) -> str:
        """Return an <img> with the picture in it, in a <figure> if there is a caption."""
        file = io.BytesIO()
        self.figure.savefig(file, format="svg")
        data = base64.b64encode(file.getvalue()).decode("ascii")
        words = self.text.removesuffix(self.caption).strip() if self.caption else self.text
        image = f'<img alt="{html.escape(words)}" src="data:image/svg+xml;base64,{data}">'
        if not self.caption:
            return image
        return f'<figure style="margin:0">{image}<figcaption>{html.escape(self.caption)}</figcaption></figure>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text


@contextmanager
def make_figure(width: float, height: float) -> Iterator[Any]:
    """Yield an empty matplotlib Figure of this size in inches; inside the block, drawing uses the course's style."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        yield Figure(figsize=(width, height), layout="constrained")


#: The name that notebooks released with version 0.1.0 import.
drawn = make_figure
