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

PURPLE, RIGHT, WRONG, GREY = "#5d3f92", "#0072b2", "#d55e00", "#808080"


def colours() -> Figure:
    """Draw the legend: one square for each meaning that a colour has in the course's pictures."""
    figure, axes = canvas(16, 7.8)
    meanings = (
        ({"fill": INPUT}, "$x$", "what goes into a layer"),
        ({"fill": WEIGHT}, "$w$", "its weights"),
        ({"fill": OUTPUT}, "$y$", "what comes out"),
        ({"fill": GRADIENT}, "$dx$", "a gradient above 0"),
        ({"fill": PURPLE}, "", "a gradient below 0"),
        ({"fill": RIGHT}, "", "right"),
        ({"fill": "white", "hatch": "//////", "edge": WRONG}, "", "wrong"),
        ({"fill": GREY}, "", "PyTorch's, or unwritten"),
    )
    for k, (look, inside, meaning) in enumerate(meanings):
        left, top = 0.8 + 7.6 * (k // 4), 0.8 + 1.75 * (k % 4)
        cell(axes, left, top, text=inside, size=10, **look)
        words(axes, left + 1.4, top + 0.53, meaning, size=10.5)
    for top, sign in ((1.33, "−"), (3.08, "✓")):
        axes.text(8.9, top, sign, ha="center", va="center", fontsize=12, color="white", zorder=6)
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
