"""The reference overlaps and RoI pooling: PyTorch's numbers over many sizes, the contract, and clear errors."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_keeps_contract, solution

DETECTION = solution("detection")


def draw_boxes(rng, count, scale=1.0):
    low = rng.uniform(-3, 3, (count, 2))
    return scale * np.concatenate([low, low + rng.uniform(0, 4, (count, 2))], axis=1)


# box_iou


def compute_iou_with_torch(a, b):
    """torchvision.ops.box_iou, line by line."""
    a, b = torch.tensor(a), torch.tensor(b)
    low, high = torch.max(a[:, None, :2], b[:, :2]), torch.min(a[:, None, 2:], b[:, 2:])
    size = (high - low).clamp(min=0)
    both = size[:, :, 0] * size[:, :, 1]
    areas = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (a, b)]
    return (both / (areas[0][:, None] + areas[1] - both)).numpy()


def test_box_iou_agrees_with_torch_at_random_boxes():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (draw_boxes(rng, rng.integers(1, 9), 10.0 ** rng.integers(-9, 9)) for _ in "ab")
        np.testing.assert_allclose(DETECTION.box_iou(a, b), compute_iou_with_torch(a, b), rtol=1e-10, atol=1e-15)


def test_box_iou_is_exact_where_it_is_known():
    box = np.array([[1.0, 2.0, 4.0, 7.0]])
    assert DETECTION.box_iou(box, box) == 1
    assert DETECTION.box_iou(box, box + np.array([3, 0, 3, 0])) == 0  # they touch
    assert DETECTION.box_iou(box[:, [0, 1, 0, 1]], box[:, [0, 1, 0, 1]]) == 0  # both are a point
    assert DETECTION.box_iou(np.zeros((0, 4)), box).shape == (0, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_box_iou_keeps_the_dtype_and_its_arguments(dtype):
    a, b = (draw_boxes(np.random.default_rng(seed), 5).astype(dtype) for seed in range(2))
    a.flags.writeable = b.flags.writeable = False
    found = DETECTION.box_iou(a, b)
    assert found.dtype == dtype
    assert not np.may_share_memory(found, a)


@pytest.mark.parametrize("a", [np.zeros(4), np.zeros((2, 4), int), [[0.0, 0.0, 1.0, 1.0]]], ids=str)
def test_box_iou_refuses_what_is_no_list_of_boxes(a):
    with pytest.raises((TypeError, ValueError), match="a "):
        DETECTION.box_iou(a, np.zeros((1, 4)))


# mean_iou


def compute_mean_with_torch(pred, target, classes):
    """The mean of the ratios of a table of confusions, which may have classes that do not occur."""
    pairs = torch.tensor(classes * target + pred).ravel()
    table = torch.bincount(pairs, minlength=classes**2).reshape(classes, classes).double()
    return (table.diag() / (table.sum(0) + table.sum(1) - table.diag())).nanmean().item()


def test_mean_iou_agrees_with_torch_at_random_maps():
    rng = np.random.default_rng(0)
    for _ in range(50):
        classes = int(rng.integers(1, 7))
        shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
        pred, target = rng.integers(0, classes, (2, *shape))
        found = DETECTION.mean_iou(pred, target, classes)
        assert isinstance(found, float)
        np.testing.assert_allclose(found, compute_mean_with_torch(pred, target, classes), rtol=1e-10)


def test_mean_iou_counts_over_the_batch():
    pred, target = np.array([[0, 0], [0, 1]]), np.array([[0, 0], [1, 1]])
    assert DETECTION.mean_iou(pred, target, 2) == (2 / 3 + 1 / 2) / 2
    assert DETECTION.mean_iou(pred, target, 5) == (2 / 3 + 1 / 2) / 2  # classes that are in neither map do not count


def test_mean_iou_refuses_maps_without_a_class():
    with pytest.raises(ValueError, match="nothing to average"):
        DETECTION.mean_iou(np.zeros((2, 0), int), np.zeros((2, 0), int), 3)
    with pytest.raises(ValueError, match="from 0 to 1"):
        DETECTION.mean_iou(np.array([255]), np.array([255]), 2)


# RoI pooling: loops over bins and samples, in PyTorch


def round_half_away(number):
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


def pool_with_torch(x, boxes, size, scale):
    """torchvision.ops.roi_pool, bin by bin."""
    found, (height, width) = [], x.shape[2:]
    for image, *corners in boxes.tolist():
        x1, y1, x2, y2 = (round_half_away(corner * scale) for corner in corners)
        h, w = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        for i, j in np.ndindex(*size):
            top, bottom = math.floor(i * h / size[0]) + y1, math.ceil((i + 1) * h / size[0]) + y1
            left, right = math.floor(j * w / size[1]) + x1, math.ceil((j + 1) * w / size[1]) + x1
            cells = x[
                int(image), :, max(top, 0) : max(min(bottom, height), 0), max(left, 0) : max(min(right, width), 0)
            ]
            found.append(cells.amax((1, 2)) if 0 not in cells.shape else 0 * x.sum((0, 2, 3)))
    return torch.stack(found).reshape(len(boxes), *size, -1).permute(0, 3, 1, 2)


def read_between_cells(image, y, x):
    """The value of a map, (C, H, W), between its cells; 0 more than one cell beyond them."""
    height, width = image.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0 * image.sum((1, 2))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = (1 - x + left) * image[:, top, left] + (x - left) * image[:, top, right]
    lower = (1 - x + left) * image[:, bottom, left] + (x - left) * image[:, bottom, right]
    return (1 - y + top) * upper + (y - top) * lower


def align_with_torch(x, boxes, size, scale, ratio, aligned):
    """torchvision.ops.roi_align, sample by sample."""
    found = []
    for image, *corners in boxes.tolist():
        x1, y1, x2, y2 = (corner * scale - 0.5 * aligned for corner in corners)
        extent = [y2 - y1, x2 - x1] if aligned else [max(y2 - y1, 1), max(x2 - x1, 1)]
        step = [e / s for e, s in zip(extent, size, strict=True)]
        counts = [max(math.ceil(s), 0) if ratio == -1 else ratio for s in step]
        for i, j in np.ndindex(*size):
            samples = [
                read_between_cells(
                    x[int(image)],
                    y1 + step[0] * (i + (u + 0.5) / counts[0]),
                    x1 + step[1] * (j + (v + 0.5) / counts[1]),
                )
                for u, v in np.ndindex(*counts)
            ]
            found.append(torch.stack(samples).mean(0) if samples else 0 * x.sum((0, 2, 3)))
    return torch.stack(found).reshape(len(boxes), *size, -1).permute(0, 3, 1, 2)


def draw_pooling(rng):
    """x, boxes of which some end halfway between cells or beyond the map, output size and scale."""
    x = rng.standard_normal((rng.integers(1, 4), rng.integers(1, 3), *rng.integers(1, 7, 2)))
    count, scale = int(rng.integers(1, 4)), float(rng.choice([1.0, 0.5, 0.25]))
    low = rng.uniform(-3, 8, (count, 2))
    corners = np.concatenate([low, low + rng.uniform(-1, 6, (count, 2))], axis=1)
    corners = np.round(2 * corners) / 2 if rng.random() < 0.4 else corners
    boxes = np.concatenate([rng.integers(0, len(x), (count, 1)), corners / scale], axis=1)
    return x, boxes, tuple(int(n) for n in rng.integers(1, 4, 2)), scale


def assert_same(name, x, boxes, theirs, **options):
    """y and dx are those of theirs(x as a tensor)."""
    y, cache = getattr(DETECTION, f"{name}_forward")(x, boxes, **options)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor)
    np.testing.assert_allclose(y, expected.detach(), atol=1e-10, rtol=0)
    [dx] = torch.autograd.grad(expected, tensor, torch.tensor(dy))
    np.testing.assert_allclose(getattr(DETECTION, f"{name}_backward")(dy, cache), dx, atol=1e-10, rtol=0)


def test_roi_max_pool_agrees_with_torch_at_random_boxes():
    rng = np.random.default_rng(0)
    for _ in range(80):
        x, boxes, size, scale = draw_pooling(rng)
        theirs = partial(pool_with_torch, boxes=boxes, size=size, scale=scale)
        assert_same("roi_max_pool", x, boxes, theirs, output_size=size, spatial_scale=scale)


def test_roi_align_agrees_with_torch_at_random_boxes():
    rng = np.random.default_rng(0)
    for _ in range(60):
        x, boxes, size, scale = draw_pooling(rng)
        ratio, aligned = int(rng.choice([-1, 1, 2])), bool(rng.integers(2))
        theirs = partial(align_with_torch, boxes=boxes, size=size, scale=scale, ratio=ratio, aligned=aligned)
        how = {"output_size": size, "spatial_scale": scale, "sampling_ratio": ratio, "aligned": aligned}
        assert_same("roi_align", x, boxes, theirs, **how)


BOXES = np.array([[0.0, 0.0, 0.0, 3.0, 3.0], [1.0, 1.0, 1.0, 4.0, 4.0], [0.0, 9.0, 9.0, 12.0, 12.0]])


@pytest.mark.parametrize("name", ["roi_max_pool", "roi_align"])
def test_roi_pooling_keeps_the_contract(name):
    forward, backward = (getattr(DETECTION, f"{name}_{way}") for way in ("forward", "backward"))

    def of_x(x, **options):
        return forward(x, BOXES.astype(x.dtype), **options)

    assert_keeps_contract(of_x, backward, np.random.default_rng(0).standard_normal((2, 3, 5, 4)), output_size=(2, 3))


@pytest.mark.parametrize("name", ["roi_max_pool", "roi_align"])
@pytest.mark.parametrize(
    ("boxes", "options", "error", "words"),
    [
        (BOXES[:, :4], {"output_size": 2}, ValueError, "the image's number, x1, y1, x2, y2"),
        (BOXES.astype(int), {"output_size": 2}, TypeError, "boxes"),
        (BOXES + np.array([5, 0, 0, 0, 0]), {"output_size": 2}, ValueError, "x has images 0 to 1"),
        (BOXES * np.nan, {"output_size": 2}, ValueError, "not finite"),
        (BOXES, {"output_size": 0}, ValueError, "output_size"),
        (BOXES, {"output_size": 2, "spatial_scale": -1.0}, ValueError, "spatial_scale"),
    ],
    ids=str,
)
def test_roi_pooling_refuses_what_does_not_fit(name, boxes, options, error, words):
    with pytest.raises(error, match=words):
        getattr(DETECTION, f"{name}_forward")(np.ones((2, 1, 5, 5)), boxes, **options)


@pytest.mark.parametrize("name", ["roi_max_pool", "roi_align"])
def test_a_wrong_upstream_gradient_has_a_clear_error(name):
    _, cache = getattr(DETECTION, f"{name}_forward")(np.ones((2, 1, 5, 5)), BOXES, output_size=2)
    with pytest.raises(ValueError, match="shape of y"):
        getattr(DETECTION, f"{name}_backward")(np.ones((2, 1, 5, 5)), cache)
