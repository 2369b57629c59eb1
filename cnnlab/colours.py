"""The colours of the course, one meaning each: Okabe and Ito's, which colour-blind readers tell apart.

Reports, plots, still pictures and the pictures on the page take their colours from this table. cnnlab/widgets/pen.js
repeats it for the browser; a test compares the two.
"""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """fill: of fields, thinned.   light, dark: of lines and frames on a light and on a dark page, at least 3 : 1."""

    fill: str
    light: str
    dark: str


#: Meaning -> colour. Right has a check mark beside it, wrong a hatching; what is PyTorch's or not yet written is grey.
TABLE = {
    "x": Colour("#56B4E9", "#2585BE", "#56B4E9"),
    "w": Colour("#E69F00", "#A66F00", "#E69F00"),
    "y": Colour("#009E73", "#008A64", "#1DB38A"),
    "above": Colour("#CC79A7", "#B5588B", "#CC79A7"),
    "below": Colour("#5D3F92", "#5D3F92", "#A58BDB"),
    "right": Colour("#0072B2", "#0072B2", "#3C9FDB"),
    "wrong": Colour("#D55E00", "#C85700", "#F07A22"),
    "unwritten": Colour("#808080", "#757575", "#9A9A9A"),
}

#: The text and the ground of still pictures and plots, which have no page of their own: a light card.
INK, CARD = "#26241F", "#FBFAF6"
