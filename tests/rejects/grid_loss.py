"""Chapter 15: the loss of a detector: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def softmax(x, axis=1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def derive(
    dy,
    cache,
    *,
    slope=lambda s: s * (1 - s),
    root=np.sqrt,
    two=2,
    box_mask=lambda m: m,
    class_mask=lambda m: m,
    weight=lambda m, noobj: m + noobj * (1 - m),
    coord=lambda c: c,
    objectness=lambda p, m: sigmoid(p) - m,
    classes=lambda p, t: softmax(p) - t,
    n=lambda m: len(m),
    squash=sigmoid,
):
    pred, boxes, numbers, m, coord_weight, noobj_weight = cache
    boxes = np.where(m[:, None] > 0, boxes, 0)
    one_hot = (np.arange(pred.shape[1] - 5)[:, None, None] == numbers[:, None]) * 1.0
    d = np.zeros_like(pred)
    s = squash(pred[:, :2])
    with np.errstate(all="ignore"):
        d[:, :2] = box_mask(m[:, None]) * coord(coord_weight) * two * (s - boxes[:, :2]) * slope(s)
        d[:, 2:4] = box_mask(m[:, None]) * coord(coord_weight) * two * (pred[:, 2:4] - root(boxes[:, 2:]))
        d[:, 4] = weight(m, noobj_weight) * objectness(pred[:, 4], m)
        d[:, 5:] = class_mask(m[:, None]) * classes(pred[:, 5:], one_hot)
    return d * np.asarray(dy / n(m), pred.dtype)


def loss_as(name, *codes, **broken):
    def backward(dy, cache):
        return derive(dy, cache, **broken)

    backward.__name__ = name
    (wrong("yolo_loss_backward", *codes) if codes else right("yolo_loss_backward"))(backward)


ONES = np.ones_like

loss_as("by_parts")
loss_as("box_without_mask", "mask", box_mask=ONES)
loss_as("classes_without_mask", "mask", class_mask=ONES)
loss_as("neither_masked", "mask", box_mask=ONES, class_mask=ONES)
loss_as("object_cells_alone", "mask", "formula", weight=lambda m, noobj: m)
loss_as("no_noobj_weight", "formula", weight=lambda m, noobj: ONES(m))
loss_as("noobj_weight_everywhere", "formula", weight=lambda m, noobj: noobj + 0 * m)
loss_as("noobj_weight_at_objects", "formula", weight=lambda m, noobj: noobj * m + 1 - m)
loss_as("no_coord_weight", "formula", coord=lambda c: 1.0)
loss_as("no_root", "formula", root=lambda w: w)
loss_as("no_slope_of_sigmoid", "formula", slope=ONES)
loss_as("no_sigmoid_at_all", "formula", slope=ONES, squash=lambda p: p)
loss_as("no_two", "scale", two=1)
loss_as("not_averaged", "scale", n=lambda m: 1)
loss_as("averaged_over_cells", "scale", n=lambda m: m.size)
loss_as("averaged_over_objects", "scale", n=lambda m: max(m.sum(), 1))
loss_as("slope_of_objectness", "formula", objectness=lambda p, m: (sigmoid(p) - m) * sigmoid(p) * (1 - sigmoid(p)))
loss_as("square_of_objectness", "formula", objectness=lambda p, m: 2 * (sigmoid(p) - m) * sigmoid(p) * (1 - sigmoid(p)))
loss_as("logit_of_objectness", "formula", objectness=lambda p, m: p - m)
loss_as("one_hot_forgotten", "formula", classes=lambda p, t: softmax(p))
loss_as("sigmoid_of_classes", "formula", classes=lambda p, t: sigmoid(p) - t)
loss_as("softmax_over_images", "reduction", classes=lambda p, t: softmax(p, 0) - t)
loss_as("coord_weight_on_classes", "formula", class_mask=lambda m: 5.0 * m)
loss_as("sign_of_objectness", "sign", "formula", objectness=lambda p, m: m - sigmoid(p))
loss_as("no_box", "formula", "mask", box_mask=lambda m: 0 * m)
loss_as("no_classes", "formula", "mask", class_mask=lambda m: 0 * m)


@wrong("yolo_loss_backward", "formula")
def sizes_as_squares(dy, cache):
    d = derive(dy, cache)
    pred, boxes, _, m, coord, _ = cache
    w = np.where(m[:, None] > 0, boxes[:, 2:], 0)
    d[:, 2:4] = m[:, None] * coord * 4 * (pred[:, 2:4] ** 2 - w) * pred[:, 2:4] * np.asarray(dy / len(m), pred.dtype)
    return d


@wrong("yolo_loss_backward", "upstream")
def without_dy(dy, cache):
    return derive(1.0, cache)


@wrong("yolo_loss_backward", "sign")
def uphill(dy, cache):
    return -derive(dy, cache)


@wrong("yolo_loss_backward", "stability")
def overflows(dy, cache):
    with np.errstate(all="ignore"):
        return derive(dy, cache, classes=lambda p, t: np.exp(p) / np.exp(p).sum(1, keepdims=True) - t)


@wrong("yolo_loss_backward", "stability", "formula")
def mask_times_nan(dy, cache):
    d = derive(dy, cache)
    pred, boxes, _, m, coord, _ = cache
    with np.errstate(all="ignore"):
        d[:, 2:4] = (
            2 * coord * m[:, None] * (pred[:, 2:4] - np.sqrt(boxes[:, 2:])) * np.asarray(dy / len(m), pred.dtype)
        )
    return d


@wrong("yolo_loss_backward", "structure")
def parts_apart(dy, cache):
    d = derive(dy, cache)
    return d[:, :4].copy(), d[:, 4].copy(), d[:, 5:].copy()


@wrong("yolo_loss_backward", "shape")
def last_axis(dy, cache):
    return np.moveaxis(derive(dy, cache), 1, 3).copy()


@wrong("yolo_loss_backward", "dtype")
def whole(dy, cache):
    return derive(dy, cache).astype(int)


@wrong("yolo_loss_backward", "mutation")
def into_pred(dy, cache):
    cache.pred[:] = derive(dy, cache)
    return cache.pred.copy()


@right("yolo_loss_backward")
def cell_by_cell(dy, cache):
    pred, boxes, numbers, m, coord, noobj = cache
    d = np.zeros(pred.shape)
    for n, i, j in np.ndindex(*m.shape):
        p = pred[n, :, i, j].astype(float)
        s = sigmoid(p)
        d[n, 4, i, j] = s[4] - 1 if m[n, i, j] else noobj * s[4]
        if m[n, i, j]:
            x, y, w, h = boxes[n, :, i, j].astype(float)
            d[n, 0, i, j] = 2 * coord * (s[0] - x) * s[0] * (1 - s[0])
            d[n, 1, i, j] = 2 * coord * (s[1] - y) * s[1] * (1 - s[1])
            d[n, 2, i, j] = 2 * coord * (p[2] - w**0.5)
            d[n, 3, i, j] = 2 * coord * (p[3] - h**0.5)
            d[n, 5:, i, j] = softmax(p[5:], 0)
            d[n, 5 + numbers[n, i, j], i, j] -= 1
    return (d * float(dy) / len(pred)).astype(pred.dtype)


@right("yolo_loss_backward")
def in_float32(dy, cache):
    small = cache._replace(pred=cache.pred.astype(np.float32), boxes=cache.boxes.astype(np.float32))
    return derive(np.float32(dy), small).astype(cache.pred.dtype)
