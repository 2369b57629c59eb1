"""The pictures of chapter 9, pooling backward."""

from matplotlib.figure import Figure

from authoring.figures.style import (
    GRADIENT,
    INK,
    INPUT,
    OUTPUT,
    PALE,
    arrow,
    canvas,
    cell,
    grid,
    indices,
    outline,
    words,
)

IMAGE = ((1, 8, 2, 0), (5, 3, 4, 6), (9, 2, 1, 3), (0, 4, 7, 5))
WINNERS = {(0, 1): "0.5", (1, 3): "−1", (2, 0): "2", (3, 2): "3"}


def winners() -> Figure:
    """Step 2: 2×2 windows side by side: the winners, and dy routed to them."""
    figure, axes = canvas(22, 14.4)

    def image(i, j):
        won = (i, j) in WINNERS
        return {"text": str(IMAGE[i][j]), "fill": INPUT if won else PALE[INPUT]}

    words(axes, 1.4, 0.9, "x, with the largest cell of each window framed")
    grid(axes, 2.0, 2.0, 4, 4, image)
    indices(axes, 2.0, 2.0, range(4), range(4))
    for i in (0, 2):
        for j in (0, 2):
            outline(axes, 2.0 + j, 2.0 + i, 2, 2, width=1.6, style=(0, (4, 2)))
    for i, j in WINNERS:
        outline(axes, 2.08 + j, 2.08 + i, 0.84, 0.84, width=1.8)

    top = [["8", "6"], ["9", "7"]]
    upstream = [["0.5", "−1"], ["2", "3"]]
    words(axes, 12.0, 2.2, "y")
    grid(axes, 12.0, 3.0, 2, 2, lambda i, j: {"text": top[i][j], "fill": PALE[OUTPUT]})
    arrow(axes, (6.4, 4.0), (11.7, 4.0))
    words(axes, 9.0, 3.4, "the largest", ha="center", size=9)

    words(axes, 12.0, 9.2, "dy")
    grid(axes, 12.0, 10.0, 2, 2, lambda i, j: {"text": upstream[i][j], "fill": OUTPUT})
    words(axes, 1.4, 8.0, "dx")
    grid(
        axes,
        2.0,
        9.0,
        4,
        4,
        lambda i, j: {
            "text": WINNERS.get((i, j), "0"),
            "fill": GRADIENT if (i, j) in WINNERS else "white",
        },
    )
    indices(axes, 2.0, 9.0, range(4), range(4))
    arrow(axes, (11.7, 11.0), (6.4, 11.0))
    words(axes, 9.0, 10.4, "to the winner", ha="center", size=9)
    words(axes, 15.2, 3.6, "who won is", size=9)
    words(axes, 15.2, 4.4, "kept in the cache", size=9)
    arrow(axes, (17.0, 5.2), (17.0, 9.8))
    words(axes, 15.2, 10.6, "and says where", size=9)
    words(axes, 15.2, 11.4, "each dy belongs", size=9)
    return figure


LARGE = ((1, 4, 2, 0, 3), (3, 2, 5, 1, 2), (0, 6, 9, 4, 1), (2, 1, 3, 5, 0), (4, 0, 2, 1, 3))


def overlaps() -> Figure:
    """Step 3: four windows of 3×3 at stride 2 with one winner, which collects from all."""
    figure, axes = canvas(25, 10.2)
    left, top = 1.9, 2.2

    def image(i, j):
        middle = (i, j) == (2, 2)
        return {"text": str(LARGE[i][j]), "fill": INPUT if middle else PALE[INPUT]}

    words(axes, 1.2, 0.9, "x, 5×5; windows of 3×3 at stride 2")
    grid(axes, left, top, 5, 5, image)
    styles = {(0, 0): "-", (0, 2): (0, (5, 2)), (2, 0): (0, (1.5, 1.5)), (2, 2): (0, (6, 2, 1.5, 2))}
    for (i, j), style in styles.items():
        d = 0.07 * (1 + (i + 2 * j) / 2) - 0.14
        outline(axes, left + j + d, top + i + d, 3 - 2 * d, 3 - 2 * d, width=1.5, style=style)
    words(axes, 1.2, 8.3, "the 9 lies in all four windows", size=9)
    words(axes, 1.2, 9.1, "and wins in all four", size=9)

    words(axes, 10.6, 2.6, "dy")
    grid(axes, 10.6, 3.6, 2, 2, lambda i, j: {"text": str(1 + 2 * i + j), "fill": OUTPUT})
    words(axes, 16.9, 1.4, "dx")
    grid(
        axes,
        17.2,
        top,
        5,
        5,
        lambda i, j: {"text": "10" if (i, j) == (2, 2) else "0", "fill": GRADIENT if (i, j) == (2, 2) else "white"},
    )
    for i in range(2):
        for j in range(2):
            arrow(axes, (10.6 + j + 0.75, 3.6 + i + 0.5), (19.1, top + 2.5), bend=-0.16 + 0.13 * (i + j))
    cell(axes, 19.2, top + 2, fill=GRADIENT, edge=INK, width=2.2, text="10")
    words(axes, 16.9, 8.3, "1 + 2 + 3 + 4: with = in place of +=", size=9)
    words(axes, 16.9, 9.1, "only the last, 4, would be left", size=9)
    return figure


FOLDER = "ch09_pooling_backward"
FIGURES = {"winners": winners, "overlaps": overlaps}
