"""A report says nothing of images where there are none, and names no property that the mistake has nothing to do with."""

import numpy as np
import pytest

from cnnlab import check
from tests.rejects import attention


def go_back_two_times(dy, cache):
    """A recurrent layer's gradients from each time of dy to the time before it, and no further."""
    x, h0, w_ih, w_hh, y = cache
    dx, dh0, dw_ih, dw_hh, db = (np.zeros_like(a) for a in (x, h0, w_ih, w_hh, y[0, 0]))
    for last in range(x.shape[1]):
        dh = dy[:, last]
        for t in range(last, max(last - 2, -1), -1):
            dz = dh * (1 - y[:, t] ** 2)
            dx[:, t] += dz @ w_ih
            dw_ih += dz.T @ x[:, t]
            dw_hh += dz.T @ (y[:, t - 1] if t else h0)
            db += dz.sum(axis=0)
            dh = dz @ w_hh
        if last < 2:
            dh0 += dh
    return dx, dh0, dw_ih, dw_hh, db


def exchange_images_and_boxes(dy, cache):
    """RoI align's dx from the first box alone."""
    dx = np.zeros(cache.x_shape, dy.dtype)
    if len(dy):
        dx[cache.image[0]] = cache.rows[0].T @ dy[0] @ cache.columns[0]
    return dx


def shift_nodes(dy, cache):
    """A graph convolution's gradients, dx in the opposite order of the nodes."""
    x, adjacency, w = cache
    return (adjacency.T @ dy @ w)[::-1], dy.T @ (adjacency @ x), dy.sum(axis=0)


@pytest.mark.parametrize(
    ("exercise", "function", "absent"),
    [
        ("rnn_backward", go_back_two_times, "image"),
        ("roi_align_backward", exchange_images_and_boxes, "sample"),
        ("gcn_backward", shift_nodes, "sample"),
        (
            "attention_backward",
            lambda dy, cache: attention.go_back(dy, cache, scale=lambda q: q.shape[2] ** -0.5),
            "more than one key",
        ),
    ],
    ids=("times", "boxes", "nodes", "keys"),
)
def test_no_cause_says(exercise, function, absent):
    report = check(exercise, function=function, torch=False)
    assert report.causes
    assert not any(absent in cause.sentence for cause in report.causes), [c.sentence for c in report.causes]


def test_of_boxes_the_first_one_is_said():
    causes = check("roi_align_backward", function=exchange_images_and_boxes, torch=False).causes
    assert "only the first box" in causes[0].sentence


def test_nodes_are_called_so():
    def share_all(dy, cache):
        x, adjacency, w = cache
        dx = adjacency.T @ dy @ w
        return dx, dy.T @ (adjacency @ x), dy[:1].sum(axis=0)

    assert "the first node" in check("gcn_backward", function=share_all, torch=False).causes[0].sentence
