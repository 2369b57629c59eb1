"""A report names the cause of mistakes that were found by people who had not seen the checker (tests/blind/fifth)."""

import numpy as np
import pytest

from cnnlab import check
from tests.blind.implementations import read_all
from tests.rejects import gan

FIFTH = {one.path.stem[:3]: one for one in read_all() if one.path.parent.name == "fifth"}

#: The number of an implementation -> words of the sentence.
CAUSES = {
    "002": "with the pseudo-inverses of rows and columns",
    "003": "counts the only input cell of an output cell twice",
    "010": "the numbers are right, with others behind them",
    "011": "counts the filters of a group in steps of the number of groups",
    "014": "dw leaves dilation out",
    "026": "leaves out a class without a right cell",
    "031": "cuts off the width of the intersection at 0 and not its height",
    "032": "the smallest box around both",
    "036": "reads the corners as x1, x2, y1, y2 in the areas",
    "044": "the right answer without its fractions",
    "053": "dx is 0 in its last row and its last column, and right elsewhere",
    "064": "asks whether d is below beta where |d| is meant",
    "065": "takes beta for the sigma of another version",
    "072": "dpred of pw and ph has the slope of the sigmoid",
    "075": "IndexError: index 99 is out of bounds",
    "077": "has px (1 − px) for the slope of the sigmoid",
    "085": "The fakes have the label of real samples",
    "087": "The biases of D come back as they were",
    "093": "The first layer of G comes back as it was",
    "096": "Where saturating is True, the loss has the wrong sign",
    "101": "(dx, dw1, dw2, db1, db2), not (dx, dw1, db1, dw2, db2)",
    "102": "has h (1 − h) as the slope of the ReLU",
    "106": "the second difference of the gradient",
    "107": "the diagonal of the Hessian alone",
    "108": "gradient gets a flat vector",
    "110": "a difference in float32",
    "112": "A pair is read as (columns, rows)",
    "113": "divided by groups twice",
    "114": "The padding is counted on one side",
    "121": "the gradient of z at time 0",
    "124": "has Â made symmetric",
    "125": "goes through a ReLU: the layer has none",
    "131": "divided by √E, with the width of the values",
}


@pytest.mark.parametrize("number", CAUSES)
def test_cause_is_named(number):
    report = check(FIFTH[number].exercise, function=FIFTH[number].load(), torch=False)
    assert not report.passed
    assert report.causes
    assert CAUSES[number] in report.causes[0].sentence
    assert "another mistake" not in report.causes[0].sentence


def cut_off(axis):
    """box_iou that cuts the intersection off at 0 along one axis alone."""

    def box_iou(a, b):
        low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
        sides = high - low
        sides[..., axis] = np.maximum(sides[..., axis], 0)
        both = sides.prod(-1)
        area_a, area_b = ((boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (a, b))
        union = area_a[:, None] + area_b - both
        return np.where(union > 0, both / np.where(union > 0, union, 1), 0)

    return box_iou


def cut_fractions(dy, cache):
    """roi_align_backward of upstream gradients as ints."""
    each = np.einsum("rcij,ria,rje->rcae", dy.astype(int), cache.rows, cache.columns)
    dx = np.zeros(cache.x_shape, dy.dtype)
    np.add.at(dx, cache.image, each)
    return dx


def lose_edge(*places):
    """interpolate_backward without rows or columns."""

    def backward(dy, cache):
        dx = cache.rows.T @ dy @ cache.columns
        for place in places:
            dx[place] = 0
        return dx

    return backward


def leave_unmoved(which, names):
    """A step after which some parameters are as they were."""
    stay = [name in names.split() for name in ("w1", "b1", "w2", "b2")]

    def keep(old, new):
        return tuple(o if s else n for o, n, s in zip(old, new, stay, strict=True))

    def discriminator_step(real, z, g, d, *, lr):
        loss, g, new = gan.train_d(real, z, g, d, lr)
        return loss, g, keep(d, new)

    def generator_step(z, g, d, *, lr, saturating=False):
        loss, new, d = gan.train_g(z, g, d, lr, saturating)
        return loss, keep(g, new), d

    return discriminator_step if which == "D" else generator_step


def label_fakes_real(real, z, g, d, *, lr):
    """D's step with the right loss, and the gradients from the fakes as from real samples."""
    fake, total = gan.run(z, g)[0], [np.zeros_like(p) for p in d]
    for x in (real, fake):
        a, cache = gan.run(x, d)
        total = gan.add(total, gan.back(-gan.sigmoid(-a) / len(a), cache)[1])
    loss = gan.softplus(-gan.run(real, d)[0]).mean() + gan.softplus(gan.run(fake, d)[0]).mean()
    return loss, g, gan.move(d, total, lr)


D, G = "discriminator_step", "generator_step"

#: name -> exercise, a wrong function, words of the sentence.
OTHERS = {
    "width cut off": ("box_iou", cut_off(0), "cuts off the width of the intersection at 0 and not its height"),
    "height cut off": ("box_iou", cut_off(1), "cuts off the height of the intersection at 0 and not its width"),
    "dy without fractions": ("roi_align_backward", cut_fractions, "what dy gives without its fractions"),
    "last row": ("interpolate_backward", lose_edge(np.s_[..., -1, :]), "dx[:, :, −1] is 0, and the rest of dx is right"),
    "first row and column": (
        "interpolate_backward",
        lose_edge(np.s_[..., 0, :], np.s_[..., 0]),
        "0 in its first row and its first column, and right elsewhere: a loop that begins one too late",
    ),
    "first row, last column": (
        "interpolate_backward",
        lose_edge(np.s_[..., 0, :], np.s_[..., -1]),
        "0 in its last column and its first row, and right elsewhere.",
    ),
    "D unmoved": (D, leave_unmoved("D", "w1 b1 w2 b2"), "Parameters of D come back as they were"),
    "G unmoved": (G, leave_unmoved("G", "w1 b1 w2 b2"), "Parameters of G come back as they were"),
    "one array of D unmoved": (D, leave_unmoved("D", "w1"), "Parameters of D come back as they were"),
    "weights of D unmoved": (D, leave_unmoved("D", "w1 w2"), "The weights of D come back as they were"),
    "second layer of G unmoved": (G, leave_unmoved("G", "w2 b2"), "The second layer of G comes back as it was"),
    "gradients of fakes as of real samples": (D, label_fakes_real, "The gradients from the fakes are those for"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_cause_of_its_kind_is_named(name):
    exercise, function, words = OTHERS[name]
    report = check(exercise, function=function, torch=False)
    assert not report.passed
    assert report.causes
    assert words in report.causes[0].sentence
    assert "another mistake" not in report.causes[0].sentence


def test_two_options_that_come_with_a_third_property_are_not_named_as_the_cause():
    """conv_cost with stride and dilation of pairs wrong in one number: nothing is said of the two together."""
    right = next(one for one in read_all() if one.exercise == "conv_cost" and one.right).load()

    def one_more(x_shape, w_shape, *, stride=1, dilation=1, **options):
        counts = right(x_shape, w_shape, stride=stride, dilation=dilation, **options)
        pairs = isinstance(stride, tuple) and isinstance(dilation, tuple)
        return (counts[0] + 1, *counts[1:]) if pairs else counts

    report = check("conv_cost", function=one_more, torch=False)
    assert not report.passed
    assert not any("together" in cause.sentence for cause in report.causes)
