"""The pictures of chapter 14: what one cell reaches in upsampling, and the network with its skip."""

from matplotlib.figure import Figure

from authoring.figures.style import (
    INPUT,
    OUTPUT,
    PALE,
    QUIET,
    WEIGHT,
    arrow,
    box,
    canvas,
    cell,
    grid,
    indices,
    outline,
    words,
)

KERNEL = (1, 3, 3, 1)
X = ((2, 6, 4, 1), (0, 5, 9, 3), (7, 1, 3, 8), (4, 2, 0, 6))
CHOSEN = (1, 1)


def one_cell_reaches() -> Figure:
    """Draw a cell of x, twice as large as those of y, and its weights in the sixteen cells of y that it reaches."""
    figure, axes = canvas(20, 10.6)
    for i, row in enumerate(X):
        for j, value in enumerate(row):
            fill = INPUT if (i, j) == CHOSEN else PALE[INPUT]
            for u, v in ((0, 0), (0, 1), (1, 0), (1, 1)):
                cell(axes, 1 + 2 * j + u, 1.6 + 2 * i + v, fill=fill, edge=fill)
            outline(axes, 1 + 2 * j, 1.6 + 2 * i, 2, 2, QUIET, 0.8)
            words(axes, 2 + 2 * j, 2.6 + 2 * i, str(value), ha="center", size=12)
    outline(axes, 1 + 2 * CHOSEN[1], 1.6 + 2 * CHOSEN[0], 2, 2)

    def look(i: int, j: int) -> dict:
        u, v = i + 1 - 2 * CHOSEN[0], j + 1 - 2 * CHOSEN[1]
        if not (0 <= u < 4 and 0 <= v < 4):
            return {"fill": "white"}
        return {"fill": PALE[OUTPUT], "text": str(KERNEL[u] * KERNEL[v])}

    grid(axes, 11, 1.6, 8, 8, look)
    outline(axes, 10 + 2 * CHOSEN[1], 0.6 + 2 * CHOSEN[0], 4, 4)
    indices(axes, 11, 1.6, range(8), range(8))
    words(axes, 1, 0.8, "$x$")
    words(axes, 10.3, 0.8, "$y$")
    words(axes, 11, 10.1, "the weights, in sixteenths", size=9, colour=QUIET)
    return figure


def network() -> Figure:
    """Draw the fully convolutional network: the coarse way above, the skip below, and their sum."""
    figure, axes = canvas(29, 9.4)
    layers = (
        (0.9, "x", "white", "1, 32×32"),
        (4.3, "conv1", WEIGHT, "h: 16, 32×32"),
        (8.2, "pool1\nconv2", WEIGHT, "32, 16×16"),
        (12.1, "pool2\nconv3, 4", WEIGHT, "48, 8×8"),
        (16.0, "score", WEIGHT, "4, 8×8"),
        (19.4, "up1", WEIGHT, "4, 16×16"),
        (22.4, "up2", "white", "4, 32×32"),
    )
    widths = (2.0, 2.6, 2.6, 2.8, 2.3, 1.9, 1.9)
    for (left, name, fill, below), width in zip(layers, widths, strict=True):
        box(axes, left, 1.2, width, 2.2, PALE.get(fill, fill), name, below)
    for (left, *_), width, (right, *_) in zip(layers, widths, layers[1:], strict=False):
        arrow(axes, (left + width + 0.1, 2.3), (right - 0.1, 2.3))
    box(axes, 12.1, 6.1, 2.8, 1.8, PALE[WEIGHT], "skip", "1×1 convolution: 4, 32×32")
    box(axes, 26.0, 1.2, 1.9, 2.2, PALE[OUTPUT], "+", "z: 4, 32×32")
    arrow(axes, (24.4, 2.3), (25.9, 2.3))
    arrow(axes, (5.6, 4.4), (12.0, 7.0), bend=0.2)
    arrow(axes, (15.0, 7.0), (26.9, 4.4), bend=0.25)
    words(axes, 1.0, 8.4, "orange: weights to learn", size=9, colour=QUIET)
    words(axes, 17.4, 0.7, "what", size=10)
    words(axes, 20.2, 8.1, "where", size=10)
    return figure


FOLDER = "ch14_segmentation"
FIGURES = {"one_cell_reaches": one_cell_reaches, "network": network}
