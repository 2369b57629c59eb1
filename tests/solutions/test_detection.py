"""The reference overlaps: PyTorch's numbers over many sizes, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import solution

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
    assert DETECTION.box_iou(box, box + [3, 0, 3, 0]) == 0  # they touch
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
