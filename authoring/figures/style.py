"""Draw all pictures in one style: grids of cells on a light card, readable on a light and on a dark page.

The card carries its own background because an SVG in a notebook cannot know the page's theme. Colours are
Okabe and Ito's, and none stands alone: every cell that means something has a label, a hatch or another
outline as well.
"""

import hashlib
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from cnnlab.colours import TABLE

INK, QUIET, CARD, EDGE = "#26241f", "#5f5b52", "#fbfaf6", "#b9b4a6"
INPUT, WEIGHT, GRADIENT = (TABLE[name].fill.lower() for name in ("x", "w", "above"))
OUTPUT = "#4dbb9d"  # the colour of y, lightened
PALE = {INPUT: "#d3eaf9", WEIGHT: "#fae5bd", OUTPUT: "#c4e8dc", GRADIENT: "#f2dce8"}

#: A picture that is 600 pixels wide on the page has 900, so that it stays sharp when it is enlarged.
PNG_DOTS_PER_INCH, PNG_COLOURS, PNG_SOURCE = 144, 64, "made from"

CELL = 0.36  # inches
SETTINGS = {
    "svg.hashsalt": "cnnlab",  # the same ids in every run
    "svg.fonttype": "path",  # the same glyphs on every machine
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "mathtext.fontset": "dejavusans",
    "hatch.linewidth": 0.6,
}


def canvas(columns: float, rows: float, cell: float = CELL) -> tuple[Figure, Axes]:
    """Make an empty card of columns × rows cells; (0, 0) is its upper left corner, y grows downwards."""
    figure = Figure(figsize=(columns * cell, rows * cell))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_axis_off()
    box = FancyBboxPatch((0.1, 0.1), columns - 0.2, rows - 0.2, boxstyle="round,pad=0,rounding_size=0.3")
    box.set(facecolor=CARD, edgecolor=EDGE, linewidth=1, zorder=-1)
    axes.add_patch(box)
    return figure, axes


def cell(
    axes: Axes, left: float, top: float, *, fill="white", edge=QUIET, width=0.8, text="", size=8.5, **look
) -> None:
    """Draw one cell with its upper left corner at (left, top)."""
    axes.add_patch(Rectangle((left, top), 1, 1, facecolor=fill, edgecolor=edge, linewidth=width, **look))
    if text:
        axes.text(left + 0.5, top + 0.53, text, ha="center", va="center", fontsize=size, color=INK, zorder=6)


def grid(axes: Axes, left: float, top: float, rows: int, columns: int, look: Callable[[int, int], dict]) -> None:
    """Draw rows × columns cells, each in the style that look(row, column) returns."""
    for i in range(rows):
        for j in range(columns):
            cell(axes, left + j, top + i, **look(i, j))


def indices(axes: Axes, left: float, top: float, rows: Iterable, columns: Iterable, size: float = 7.5) -> None:
    """Write row numbers left of a grid and column numbers above it."""
    for i, name in enumerate(rows):
        axes.text(left - 0.22, top + i + 0.53, name, ha="right", va="center", fontsize=size, color=QUIET)
    for j, name in enumerate(columns):
        axes.text(left + j + 0.5, top - 0.14, name, ha="center", va="bottom", fontsize=size, color=QUIET)


def outline(axes: Axes, left: float, top: float, rows: float, columns: float, colour=INK, width=2.2, style="-") -> None:
    """Draw a frame around cells."""
    frame = Rectangle((left, top), columns, rows, fill=False, edgecolor=colour, linewidth=width, linestyle=style)
    frame.set_zorder(5)
    axes.add_patch(frame)


def box(
    axes: Axes, left: float, top: float, columns: float, rows: float, fill: str, text: str, below: str = ""
) -> None:
    """Draw a rounded box with a name, and a line under it."""
    shape = FancyBboxPatch((left, top), columns, rows, boxstyle="round,pad=0,rounding_size=0.25")
    shape.set(facecolor=fill, edgecolor=QUIET, linewidth=1)
    axes.add_patch(shape)
    words(axes, left + columns / 2, top + rows / 2, text, ha="center", size=11)
    if below:
        words(axes, left + columns / 2, top + rows + 0.55, below, ha="center", size=8.5, colour=QUIET)


def words(axes: Axes, left: float, top: float, text: str, *, size=10, ha="left", colour=INK, **look) -> None:
    axes.text(left, top, text, ha=ha, va="center", fontsize=size, color=colour, **look)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], bend: float = 0.0) -> None:
    shape = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, connectionstyle=f"arc3,rad={bend}")
    shape.set(color=INK, linewidth=1.3, zorder=7)
    axes.add_patch(shape)


def plot(figure: Figure, card: Axes, left: float, top: float, columns: float, rows: float) -> Axes:
    """Add axes for curves to the card, with their upper left corner at (left, top) in cells."""
    width, height = card.get_xlim()[1], card.get_ylim()[0]
    axes = figure.add_axes((left / width, 1 - (top + rows) / height, columns / width, rows / height))
    axes.set_facecolor("white")
    axes.tick_params(colors=QUIET, labelsize=8, length=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(QUIET)
    return axes


def save(figure: Figure, path: Path) -> None:
    """Write the SVG, with nothing in it that depends on the day or the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})


def save_png(figure: Figure, svg: Path) -> None:
    """Write the same as a PNG beside its SVG, for pages that show no SVG; it names the SVG from which it was made."""
    from PIL import Image, PngImagePlugin

    drawn = BytesIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(drawn, format="png", transparent=True, dpi=PNG_DOTS_PER_INCH)
    about = PngImagePlugin.PngInfo()
    about.add_text(PNG_SOURCE, hash_svg(svg))
    with Image.open(drawn) as picture:
        reduced = picture.quantize(PNG_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        reduced.save(svg.with_suffix(".png"), optimize=True, pnginfo=about)


def hash_svg(svg: Path) -> str:
    """Return the SHA-256 of an SVG file."""
    return hashlib.sha256(svg.read_bytes()).hexdigest()


def is_made_from(png: Path, svg: Path) -> bool:
    """Return whether a PNG was made from this SVG."""
    from PIL import Image

    with Image.open(png) as picture:
        return picture.info.get(PNG_SOURCE) == hash_svg(svg)
