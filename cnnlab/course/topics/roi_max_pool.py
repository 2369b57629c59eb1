"""Chapter 15: RoI max pooling. What is asked of roi_max_pool_backward in detection.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil, copysign, floor
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases import roi as cases
from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import TRANSFORMED, Case
from cnnlab.gradcheck.problem import Freedom, Rival
from cnnlab.gradcheck.wording import explain_lost_terms


class Bin(NamedTuple):
    """One bin of one box: where it is in y, and its cells in x."""

    box: int
    row: int
    column: int
    image: int
    rows: slice
    columns: slice

    @property
    def is_empty(self) -> bool:
        return self.rows.start >= self.rows.stop or self.columns.start >= self.columns.stop

    @property
    def cells(self) -> tuple[Any, ...]:
        """Return the index of its cells in x, of all channels."""
        return self.image, slice(None), self.rows, self.columns

    @property
    def place(self) -> tuple[Any, ...]:
        """Return its index in y, of all channels."""
        return self.box, slice(None), self.row, self.column


def _round(number: float) -> int:
    return int(copysign(floor(abs(number) + 0.5), number))


def list_bins(
    boxes: list[list[float]], shape: tuple[int, ...], output_size: Any, spatial_scale: float
) -> Iterator[Bin]:
    """Yield the bins of all boxes, box by box and row by row."""
    bins = two(output_size)
    for k, (image, *corners) in enumerate(boxes):
        x1, y1, x2, y2 = (_round(corner * spatial_scale) for corner in corners)
        ranges = []
        for start, end, count, limit in ((y1, y2, bins[0], shape[2]), (x1, x2, bins[1], shape[3])):
            size = max(end - start + 1, 1)
            edges = [(floor(i * size / count), ceil((i + 1) * size / count)) for i in range(count)]
            ranges.append([slice(*(min(max(e + start, 0), limit) for e in pair)) for pair in edges])
        for i, rows in enumerate(ranges[0]):
            for j, columns in enumerate(ranges[1]):
                yield Bin(k, i, j, int(image), rows, columns)


def _list_bins(case: Case, **changed: Any) -> list[Bin]:
    """Return the bins of a case that have cells, with options changed."""
    boxes, x = case.inputs["boxes"], case.inputs["x"]
    options = {"spatial_scale": 1.0, **case.options, **changed}
    return [b for b in list_bins(boxes.tolist(), x.shape, **options) if not b.is_empty]


def torch_roi_max_pool(x, boxes, *, output_size, spatial_scale=1.0):
    """Return what torchvision.ops.roi_pool computes, bin by bin."""
    import torch

    nothing = 0 * x.sum((0, 2, 3))
    bins = list(list_bins(boxes.tolist(), tuple(x.shape), output_size, spatial_scale))
    largest = [nothing if b.is_empty else x[b.cells].amax((1, 2)) for b in bins]
    ph, pw = two(output_size)
    y = torch.stack(largest) if largest else x.new_zeros((0, x.shape[1])) + nothing
    return y.reshape(len(boxes), ph, pw, x.shape[1]).permute(0, 3, 1, 2)


def roi_max_pool_at_points(x, boxes, *, output_size, spatial_scale=1.0):
    """Return y at many points, (points, K, C, PH, PW): each array has an axis of points in front, boxes of length 1."""
    ph, pw = two(output_size)
    y = np.zeros((boxes.shape[1], x.shape[2], ph, pw, len(x)))
    last = np.ascontiguousarray(np.moveaxis(x, 0, -1))
    for b in list_bins(boxes[0].tolist(), x.shape[1:], output_size, spatial_scale):
        if not b.is_empty:
            y[b.place] = last[b.cells].max((1, 2))
    return np.moveaxis(y, -1, 0)


def ties(case: Case) -> dict[str, Freedom]:
    """The cells of a tied bin may share its gradient in any way in which the shares add up."""
    x, dy = (np.asarray(a, np.float64) for a in (case.inputs["x"], case.dy))
    in_order = np.sort(x, axis=None)
    if not (in_order[1:] == in_order[:-1]).any():
        return {}
    low, high, free = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape, bool)
    total = 0.0
    for b in _list_bins(case):
        wins = x[b.cells] == x[b.cells].max((1, 2), keepdims=True)
        tied, part = wins.sum((1, 2), keepdims=True) > 1, dy[b.place][:, None, None]
        low[b.cells] += np.where(wins, np.where(tied, np.minimum(part, 0), part), 0)
        high[b.cells] += np.where(wins, np.where(tied, np.maximum(part, 0), part), 0)
        free[b.cells] |= wins & tied
        total += float(part.sum())
    return {"dx": Freedom(*(np.where(free, end, np.nan) for end in (low, high)), total=total)}


# Wrong ways back: each exchanges one piece of the right one.


def _pick_first(cells: np.ndarray) -> np.ndarray:
    """Return 1 at the first of the largest cells of each channel, (C, rows, columns), and 0 elsewhere."""
    flat = cells.reshape(len(cells), -1)
    return (np.arange(flat.shape[1]) == flat.argmax(1)[:, None]).reshape(cells.shape) * 1.0


def _go_back(
    pick: Callable[[np.ndarray], np.ndarray] = _pick_first,
    keep: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.add,
    image: Callable[[Bin, Case], int] = lambda b, case: b.image,
    **options: Any,
):
    """Return a wrong gradient. pick: the share of each cell.   keep: (so far, from a bin) -> from now on."""

    def compute(case: Case, right) -> np.ndarray | None:
        if any(name not in case.options for name in options):
            return None
        x, dy = (np.asarray(a, np.float64) for a in (case.inputs["x"], case.dy))
        dx = np.zeros(x.shape)
        for b in _list_bins(case, **options):
            moved = b._replace(image=image(b, case))
            dx[moved.cells] = keep(dx[moved.cells], pick(x[b.cells]) * dy[b.place][:, None, None])
        return dx

    return compute


def _count_repeats_once(case: Case, right) -> np.ndarray:
    """Of the bins of a box that a cell wins in, the last alone; what several boxes give adds up."""
    x, dy = (np.asarray(a, np.float64) for a in (case.inputs["x"], case.dy))
    of_boxes: dict[int, np.ndarray] = {}
    for b in _list_bins(case):
        so_far, pick = of_boxes.setdefault(b.box, np.zeros(x.shape)), _pick_first(x[b.cells])
        so_far[b.cells] = np.where(pick > 0, pick * dy[b.place][:, None, None], so_far[b.cells])
    return sum(of_boxes.values(), np.zeros(x.shape))


def _keep_last_box(case: Case, right) -> np.ndarray:
    """What stays where the gradient of each box is put over that of the one before."""
    dx = np.zeros(case.inputs["x"].shape)
    for k, image in enumerate(case.inputs["boxes"][:, 0].astype(int)):
        dx[image] = _take_box(case, right, k)[image]
    return dx


def _take_box(case: Case, right, k: int) -> np.ndarray:
    """Return the right gradient that comes from box k alone."""
    inputs = {**case.inputs, "boxes": case.inputs["boxes"][k : k + 1]}
    return right(replace(case, inputs=inputs, dy=case.dy[k : k + 1]))


def _send_from_empty_bins(case: Case, right) -> np.ndarray:
    """Where winner -1 is taken to be the last cell of the map."""
    dx, dy = np.array(right(case), np.float64), np.asarray(case.dy, np.float64)
    sent = np.zeros(dx.shape)
    options = {"spatial_scale": 1.0, **case.options}
    for b in list_bins(case.inputs["boxes"].tolist(), dx.shape, **options):
        sent[b.image, :, -1, -1] += b.is_empty * dy[b.place]
    return dx + sent


def _move_winner(move: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]):
    """The cells with a number that is computed from the winner's W · row + column. move: (number, shape of x)."""

    def compute(case: Case, right) -> np.ndarray:
        x, dy = (np.asarray(a, np.float64) for a in (case.inputs["x"], case.dy))
        cells_of_map = x.shape[2] * x.shape[3]
        dx = np.zeros((*x.shape[:2], cells_of_map))
        numbers = np.broadcast_to(np.arange(x.shape[2] * x.shape[3]).reshape(x.shape[2:]), x.shape)
        for b in _list_bins(case):
            winner = (numbers[b.cells] * _pick_first(x[b.cells])).sum((1, 2)).astype(int)
            cells = move(winner, x.shape)
            dx[b.image, np.arange(x.shape[1]), cells % cells_of_map] += dy[b.place]
        return dx.reshape(x.shape)

    return compute


