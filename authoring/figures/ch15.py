"""The picture of chapter 15: one box over one map, by max pooling and by align, with what comes back."""

from matplotlib.figure import Figure

from authoring.figures.style import GRADIENT, INK, INPUT, PALE, QUIET, canvas, grid, outline, words

X = (
    (1, 5, 2, 0, 3, 1, 4),
    (4, 2, 8, 6, 1, 3, 0),
    (0, 7, 3, 9, 2, 5, 1),
    (6, 1, 4, 2, 5, 0, 2),
    (3, 0, 6, 1, 7, 4, 8),
    (2, 5, 1, 3, 0, 6, 2),
)
DY = ((1, 2), (3, 4))
CORNER, SIDE = 0.75, 2.0  # of the box, along both axes; cell 0 has its middle at 0
ASKED = (2, 3)  # the cell of align's dx that the page with a pencil asks for


def pool_back() -> tuple[dict[tuple[int, int], float], set[tuple[int, int]]]:
    """Return dx of max pooling where it is not 0, and the winners; the bins are cells 1 and 2, and 2 and 3."""
    dx: dict[tuple[int, int], float] = {}
    for i in range(2):
        for j in range(2):
            cells = [(a, e) for a in (1 + i, 2 + i) for e in (1 + j, 2 + j)]
            best = max(cells, key=lambda cell: X[cell[0]][cell[1]])
            dx[best] = dx.get(best, 0) + DY[i][j]
    return dx, set(dx)


def align_back() -> tuple[dict[tuple[int, int], float], set[tuple[int, int]]]:
    """Return dx of align where it is not 0, and the cells that are read."""
    dx: dict[tuple[int, int], float] = {}
    for i in range(2):
        for j in range(2):
            row, column = (CORNER + (k + 0.5) * SIDE / 2 for k in (i, j))
            for a in (int(row), int(row) + 1):
                for e in (int(column), int(column) + 1):
                    weight = (1 - abs(row - a)) * (1 - abs(column - e))
                    dx[a, e] = dx.get((a, e), 0) + weight * DY[i][j]
    return dx, set(dx)


def one_box() -> Figure:
    """Draw the map with the box, and dx below it, for both kinds."""
    figure, axes = canvas(20, 17.2)
    for left, name, (dx, read) in ((2.0, "max pooling", pool_back()), (11.4, "align", align_back())):
        words(axes, left, 0.9, f"{name}: x, and the box", size=10)
        words(axes, left, 8.7, "dx", size=10)

        def look(i, j, read=read):
            return {"text": str(X[i][j]), "fill": INPUT if (i, j) in read else PALE[INPUT]}

        def back(i, j, name=name, dx=dx):
            value = dx.get((i, j), 0)
            text = "?" if name == "align" and (i, j) == ASKED else f"{value:.2f}".rstrip("0").rstrip(".")
            return {"text": text, "fill": GRADIENT if value else "white", "size": 7.5}

        grid(axes, left, 1.8, 6, 7, look)
        grid(axes, left, 9.4, 6, 7, back)
        outline(axes, left + CORNER + 0.5, 1.8 + CORNER + 0.5, SIDE, SIDE, width=2.4)
        if name == "align":
            places = [CORNER + (k + 0.5) * SIDE / 2 + 0.5 for k in (0, 1)]
            points = [(left + u, 1.8 + v) for u in places for v in places]
            axes.plot(*zip(*points, strict=True), "o", color=INK, markersize=4, zorder=8)
        else:
            outline(axes, left + 1, 2.8, 3, 3, colour=QUIET, width=2, style="--")
    words(axes, 2.0, 16.3, "dy is 1, 2 above and 3, 4 below; the ? is for the page with a pencil", size=9, colour=QUIET)
    return figure


FOLDER = "ch15_detection"
FIGURES = {"one_box": one_box}
