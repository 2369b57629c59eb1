"""Draw images side by side, each with a line above it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.picture import Picture, make_figure


def gallery(
    images: np.ndarray, titles: Sequence[object] = (), *, columns: int = 10, text: str = "", limit: int = 100
) -> Picture:
    """Return a picture of images, row by row, each in its own range from black to white.

    Args:
        images: (N, H, W) or (N, 1, H, W).
        titles: One for each image, or none at all.
        columns: Images in a row, at most.
        text: What the picture shows, for those who cannot see it; by default the titles.
        limit: The largest number of images; those after it are left out.

    Returns:
        A Picture, which a notebook shows.

    Raises:
        ValueError: The images have another shape, or the titles are too few or too many.

    Example:
        >>> import numpy as np
        >>> from cnnlab.data import gallery
        >>> gallery(np.eye(3).reshape(1, 3, 3), ["a line"])
        1 images: a line.
    """
    titles = list(titles)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3:
        raise ValueError(f"images has shape {images.shape}; (N, H, W) or (N, 1, H, W) is needed")
    if titles and len(titles) != len(images):
        raise ValueError(f"there are {len(titles)} titles for {len(images)} images; the numbers must be equal")
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
