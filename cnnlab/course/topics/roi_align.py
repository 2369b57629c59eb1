"""Chapter 15: RoI align. What is asked of roi_align_backward in detection.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases import roi as cases
from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import ROUNDED, Case
from cnnlab.gradcheck.problem import Gradients, Rival
from cnnlab.gradcheck.wording import explain_lost_terms


class Sample(NamedTuple):
    """One sample of one bin. size: of the map, rows and columns.   of: how many samples the bin has."""

    box: int
    row: int
    column: int
    image: int
    at: tuple[float, float]
    size: tuple[int, int]
    of: int

    @property
    def is_outside(self) -> bool:
        return any(not -1 <= p <= n for p, n in zip(self.at, self.size, strict=True))

    def read_axis(self, axis: int) -> tuple[int, int, float]:
        """Return both cells along an axis, and how far the sample is from the first to the second."""
        at = min(max(self.at[axis], 0.0), self.size[axis] - 1.0)
        low = floor(at)
        return low, min(low + 1, self.size[axis] - 1), at - low


#: (a sample) -> its cells and their weights.
Weigh = Callable[[Sample], Iterator[tuple[int, int, float]]]


def list_samples(
    boxes: list[list[float]],
    size: tuple[int, int],
    output_size: Any,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Iterator[Sample]:
    """Yield the samples of all boxes, bin by bin."""
    counts = two(output_size)
    for k, (image, x1, y1, x2, y2) in enumerate(boxes):
        start, end = ([c * spatial_scale - 0.5 * aligned for c in corner] for corner in ((y1, x1), (y2, x2)))
        extent = [e - s if aligned else max(e - s, 1.0) for s, e in zip(start, end, strict=True)]
        step = [e / c for e, c in zip(extent, counts, strict=True)]
        grid = [ceil(s) if sampling_ratio == -1 else sampling_ratio for s in step]
        for i, j in np.ndindex(*counts):
            for u, v in np.ndindex(*(max(g, 0) for g in grid)):
                places = zip(start, step, (i, j), (u, v), grid, strict=True)
                y, x = (begin + length * (b + (g + 0.5) / of) for begin, length, b, g, of in places)
                yield Sample(k, i, j, int(image), (y, x), size, grid[0] * grid[1])


def weigh_four(sample: Sample) -> Iterator[tuple[int, int, float]]:
    """Yield the four cells around a sample, with what each has in it."""
    (y, below, down), (x, beside, right) = sample.read_axis(0), sample.read_axis(1)
    for row, wy in ((y, 1 - down), (below, down)):
        for column, wx in ((x, 1 - right), (beside, right)):
            yield row, column, wy * wx


def torch_roi_align(x, boxes, *, output_size, **options):
    """Return what torchvision.ops.roi_align computes, sample by sample."""
    import torch

    (channels, height, width), (ph, pw) = x.shape[1:], two(output_size)
    bins, cells, weights = [], [], []
    for s in list_samples(boxes.tolist(), (height, width), output_size, **options):
        if not s.is_outside:
            for row, column, weight in weigh_four(s):
                bins.append((s.box * ph + s.row) * pw + s.column)
                cells.append((s.image * height + row) * width + column)
                weights.append(weight / s.of)
    read = x.permute(1, 0, 2, 3).reshape(channels, -1)[:, torch.tensor(cells, dtype=torch.int64)]
    y = torch.zeros((channels, len(boxes) * ph * pw), dtype=x.dtype)
    y = y.index_add(1, torch.tensor(bins, dtype=torch.int64), read * torch.tensor(weights, dtype=x.dtype))
    return y.reshape(channels, len(boxes), ph, pw).permute(1, 0, 2, 3)


def give_back_by_weights(case: Case) -> Gradients:
    """Return the gradient by the matrices of the boxes, which the cache holds: y[k] = rows[k] x columns[k]ᵀ."""
    x, boxes = (np.asarray(a, np.float64) for a in case.inputs.values())
    cache = loader.load_stub_function("detection", "roi_align_forward")(x[:, :1], boxes, **case.options)[1]
    dx = np.zeros(x.shape)
    for k, dy in zip(cache.image, cache.rows[:, None].swapaxes(2, 3) @ case.dy @ cache.columns[:, None], strict=True):
        dx[k] += dy
    return {"dx": dx}


# Wrong ways back: each exchanges one piece of the right one.


def _go_back(
    weigh: Weigh = weigh_four,
    share: Callable[[Sample], float] = lambda sample: 1 / sample.of,
    drop: Callable[[Sample], bool] = lambda sample: sample.is_outside,
    keep: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.add,
    image: Callable[[Sample, Case], int] = lambda sample, case: sample.image,
    **options: Any,
):
    """Return a wrong gradient. share: of a sample in its bin.   drop: whether a sample gives nothing back.   keep: (so
    far, from a sample) -> from now on.   options: other values of those that the case has.
    """

    def compute(case: Case, right) -> np.ndarray | None:
        if any(name not in case.options for name in options):
            return None
        dy = np.asarray(case.dy, np.float64)
        dx = np.zeros(case.inputs["x"].shape)
        size = case.inputs["x"].shape[2:]
        for s in list_samples(case.inputs["boxes"].tolist(), size, **{**case.options, **options}):
            for row, column, weight in () if drop(s) else weigh(s):
                cell = dx[image(s, case), :, row, column]
                cell[:] = keep(cell, dy[s.box, :, s.row, s.column] * weight * share(s))
        return dx

    return compute


def _weigh_nearest(sample: Sample) -> Iterator[tuple[int, int, float]]:
    (y, below, down), (x, beside, right) = sample.read_axis(0), sample.read_axis(1)
    yield below if down > 0.5 else y, beside if right > 0.5 else x, 1.0


def _weigh_first(sample: Sample) -> Iterator[tuple[int, int, float]]:
    yield sample.read_axis(0)[0], sample.read_axis(1)[0], 1.0


def _weigh_equally(sample: Sample) -> Iterator[tuple[int, int, float]]:
    return ((row, column, 0.25) for row, column, _ in weigh_four(sample))


def _weigh_fully(sample: Sample) -> Iterator[tuple[int, int, float]]:
    return ((row, column, 1.0) for row, column, _ in weigh_four(sample))


def _weigh_by_square(sample: Sample) -> Iterator[tuple[int, int, float]]:
    return ((row, column, weight**2) for row, column, weight in weigh_four(sample))


def _weigh_other_side(sample: Sample) -> Iterator[tuple[int, int, float]]:
    """The cells with each other's weights."""
    cells = list(weigh_four(sample))
    return ((row, column, weight) for (row, column, _), (*_, weight) in zip(cells, reversed(cells), strict=True))


