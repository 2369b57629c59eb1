"""The data sets inside the package: their shapes, their ranges, and that they are the same every time."""

import numpy as np
import pytest

from cnnlab import data

#: name -> the smallest size, training images, test images.
SETS = {"digits": (8, 1442, 355), "fashion": (28, 4000, 1000)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [None, "smallest", 33])
@pytest.mark.parametrize("name", SETS)
def test_shapes_and_ranges(name, size, dtype):
    least, train, test = SETS[name]
    pixels = {None: 32, "smallest": least}.get(size, size)
    found = getattr(data, name)(**({} if size is None else {"size": pixels}), dtype=dtype)
    for split, count in ((found.train, train), (found.test, test)):
        assert len(split) == count
        assert (split.x.shape, split.x.dtype) == ((count, 1, pixels, pixels), dtype)
        assert (split.y.shape, split.y.dtype) == ((count,), np.int64)
        assert split.x.min() == 0 and 0.99 < split.x.max() <= 1
        assert set(split.y) == set(range(10))


@pytest.mark.parametrize("name", SETS)
def test_a_fifth_of_every_class_is_for_the_test(name):
    found = getattr(data, name)()
    train, test = np.bincount(found.train.y), np.bincount(found.test.y)
    np.testing.assert_allclose(test / (train + test), 0.2, atol=0.01)
    assert train.max() < 1.1 * train.min()


@pytest.mark.parametrize("name", SETS)
def test_the_split_is_fixed_and_nothing_is_in_both(name):
    first, second = getattr(data, name)(), getattr(data, name)()
    for one, other in ((first.train, second.train), (first.test, second.test)):
        assert np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y)
        assert not np.shares_memory(one.x, other.x)
    train, test = ({image.tobytes() for image in split.x} for split in (first.train, first.test))
    assert len(train & test) == 0


@pytest.mark.parametrize("name", SETS)
def test_a_frame_or_interpolation_keeps_the_image(name):
    least = SETS[name][0]
    small, large = (getattr(data, name)(size=size, dtype="float64").train.x[:50] for size in (least, 32))
    if name == "fashion":
        assert np.array_equal(large[:, :, 2:30, 2:30], small)
        assert large.sum() == pytest.approx(small.sum())
    else:  # every pixel is 4×4 now, so the mean stays
        np.testing.assert_allclose(large.mean((2, 3)), small.mean((2, 3)), atol=0.02)


@pytest.mark.parametrize(("name", "size"), [("digits", 7), ("fashion", 27), ("mnist", 27), ("fashion_mnist", 0)])
def test_a_size_below_the_images_own(name, size, tmp_path):
    folder = {"folder": tmp_path} if "mnist" in name else {}
    with pytest.raises(ValueError, match=rf"size is {size}; \d+ or more is needed"):
        getattr(data, name)(size=size, **folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SETS)
def test_what_a_data_set_says_of_itself(name):
    found = getattr(data, name)()
    title, train, test, classes, source = repr(found).splitlines()
    assert title == found.name
    assert train == f"train: {SETS[name][1]:,} images of (1, 32, 32)"
    assert test == f"test: {SETS[name][2]:,} images of (1, 32, 32)"
    assert classes.startswith("classes: ") and classes.count(",") == 9
    assert source == found.source
    assert "CC BY 4.0" in source or "MIT" in source


@pytest.mark.parametrize("name", SETS)
def test_a_preview_shows_every_class(name):
    found = getattr(data, name)()
    axes = found.preview(rows=3).figure.axes
    assert len(axes) == 30
    assert [ax.get_title() for ax in axes] == list(found.classes) * 3
    shown = [np.asarray(ax.images[0].get_array()) for ax in axes]
    train = {image.tobytes() for image in found.train.x}
    assert all(image.astype("float32").tobytes() in train for image in shown)
    assert len({image.tobytes() for image in shown}) == 30


def test_a_preview_is_the_seeds():
    found = data.digits(size=8)
    shown = [[np.asarray(ax.images[0].get_array()) for ax in found.preview(2, seed).figure.axes] for seed in (0, 0, 1)]
    assert np.array_equal(shown[0], shown[1]) and not np.array_equal(shown[0], shown[2])


def test_a_preview_of_few_images():
    x, y = np.zeros((3, 1, 2, 2)), np.array([0, 1, 1])
    split = data.Split(x, y)
    axes = data.DataSet("few", ("a", "b"), split, split, "here").preview(rows=4).figure.axes
    assert [ax.get_title() for ax in axes if ax.images] == ["a", "b"]
