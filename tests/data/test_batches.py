"""Walking through a data set, and images at another size."""

import numpy as np
import pytest
import torch

from cnnlab.data import batches, gallery
from cnnlab.data.dataset import pad_to_frame, resize_images

X, Y = np.arange(10.0)[:, None], np.arange(10)


@pytest.mark.parametrize(
    ("batch_size", "lengths"), [(1, [1] * 10), (3, [3, 3, 3, 1]), (5, [5, 5]), (10, [10]), (99, [10])]
)
def test_all_are_there_once(batch_size, lengths):
    found = list(batches(X, Y, batch_size, rng=0))
    assert [len(y) for _, y in found] == lengths
    assert sorted(np.concatenate([y for _, y in found])) == list(range(10))
    assert all(np.array_equal(x[:, 0], y) for x, y in found)


def order(rng):
    return np.concatenate([y for _, y in batches(X, Y, 4, rng)]).tolist()


def test_the_order_is_the_seeds():
    assert order(0) == order(0) != order(1)
    assert order(0) != list(range(10))
    rng = np.random.default_rng(0)
    assert order(rng) == order(0) != order(rng)  # a Generator goes on


def test_batches_are_copies():
    x = X.copy()
    for own, _ in batches(x, Y, 4, rng=0):
        own += 100
    assert np.array_equal(x, X)


def test_nothing_has_no_batches():
    assert list(batches(X[:0], Y[:0], 4, rng=0)) == []


@pytest.mark.parametrize(
    ("y", "batch_size", "says"),
    [(Y, 0, "batch_size is 0; 1 or more"), (Y, -1, "batch_size is -1"), (Y[:9], 4, "x has 10 samples and y 9")],
    ids=["0", "below", "lengths"],
)
def test_what_cannot_be_walked_through(y, batch_size, says):
    with pytest.raises(ValueError, match=says):
        list(batches(X, y, batch_size, rng=0))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 11, 28, 32])
@pytest.mark.parametrize("shape", [(2, 8, 8), (3, 5, 9), (1, 1, 4), (2, 1, 1)], ids=str)
def test_resized_is_torchs_bilinear_interpolation(shape, size):
    x = np.random.default_rng(0).random(shape)
    wanted = torch.nn.functional.interpolate(
        torch.tensor(x)[:, None], size=(size, size), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(resize_images(x, size), wanted[:, 0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("shape", "size"), [((2, 28, 28), 32), ((1, 3, 4), 7), ((1, 5, 5), 5)], ids=str)
def test_a_frame_is_black_and_the_image_is_in_its_middle(shape, size):
    x = np.random.default_rng(0).random(shape) + 1
    found = pad_to_frame(x, size)
    assert found.shape == (shape[0], size, size)
    rows, columns = (np.flatnonzero(found.any(axis)) for axis in ((0, 2), (0, 1)))
    assert np.array_equal(found[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], x)
    for own, places in zip(shape[1:], (rows, columns), strict=True):
        assert len(places) == own
        assert places[0] == (size - own) // 2
    assert found.sum() == pytest.approx(x.sum())


IMAGES = np.random.default_rng(0).random((7, 4, 3))


def test_a_gallery():
    picture = gallery(IMAGES, list("abcdefg"), columns=3)
    axes = picture.figure.axes
    assert [ax.get_title() for ax in axes] == [*"abcdefg", "", ""]
    assert np.array_equal([ax.images[0].get_array() for ax in axes[:7]], IMAGES)
    assert picture.text == "7 images: a, b, c, d, e, f, g."


@pytest.mark.parametrize(
    ("images", "options", "shown", "places", "text"),
    [
        (IMAGES[:, None], {}, 7, 7, "7 images."),
        (IMAGES, {"columns": 2, "limit": 3}, 3, 4, "3 images."),
        (IMAGES, {"titles": np.arange(7), "text": "Seven."}, 7, 7, "Seven."),
        (IMAGES[:0], {}, 0, 1, "0 images."),
    ],
    ids=["channel", "limit", "titles in an array", "none"],
)
def test_what_a_gallery_shows(images, options, shown, places, text):
    picture = gallery(images, **options)
    assert sum(len(ax.images) for ax in picture.figure.axes) == shown
    assert len(picture.figure.axes) == places
    assert picture.text == text


@pytest.mark.parametrize(
    ("images", "titles", "says"),
    [
        (IMAGES[0], (), r"images has shape \(4, 3\); \(N, H, W\)"),
        (np.zeros((2, 3, 4, 4)), (), r"images has shape \(2, 3, 4, 4\)"),
        (IMAGES, ["a"], "1 titles for 7 images"),
    ],
    ids=["one image", "three channels", "titles"],
)
def test_what_no_gallery_shows(images, titles, says):
    with pytest.raises(ValueError, match=says):
        gallery(images, titles)
