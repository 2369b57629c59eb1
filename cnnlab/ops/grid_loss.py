"""The loss of a detector that predicts one box in each cell of a grid (chapter 15).

The cell in which an object's centre lies answers for it. Its loss has a part for the box, one for objectness, and one
for the class; the cells without an object have the part for objectness alone.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.arguments import float_array, number_from_zero, real_number, same_shape


class YoloLossCache(NamedTuple):
    """What the backward pass needs: the arguments of the forward pass."""

    pred: np.ndarray  # (N, 5 + K, S, S)
    boxes: np.ndarray  # (N, 4, S, S)
    classes: np.ndarray  # (N, S, S)
    mask: np.ndarray  # (N, S, S), 1.0 in cells with an object and 0.0 elsewhere
    coord_weight: float
    noobj_weight: float


def yolo_loss_forward(
    pred: np.ndarray,
    boxes: np.ndarray,
    classes: np.ndarray,
    mask: np.ndarray,
    *,
    coord_weight: float = 5.0,
    noobj_weight: float = 0.5,
) -> tuple[np.ndarray, YoloLossCache]:
    """Return the loss of a detector that predicts one box in each cell of a grid (chapter 15, steps 8 to 11). Given.

    After Redmon, Divvala, Girshick and Farhadi (2016), with logits for objectness and classes. With m the mask and σ
    the sigmoid, the loss is the sum over all cells of all images, divided by N, of

        m * coord_weight * ((σ(px) - x)² + (σ(py) - y)² + (pw - √w)² + (ph - √h)²)
        + (m + noobj_weight * (1 - m)) * BCE(σ(po), m)  +  m * cross_entropy(class logits, class)

    Args:
        pred: (N, 5 + K, S, S): px, py, pw, ph, po and K class logits.
        boxes: (N, 4, S, S): x and y of the object's centre within its cell, from 0 to 1, and w and h as shares of the
            image; ignored in cells without an object.
        classes: (N, S, S), ints from 0 to K - 1; ignored in cells without an object.
        mask: (N, S, S), 1 in cells with an object and 0 elsewhere.
        coord_weight, noobj_weight: Numbers from 0 up.

    Returns:
        The loss, a scalar, and the cache for yolo_loss_backward.

    Raises:
        ValueError, TypeError: The arguments do not fit together.

    Example:
        >>> pred, cell = np.zeros((1, 6, 1, 1)), np.array([[[1]]])
        >>> boxes = np.array([0.5, 0.5, 0.25, 0.25]).reshape(1, 4, 1, 1)
        >>> loss, _ = yolo_loss_forward(pred, boxes, cell - 1, cell)
        >>> print(round(float(loss), 4))  # 5 * 2 * 0.5² + ln 2
        3.1931
    """
    m = _read_grid(pred, boxes, classes, mask)
    coord, noobj = number_from_zero("coord_weight", coord_weight), number_from_zero("noobj_weight", noobj_weight)
    cache = YoloLossCache(pred, boxes, classes, m, coord, noobj)
    offset, logit = box_offsets(cache), pred[:, 4]
    objectness = np.maximum(logit, 0) - logit * m + np.log1p(np.exp(-np.abs(logit)))
    log_p = pred[:, 5:] - log_sum_exp(pred[:, 5:])
    right = np.take_along_axis(log_p, np.where(m > 0, classes, 0)[:, None], axis=1)[:, 0]
    cells = m * coord * (offset**2).sum(axis=1) + (m + noobj * (1 - m)) * objectness - m * right
    return np.asarray(cells.sum() / len(pred), pred.dtype)[()], cache


def yolo_loss_backward(dy: float, cache: YoloLossCache) -> np.ndarray:
    """Return the gradient of pred (chapter 15, steps 9 to 11).

    Args:
        dy: Upstream gradient, a scalar; 1.0 at the end of a computation.
        cache: From yolo_loss_forward.

    Returns:
        dpred, (N, 5 + K, S, S).
    """
    raise NotImplementedError("ch15: write yolo_loss_backward")


# The pieces.


def log_sum_exp(logits: np.ndarray) -> np.ndarray:
    """Return the logarithm of the sum over axis 1 of exp(logits), which stays as an axis of 1."""
    largest = logits.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))


def box_offsets(cache: YoloLossCache) -> np.ndarray:
    """Return (N, 4, S, S): σ(px) - x, σ(py) - y, pw - √w, ph - √h, and 0 in cells without an object."""
    wanted = np.where(cache.mask[:, None] > 0, cache.boxes, 0)
    centre = sigmoid_forward(cache.pred[:, :2])[0] - wanted[:, :2]
    size = cache.pred[:, 2:4] - np.sqrt(wanted[:, 2:])
    return np.concatenate([centre, size], axis=1) * (cache.mask[:, None] > 0)


def _read_grid(pred, boxes, classes, mask) -> np.ndarray:
    """Return the mask in pred's dtype, or refuse what does not fit."""
    n, channels, *grid = float_array("pred", pred, 4).shape
    if channels < 6:
        raise ValueError(
            f"pred has {channels} channels; 5 + K with K from 1 up are needed: px, py, pw, ph, po, classes"
        )
    same_shape("boxes", float_array("boxes", boxes, 4), (n, 4, *grid), "x, y, w, h for each cell of pred")
    for name, value in (("classes", classes), ("mask", mask)):
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{name} is a {type(value).__name__}; a NumPy array is needed")
        same_shape(name, value, (n, *grid), "one for each cell of pred")
    if classes.dtype.kind not in "iu":
        raise TypeError(f"classes has dtype {classes.dtype}; ints are needed")
    if not np.isin(mask, (0, 1)).all():
        raise ValueError("mask has other entries than 0 and 1")
    there = mask.astype(bool)
    if there.any() and (classes[there].min() < 0 or classes[there].max() >= channels - 5):
        raise ValueError(f"classes has entries outside 0 to {channels - 6}, in cells with an object")
    if (boxes[:, 2:].min(axis=1) < 0)[there].any():
        raise ValueError("boxes has a width or height below 0, in a cell with an object")
    return there.astype(pred.dtype)
