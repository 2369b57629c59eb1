"""The pictures of chapter 7, convolution forward."""

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
    grid,
    indices,
    outline,
    words,
)

DASHED = {"fill": "none", "linestyle": (0, (2, 1.5))}


def channels() -> Figure:
    """Step 3: one filter on two channels: a window of each, one sum."""
    figure, axes = canvas(24, 11.8)
    words(axes, 1.3, 0.9, "x, two channels")
    words(axes, 9.0, 0.9, "one filter: a kernel for each")
    words(axes, 19.0, 2.9, "one feature map")
    for c, top in ((0, 1.9), (1, 6.9)):
        inside = lambda i, j: {"fill": INPUT if i in (1, 2) and j in (1, 2) else PALE[INPUT]}  # noqa: E731
        grid(axes, 1.5, top, 4, 4, inside)
        outline(axes, 2.5, top + 1, 2, 2)
        words(axes, 1.5, top + 4.5, f"channel {c}", size=8.5, colour=QUIET)
        words(axes, 7.4, top + 2, r"$\times$", size=14, ha="center")
        grid(axes, 9.3, top + 1, 2, 2, lambda u, v, c=c: {"fill": PALE[WEIGHT], "text": f"$w_{{{c}{u}{v}}}$"})
        arrow(axes, (11.6, top + 2), (14.2, 6.2 if c else 5.2))
    words(axes, 15.2, 5.7, r"$\Sigma + b$", size=14, ha="center")
    words(axes, 15.2, 7.3, "eight products", size=8.5, ha="center", colour=QUIET)
    words(axes, 15.2, 8.0, "and the bias", size=8.5, ha="center", colour=QUIET)
    grid(axes, 19.3, 4.2, 3, 3, lambda i, j: {"fill": OUTPUT if (i, j) == (1, 1) else PALE[OUTPUT]})
    outline(axes, 20.3, 5.2, 1, 1)
    arrow(axes, (16.5, 5.7), (20.2, 5.7))
    return figure


ROWS = (  # name, cells, kernel, stride, padding, dilation
    ("stride 1", 7, 3, 1, 0, 1),
    ("stride 2", 7, 3, 2, 0, 1),
    ("stride 2, padding 1", 7, 3, 2, 1, 1),
    ("dilation 2", 7, 3, 1, 0, 2),
    ("stride 3", 7, 3, 3, 0, 1),
)


def windows() -> Figure:
    """Draw steps 4 to 6 and 10, in one dimension: a row of cells, and below it each output's window."""
    figure, axes = canvas(32.5, 17.2, cell=0.31)
    top, left = 1.9, 1.6
    for index, (name, cells, k, s, p, d) in enumerate(ROWS):
        if index == 3:
            top, left = 1.9, 18.6
        outputs = (cells + 2 * p - d * (k - 1) - 1) // s + 1
        reached = {s * i + d * u - p for i in range(outputs) for u in range(k)}
        words(axes, left - 0.5, top - 0.85, f"{name}: {outputs} outputs", weight="bold", size=9)
        for a in range(-p, cells + p):
            if 0 <= a < cells:
                look = {"fill": PALE[INPUT]} if a in reached else {"fill": "white", "hatch": "////"}
                cell(axes, left + p + a, top, text=str(a) if a in reached else "", **look)
            else:
                cell(axes, left + p + a, top, text="0", **DASHED)
        for i in range(outputs):
            y = top + 1.25 + 0.62 * i
            start, end = s * i - p, s * i + d * (k - 1) - p
            axes.plot([left + p + start + 0.5, left + p + end + 0.5], [y, y], color=QUIET, linewidth=1.2, zorder=4)
            places = [left + p + start + d * u + 0.5 for u in range(k)]
            axes.plot(places, [y] * k, "o", color=OUTPUT, markeredgecolor=INK, markersize=6, linestyle="", zorder=5)
            words(axes, left + cells + 2 * p + 0.5, y, f"$y_{i}$", size=9)
        top += 1.25 + 0.62 * outputs + 1.5
    words(axes, left - 0.5, top - 0.7, "hatched: cell 6 is in no window,", size=9)
    words(axes, left - 0.5, top + 0.1, "the remainder of stride 3", size=9)
    words(axes, left - 0.5, top + 1.5, "dashed: padding; a dot: a cell", size=9)
    words(axes, left - 0.5, top + 2.3, "that the output uses", size=9)
    return figure


LETTERS = "abcdefghijkl"


def im2col() -> Figure:
    """Step 8: the six windows of a 3×4 image as columns, and the kernel as a row."""
    figure, axes = canvas(27.5, 12.6)

    def image(i, j):
        letter = LETTERS[4 * i + j]
        marked = {"fill": INPUT, "edge": INK, "width": 1.8} if letter == "f" else {"fill": PALE[INPUT]}
        return {"text": letter, **marked}

    words(axes, 1.2, 0.9, "x, 3×4")
    grid(axes, 1.5, 1.7, 3, 4, image)
    words(axes, 1.2, 6.2, "w, 2×2")
    grid(axes, 1.5, 7.0, 2, 2, lambda u, v: {"fill": PALE[WEIGHT], "text": f"$w_{{{u}{v}}}$"})

    taps = [(u, v) for u in range(2) for v in range(2)]
    outputs = [(i, j) for i in range(2) for j in range(3)]
    names = [f"{u}{v}" for u, v in taps]
    words(axes, 11.9, 0.9, "M: a column for each window, a row for each place uv")
    grid(axes, 13.2, 2.6, 4, 6, lambda k, col: image(*(a + b for a, b in zip(taps[k], outputs[col], strict=True))))
    indices(axes, 13.2, 2.6, names, [f"$y_{{{i}{j}}}$" for i, j in outputs], 8)
    words(axes, 6.6, 7.6, "K: the kernel, laid flat")
    grid(axes, 7.2, 8.6, 1, 4, lambda i, j: {"fill": PALE[WEIGHT], "text": f"$w_{{{names[j]}}}$"})
    words(axes, 12.2, 9.1, r"$\times\ M\ =$", ha="center")
    flat = [f"$y_{{{i}{j}}}$" for i, j in outputs]
    grid(axes, 13.2, 8.6, 1, 6, lambda i, j: {"fill": PALE[OUTPUT], "text": flat[j]})
    words(axes, 19.8, 9.1, "y, laid flat")
    arrow(axes, (5.8, 3.2), (12.1, 4.6), bend=-0.12)
    arrow(axes, (3.8, 8.0), (6.9, 8.9), bend=-0.1)
    words(axes, 20.0, 3.6, "cell f is in four of", size=9)
    words(axes, 20.0, 4.4, "the six windows: it is", size=9)
    words(axes, 20.0, 5.2, "copied four times, each", size=9)
    words(axes, 20.0, 6.0, "time to another row", size=9)
    words(axes, 1.2, 11.4, r"$y_{00} = w_{00}\,a + w_{01}\,b + w_{10}\,e + w_{11}\,f$", size=9)
    return figure


FOLDER = "ch07_convolution_forward"
FIGURES = {"channels": channels, "windows": windows, "im2col": im2col}
