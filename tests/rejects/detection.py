"""Chapters 14 and 15: overlaps of boxes and of maps: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong

# --- box_iou: all pairs, with pieces to break ---------------------------------------------------------------------


def overlap(
    a, b, *, clamp=lambda size: np.maximum(size, 0), extra=0.0, union=lambda i, x, y: x + y - i, order=(0, 1, 2, 3)
):
    a, b = a[:, list(order)], b[:, list(order)]
    low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    both = clamp(high - low + extra).prod(-1)
    area_a, area_b = ((boxes[:, 2:] - boxes[:, :2] + extra).prod(-1) for boxes in (a, b))
    whole = union(both, area_a[:, None], area_b[None])
    return np.divide(both, whole, out=np.zeros_like(both), where=whole != 0)


def boxes_as(name, *codes, after=lambda iou: iou, **how):
    def box_iou(a, b):
        return after(overlap(a, b, **how))

    box_iou.__name__ = name
    (wrong("box_iou", *codes) if codes else right("box_iou"))(box_iou)


boxes_as("all_pairs")
boxes_as("not_clamped", "formula", clamp=lambda size: size)
boxes_as("absolute_lengths", "formula", clamp=np.abs)
boxes_as("product_clamped", "formula", clamp=lambda size: np.maximum(size.prod(-1, keepdims=True), 0))
boxes_as("union_with_both", "formula", union=lambda i, x, y: x + y)
boxes_as("dice", "formula", union=lambda i, x, y: (x + y) / 2)
boxes_as("what_one_covers", "formula", union=lambda i, x, y: x + y - 2 * i)
boxes_as("over_a", "formula", union=lambda i, x, y: x + 0 * y)
boxes_as("over_b", "formula", union=lambda i, x, y: y + 0 * x)
boxes_as("over_the_smaller", "formula", union=lambda i, x, y: np.minimum(x, y))
boxes_as("over_the_larger", "formula", union=lambda i, x, y: np.maximum(x, y))
boxes_as("one_more", "formula", extra=1.0)
boxes_as("x_before_y", "formula", order=(0, 2, 1, 3))
boxes_as("distance", "formula", after=lambda iou: 1 - iou)
boxes_as("rows_of_b", "transpose", "shape", after=lambda iou: iou.T)
boxes_as("epsilon", "precision", union=lambda i, x, y: x + y - i + 1e-6)
boxes_as("percent", "scale", after=lambda iou: 100 * iou)
boxes_as("pairs_alone", "shape", after=lambda iou: np.diagonal(iou).copy())
boxes_as("in_half_precision", "dtype", after=lambda iou: iou.astype(np.float16))
boxes_as("with_the_union", "structure", after=lambda iou: (iou, iou))


@wrong("box_iou", "formula")
def sizes_and_not_corners(a, b):
    a, b = (np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1) for boxes in (a, b))
    return overlap(a, b)


@wrong("box_iou", "kink", "stability", "formula")
def divides_by_zero(a, b):
    low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    both = np.maximum(high - low, 0).prod(-1)
    with np.errstate(all="ignore"):
        return both / ((a[:, 2:] - a[:, :2]).prod(-1)[:, None] + (b[:, 2:] - b[:, :2]).prod(-1) - both)


@wrong("box_iou", "raises", "geometry", "shape")
def first_axis_not_widened(a, b):
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    return np.maximum(high - low, 0).prod(-1)[:, None] + np.zeros((len(a), len(b)))


@wrong("box_iou", "mutation")
def areas_into_a(a, b):
    found = overlap(a, b)
    a[:, 2:] -= a[:, :2]
    return found


@right("box_iou")
def box_by_box(a, b):
    found = np.zeros((len(a), len(b)))
    for i, (x1, y1, x2, y2) in enumerate(a.astype(float)):
        for j, (u1, v1, u2, v2) in enumerate(b.astype(float)):
            width, height = min(x2, u2) - max(x1, u1), min(y2, v2) - max(y1, v1)
            if width > 0 and height > 0:
                both = width * height
                found[i, j] = both / ((x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - both)
    return found.astype(a.dtype)


@right("box_iou")
def boxes_in_single_precision(a, b):
    return overlap(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)


# --- mean_iou: three counts of each class, with pieces to break ---------------------------------------------------


def maps_as(name, *codes, formula):
    """formula: of the cells of each class in both maps, in the prediction and in the target."""

    def mean_iou(pred, target, classes):
        both = np.array([np.sum((pred == k) & (target == k)) for k in range(classes)])
        said, there = (np.array([np.sum(m == k) for k in range(classes)]) for m in (pred, target))
        if not pred.size:
            raise ValueError("no cells")
        with np.errstate(all="ignore"):
            return float(formula(both, said, there))

    mean_iou.__name__ = name
    (wrong("mean_iou", *codes) if codes else right("mean_iou"))(mean_iou)


def ratio(both, whole, of=None):
    there = (whole if of is None else of) > 0
    return np.mean(both[there] / whole[there])


maps_as("by_counts", formula=lambda i, p, t: ratio(i, p + t - i))
maps_as("nanmean", formula=lambda i, p, t: np.nanmean(i / (p + t - i)))
maps_as("absent_as_0", "formula", formula=lambda i, p, t: np.mean(i / np.maximum(p + t - i, 1)))
maps_as("absent_as_1", "formula", formula=lambda i, p, t: np.mean(np.where(p + t > 0, i / (p + t - i), 1)))
maps_as("accuracy", "formula", formula=lambda i, p, t: i.sum() / t.sum())
maps_as("recall", "formula", formula=lambda i, p, t: np.nanmean(i / t))
maps_as("found_over_said", "formula", formula=lambda i, p, t: np.nanmean(i / p))
maps_as("mean_dice", "formula", formula=lambda i, p, t: ratio(2 * i, p + t))
maps_as("sum_of_counts", "formula", "scale", formula=lambda i, p, t: ratio(i, p + t))
maps_as("sums_first", "formula", formula=lambda i, p, t: i.sum() / (p + t - i).sum())
maps_as("classes_of_target", "formula", formula=lambda i, p, t: ratio(i, p + t - i, t))
maps_as("classes_of_prediction", "formula", formula=lambda i, p, t: ratio(i, p + t - i, p))
maps_as("without_background", "formula", "raises", "stability", formula=lambda i, p, t: ratio(i[1:], (p + t - i)[1:]))
maps_as("weighted", "formula", formula=lambda i, p, t: np.nansum(t * i / (p + t - i)) / t.sum())
maps_as("percentage", "scale", formula=lambda i, p, t: 100 * ratio(i, p + t - i))


@wrong("mean_iou", "reduction")
def image_by_image(pred, target, classes):
    if not pred.size:
        raise ValueError("no cells")
    each = []
    for p, t in zip(pred, target, strict=True):
        ratios = [
            np.sum((p == k) & (t == k)) / np.sum((p == k) | (t == k))
            for k in range(classes)
            if ((p == k) | (t == k)).any()
        ]
        each.append(np.mean(ratios))
    return float(np.mean(each))


@wrong("mean_iou", "structure")
def nothing_is_nan(pred, target, classes):
    with np.errstate(all="ignore"):
        both, whole = (
            np.array([np.sum(f(pred == k, target == k)) for k in range(classes)])
            for f in (np.logical_and, np.logical_or)
        )
        return float(np.nanmean(both / whole)) if pred.size else float("nan")


@wrong("mean_iou", "dtype", None)
def few_bits(pred, target, classes):
    """classes * target overflows in uint8."""
    if not pred.size:
        raise ValueError("no cells")
    table = np.bincount((classes * target + pred).ravel(), minlength=classes**2)[: classes**2].reshape(classes, classes)
    both, whole = np.diag(table), table.sum(0) + table.sum(1) - np.diag(table)
    return float((both[whole > 0] / whole[whole > 0]).mean())


@wrong("mean_iou", "shape")
def of_each_class(pred, target, classes):
    if not pred.size:
        raise ValueError("no cells")
    return np.array(
        [np.sum((pred == k) & (target == k)) / max(np.sum((pred == k) | (target == k)), 1) for k in range(classes)]
    )


@right("mean_iou")
def by_a_table(pred, target, classes):
    table = np.zeros((classes, classes), int)
    np.add.at(table, (target.ravel(), pred.ravel()), 1)
    both, whole = np.diag(table), table.sum(0) + table.sum(1) - np.diag(table)
    if not whole.any():
        raise ValueError("there is nothing to average")
    return (both[whole > 0] / whole[whole > 0]).mean()


@right("mean_iou")
def cell_by_cell(pred, target, classes):
    both, whole = [0] * classes, [0] * classes
    for p, t in zip(pred.ravel().tolist(), target.ravel().tolist(), strict=True):
        both[t] += p == t
        whole[t] += 1
        whole[p] += p != t
    ratios = [i / u for i, u in zip(both, whole, strict=True) if u]
    if not ratios:
        raise ValueError("there is nothing to average")
    return sum(ratios) / len(ratios)
