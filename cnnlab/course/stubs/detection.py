"""Boxes, and features cut out by boxes (chapters 14 and 15).

A box is its corners x1, y1, x2, y2: x runs to the right and y down, and the box's width is x2 - x1. The overlap of two
boxes or regions is measured by the intersection over the union of their areas,

    IoU(a, b) = area(a ∩ b) / (area(a) + area(b) - area(a ∩ b)).

A region of interest (RoI) is a box over a feature map; both kinds of pooling below make P×P cells of it, however large
it is. Max pooling rounds the box to whole cells and takes the largest cell of each bin. RoI align rounds nothing: it
reads the map between its cells, by four bilinear weights for each sample, and takes the mean of a bin's samples.
"""

import math
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import (
    boolean,
    float_array,
    image_array,
    number_from_zero,
    positive,
    same_shape,
    size_pair,
)

Size = int | tuple[int, int]


class RoiMaxPoolCache(NamedTuple):
    """What the backward pass needs: x's shape, each box's image, and the cell that won in each bin."""

    x_shape: tuple[int, int, int, int]
    image: np.ndarray  # (R,): the number of each box's image
    winner: np.ndarray  # (R, C, PH, PW): W * row + column of the largest cell; -1 in a bin without cells


class RoiAlignCache(NamedTuple):
    """What the backward pass needs: x's shape, each box's image, and the weights of the map's rows and columns."""

    x_shape: tuple[int, int, int, int]
    image: np.ndarray  # (R,): the number of each box's image
    rows: np.ndarray  # (R, PH, H): the mean weight of every row of the map in every row of bins
    columns: np.ndarray  # (R, PW, W)


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far boxes overlap: their intersection over their union (chapter 15, step 1).

    Args:
        a: Boxes, (A, 4): x1, y1, x2, y2 with x1 <= x2 and y1 <= y2.
        b: Boxes, (B, 4).

    Returns:
        (A, B), from 0 to 1: of every box of a with every box of b; 0 where the union is empty.

    Example:
        >>> print(box_iou(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])).round(4))
        [[0.3333]]
    """
    raise NotImplementedError("ch15: write box_iou")


def mean_iou(pred: np.ndarray, target: np.ndarray, classes: int) -> float:
    """Return the mean over the classes of intersection over union, of maps of classes (chapter 14, step 2).

    Cells are counted over the whole batch. A class that is in neither map does not count.

    Args:
        pred: The class of each cell, ints from 0 to classes - 1, any shape, such as (N, H, W).
        target: The right class of each cell, of pred's shape.
        classes: How many classes there are.

    Returns:
        A number from 0 to 1.

    Raises:
        ValueError: There is no class to take the mean over.

    Example:
        >>> mean_iou(np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 1]]), 3)  # class 0: 1/2, class 1: 2/3
        0.5833333333333333
    """
    raise NotImplementedError("ch14: write mean_iou")


def roi_max_pool_forward(
    x: np.ndarray, boxes: np.ndarray, *, output_size: Size, spatial_scale: float = 1.0
) -> tuple[np.ndarray, RoiMaxPoolCache]:
    """Return the largest cell of every bin of every box (chapter 15, step 3). Given; it is right.

    As torchvision.ops.roi_pool, Girshick (2015): the box is rounded to whole cells, both ends included; bin i covers
    the cells from floor(i * size / P) up to ceil((i + 1) * size / P), so that bins may overlap, and is cut off at the
    edge of the map. Of equal cells the first in row-major order wins. A bin without cells gives 0.

    Args:
        x: Feature maps, (N, C, H, W).
        boxes: (R, 5): the number of the image, then x1, y1, x2, y2. They get no gradient.
        output_size: PH and PW, an int or a pair.
        spatial_scale: What the corners are multiplied by, such as 1/16 for a map with a sixteenth of the image's rows.

    Returns:
        y, (R, C, PH, PW), and the cache for roi_max_pool_backward.

    Raises:
        ValueError, TypeError: The arguments do not fit together.

    Example:
        >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
        >>> print(roi_max_pool_forward(x, np.array([[0.0, 0.0, 0.0, 3.0, 3.0]]), output_size=2)[0])
        [[[[ 5.  7.]
           [13. 15.]]]]
    """
    image, corners, (ph, pw) = read_boxes(x, boxes, output_size, spatial_scale)
    _, channels, height, width = x.shape
    y, winner = np.zeros((len(boxes), channels, ph, pw), x.dtype), np.full((len(boxes), channels, ph, pw), -1)
    for k, (x1, y1, x2, y2) in enumerate(round_half_away(corners)):
        for i, (top, bottom) in enumerate(bins(y1, y2, ph, height)):
            for j, (left, right) in enumerate(bins(x1, x2, pw, width)):
                if top < bottom and left < right:
                    cells = x[image[k], :, top:bottom, left:right].reshape(channels, -1)
                    first = cells.argmax(axis=1)
                    y[k, :, i, j] = cells[np.arange(channels), first]
                    row, column = np.divmod(first, right - left)
                    winner[k, :, i, j] = (top + row) * width + left + column
    return y, RoiMaxPoolCache(x.shape, image, winner)


def roi_max_pool_backward(dy: np.ndarray, cache: RoiMaxPoolCache) -> np.ndarray:
    """Return the gradient of x; the boxes get none (chapter 15, step 4).

    Args:
        dy: Upstream gradient, (R, C, PH, PW).
        cache: From roi_max_pool_forward.

    Returns:
        dx, (N, C, H, W).
    """
    raise NotImplementedError("ch15: write roi_max_pool_backward")


def roi_align_forward(
    x: np.ndarray,
    boxes: np.ndarray,
    *,
    output_size: Size,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> tuple[np.ndarray, RoiAlignCache]:
    """Return the mean of bilinear samples in every bin of every box (chapter 15, step 5). Given; it is right.

    As torchvision.ops.roi_align, He, Gkioxari, Dollár and Girshick (2017). A sample more than one cell outside the map
    counts as 0; one less far outside is read at the edge.

    Args:
        x: Feature maps, (N, C, H, W).
        boxes: (R, 5): the number of the image, then x1, y1, x2, y2. They get no gradient.
        output_size: PH and PW, an int or a pair.
        spatial_scale: What the corners are multiplied by.
        sampling_ratio: Samples for each bin along each axis; -1 means ceil(size of the box / P).
        aligned: Whether cell centres lie at whole numbers plus 1/2, so that the corners move by -1/2; without it, a box
            is at least one cell wide and high.

    Returns:
        y, (R, C, PH, PW), and the cache for roi_align_backward.

    Raises:
        ValueError, TypeError: The arguments do not fit together.

    Example:
        >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
        >>> print(roi_align_forward(x, np.array([[0.0, 0.0, 0.0, 2.0, 2.0]]), output_size=2, sampling_ratio=1)[0])
        [[[[2.5 3.5]
           [6.5 7.5]]]]
    """
    image, corners, (ph, pw) = read_boxes(x, boxes, output_size, spatial_scale)
    height, width = x.shape[2:]
    if sampling_ratio != -1:
        positive("sampling_ratio", sampling_ratio)
    corners = corners - 0.5 if boolean("aligned", aligned) else corners
    rows, columns = np.zeros((len(boxes), ph, height)), np.zeros((len(boxes), pw, width))
    for k, (x1, y1, x2, y2) in enumerate(corners):
        least = -math.inf if aligned else 1.0
        rows[k] = bin_weights(y1, max(y2 - y1, least), ph, height, sampling_ratio)
        columns[k] = bin_weights(x1, max(x2 - x1, least), pw, width, sampling_ratio)
    rows, columns = rows.astype(x.dtype), columns.astype(x.dtype)
    # y[k] = rows[k] x[image of k] columns[k]ᵀ: resampling, with the matrices of this box
    y = rows[:, None] @ x[image] @ columns[:, None].swapaxes(2, 3)
    return y, RoiAlignCache(x.shape, image, rows, columns)


def roi_align_backward(dy: np.ndarray, cache: RoiAlignCache) -> np.ndarray:
    """Return the gradient of x; the boxes get none here (chapter 15, step 6).

    Args:
        dy: Upstream gradient, (R, C, PH, PW).
        cache: From roi_align_forward.

    Returns:
        dx, (N, C, H, W).
    """
    raise NotImplementedError("ch15: write roi_align_backward")


def nms(boxes: np.ndarray, scores: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return which boxes stay when each one suppresses those that overlap it and score less. Given; it calls box_iou.

    Args:
        boxes: (A, 4): x1, y1, x2, y2.
        scores: (A,).
        threshold: A box goes if its IoU with a better one that stays is above this.

    Returns:
        Their numbers, ints, the best score first.
    """
    order, kept = list(np.argsort(-scores, kind="stable")), []
    overlap = box_iou(boxes, boxes)
    while order:
        best = order.pop(0)
        kept.append(best)
        order = [k for k in order if overlap[best, k] <= threshold]
    return np.array(kept, int)


