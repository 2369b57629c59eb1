"""Images side by side, each with a line above it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.picture import Picture, make_figure


def gallery(
    images: np.ndarray, titles: Sequence[object] = (), *, columns: int = 10, text: str = "", limit: int = 100
) -> Picture:
    """A picture of images, (N, H, W) or (N, 1, H, W), row by row, each in its own range from black to white.

    titles: one for each image, or none at all.   text: what the picture shows, for those who cannot see it.
    limit: images after so many are left out.
    Raises ValueError for arrays of another shape and where the titles are too few or too many.
    """
    titles = list(titles)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3:
        raise ValueError(f"images has shape {images.shape}; (N, H, W) or (N, 1, H, W) is needed")
    if titles and len(titles) != len(images):
        raise ValueError(f"there are {len(titles)} titles for {len(images)} images; as many of both are needed")
    count = min(len(images), limit)
    columns = max(1, min(columns, count))
    rows = max(1, -(-count // columns))
    with make_figure(0.75 * columns, (0.95 if titles else 0.75) * rows) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax in axes:
            ax.set_axis_off()
        for ax, image, title in zip(axes, images[:count], titles or [""] * count, strict=False):
            ax.imshow(image, cmap="gray")
            ax.set_title(str(title), fontsize=8)
    return Picture(figure, text or f"{count} images" + (f": {', '.join(map(str, titles[:count]))}." if titles else "."))
