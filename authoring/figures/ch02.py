"""The pictures of chapter 2: a graph of numbers with its gradients, and two ways to multiply four matrices."""

from matplotlib.figure import Figure

from authoring.figures.style import (
    GRADIENT,
    INK,
    INPUT,
    OUTPUT,
    PALE,
    QUIET,
    WEIGHT,
    arrow,
    box,
    canvas,
    outline,
    words,
)

#: name -> (left, top, what it is, value, gradient, colour).
NODES = {
    "x": (1.4, 8.4, "x", "2", "16 + 24 = 40", INPUT),
    "w": (1.4, 2.6, "w", "1.5", "32", WEIGHT),
    "b": (7.0, 5.5, "b", "−1", "16", WEIGHT),
    "p": (7.0, 2.6, "p = x · w", "3", "16", OUTPUT),
    "s": (13.2, 2.6, "s = p + b", "2", "16", OUTPUT),
    "q": (19.4, 5.5, "q = s · x", "4", "8", OUTPUT),
    "L": (25.6, 5.5, "L = q²", "16", "1", OUTPUT),
}

#: from, to, and the slope beside the arrow with its place.
ARROWS = (
    ("x", "p", "w", (5.05, 6.2)),
    ("w", "p", "x", (6.1, 2.75)),
    ("p", "s", "1", (11.6, 2.75)),
    ("b", "s", "1", (12.0, 5.3)),
    ("s", "q", "x", (18.4, 4.3)),
    ("x", "q", "s", (13.2, 8.1)),
    ("q", "L", "2q", (24.2, 5.65)),
)

WIDTH, HEIGHT = 3.8, 1.3
PINK = "#a0386f"


def graph(gradients: bool) -> Figure:
    """Return values above the nodes; with gradients, those below, and each slope at its arrow."""
    figure, axes = canvas(31, 12.4 if gradients else 11, cell=0.31)
    words(axes, 1.4, 1.2, "above a node: its value, found from left to right", size=9, colour=QUIET)
    if gradients:
        words(axes, 1.4, 11.4, "below a node: its gradient, found from right to left", size=9, colour=PINK)
    for name, (left, top, text, value, gradient, colour) in NODES.items():
        middle = left + WIDTH / 2
        box(axes, left, top, WIDTH, HEIGHT, PALE[colour], text)
        words(axes, middle, top - 0.45, value, ha="center", size=9)
        if gradients:
            words(axes, middle, top + HEIGHT + 0.5, f"d{name} = {gradient}", ha="center", size=9, colour=PINK)
    for start, end, slope, (x, y) in ARROWS:
        (x0, y0), (x1, y1) = (NODES[n][:2] for n in (start, end))
        up = y1 + HEIGHT / 2 - (y0 + HEIGHT / 2)
        arrow(axes, (x0 + WIDTH + 0.1, y0 + HEIGHT / 2 + 0.1 * up), (x1 - 0.05, y1 + HEIGHT / 2 - 0.1 * up))
        if gradients:
            words(axes, x, y, slope, ha="center", size=8.5, colour=QUIET)
    return figure


def values() -> Figure:
    """Step 1: the graph and its values."""
    return graph(gradients=False)


def both_ways() -> Figure:
    """Step 4: the same with slopes and gradients."""
    return graph(gradients=True)


#: Rows and columns of the four Jacobians, and how many cells of the card one number takes.
SIZES = ((1, 10), (10, 84), (84, 120), (120, 400))
NAMES = ("$J_4$", "$J_3$", "$J_2$", "$J_1$")
SCALE = 1 / 50


def products() -> Figure:
    """Step 7: the same four matrices, multiplied from the left and from the right, with what lies in between."""
    figure, axes = canvas(37.5, 12.8, cell=0.28)
    rows = (
        (1.4, "the four Jacobians", SIZES, NAMES, ""),
        (5.6, "from the left: rows", ((1, 84), (1, 120), (1, 400)), ("", "", "dx"), "58,920 multiplications"),
        (
            10.2,
            "from the right: matrices",
            ((84, 400), (10, 400), (1, 400)),
            ("", "", "dx"),
            "4,372,000 multiplications",
        ),
    )
    for top, title, sizes, names, count in rows:
        words(axes, 1.4, top, title, size=9.5, weight="bold")
        words(axes, 1.4, top + 0.9, count, size=9, colour=QUIET)
        left = 9.6
        for (high, wide), name in zip(sizes, names, strict=True):
            height, width = max(high * SCALE, 0.12), max(wide * SCALE, 0.12)
            outline(axes, left, top - 0.2, height, width, colour=INK, width=0.9)
            axes.patches[-1].set(fill=True, facecolor=PALE[GRADIENT if count else WEIGHT])
            label = f"{name}  {high}×{wide}" if name else f"{high}×{wide}"
            words(axes, left + width / 2, top + height + 0.45, label, ha="center", size=8.5)
            left += max(width, 3.2) + 1.2
            if len(sizes) == 3 and (high, wide) != sizes[-1]:
                arrow(axes, (left - 0.95, top), (left - 0.15, top))
    return figure


FOLDER = "ch02_the_chain_rule"
FIGURES = {"values": values, "both_ways": both_ways, "products": products}
