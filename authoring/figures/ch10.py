"""The picture of chapter 10: the six steps, as a circle."""

from matplotlib.figure import Figure

from authoring.figures.style import CARD, GRADIENT, INPUT, OUTPUT, PALE, QUIET, WEIGHT, arrow, box, canvas, words


def six_steps() -> Figure:
    """Draw the cycle: parameters and images → forward → loss → backward → update."""
    figure, axes = canvas(24, 11.4)
    box(axes, 1.2, 4.6, 4.2, 1.8, PALE[WEIGHT], "1  parameters", "drawn at random, once")
    box(axes, 8.2, 1.4, 5.0, 1.8, PALE[INPUT], "2  forward pass", "images in, answers out")
    box(axes, 17.4, 1.4, 5.0, 1.8, PALE[OUTPUT], "3  loss and dy", "how wrong the answers are")
    box(axes, 17.4, 7.6, 5.0, 1.8, PALE[GRADIENT], "4  backward pass", "from the last layer to the first")
    box(axes, 8.2, 7.6, 5.0, 1.8, CARD, "5  update", "a small step downhill")

    arrow(axes, (4.4, 4.5), (8.1, 2.4), bend=-0.2)
    arrow(axes, (13.35, 2.3), (17.3, 2.3))
    arrow(axes, (19.9, 4.4), (19.9, 7.5))
    arrow(axes, (17.25, 8.5), (13.35, 8.5))
    arrow(axes, (8.1, 8.4), (4.4, 7.5), bend=-0.2)
    words(axes, 15.3, 1.8, "y", ha="center", size=9)
    words(axes, 20.2, 5.7, "dy", size=9)
    words(axes, 15.3, 8.0, "dw, db", ha="center", size=9)
    words(axes, 10.7, 5.5, "6  repeat", ha="center", size=11)
    words(axes, 10.7, 6.2, "with the next images", ha="center", size=8.5, colour=QUIET)
    return figure


FOLDER = "ch10_the_six_steps"
FIGURES = {"six_steps": six_steps}