def _exchange_axes(winner: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the number that the winner has where it is read as H · column + row."""
    row, column = winner % shape[2], winner // shape[2]
    return row * shape[3] + column


def _gather(axis: int):
    """Everything in the first image or channel."""

    def compute(case: Case, right) -> np.ndarray:
        dx = np.zeros(case.inputs["x"].shape)
        first = (slice(None),) * axis + (slice(0, 1),)
        dx[first] = right(case).sum(axis, keepdims=True)
        return dx

    return compute


def _leave_out_cell_0(case: Case, right) -> np.ndarray:
    dx = np.array(right(case), np.float64)
    dx[:, :, 0, 0] = 0
    return dx


#: Why dx keeps one of several terms.
LOST = explain_lost_terms("dx")

RIVALS = tuple(
    Rival("dx", code, sentence, compute)
    for code, sentence, compute in (
        (
            "accumulate",
            f"dx keeps what the last bin gave to a cell: {LOST}. A cell may win in several bins, and collects from "
            "each.",
            _go_back(keep=lambda so_far, part: np.where(part != 0, part, so_far)),
        ),
        (
            "accumulate",
            f"dx keeps what the last bin of each box gave to a cell: {LOST}. A cell may win in several bins of a box, "
            "and collects from each.",
            _count_repeats_once,
        ),
        (
            "accumulate",
            "dx keeps the last box of every image: the boxes of an image add up, and dx[image] += … with several "
            "equal numbers in image counts only one of them. np.add.at counts each.",
            _keep_last_box,
        ),
        (
            "mask",
            "dx goes to every cell of a bin: only the winner made y, so the others get nothing.",
            _go_back(np.ones_like),
        ),
        (
            "mask",
            "dx is shared equally by the cells of a bin, as in average pooling: only the winner made y.",
            _go_back(lambda cells: np.full(cells.shape, 1 / cells[0].size)),
        ),
        (
            "kink",
            "dx gives the whole of dy to every cell that equals the maximum: of tied cells one may have it, or each a "
            "share, and the shares add up to dy.",
            _go_back(lambda cells: cells == cells.max((1, 2), keepdims=True)),
        ),
        (
            "mask",
            "dx goes to the smallest cell of every bin: the largest one made y.",
            _go_back(lambda cells: _pick_first(-cells)),
        ),
        (
            "mask",
            "dx goes to the first cell of every bin: only the winner made y.",
            _go_back(lambda cells: _pick_first(0 * cells)),
        ),
        (
            "option",
            "dx leaves out spatial_scale: the corners are multiplied by it before they are rounded.",
            _go_back(spatial_scale=1.0),
        ),
        (
            "reduction",
            "dx goes to the image with the number of the box: image[k] is the image of box k.",
            _go_back(image=lambda b, case: b.box % len(case.inputs["x"])),
        ),
        ("reduction", "dx adds what all boxes give to image 0: image[k] is the image of box k.", _gather(0)),
        (
            "channel",
            "dx adds what all channels get to channel 0: each channel has winners of its own.",
            _gather(1),
        ),
        (
            "channel",
            "dx goes to the winners of channel 0 in all channels: each channel has winners of its own.",
            _go_back(lambda cells: np.broadcast_to(_pick_first(cells[:1]), cells.shape)),
        ),
        (
            "border",
            "dx gives the gradient of a bin without cells to the last cell of the map: its winner is −1, which as an "
            "index means the last one. Such a bin gives nothing back.",
            _send_from_empty_bins,
        ),
        (
            "geometry",
            "dx reads the winner's number as H · column + row: it is W · row + column.",
            _move_winner(_exchange_axes),
        ),
        (
            "geometry",
            "dx divides the winner's number by H: it is W · row + column, so the row is the number // W.",
            _move_winner(lambda winner, shape: winner // shape[2] * shape[3] + winner % shape[2]),
        ),
        (
            "mask",
            "dx goes to the cell after the winner: the cells are counted from 0.",
            _move_winner(lambda winner, shape: winner + 1),
        ),
        (
            "mask",
            "dx goes to the cell before the winner: the cells are counted from 0.",
            _move_winner(lambda winner, shape: winner - 1),
        ),
        (
            "mask",
            "dx leaves out what cell 0 won: its number is 0, and only −1 means that a bin has no cells.",
            _leave_out_cell_0,
        ),
    )
)


ROI_MAX_POOL = define_operation(
    "roi_max_pool",
    topic="detection",
    chapter="ch15",
    points=4,
    where="chapter 15, step 4",
    hints=(
        "Every entry of y is one cell of x: the winner of its bin. Who gets the gradient of that entry, and who gets "
        "nothing?",
        "The cache holds, for every entry of y, the number of its winner, W · row + column, in image[k]. A cell may "
        "win in several bins, of one box or of several: what comes back adds up. A bin without cells, winner −1, gives "
        "nothing back.",
        "Make dx of zeros with the map as one axis of H · W cells. np.nonzero(winner >= 0) gives box, channel, i and "
        "j; np.add.at(dx, (image[box], channel, the winners), the entries of dy) adds also where an index comes twice. "
        "Reshape at the end.",
    ),
    axes={"dy": "box channel row column", "x": "image channel row column"},
    wrt={"dx": "x"},
    torch_forward=torch_roi_max_pool,
    at_points=roi_max_pool_at_points,
    formula=lambda case: {"dx": _go_back()(case, None)},
    base=cases.specify_pooling(),
    core={**{name: cases.specify_pooling(**how) for name, how in cases.BOTH_CORE.items()}, **cases.OF_MAX_CORE},
    general={
        **{name: cases.specify_pooling(**how) for name, how in cases.BOTH_GENERAL.items()},
        **cases.OF_MAX_GENERAL,
    },
    properties=(*cases.BOTH_PROPERTIES, *cases.MAX_PROPERTIES),
    quantities=cases.count_bins,
    freedom=ties,
    tolerance=TRANSFORMED,
    rivals=RIVALS,
)