def _exchange_weights(sample: Sample) -> Iterator[tuple[int, int, float]]:
    """The two cells beside the diagonal with each other's weights, as where the parts of y and x are mixed up."""
    cells = list(weigh_four(sample))
    for (row, column, _), k in zip(cells, (0, 2, 1, 3), strict=True):
        yield row, column, cells[k][2]


def _keep_last_box(case: Case, right) -> np.ndarray:
    """What stays where the gradient of each box is put over that of the one before."""
    dx = np.zeros(case.inputs["x"].shape)
    for k, image in enumerate(case.inputs["boxes"][:, 0].astype(int)):
        inputs = {**case.inputs, "boxes": case.inputs["boxes"][k : k + 1]}
        dx[image] = right(replace(case, inputs=inputs, dy=case.dy[k : k + 1]))[image]
    return dx


def _add_to_first_image(case: Case, right) -> np.ndarray:
    dx = np.zeros(case.inputs["x"].shape)
    dx[:1] = right(case).sum(0, keepdims=True)
    return dx


def _make_rival_of_bins(rule: str):
    """A wrong gradient from the weights that whole bins have, as the cache holds them."""

    def compute(case: Case, right) -> np.ndarray:
        forward = loader.load_stub_function("detection", "roi_align_forward")
        x, dy = np.zeros(case.inputs["x"].shape), np.asarray(case.dy, np.float64)
        cache = forward(x, case.inputs["boxes"], **case.options)[1]
        total, dx = np.zeros(x.shape), np.zeros(x.shape)
        for k, i, j in np.ndindex(len(dy), *dy.shape[2:]):
            weight = np.outer(cache.rows[k, i], cache.columns[k, j])
            part, at = dy[k, :, i, j, None, None], cache.image[k]
            if rule == "last":
                dx[at] = np.where(weight > 0, weight * part, dx[at])
            else:
                dx[at] += {"square": weight**2, "full": weight > 0}.get(rule, weight) * part
            total[at] += weight
        return dx / np.where(total > 0, total, 1) if rule == "mean" else dx

    return compute


#: Why dx keeps one of several terms.
LOST = explain_lost_terms("dx")

