"""Chapters 14 and 15: overlaps and RoI pooling: mistakes that must be caught, and right answers of another kind."""

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


@wrong("mean_iou", "dtype")
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


# --- roi_max_pool: a cell for every bin, with pieces to break -----------------------------------------------------


def roi_max(name, *codes, formula):
    def backward(dy, cache):
        return formula(dy, *cache)

    backward.__name__ = name
    (wrong("roi_max_pool_backward", *codes) if codes else right("roi_max_pool_backward"))(backward)


def winners_collect(
    dy,
    shape,
    image,
    winner,
    *,
    add=True,
    empty=lambda winner: winner < 0,
    move=lambda winner, shape: winner,
    of=lambda image, k: image[k],
    channel=lambda c: c,
):
    dx = np.zeros((*shape[:2], shape[2] * shape[3]), dy.dtype)
    for k, c, i, j in np.ndindex(*dy.shape):
        if not empty(winner[k, c, i, j]):
            at = of(image, k), channel(c), move(winner[k, channel(c), i, j], shape) % dx.shape[2]
            dx[at] = dx[at] * add + dy[k, c, i, j]
    return dx.reshape(shape)


def broken_winners(name, *codes, **broken):
    roi_max(name, *codes, formula=lambda *given: winners_collect(*given, **broken))


def last_box(dy, shape, image, winner):
    dx = np.zeros(shape, dy.dtype)
    one = [winners_collect(dy[[k]], shape, image[[k]], winner[[k]]) for k in range(len(dy))]
    dx[image] += np.array([part[image[k]] for k, part in enumerate(one)]).reshape(-1, *shape[1:])
    return dx


def by_bincount(dy, shape, image, winner):
    channels, cells = shape[1], shape[2] * shape[3]
    flat = (image[:, None, None, None] * channels + np.arange(channels)[:, None, None]) * cells + winner
    there = winner >= 0
    return np.bincount(flat[there], dy[there], np.prod(shape)).reshape(shape).astype(dy.dtype)


