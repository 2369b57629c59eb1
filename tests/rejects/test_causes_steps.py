"""A report names the cause and not a symptom: steps and names that belong to other things."""

from pathlib import Path

import numpy as np
import pytest

from cnnlab import check, loader

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"


def find_solution(topic, name):
    """Return a function of the solutions that calls solutions."""
    return loader.Folder(SOLUTIONS).load(topic).function(name)


def pair(size):
    return (size, size) if np.ndim(size) == 0 else tuple(size)


def walk_windows(x_shape, dy, w_shape, stride, padding, dilation, groups):
    """Return the shape of a padded x that is large enough, where x is in it, and each weight with the cells that it
    meets where stride and dilation change places.
    """
    (sh, sw), (ph, pw), (dh, dw) = map(pair, (stride, padding, dilation))
    (kh, kw), (oh, ow) = w_shape[2:], dy.shape[2:]
    size = (len(dy), groups, x_shape[1] // groups, sh * kh + dh * oh + x_shape[2], sw * kw + dw * ow + x_shape[3])
    inside = np.s_[..., ph : ph + x_shape[2], pw : pw + x_shape[3]]
    steps = [
        (u, v, np.s_[..., sh * u : sh * u + dh * (oh - 1) + 1 : dh, sw * v : sw * v + dw * (ow - 1) + 1 : dw])
        for u, v in np.ndindex(kh, kw)
    ]
    return size, inside, steps


def correlate_exchanged(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    size, inside, steps = walk_windows(x.shape, dy, w_shape, stride, padding, dilation, groups)
    padded = np.zeros(size, x.dtype)
    padded[inside] = x.reshape(*size[:3], *x.shape[2:])
    dw = np.zeros((groups, w_shape[0] // groups, *w_shape[1:]), x.dtype)
    split = dy.reshape(len(dy), groups, -1, *dy.shape[2:])
    for u, v, cells in steps:
        dw[..., u, v] = np.einsum("ngfij,ngcij->gfc", split, padded[cells])
    return dw.reshape(w_shape)


def scatter_exchanged(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    size, inside, steps = walk_windows(x_shape, dy, w.shape, stride, padding, dilation, groups)
    padded = np.zeros(size, dy.dtype)
    split, rows = dy.reshape(len(dy), groups, -1, *dy.shape[2:]), w.reshape(groups, -1, *w.shape[1:])
    for u, v, cells in steps:
        padded[cells] += np.einsum("ngfij,gfc->ngcij", split, rows[..., u, v])
    return padded[inside].reshape(x_shape).copy()


@pytest.mark.parametrize(
    ("exercise", "function"),
    [("conv2d_weight_grad", correlate_exchanged), ("conv2d_input_grad", scatter_exchanged)],
    ids=["dw", "dx"],
)
def test_stride_and_dilation_in_each_others_place_are_named(exercise, function):
    report = check(exercise, function=function, torch=False)
    assert report.causes[0].code == "option"
    assert "the stride in the place of the dilation" in report.causes[0].sentence


def go_up(step):
    """The step, uphill."""
    return lambda *inputs, lr, **options: step(*inputs, lr=-lr, **options)


@pytest.mark.parametrize(
    ("topic", "exercise", "names", "item"),
    [
        ("gan", "discriminator_step", ("g.w1", "g.b1", "g.w2", "g.b2", "d.w1", "d.b1", "d.w2", "d.b2"), "d[0]"),
        ("gan", "generator_step", ("g.w1", "g.b1", "g.w2", "g.b2", "d.w1", "d.b1", "d.w2", "d.b2"), "g[0]"),
        ("network", "train_step", ("w", "b", "v"), "params[0]"),
    ],
)
def test_parameters_are_called_the_same_where_they_go_in_and_where_they_come_back(topic, exercise, names, item):
    report = check(exercise, function=go_up(find_solution(topic, exercise)), torch=False)
    assert set(names) <= set(report.gradients)
    text = str(report)
    smallest = text.partition("The smallest case that fails")[2].partition("got")[0]
    assert all(f"{name} " in smallest for name in names), smallest
    assert item not in text


def write_into(step, which, place):
    """The step, which then sets an item of one of its inputs to 0."""

    def write(*inputs, **options):
        found = step(*inputs, **options)
        inputs[which][place][:] = 0
        return found

    return write


@pytest.mark.parametrize(
    ("topic", "exercise", "which", "place", "name"),
    [("network", "train_step", 0, 1, "b"), ("gan", "generator_step", 2, 0, "d.w1")],
)
def test_parameters_that_are_written_into_have_the_same_names(topic, exercise, which, place, name):
    report = check(exercise, function=write_into(find_solution(topic, exercise), which, place), torch=False)
    assert f"changes {name};" in str(report.diagnosis)
    assert not any(f"{owner}.{place}" in str(report) for owner in ("params", "g", "d"))