def average_precision(scores: np.ndarray, hits: np.ndarray, objects: int) -> float:
    """Return the area under precision against recall, of one class's detections. Given.

    At each detection, from the best score down: precision is the share of hits so far, and the largest precision at
    this recall or a higher one counts (all points, as in Pascal VOC 2010).

    Args:
        scores: (D,), of the detections.
        hits: (D,), whether each detection is a new object of its class.
        objects: How many objects there are.

    Returns:
        A number from 0 to 1; 0 where there are no objects.
    """
    right = np.asarray(hits, float)[np.argsort(-np.asarray(scores), kind="stable")]
    if not objects or not len(right):
        return 0.0
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    largest = np.maximum.accumulate(precision[::-1])[::-1]
    return float((largest * right).sum() / objects)


# The pieces.


def box_area(boxes: np.ndarray) -> np.ndarray:
    """Return the area of each box, (A,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def read_boxes(x, boxes, output_size, spatial_scale) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return each box's image, (R,), its corners on the map, (R, 4), and the bins, or refuse what does not fit."""
    image_array("x", x)
    if float_array("boxes", boxes, 2).shape[1] != 5:
        raise ValueError(f"boxes has shape {boxes.shape}; (R, 5) is needed: the image's number, x1, y1, x2, y2")
    if not np.isfinite(boxes).all():
        raise ValueError("boxes has entries that are not finite; numbers are needed")
    image = boxes[:, 0].astype(int)
    if len(boxes) and (image.min() < 0 or image.max() >= len(x)):
        raise ValueError(f"boxes are of images {image.min()} to {image.max()}; x has images 0 to {len(x) - 1}")
    scale = number_from_zero("spatial_scale", spatial_scale)
    return image, boxes[:, 1:].astype(np.float64) * scale, size_pair("output_size", output_size, 1)


