"""Define data sets, images with their classes for training and for the test, and draw batches from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnlab.data.gallery import gallery
from cnnlab.picture import Picture


@dataclass(frozen=True)
class Split:
    """The images of one part of a data set, with their classes.

    Attributes:
        x: Images, (N, 1, H, W), from 0 (black) to 1 (white).
        y: Class numbers, (N,), int64.

    Example:
        >>> import numpy as np
        >>> from cnnlab.data import Split
        >>> len(Split(np.zeros((3, 1, 8, 8)), np.array([0, 1, 2])))
        3
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, repr=False)
class DataSet:
    """A data set: images for training and for the test.

    Attributes:
        name: What it is called.
        classes: The names of the classes, by number.
        train: Images and class numbers for training.
        test: Images and class numbers for the test.
        source: Where it comes from, and its licence.

    Example:
        >>> import numpy as np
        >>> from cnnlab.data import DataSet, Split
        >>> part = Split(np.zeros((2, 1, 8, 8)), np.array([0, 1]))
        >>> DataSet("Two images", ("left", "right"), part, part, "made here")
        Two images
        train: 2 images of (1, 8, 8)
        test: 2 images of (1, 8, 8)
        classes: left, right
        made here
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    source: str

    def __repr__(self) -> str:
        counts = [
            f"{part}: {len(s):,} images of {s.x.shape[1:]}" for part, s in (("train", self.train), ("test", self.test))
        ]
        return "\n".join([self.name, *counts, f"classes: {', '.join(self.classes)}", self.source])

    def preview(self, rows: int = 4, seed: int = 0) -> Picture:
        """Return a picture of training images, one column for each class.

        Args:
            rows: Images of every class, or as many as the smallest class has.
            seed: Seed for the choice of images.

        Returns:
            A Picture, which a notebook shows.
        """
        rng = np.random.default_rng(seed)
        rows = min(rows, int(np.bincount(self.train.y, minlength=len(self.classes)).min()))
        own = [rng.permutation(np.flatnonzero(self.train.y == number))[:rows] for number in range(len(self.classes))]
        some = np.array([index for row in zip(*own, strict=True) for index in row], int)
        titles = [self.classes[number] for number in self.train.y[some]]
        text = f"{self.name}: {rows} training images of each class, {', '.join(self.classes)}."
        return gallery(self.train.x[some], titles, columns=len(self.classes), text=text)


def batches(
    x: np.ndarray, y: np.ndarray, batch_size: int, rng: int | np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all samples once, in random order, `batch_size` at a time; the last batch may be smaller.

    Args:
        x: Samples, (N, ...).
        y: Class numbers, (N,), or any array with one entry for each sample.
        batch_size: Samples in a batch, 1 or more.
        rng: A seed, for the same order every time, or a Generator, for the next order that it draws.

    Returns:
        An iterator over pairs (x, y) of batches.

    Raises:
        ValueError: batch_size is below 1, or x and y differ in length.

    Example:
        >>> import numpy as np
        >>> from cnnlab.data import batches
        >>> [len(x) for x, y in batches(np.zeros((5, 3)), np.arange(5), 2, rng=0)]
        [2, 2, 1]
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; 1 or more is needed")
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} samples and y {len(y)}; the numbers must be equal")
    order = np.random.default_rng(rng).permutation(len(x))
    for start in range(0, len(x), batch_size):
        own = order[start : start + batch_size]
        yield x[own], y[own]


def resize_images(x: np.ndarray, size: int) -> np.ndarray:
    """Resize images, (N, H, W), by bilinear interpolation, as torch's interpolate without align_corners.

    Repeated pixels would tie every window of a max pooling; interpolated ones differ.
    """
    rows, columns = (_weights(own, size) for own in x.shape[1:])
    return rows @ x @ columns.T


def _weights(own: int, size: int) -> np.ndarray:
    """Return the weight of each of the `own` pixels in each of the `size` new ones, (size, own)."""
    centre = (np.arange(size) + 0.5) * own / size - 0.5
    centre = centre.clip(0, own - 1)
    low = np.minimum(np.floor(centre).astype(int), max(own - 2, 0))
    weights = np.zeros((size, own))
    np.add.at(weights, (np.arange(size), low), 1 - (centre - low))
    np.add.at(weights, (np.arange(size), np.minimum(low + 1, own - 1)), centre - low)
    return weights


def pad_to_frame(x: np.ndarray, size: int) -> np.ndarray:
    """Place images, (N, H, W), in the middle of a black frame of size × size."""
    before = [(size - own) // 2 for own in x.shape[1:]]
    after = [size - own - b for own, b in zip(x.shape[1:], before, strict=True)]
    return np.pad(x, ((0, 0), *zip(before, after, strict=True)))
