"""The reference grid loss: PyTorch's numbers at random grids, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

GRID_LOSS = solution("grid_loss")


def compute_with_torch(pred, boxes, classes, mask, coord=5.0, noobj=0.5):
    """The loss as its docstring has it, by PyTorch's own losses."""
    functional, m = torch.nn.functional, torch.tensor(mask).to(pred.dtype)
    boxes, classes = torch.tensor(boxes), torch.tensor(classes)
    wanted = [boxes[:, 0], boxes[:, 1], boxes[:, 2].sqrt(), boxes[:, 3].sqrt()]
    given = [pred[:, 0].sigmoid(), pred[:, 1].sigmoid(), pred[:, 2], pred[:, 3]]
    box = sum((p - w) ** 2 for p, w in zip(given, wanted, strict=True))
    objectness = functional.binary_cross_entropy_with_logits(pred[:, 4], m, reduction="none")
    right = functional.cross_entropy(pred[:, 5:], classes, reduction="none")
    return (m * coord * box + (m + noobj * (1 - m)) * objectness + m * right).sum() / len(pred)


def draw_targets(rng, n, classes, grid):
    return rng.random((n, 4, *grid)), rng.integers(0, classes, (n, *grid)), rng.integers(0, 2, (n, *grid))


def make_pair(targets, **weights):
    """Forward and backward as functions of pred alone."""

    def forward(pred, **options):
        boxes, classes, mask = targets
        return GRID_LOSS.yolo_loss_forward(pred, boxes.astype(pred.dtype), classes, mask, **options, **weights)

    return forward, GRID_LOSS.yolo_loss_backward


def test_yolo_loss_agrees_with_torch_at_random_grids():
    rng = np.random.default_rng(0)
    for _ in range(80):
        n, classes, *grid = (int(k) for k in rng.integers(1, 4, 4))
        targets = draw_targets(rng, n, classes, grid)
        coord, noobj = float(rng.uniform(0, 6)), float(rng.uniform(0, 2))
        pred = 3 * rng.standard_normal((n, 5 + classes, *grid))
        forward, backward = make_pair(targets, coord_weight=coord, noobj_weight=noobj)
        assert_agrees(forward, backward, lambda t, g=(*targets, coord, noobj): compute_with_torch(t, *g), pred)


def test_yolo_loss_keeps_the_contract():
    rng = np.random.default_rng(0)
    assert_keeps_contract(*make_pair(draw_targets(rng, 2, 3, (2, 2))), rng.standard_normal((2, 8, 2, 2)))


def test_cells_without_an_object_ignore_their_box_and_class():
    rng = np.random.default_rng(0)
    pred, (boxes, classes, mask) = rng.standard_normal((2, 8, 2, 2)), draw_targets(rng, 2, 3, (2, 2))
    filled = np.where(mask[:, None] == 1, boxes, np.nan), np.where(mask == 1, classes, -1)
    (loss, cache), (other, other_cache) = (
        GRID_LOSS.yolo_loss_forward(pred, *targets, mask) for targets in ((boxes, classes), filled)
    )
    assert loss == other
    gradients = (GRID_LOSS.yolo_loss_backward(1.0, c) for c in (cache, other_cache))
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"pred": np.zeros((1, 5, 2, 2))}, ValueError, "5 \\+ K"),
        ({"boxes": np.zeros((1, 5, 2, 2))}, ValueError, "boxes"),
        ({"boxes": -np.ones((1, 4, 2, 2))}, ValueError, "below 0"),
        ({"classes": np.zeros((1, 2, 2))}, TypeError, "ints are needed"),
        ({"classes": np.full((1, 2, 2), 3)}, ValueError, "outside 0 to 2"),
        ({"mask": np.full((1, 2, 2), 2)}, ValueError, "other entries than 0 and 1"),
        ({"mask": [[[1, 1], [1, 1]]]}, TypeError, "NumPy array"),
        ({"coord_weight": -1.0}, ValueError, "coord_weight"),
    ],
    ids=str,
)
def test_what_cannot_be_computed_has_a_clear_error(change, error, words):
    usual = {"pred": np.zeros((1, 8, 2, 2)), "boxes": np.ones((1, 4, 2, 2))}
    usual |= {"classes": np.zeros((1, 2, 2), int), "mask": np.ones((1, 2, 2), int)}
    with pytest.raises(error, match=words):
        GRID_LOSS.yolo_loss_forward(**{**usual, **change})
