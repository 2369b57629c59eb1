"""The pictures of chapter 11: what view does to images of another size, and a function of ours inside autograd."""

from matplotlib.figure import Figure

from authoring.figures.style import CARD, GRADIENT, INPUT, OUTPUT, PALE, QUIET, WEIGHT, arrow, box, canvas, cell, words


def rows_of_400() -> Figure:
    """Step 2: 25 images of 256 numbers, read as 16 rows of 400."""
    figure, axes = canvas(27, 10.4)
    fills = (PALE[INPUT], PALE[WEIGHT])
    words(axes, 1.2, 1.0, "memory: 25 images of 256 numbers, one after the other (the first 8 drawn)")
    unit, left = 24 / 8, 1.2
    for k in range(8):
        axes.add_patch(_bar(left + unit * k, 1.8, unit, fills[k % 2]))
        words(axes, left + unit * (k + 0.5), 2.3, f"image {k}", ha="center", size=9)
    words(axes, 1.2, 4.4, "view(-1, 400) cuts the same numbers every 400")
    for k in range(6):
        start, end = 400 * k / 256 * unit, min(400 * (k + 1), 2048) / 256 * unit
        if start >= 24:
            break
        axes.add_patch(_bar(left + start, 5.2, end - start, "white"))
        name = f"row {k}" if end - start > 2 else ""
        words(axes, left + (start + end) / 2, 5.7, name, ha="center", size=9)
    for k in range(1, 8):
        for ends in ([2.8, 3.8], [5.0, 6.2]):
            axes.plot([left + unit * k] * 2, ends, color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    words(axes, 1.2, 7.9, "row 0 is image 0 and a piece of image 1; no row but every 16th begins with an image", size=9)
    words(
        axes, 1.2, 8.8, "25 · 256 = 6,400 = 16 · 400: with 25 images it comes out even, and nothing is reported", size=9
    )
    return figure


def _bar(left: float, top: float, width: float, fill: str):
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), width, 1, facecolor=fill, edgecolor=QUIET, linewidth=1)


def draw_autograd() -> Figure:
    """Step 8: PyTorch's nodes with one of ours between them."""
    figure, axes = canvas(27, 11.2)
    words(axes, 1.0, 0.9, "forward: tensors", size=9, colour=QUIET)
    names = ("conv1", "your function", "relu, pool, …", "loss")
    lefts, widths = (1.2, 8.0, 16.2, 22.6), (3.6, 5.0, 4.2, 3.0)
    for left, width, name in zip(lefts, widths, names, strict=True):
        box(axes, left, 1.8, width, 1.6, PALE[INPUT] if name.startswith("your") else CARD, name)
        box(axes, left, 7.6, width, 1.6, PALE[GRADIENT] if name.startswith("your") else CARD, "backward")
    for left, width, after in zip(lefts, widths, lefts[1:], strict=False):
        arrow(axes, (left + width + 0.15, 2.6), (after - 0.1, 2.6))
        arrow(axes, (after - 0.15, 8.4), (left + width + 0.1, 8.4))
    for left, width in zip(lefts, widths, strict=True):
        middle = left + width / 2
        ends = ((3.5, 4.8), (6.0, 7.5)) if width == 5.0 else ((3.5, 7.5),)
        for start, end in ends:
            arrow(axes, (middle, start), (middle, end))
    cell(axes, 10.0, 4.9, fill=PALE[OUTPUT], text="ctx", size=9)
    words(axes, 11.3, 5.4, "the cache", size=9)
    words(
        axes,
        1.0,
        10.3,
        "backward: upstream gradients; PyTorch walks, each node answers for itself",
        size=9,
        colour=QUIET,
    )
    words(axes, 5.9, 7.1, "dx", size=9)
    words(axes, 14.2, 7.1, "dy", size=9)
    return figure


FOLDER = "ch11_lenet_in_pytorch"
FIGURES = {"rows_of_400": rows_of_400, "inside_autograd": draw_autograd}