RIVALS = tuple(
    Rival("dx", code, sentence, compute)
    for code, sentence, compute in (
        (
            "accumulate",
            "dx keeps the last box of every image: the boxes of an image add up, and dx[image] += … with several "
            "equal numbers in image counts only one of them. np.add.at counts each.",
            _keep_last_box,
        ),
        (
            "accumulate",
            f"dx keeps what the last sample gave to a cell: {LOST}. A cell is read by several samples, and collects "
            "from each.",
            _go_back(keep=lambda so_far, part: part),
        ),
        (
            "accumulate",
            f"dx keeps what the last bin gave to a cell: {LOST}. A cell is read in several bins, and collects from "
            "each.",
            _make_rival_of_bins("last"),
        ),
        (
            "formula",
            "dx has the squares of the weights that a bin has of its cells: a weight belongs to it once.",
            _make_rival_of_bins("square"),
        ),
        (
            "formula",
            "dx gives the whole of dy to every cell that a bin reads: each gets the part of its weight.",
            _make_rival_of_bins("full"),
        ),
        (
            "formula",
            "dx is a mean of what comes back: the gradients of all bins that read a cell add up.",
            _make_rival_of_bins("mean"),
        ),
        (
            "scale",
            "dx does not divide by the number of samples of a bin: y is their mean, so each sample gets its share.",
            _go_back(share=lambda sample: 1.0),
        ),
        (
            "scale",
            "dx divides by the number of samples of a bin twice: the weights in the cache hold it already.",
            _go_back(share=lambda sample: 1 / sample.of**2),
        ),
        (
            "formula",
            "dx goes to the cell nearest to each sample: a sample is a mean of four cells, and each gets its part.",
            _go_back(_weigh_nearest),
        ),
        (
            "formula",
            "dx goes to the cell above and left of each sample: a sample is a mean of four cells, and each gets its "
            "part.",
            _go_back(_weigh_first),
        ),
        (
            "formula",
            "dx gives a quarter to each of the four cells of a sample: a cell's part is larger the nearer it is.",
            _go_back(_weigh_equally),
        ),
        (
            "formula",
            "dx gives the whole to each of the four cells of a sample: each gets the part of its weight.",
            _go_back(_weigh_fully),
        ),
        (
            "formula",
            "dx has the squares of the weights: a weight belongs to it once.",
            _go_back(_weigh_by_square),
        ),
        (
            "formula",
            "dx exchanges the weights of the near and the far cell: the nearer cell has the larger weight.",
            _go_back(_weigh_other_side),
        ),
        (
            "formula",
            "dx exchanges the weights along x and y: the cell below gets what the cell to the right should get.",
            _go_back(_exchange_weights),
        ),
        (
            "border",
            "dx counts samples that are more than one cell beyond the map as if they lay on its edge: they were 0 in y "
            "and give nothing back.",
            _go_back(drop=lambda sample: False),
        ),
        (
            "border",
            "dx leaves out every sample beyond the outer cell centres: one that is less than a cell outside is read at "
            "the edge, and gives back there.",
            _go_back(drop=lambda s: any(not 0 <= p <= n - 1 for p, n in zip(s.at, s.size, strict=True))),
        ),
        ("option", "dx leaves out aligned: the corners then move by −1/2.", _go_back(aligned=False)),
        (
            "option",
            "dx leaves out spatial_scale: the corners are multiplied by it.",
            _go_back(spatial_scale=1.0),
        ),
        (
            "option",
            "dx leaves out sampling_ratio, and takes as many samples as −1 gives.",
            _go_back(sampling_ratio=-1),
        ),
        (
            "reduction",
            "dx goes to the image with the number of the box: image[k] is the image of box k.",
            _go_back(image=lambda sample, case: sample.box % len(case.inputs["x"])),
        ),
        (
            "reduction",
            "dx adds what all boxes give to image 0: image[k] is the image of box k.",
            _add_to_first_image,
        ),
    )
)

ROI_ALIGN = define_operation(
    "roi_align",
    topic="detection",
    chapter="ch15",
    points=5,
    where="chapter 15, step 6",
    hints=(
        "A bin is a mean of samples, and a sample a mean of four cells. So every entry of y is a weighted sum of cells "
        "of one image. What does a cell get back from an entry in which its weight is w?",
        "For one box, y = rows · x · columnsᵀ, as in resampling. So the image of the box gets rowsᵀ · dy · columns; "
        "the boxes of one image add up.",
        "rows is (R, PH, H), columns (R, PW, W), dy (R, C, PH, PW): rows[:, None].swapaxes(2, 3) @ dy @ "
        "columns[:, None] is (R, C, H, W). np.add.at(dx, image, …) adds each to its image, also where a number comes "
        "twice.",
    ),
    axes={"dy": "box channel row column", "x": "image channel row column"},
    wrt={"dx": "x"},
    torch_forward=torch_roi_align,
    formula=give_back_by_weights,
    base=cases.specify_sampling(),
    core={**{name: cases.specify_sampling(**how) for name, how in cases.BOTH_CORE.items()}, **cases.OF_ALIGN_CORE},
    general={
        **{name: cases.specify_sampling(**how) for name, how in cases.BOTH_GENERAL.items()},
        **cases.OF_ALIGN_GENERAL,
    },
    linear=("x",),
    properties=(*cases.BOTH_PROPERTIES, *cases.ALIGN_PROPERTIES),
    quantities=cases.count_bins,
    tolerance=ROUNDED,
    rivals=RIVALS,
)