def round_half_away(numbers: np.ndarray) -> np.ndarray:
    """Return the nearest whole numbers, of two equally near the one further from 0, as C's round does."""
    return (np.sign(numbers) * np.floor(np.abs(numbers) + 0.5)).astype(int)


def bins(start: int, end: int, count: int, cells: int) -> list[tuple[int, int]]:
    """Return first cell and end of each bin along one axis, cut off at the map."""
    size = max(end - start + 1, 1)
    edges = [(i * size // count + start, -(-(i + 1) * size // count) + start) for i in range(count)]
    return [(min(max(low, 0), cells), min(max(high, 0), cells)) for low, high in edges]


def bin_weights(start: float, size: float, count: int, cells: int, sampling_ratio: int) -> np.ndarray:
    """Return (count, cells): the mean weight of every cell of the map in every bin, along one axis."""
    samples = math.ceil(size / count) if sampling_ratio == -1 else sampling_ratio
    weights = np.zeros((count, cells))
    if samples < 1:
        return weights  # a box without size has no samples
    for i in range(count):
        for s in range(samples):
            at = start + (i + (s + 0.5) / samples) * size / count
            if -1 <= at <= cells:
                at = min(max(at, 0.0), cells - 1.0)
                low = min(int(at), cells - 1)
                weights[i, low] += (low + 1 - at) / samples
                weights[i, min(low + 1, cells - 1)] += (at - low) / samples
    return weights
