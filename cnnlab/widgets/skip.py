"""Chapter 14: the logits of a trained network's coarse way and of its skip, added with a share of the skip."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import floor
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Play, Scene, Slider, clip, decimals
from cnnlab.widgets.show_scene import show_scene

FILE = Path(__file__).parents[1] / "data" / "embedded" / "fcn_scenes.npz"
SIDE, NAMES, WHOLE = 32, ("background", "0", "1", "4"), 10


@cache
def load_numbers() -> dict[str, np.ndarray]:
    """Return what authoring/train_fcn.py has stored: x and masks, (S, 32, 32); coarse and skip, (S, 4, 32, 32).

    Pixels are from 0 to 255, logits in hundredths.
    """
    with np.load(FILE) as file:
        return {name: file[name] for name in file.files}


def two(v: float) -> str:
    """Return two decimals; two() in skip.js."""
    return decimals(floor(v * 100 + 0.5) / 100)


@dataclass(frozen=True)
class SkipExplorer(Scene):
    """image: which of three scenes.   share: of the skip, in tenths.   row, column: of the chosen pixel."""

    image: int = 1
    share: int = 0
    row: int = 12
    column: int = 12

    MODULE: ClassVar = "skip.js"
    LABEL: ClassVar = "A trained network with a skip: what do the coarse way and the skip each know?"
    KEYS: ClassVar = (
        "The slider multiplies the skip's logits. Click a pixel, or move with the arrow keys; Space switches the skip "
        "on and off. Shades of green are classes; a crossed pixel has the wrong one."
    )
    CONTROLS: ClassVar = (Slider("image", 0, 2, "scene"), Slider("share", 0, WHOLE, "share of the skip"), Play())
    SIZE: ClassVar = (9.5, 3.6)

    def settle(self) -> Self:
        """Return the state with the chosen pixel inside the scene."""
        return replace(self, row=clip(self.row, 0, SIDE - 1), column=clip(self.column, 0, SIDE - 1))

    def data(self) -> dict[str, Any]:
        """Return all scenes as text, in base64."""
        stored = load_numbers()
        written = {name: np.ascontiguousarray(a, a.dtype.newbyteorder("<")) for name, a in stored.items()}
        return {name: base64.b64encode(a.tobytes()).decode() for name, a in written.items()}

    def sums(self) -> np.ndarray:
        """Return the logits of the sum, in thousandths, (4, 32, 32)."""
        stored = load_numbers()
        coarse, skip = (stored[name][self.image].astype(int) for name in ("coarse", "skip"))
        return WHOLE * coarse + self.share * skip

    def predict(self) -> np.ndarray:
        """Return the class of every pixel, (32, 32)."""
        return self.sums().argmax(axis=0)

    def measure(self) -> tuple[float, int]:
        """Return the mean IoU of this scene, and the number of wrong pixels."""
        pred, wanted = self.predict(), load_numbers()["masks"][self.image]
        total, count = 0.0, 0
        for k in range(len(NAMES)):
            both, either = int(np.sum((pred == k) & (wanted == k))), int(np.sum((pred == k) | (wanted == k)))
            if either:
                total, count = total + both / either, count + 1
        return total / count, int(np.sum(pred != wanted))

    def caption(self) -> str:
        """Return how good the scene is, and the logits of the chosen pixel."""
        stored, (iou, wrong) = load_numbers(), self.measure()
        spot = (self.image, slice(None), self.row, self.column)
        wanted, got = stored["masks"][self.image, self.row, self.column], self.predict()[self.row, self.column]
        coarse, skip = (" ".join(two(int(v) / 100) for v in stored[name][spot]) for name in ("coarse", "skip"))
        total = " ".join(two(int(v) / 1000) for v in self.sums()[:, self.row, self.column])
        return (
            f"Scene {self.image} with {10 * self.share} % of the skip: mean IoU {two(iou)}, {wrong} of 1024 pixels "
            f"wrong. Pixel [{self.row}, {self.column}] should be {NAMES[wanted]} and gets {NAMES[got]}. Its logits of "
            f"background, 0, 1, 4: coarse {coarse}; skip {skip}; coarse + {10 * self.share} % of the skip {total}."
        )

    def draw(self, figure: Any) -> None:
        """Draw the scene, the mask that is wanted and the one that comes out."""
        from matplotlib.patches import Rectangle

        stored, pred = load_numbers(), self.predict()
        wanted = stored["masks"][self.image]
        panels = ((stored["x"][self.image], "scene"), (wanted, "wanted"), (pred, "the network's answer"))
        for axes, (image, name) in zip(figure.subplots(1, 3), panels, strict=True):
            plain = name == "scene"
            colours = "gray" if plain else paper.fade(paper.GREEN)
            axes.imshow(image, cmap=colours, vmin=0, vmax=255 if plain else 3)
            axes.set_title(name, fontsize=10, loc="left")
            axes.set(xticks=[], yticks=[])
            axes.add_patch(
                Rectangle((self.column - 0.5, self.row - 0.5), 1, 1, fill=False, edgecolor=paper.ORANGE, linewidth=2)
            )
            if name.startswith("the"):
                for i, j in product(range(SIDE), repeat=2):
                    if pred[i, j] != wanted[i, j]:
                        axes.plot(j, i, "x", color=paper.shade(paper.RED), markersize=3)


def skip_explorer(**state: Any) -> Any:
    """Show what the coarse way and the skip of a trained segmentation network each know (chapter 14).

    Args:
        **state: image, from 0 to 2, which scene; share, of the skip's logits, in tenths, from 0 to 10; row and column
            of the chosen pixel, from 0 to 31.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import skip_explorer
        >>> print(skip_explorer(share=10))
        A trained network with a skip: ... Scene 1 with 100 % of the skip: mean IoU 0...
    """
    return show_scene(SkipExplorer(**state))
