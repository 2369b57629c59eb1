"""The pictures of chapter 1: LeNet as a row of arrays, and a window of windows."""

from matplotlib.figure import Figure

from authoring.figures.style import (
    INK,
    INPUT,
    OUTPUT,
    PALE,
    QUIET,
    WEIGHT,
    arrow,
    canvas,
    cell,
    outline,
    words,
)

#: (name, shape, side of the square in cells or 0 for a column, colour, the layer that leads to it).
ARRAYS = (
    ("image", "1×32×32", 4.0, INPUT, ""),
    ("", "6×28×28", 3.5, OUTPUT, "conv 5×5"),
    ("", "6×14×14", 2.0, OUTPUT, "pool 2×2"),
    ("", "16×10×10", 1.6, OUTPUT, "conv 5×5"),
    ("", "16×5×5", 1.0, OUTPUT, "pool 2×2"),
    ("", "400", 0, OUTPUT, "flatten"),
    ("", "120", 0, WEIGHT, "linear"),
    ("", "84", 0, WEIGHT, "linear"),
    ("", "10", 0, WEIGHT, "linear"),
)

HEIGHTS = {"400": 5.0, "120": 3.0, "84": 2.4, "10": 1.0}


def lenet() -> Figure:
    """Return all arrays of one image's way through LeNet, with the layers that lead from one to the next."""
    figure, axes = canvas(39.6, 10.2, cell=0.29)
    middle, left = 5.2, 1.4
    words(axes, 1.4, 1.9, "layer", size=8.5, colour=QUIET)
    for name, shape, side, colour, layer in ARRAYS:
        if layer:
            arrow(axes, (left + 0.1, middle), (left + 1.9, middle))
            words(axes, left + 1.0, 1.9, layer, ha="center", size=8.5)
            left += 2.2
        height = side or HEIGHTS[shape]
        width = side or 0.8
        sheets = 1 if name or not side else 3
        for sheet in range(sheets):
            shift = 0.28 * (sheets - 1 - sheet)
            outline(axes, left + shift, middle - height / 2 - shift, height, width, colour=QUIET, width=0.9)
            axes.patches[-1].set(fill=True, facecolor=PALE[colour])
        words(axes, left + width / 2, middle + height / 2 + 0.7, shape, ha="center", size=8.5)
        left += width + (0.75 if sheets > 1 else 0.25)
    return figure


def receptive_field() -> Figure:
    """Return one cell behind two layers, the three cells that it sees, and the seven rows that those see."""
    figure, axes = canvas(22.4, 12.4)
    image, first, second = 9.2, 5.4, 1.8
    left = 1.5
    seen = range(2, 9)

    for a in range(11):
        cell(axes, left + a, image, fill=INPUT if a in seen else PALE[INPUT], text=str(a))
    for b in range(5):
        inside = b in (1, 2, 3)
        cell(axes, left + 2 * b + 1, first, fill=OUTPUT if inside else PALE[OUTPUT], text=str(b))
    for c in range(3):
        cell(axes, left + 2 * c + 3, second, fill=WEIGHT if c == 1 else PALE[WEIGHT], text=str(c))
    outline(axes, left + 5, second, 1, 1)
    outline(axes, left + 2, image, 1, 7)

    for b in (1, 2, 3):
        axes.plot([left + 5.5, left + 2 * b + 1.5], [second + 1.05, first - 0.05], color=INK, linewidth=1)
        for end in (2 * b, 2 * b + 2):
            style = "-" if b == 2 else (0, (3, 2))
            x = [left + 2 * b + 1.5, left + end + 0.5]
            axes.plot(x, [first + 1.05, image - 0.05], color=QUIET, linewidth=1, linestyle=style)
    words(axes, 14.2, second + 0.5, "behind layer 2: kernel 3, stride 1", size=9)
    words(axes, 14.2, first + 0.5, "behind layer 1: kernel 3, stride 2", size=9)
    words(axes, 14.2, image + 0.5, "rows of the image", size=9)
    words(axes, 14.2, first + 1.4, "neighbours are 2 rows apart: jump 2", size=8.5, colour=QUIET)
    words(axes, 14.2, image + 1.4, r"$r = 3 + (3 - 1)\cdot 2 = 7$ rows are seen", size=8.5, colour=QUIET)
    words(axes, left + 5.5, image + 1.9, "rows 2 to 8", size=8.5, ha="center", colour=QUIET)
    return figure


FOLDER = "ch01_anatomy_of_a_cnn"
FIGURES = {"lenet": lenet, "receptive_field": receptive_field}
