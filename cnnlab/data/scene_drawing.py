"""Scenes: one to three handwritten digits on a textured canvas, with their masks and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnlab.data.dataset import Split, resize_images
from cnnlab.data.small import digits as load_digits
from cnnlab.picture import Picture, make_figure

#: The side of a digit in cells, and how often a free place is looked for before a digit is left out.
SIDES_CELLS = (10, 12, 14, 16)
MAX_TRIES = 20

#: From this share of ink a cell belongs to its digit.
INK_SHARE = 0.35


@dataclass(frozen=True, repr=False)
class Scenes:
    """Images, and what is where in them.

    Attributes:
        x: Images, (N, 1, S, S), float32, from 0 to 1.
        masks: The class of every cell, (N, S, S), int64: 0 is the background, k + 1 the k-th of the digits.
        boxes: For each image its boxes, (M, 4), float64: x1, y1, x2, y2 in cells, around every cell of a digit.
        classes: For each image the classes of its boxes, (M,), int64: k is the k-th of the digits.
        digits: The digits.

    Example:
        >>> from cnnlab.data import scenes
        >>> scenes(0, 5, split="train")
        5 scenes of 32×32 cells with the digits 0, 1, 4
    """

    x: np.ndarray
    masks: np.ndarray
    boxes: tuple[np.ndarray, ...]
    classes: tuple[np.ndarray, ...]
    digits: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        side = self.x.shape[2]
        return f"{len(self)} scenes of {side}×{side} cells with the digits {', '.join(map(str, self.digits))}"

    def preview(self, count: int = 6) -> Picture:
        """Draw the first scenes with their boxes, and below each its mask.

        Args:
            count: How many scenes, at most.

        Returns:
            A Picture, which a notebook shows.
        """
        from matplotlib.patches import Rectangle

        count = max(1, min(count, len(self)))
        with make_figure(1.5 * count, 3.1) as figure:
            axes = figure.subplots(2, count, squeeze=False)
            for ax in axes.ravel():
                ax.set_axis_off()
            for k in range(min(count, len(self))):
                axes[0, k].imshow(self.x[k, 0], cmap="gray", vmin=0, vmax=1)
                axes[1, k].imshow(self.masks[k], cmap="viridis", vmin=0, vmax=len(self.digits))
                for (x1, y1, x2, y2), label in zip(self.boxes[k], self.classes[k], strict=True):
                    place, name = (x1 - 0.5, y1 - 0.5), str(self.digits[label])
                    axes[0, k].add_patch(Rectangle(place, x2 - x1, y2 - y1, fill=False, color="tab:orange"))
                    axes[0, k].annotate(name, (x1, y1 - 1 if y1 > 4 else y2 + 3), color="tab:orange", fontsize=8)
        found = [" and ".join(str(self.digits[k]) for k in classes) for classes in self.classes[:count]]
        return Picture(figure, f"{count} scenes with boxes around their digits ({'; '.join(found)}), and their masks.")


def scenes(
    seed: int,
    n: int,
    *,
    split: Literal["train", "test"],
    size: int = 32,
    digits: tuple[int, ...] = (0, 1, 4),
) -> Scenes:
    """Draw scenes: one to three handwritten digits each, whose boxes do not overlap, on a textured canvas.

    Args:
        seed: The same seed draws the same scenes.
        n: How many.
        split: "train" or "test": which part of the handwritten digits they are made of; no digit is in both.
        size: Rows and columns, 16 or more.
        digits: The digits that may be in a scene, which are numbered in this order.

    Returns:
        The Scenes.

    Raises:
        ValueError: split is another word, size is below 16, or digits is empty or holds no digit from 0 to 9.

    Example:
        >>> from cnnlab.data import scenes
        >>> found = scenes(0, 2, split="test")
        >>> found.x.shape, found.masks.shape
        ((2, 1, 32, 32), (2, 32, 32))
        >>> found.boxes[0].shape == (len(found.classes[0]), 4)
        True
    """
    if split not in ("train", "test"):
        raise ValueError(f'split is {split!r}; "train" or "test" is needed')
    if size < max(SIDES_CELLS):
        raise ValueError(f"size is {size}; {max(SIDES_CELLS)} or more is needed")
    if not digits or not set(digits) <= set(range(10)):
        raise ValueError(f"digits is {digits}; digits from 0 to 9 are needed")
    stored: Split = getattr(load_digits(size=8, dtype="float64"), split)
    ink = [[resize_images(stored.x[stored.y == d, 0], side) for side in SIDES_CELLS] for d in digits]
    rng = np.random.default_rng([seed, ("train", "test").index(split)])
    x, masks = _draw_textures(rng, n, size), np.zeros((n, size, size), np.int64)
    boxes, classes = [], []
    for k in range(n):
        found: list[tuple[int, ...]] = []
        for _ in range(int(rng.integers(1, 4))):
            found += _place_digit(rng, ink, x[k], masks[k], found)
        boxes.append(np.array([box for *box, _ in found], np.float64))
        classes.append(np.array([label for *_, label in found], np.int64))
    return Scenes(x[:, None].astype(np.float32), masks, tuple(boxes), tuple(classes), tuple(digits))


def _draw_textures(rng: np.random.Generator, n: int, size: int) -> np.ndarray:
    """Return dark canvases, (N, size, size): blurred blotches with grain."""
    blotches = resize_images(rng.uniform(0.0, 0.45, (n, 5, 5)), size)
    return (blotches + rng.normal(0.0, 0.03, (n, size, size))).clip(0, 1)


def _place_digit(
    rng: np.random.Generator,
    ink: list[list[np.ndarray]],
    x: np.ndarray,
    mask: np.ndarray,
    others: list[tuple[int, ...]],
) -> list[tuple[int, ...]]:
    """Paint a digit where its box is free, and return (x1, y1, x2, y2, class); nothing where no place is found."""
    label = int(rng.integers(len(ink)))
    images = ink[label][int(rng.integers(len(SIDES_CELLS)))]
    image, brightness = images[int(rng.integers(len(images)))], rng.uniform(0.75, 1.0)
    there = image >= INK_SHARE
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = image.shape
    for _ in range(MAX_TRIES):
        top, left = int(rng.integers(len(x) - height + 1)), int(rng.integers(len(x) - width + 1))
        box = left, top, left + width, top + height
        if all(box[0] >= o[2] or o[0] >= box[2] or box[1] >= o[3] or o[1] >= box[3] for o in others):
            cells = slice(top, top + height), slice(left, left + width)
            x[cells] = x[cells] * (1 - image) + brightness * image
            mask[cells][image >= INK_SHARE] = label + 1
            return [(*box, label)]
    return []
