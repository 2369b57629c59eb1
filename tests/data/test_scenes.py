"""Scenes: boxes fit their masks, seeds repeat, and the splits share no digit."""

import numpy as np
import pytest

from cnnlab.data import digits, scenes


@pytest.mark.parametrize("split", ["train", "test"])
def test_boxes_masks_and_classes_agree(split):
    found = scenes(3, 40, split=split, digits=(7, 2))
    assert found.x.shape == (40, 1, 32, 32)
    assert found.x.dtype == np.float32
    assert 0 <= found.x.min() < found.x.max() <= 1
    for image, mask, boxes, classes in zip(found.x[:, 0], found.masks, found.boxes, found.classes, strict=True):
        assert 1 <= len(boxes) == len(classes) <= 3
        left_over = mask.copy()
        for (x1, y1, x2, y2), label in zip(boxes.astype(int), classes, strict=True):
            inside = mask[y1:y2, x1:x2]
            assert set(np.unique(inside)) <= {0, label + 1}  # no box holds a part of another digit
            digit = inside == label + 1
            for edge in (digit[0], digit[-1], digit[:, 0], digit[:, -1]):
                assert edge.any()
            left_over[y1:y2, x1:x2] = 0
        assert not left_over.any()
        assert image[mask > 0].mean() > image[mask == 0].mean() + 0.2


def test_a_seed_draws_the_same_scenes_and_another_draws_others():
    first, again, other = (scenes(seed, 5, split="train") for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert not np.array_equal(first.x, scenes(0, 5, split="test").x)


def test_a_split_uses_its_own_digits(monkeypatch):
    whole = digits(size=8, dtype="float64")
    for part in (whole.train, whole.test):
        part.x[:] = part is whole.test  # every digit of the test is a full square
    monkeypatch.setattr("cnnlab.data.scene_drawing.load_digits", lambda **how: whole)
    found = scenes(0, 5, split="test")
    assert all(
        np.all(m[int(b[0][1]) : int(b[0][3]), int(b[0][0]) : int(b[0][2])])
        for m, b in zip(found.masks, found.boxes, strict=True)
    )
    with pytest.raises(IndexError):  # those of the training have no ink
        scenes(0, 5, split="train")


def test_a_preview_says_what_is_in_it():
    found = scenes(0, 3, split="train")
    assert repr(found) == "3 scenes of 32×32 cells with the digits 0, 1, 4"
    assert "3 scenes with boxes" in repr(found.preview())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": "all"}, "train"),
        ({"size": 10}, "16 or more"),
        ({"digits": ()}, "0 to 9"),
        ({"digits": (10,)}, "0 to 9"),
    ],
)
def test_what_cannot_be_drawn_has_a_clear_error(change, words):
    with pytest.raises(ValueError, match=words):
        scenes(0, 1, **{"split": "train", **change})
