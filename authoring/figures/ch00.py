"""The pictures of chapter 0: the colours, and what passes through an op, forward and backward."""

from matplotlib.figure import Figure

from authoring.figures.style import (
    CARD,
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
    cell,
    words,
)

PURPLE, RIGHT, WRONG, GREY = "#7b4fa3", "#0072b2", "#d55e00", "#b5b2aa"


def colours() -> Figure:
    """Draw the legend: one square for each meaning that a colour has in the course's pictures."""
    figure, axes = canvas(23, 6.6)
    meanings = (
        (1.0, 0.9, {"fill": INPUT}, "$x$", "what goes into a layer"),
        (1.0, 2.8, {"fill": WEIGHT}, "$w$", "its weights"),
        (1.0, 4.7, {"fill": OUTPUT}, "$y$", "what comes out"),
        (8.6, 0.9, {"fill": GRADIENT}, "$dx$", "a gradient, above 0"),
        (8.6, 2.8, {"fill": PURPLE}, "", "a gradient, below 0"),
        (16.0, 0.9, {"fill": RIGHT}, "", "right"),
        (16.0, 2.8, {"fill": "white", "hatch": "////", "edge": WRONG}, "", "wrong"),
        (16.0, 4.7, {"fill": GREY}, "", "PyTorch's, or unwritten"),
    )
    for left, top, look, inside, meaning in meanings:
        cell(axes, left, top, text=inside, **look)
        words(axes, left + 1.4, top + 0.53, meaning, size=9)
    for left, top, sign in ((9.1, 3.33, "−"), (16.5, 1.43, "✓")):
        axes.text(left, top, sign, ha="center", va="center", fontsize=11, color="white", zorder=6)
    return figure


def forward_and_backward() -> Figure:
    """Draw x → square → y → the rest of the network → L above, and dy → times 2x → dx below."""
    figure, axes = canvas(23, 10)
    words(axes, 1.0, 1.0, "forward: numbers", size=9, colour=QUIET)
    words(axes, 1.0, 9.2, "backward: how the loss changes with them", size=9, colour=QUIET)

    box(axes, 1.2, 2.0, 2, 1.6, PALE[INPUT], "$x$")
    box(axes, 6.2, 2.0, 4, 1.6, CARD, "$x^2$", "square_forward")
    box(axes, 13.2, 2.0, 2, 1.6, PALE[OUTPUT], "$y$")
    box(axes, 17.6, 2.0, 4, 1.6, CARD, "$L$", "the rest of the network")

    box(axes, 1.2, 6.0, 2, 1.6, PALE[GRADIENT], "$dx$")
    box(axes, 6.2, 6.0, 4, 1.6, CARD, r"$\times\,2x$", "square_backward")
    box(axes, 13.2, 6.0, 2, 1.6, PALE[GRADIENT], "$dy$")

    for start, end in ((3.2, 6.2), (10.2, 13.2), (15.2, 17.6)):
        arrow(axes, (start + 0.15, 2.8), (end - 0.1, 2.8))
    for start, end in ((13.2, 10.2), (6.2, 3.2)):
        arrow(axes, (start - 0.15, 6.8), (end + 0.1, 6.8))
    arrow(axes, (19.6, 4.7), (15.35, 6.8), bend=-0.25)
    arrow(axes, (8.9, 4.75), (8.9, 5.9))
    words(axes, 9.15, 5.3, "cache: $x$", size=8.5, colour=INK)
    return figure


FOLDER = "ch00_start_here"
FIGURES = {"colours": colours, "forward_and_backward": forward_and_backward}