roi_max("winner_by_winner", formula=winners_collect)
roi_max("by_bincount", formula=by_bincount)
roi_max("sums_in_single_precision", formula=lambda d, *c: winners_collect(d.astype(np.float32), *c).astype(d.dtype))
broken_winners("overwritten", "accumulate", add=False)
roi_max("last_box_of_an_image", "accumulate", formula=last_box)
broken_winners("empty_to_the_last", "border", empty=lambda winner: False)
broken_winners("cell_0_left_out", "mask", empty=lambda winner: winner <= 0)
broken_winners("after_the_winner", "mask", "shift", move=lambda winner, shape: winner + 1)
broken_winners("before_the_winner", "mask", "shift", move=lambda winner, shape: winner - 1)
broken_winners("by_column", "geometry", move=lambda winner, shape: winner % shape[2] * shape[3] + winner // shape[2])
broken_winners(
    "divided_by_rows", "geometry", move=lambda winner, shape: winner // shape[2] * shape[3] + winner % shape[2]
)
broken_winners("image_of_its_number", "reduction", "raises", of=lambda image, k: k)
broken_winners("first_image", "reduction", of=lambda image, k: 0)
broken_winners("first_channel", "channel", "mask", channel=lambda c: 0)
roi_max("ones", "upstream", formula=lambda d, *c: winners_collect(np.ones_like(d), *c))
roi_max("half", "scale", formula=lambda d, *c: winners_collect(d / 2, *c))
roi_max("negative", "sign", formula=lambda d, *c: winners_collect(-d, *c))
roi_max("mirrored_map", "flip", "transpose", "geometry", formula=lambda d, *c: winners_collect(d, *c)[..., ::-1].copy())
roi_max("flat", "shape", formula=lambda d, *c: winners_collect(d, *c).reshape(*c[0][:2], -1))
roi_max("with_boxes", "structure", formula=lambda d, *c: (winners_collect(d, *c), None))
roi_max("whole_numbers", "dtype", formula=lambda d, *c: winners_collect(d, *c).astype(int))
roi_max(
    "mean_over_boxes",
    "scale",
    "reduction",
    "option",
    "accumulate",
    "raises",
    None,
    formula=lambda d, *c: winners_collect(d, *c) / len(d),
)


@wrong("roi_max_pool_backward", "mutation")
def changes_the_winners(dy, cache):
    dx = winners_collect(dy, *cache)
    cache.winner[:] = 0
    return dx


# --- roi_align: the weights of rows and columns, with pieces to break ---------------------------------------------


def roi_align(name, *codes, formula):
    def backward(dy, cache):
        return formula(dy, *cache)

    backward.__name__ = name
    (wrong("roi_align_backward", *codes) if codes else right("roi_align_backward"))(backward)


def boxes_collect(dy, shape, image, rows, columns, *, of=lambda image, k: image[k], keep=np.add):
    dx = np.zeros(shape, dy.dtype)
    for k in range(len(dy)):
        at = of(image, k)
        dx[at] = keep(dx[at], rows[k].T @ dy[k] @ columns[k])
    return dx


def cells_collect(dy, shape, image, rows, columns, *, add=True, weigh=lambda weight: weight):
    """dx, bin by bin and cell by cell."""
    dx = np.zeros(shape, dy.dtype)
    for k, i, j in np.ndindex(len(dy), *dy.shape[2:]):
        for a in np.flatnonzero(rows[k, i]):
            for e in np.flatnonzero(columns[k, j]):
                cell = dx[image[k], :, a, e]
                dx[image[k], :, a, e] = cell * add + weigh(rows[k, i, a] * columns[k, j, e]) * dy[k, :, i, j]
    return dx


def plain_index(dy, shape, image, rows, columns):
    dx = np.zeros(shape, dy.dtype)
    dx[image] += rows[:, None].swapaxes(2, 3) @ dy @ columns[:, None]
    return dx


def by_einsum(dy, shape, image, rows, columns):
    chosen = (image == np.arange(shape[0])[:, None]).astype(dy.dtype)
    return np.einsum("nk,kih,kjw,kcij->nchw", chosen, rows, columns, dy)


def in_single(dy, shape, image, rows, columns):
    return boxes_collect(
        dy.astype(np.float32), shape, image, rows.astype(np.float32), columns.astype(np.float32)
    ).astype(dy.dtype)


roi_align("box_by_box", formula=boxes_collect)
roi_align("cell_after_cell", formula=cells_collect)
roi_align("one_einsum", formula=by_einsum)
roi_align("computed_in_float32", formula=in_single)
roi_align("plain_index", "accumulate", formula=plain_index)
roi_align("last_box_kept", "accumulate", formula=lambda *g: boxes_collect(*g, keep=lambda so_far, part: part))
roi_align("last_bin_kept", "accumulate", formula=lambda *g: cells_collect(*g, add=False))
roi_align("weights_twice", "formula", formula=lambda *g: cells_collect(*g, weigh=np.square))
roi_align("without_weights", "formula", formula=lambda *g: cells_collect(*g, weigh=lambda weight: 1))
roi_align(
    "roots_of_weights", None, "formula", "border", "geometry", formula=lambda *g: cells_collect(*g, weigh=np.sqrt)
)
roi_align("image_0", "reduction", formula=lambda *g: boxes_collect(*g, of=lambda image, k: 0))
roi_align("image_k", "reduction", "raises", formula=lambda *g: boxes_collect(*g, of=lambda image, k: k))
roi_align("sign_of_dy", "sign", formula=lambda d, *c: -boxes_collect(d, *c))
roi_align("doubled", "scale", formula=lambda d, *c: 2 * boxes_collect(d, *c))
roi_align("dy_of_ones", "upstream", formula=lambda d, *c: boxes_collect(np.ones_like(d), *c))
roi_align("mean_dy", "upstream", formula=lambda d, *c: boxes_collect(np.full_like(d, d.mean() if d.size else 0), *c))
roi_align("by_boxes", "shape", formula=lambda d, s, i, r, c: r[:, None].swapaxes(2, 3) @ d @ c[:, None])
roi_align("rows_from_below", "flip", formula=lambda *g: boxes_collect(*g)[:, :, ::-1].copy())
roi_align("rounded", "dtype", formula=lambda *g: boxes_collect(*g).astype(int))
roi_align("and_boxes", "structure", formula=lambda *g: (boxes_collect(*g), None))
roi_align(
    "channels_summed",
    "channel",
    "reduction",
    formula=lambda *g: np.repeat(boxes_collect(*g).sum(1, keepdims=True), g[1][1], 1),
)
roi_align(
    *("mean_of_bins", "formula", "scale", "geometry"),
    formula=lambda d, s, i, r, c: boxes_collect(d, s, i, r / np.maximum(r.sum(1, keepdims=True), 1e-9), c),
)
roi_align(
    *("strongest_cell", "formula", "geometry", None),
    formula=lambda d, s, i, r, c: boxes_collect(d, s, i, np.eye(s[2])[r.argmax(2)], np.eye(s[3])[c.argmax(2)]),
)
roi_align(
    *("rows_and_columns_exchanged", "raises", "transpose", "geometry", "shape"),
    formula=lambda d, s, i, r, c: boxes_collect(d.swapaxes(2, 3), s, i, r, c),
)


@wrong("roi_align_backward", "mutation")
def scales_dy(dy, cache):
    dy *= 0.5
    return 2 * boxes_collect(dy, *cache)
