"""The pictures of chapter 8, convolution backward."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from authoring.figures.style import (
    GRADIENT,
    INK,
    INPUT,
    OUTPUT,
    PALE,
    QUIET,
    WEIGHT,
    arrow,
    canvas,
    cell,
    grid,
    indices,
    outline,
    words,
)

DASHED = {"fill": "none", "linestyle": (0, (2, 1.5))}


def weight(u: int, v: int) -> str:
    return f"$w_{{{u}{v}}}$"


def pencil() -> Figure:
    """Draw the page with a pencil: what each output sends, and what each cell of x receives."""
    figure, axes = canvas(21.6, 10.1, cell=0.42)
    x, w, dy, dx = (3, 1, 4, 2), (2, 5), (1, 2, -1), (2, 9, 8, -5)
    left, top = 7.2, 3.6
    words(axes, left - 0.4, 1.3, "x", ha="right")
    words(axes, left - 2.1, top - 0.7, "dy", ha="center")
    words(axes, left - 0.4, 8.1, "dx", ha="right")
    for a in range(4):
        wide = {"fill": PALE[INPUT], "text": str(x[a]), "size": 10}
        cell(axes, left + 2 * a + 0.5, 0.8, **wide)
        words(axes, left + 2 * a + 1, 2.3, f"$x_{a}$", ha="center", size=9, colour=QUIET)
        cell(axes, left + 2 * a + 0.5, 7.6, fill=GRADIENT, text=str(dx[a]).replace("-", "−"), size=10)
        words(axes, left + 2 * a + 1, 9.1, f"$dx_{a}$", ha="center", size=9, colour=QUIET)
    for i in range(3):
        sent = str(dy[i]).replace("-", "−")
        cell(axes, left - 2.6, top + i, fill=PALE[OUTPUT], text=sent, size=10)
        words(axes, left - 3.0, top + i + 0.5, f"$y_{i}$", ha="right", size=9, colour=QUIET)
        for a in range(4):
            used = 0 <= a - i < 2
            look = {"facecolor": PALE[GRADIENT] if used else "white", "edgecolor": QUIET, "linewidth": 0.8}
            axes.add_patch(Rectangle((left + 2 * a, top + i), 2, 1, **look))
            if used:
                words(axes, left + 2 * a + 1, top + i + 0.52, f"{sent} · {w[a - i]}", ha="center", size=9.5)
    outline(axes, left - 0.08, top + 0.94, 1.12, 8.16)
    outline(axes, left + 1.9, top - 0.1, 3.2, 2.2, style=(0, (4, 2)))
    words(axes, left + 8.5, top + 1.25, "solid row: scatter,", size=9)
    words(axes, left + 8.5, top + 1.95, "what $y_1$ sends", size=9)
    words(axes, left + 8.5, 7.7, "dashed column: gather,", size=9)
    words(axes, left + 8.5, 8.4, "what $x_1$ receives, with", size=9)
    words(axes, left + 8.5, 9.1, "the weights 5 and 2", size=9)
    words(axes, 0.8, 1.3, "w = (2, 5)", size=9)
    words(axes, 0.8, 8.1, "the columns added up:", size=9)
    return figure


def one_output_cell() -> Figure:
    """Step 1: the window of y[1, 2] at stride 2 with padding 1, partly outside the image."""
    figure, axes = canvas(21, 10.2)
    left, top = 1.6, 1.9

    def look(i, j):
        a, e = i - 1, j - 1
        inside = 0 <= a < 5 and 0 <= e < 5
        u, v = a - 1, e - 3
        text = weight(u, v) if 0 <= u < 3 and 0 <= v < 3 else ("" if inside else "0")
        return {"text": text, "fill": PALE[INPUT]} if inside else {"text": text, **DASHED}

    words(axes, left, 0.8, "x, 5×5, with a border of padding 1 (dashed)")
    grid(axes, left, top, 7, 7, look)
    indices(axes, left, top, range(-1, 6), range(-1, 6))
    outline(axes, left + 4, top + 2, 3, 3, colour=INK)

    words(axes, 18.0, top + 3.5, "y, 3×3")
    grid(axes, 14.4, top + 2, 3, 3, lambda i, j: {"fill": PALE[OUTPUT]})
    cell(axes, 16.4, top + 3, fill=OUTPUT, edge=INK, width=2.2)
    indices(axes, 14.4, top + 2, range(3), range(3))
    arrow(axes, (8.75, top + 3.1), (16.3, top + 3.3), bend=-0.42)
    words(axes, 11.4, 8.2, "$y_{1,2}$ looks at rows $a=2\\cdot1+u-1=1,2,3$", size=9)
    words(axes, 11.4, 9.1, "and columns $e=2\\cdot2+v-1=3,4,5$", size=9)
    return figure


def one_weight() -> Figure:
    """Step 3: the cells that one weight met, with the dy by which each is multiplied, at strides 1 and 2."""
    figure, axes = canvas(26, 11.4)
    words(axes, 0.9, 0.9, "w, 3×3")
    grid(axes, 1.3, 2.2, 3, 3, lambda u, v: {"fill": PALE[WEIGHT], "text": weight(u, v)})
    cell(axes, 3.3, 3.2, fill=WEIGHT, edge=INK, width=2.2, text=weight(1, 2))
    indices(axes, 1.3, 2.2, range(3), range(3))
    for left, size, stride in ((7.4, 5, 1), (16.2, 7, 2)):

        def look(a, e, stride=stride):
            (i, row), (j, column) = divmod(a - 1, stride), divmod(e - 2, stride)
            met = row == column == 0 and 0 <= i < 3 and 0 <= j < 3
            return {"fill": OUTPUT, "edge": INK, "width": 1.4, "text": f"{i}{j}"} if met else {"fill": PALE[INPUT]}

        words(axes, left - 0.5, 0.9, f"x, {size}×{size}, stride {stride}: the cells that $w_{{12}}$ met")
        grid(axes, left, 2.2, size, size, look)
        indices(axes, left, 2.2, range(size), range(size))
    outline(axes, 9.4, 3.2, 3, 3)
    outline(axes, 7.4, 2.2, 3, 3, style=(0, (4, 2)))
    words(axes, 0.9, 8.2, "ij in a cell: multiply", size=9)
    words(axes, 0.9, 9.0, "it by $dy_{ij}$; the sum of", size=9)
    words(axes, 0.9, 9.8, "the nine is $dw_{12}$", size=9)
    words(axes, 7.4, 8.2, "solid frame: dy for $w_{12}$", size=9)
    words(axes, 7.4, 9.0, "dashed frame: dy for $w_{00}$,", size=9)
    words(axes, 7.4, 9.8, "one up and two to the left", size=9)
    return figure


def who_used_this_cell() -> Figure:
    """Step 4: pick a cell of x, and see which outputs used it and with which weight."""
    figure, axes = canvas(22, 14.4)
    words(axes, 0.9, 0.9, "w, 3×3")
    grid(axes, 1.2, 1.9, 3, 3, lambda u, v: {"fill": PALE[WEIGHT], "text": weight(u, v)})
    indices(axes, 1.2, 1.9, range(3), range(3))
    words(axes, 6.6, 0.9, "pick a cell of x")
    words(axes, 15.2, 0.9, "the outputs that used it,")
    words(axes, 15.2, 1.7, "each with the weight it used")
    for top, (a, e) in ((2.6, (2, 2)), (8.7, (1, 3))):
        grid(axes, 6.6, top, 5, 5, lambda i, j: {"fill": PALE[INPUT]})
        indices(axes, 6.6, top, range(5), range(5))
        cell(axes, 6.6 + e, top + a, fill=INPUT, edge=INK, width=2.2, text="x", size=9)

        def look(i, j, a=a, e=e):
            u, v = a - i, e - j
            used = 0 <= u < 3 and 0 <= v < 3
            return {"fill": PALE[OUTPUT], "text": weight(u, v)} if used else {"text": "–"}

        grid(axes, 16.2, top + 1, 3, 3, look)
        indices(axes, 16.2, top + 1, range(3), range(3))
        arrow(axes, (6.6 + e + 1.1, top + a + 0.5), (15.5, top + 2.5), bend=-0.1)
    return figure


def scatter_and_gather() -> Figure:
    """Draw steps 4 and 5: the same sum, sorted by the giver and by the receiver."""
    figure, axes = canvas(21.4, 17.6, cell=0.4)
    words(axes, 0.9, 0.9, "scatter: each dy adds a patch, the kernel as it stands", weight="bold", size=9.5)
    grid(axes, 1.5, 3.3, 3, 3, lambda i, j: {"fill": PALE[OUTPUT]})
    for (i, j), name in (((0, 1), "$\\alpha$"), ((1, 2), "$\\beta$")):
        cell(axes, 1.5 + j, 3.3 + i, fill=OUTPUT, edge=INK, width=1.6, text=name)
    words(axes, 1.5, 2.3, "dy")
    left, top = 9.5, 2.6

    def stamp(a, e):
        terms = [
            f"{n}{weight(a - i, e - j)}"
            for n, i, j in ((r"$\alpha$", 0, 1), (r"$\beta$", 1, 2))
            if 0 <= a - i < 3 and 0 <= e - j < 3
        ]
        fill = (GRADIENT if len(terms) == 2 else PALE[GRADIENT]) if terms else "white"
        return {"text": "\n+".join(terms), "fill": fill, "size": 6.8 if len(terms) == 2 else 7.6}

    words(axes, left, 1.8, "dx")
    grid(axes, left, top, 5, 5, stamp)
    outline(axes, left + 1, top, 3, 3)
    outline(axes, left + 2, top + 1, 3, 3, style=(0, (4, 2)))
    arrow(axes, (3.6, 3.8), (left + 0.9, 3.6))
    arrow(axes, (4.6, 5.0), (left + 1.9, top + 3.5), bend=0.12)
    words(axes, 15.4, 4.4, "where patches overlap,", size=9)
    words(axes, 15.4, 5.2, "the terms add up: +=", size=9)

    words(
        axes,
        0.9,
        8.5,
        "gather: each dx collects from a window of dy, the kernel rotated by 180°",
        weight="bold",
        size=9.5,
    )
    left, top = 9.5, 9.9
    grid(axes, 1.5, top, 5, 5, lambda i, j: {"fill": PALE[GRADIENT]})
    cell(axes, 4.5, top + 1, fill=GRADIENT, edge=INK, width=2.2)
    words(axes, 1.5, 9.35, "dx")

    def window(i, j):
        u, v = 3 - i, 5 - j
        text = weight(u, v) if 0 <= u < 3 and 0 <= v < 3 else ""
        inside = 2 <= i < 5 and 2 <= j < 5
        used = {"edge": INK, "width": 1.6} if text else {}
        if inside:
            return {"text": text, "fill": OUTPUT if text else PALE[OUTPUT], **used}
        return {"text": text or "0", **DASHED}

    words(axes, left, 9.35, "dy, inside a border of k − 1 = 2 zeros (dashed)")
    grid(axes, left, top, 7, 7, window)
    outline(axes, left + 3, top + 1, 3, 3)
    arrow(axes, (left + 2.9, top + 2.0), (5.6, top + 1.5))
    words(axes, 16.9, top + 1.4, "the four weights", size=9)
    words(axes, 16.9, top + 2.2, "that meet a dy:", size=9)
    words(axes, 16.9, top + 3.0, "as picked in step 4", size=9)
    return figure


def stride_zeros() -> Figure:
    """Draw steps 6 and 8: stride 2 on 8 rows: zeros between the dy, and a last row that no window reaches."""
    figure, axes = canvas(22, 11.6)
    top = 2.4
    words(axes, 0.9, 0.9, "dy at stride 2")
    grid(axes, 1.4, top, 3, 3, lambda i, j: {"fill": OUTPUT, "text": f"{i}{j}"})
    arrow(axes, (4.6, top + 1.5), (5.5, top + 1.5))

    def spread(i, j):
        if i % 2 == 0 and j % 2 == 0:
            return {"fill": OUTPUT, "text": f"{i // 2}{j // 2}"}
        return {"text": "0", **DASHED}

    words(axes, 5.7, 0.9, "dy of the same convolution")
    words(axes, 5.7, 1.7, "at stride 1")
    grid(axes, 5.8, top, 6, 6, spread)
    arrow(axes, (12.0, top + 3), (12.9, top + 3))

    def mark_reached(a, e):
        if a < 7 and e < 7:
            return {"fill": PALE[GRADIENT]}
        return {"fill": "white", "hatch": "////", "edge": QUIET}

    words(axes, 13.0, 0.9, "dx, 8×8")
    grid(axes, 13.2, top, 8, 8, mark_reached)
    indices(axes, 13.2, top, range(8), range(8))
    words(axes, 1.4, 9.2, "hatched: no window reaches row 7 or column 7,", size=9)
    words(axes, 1.4, 9.9, "so their gradient stays 0 (windows start at", size=9)
    words(axes, 1.4, 10.6, "0, 2, 4 and are 3 long: the last ends at 6)", size=9)
    return figure


def padding_crop() -> Figure:
    """Step 7: the gradient of the padded image, and the part of it that is dx."""
    figure, axes = canvas(20, 10.4)
    count = [1, 1, 2, 1, 2, 1, 1]  # windows of length 3 starting at 0, 2, 4
    left, top = 1.6, 2.2

    def look(i, j):
        text = str(count[i] * count[j])
        if 1 <= i <= 5 and 1 <= j <= 5:
            return {"fill": PALE[GRADIENT], "text": text}
        return {"text": text, **DASHED}

    words(axes, left, 0.9, "gradient of the padded x, 7×7")
    grid(axes, left, top, 7, 7, look)
    indices(axes, left, top, range(7), range(7))
    outline(axes, left + 1, top + 1, 5, 5)
    arrow(axes, (9.0, top + 3.5), (11.8, top + 3.5))
    words(axes, 10.4, top + 2.8, "crop", ha="center")
    words(axes, 12.2, 0.9, "dx, 5×5")
    grid(axes, 12.4, top + 1, 5, 5, lambda i, j: {"fill": PALE[GRADIENT], "text": str(count[i + 1] * count[j + 1])})
    indices(axes, 12.4, top + 1, range(5), range(5))
    outline(axes, 12.4, top + 1, 5, 5)
    words(axes, 12.2, 9.0, "a number: how many", size=9)
    words(axes, 12.2, 9.7, "windows use the cell", size=9)
    return figure


def matrix() -> Figure:
    """Step 9: the convolution of a 4×4 image with a 2×2 kernel as a 9×16 matrix, and its transpose."""
    figure, axes = canvas(30.6, 20.6, cell=0.27)
    colours = {(0, 0): WEIGHT, (0, 1): PALE[WEIGHT], (1, 0): INPUT, (1, 1): PALE[INPUT]}

    def entry(output, image):
        (i, j), (a, e) = divmod(output, 3), divmod(image, 4)
        uv = a - i, e - j
        return (
            {"fill": colours[uv], "text": f"{uv[0]}{uv[1]}", "size": 7}
            if uv in colours
            else {"edge": "#d5d1c6", "width": 0.5}
        )

    left, top = 2.2, 3.2
    words(axes, left - 1.4, 1.2, "A, 9×16: a row for each cell of y, a column for each cell of x")
    grid(axes, left, top, 9, 16, entry)
    indices(
        axes,
        left,
        top,
        [f"{i}{j}" for i in range(3) for j in range(3)],
        [f"{a}{e}" for a in range(4) for e in range(4)],
        6,
    )
    outline(axes, left + 5, top, 9, 1)
    outline(axes, left, top + 4, 1, 16, style=(0, (4, 2)))
    words(axes, left - 1.4, 13.6, "an entry uv is the weight $w_{uv}$; an empty cell is 0", size=9)
    words(axes, left - 1.4, 15.1, "dashed row: the window of $y_{11}$, four cells of x", size=9)
    words(axes, left - 1.4, 16.6, "solid column: the four outputs that used $x_{11}$;", size=9)
    words(axes, left - 1.4, 17.8, "in $A^\\top$ it is a row, which gathers $dx_{11}$", size=9)
    words(axes, 20.0, 1.2, "$A^\\top$, 16×9")
    grid(axes, 20.6, top, 16, 9, lambda image, output: entry(output, image))
    indices(
        axes,
        20.6,
        top,
        [f"{a}{e}" for a in range(4) for e in range(4)],
        [f"{i}{j}" for i in range(3) for j in range(3)],
        6,
    )
    outline(axes, 20.6, top + 5, 1, 9)
    return figure


FOLDER = "ch08_convolution_backward"
FIGURES = {
    "pencil": pencil,
    "one_output_cell": one_output_cell,
    "one_weight": one_weight,
    "who_used_this_cell": who_used_this_cell,
    "scatter_and_gather": scatter_and_gather,
    "stride_zeros": stride_zeros,
    "padding_crop": padding_crop,
    "matrix": matrix,
}
