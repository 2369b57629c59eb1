"""Resampling."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.module import Layer


class Upsample(Layer):
    """Images at another size, larger as a rule (chapter 14).

    x: (N, C, H, W).   y: (N, C, OH, OW).

    Args:
        size: OH and OW, an int or a pair; or None, and scale_factor is given.
        scale_factor: A number or a pair above 0: OH = ⌊H · scale_factor⌋; or None, and size is given.
        mode: "nearest" or "bilinear".
        align_corners: With "bilinear", whether the centres of the corner cells of x and y coincide; None means False.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.Upsample(size=(1, 4), mode="bilinear")(np.array([[[[0.0, 4.0]]]])))
        [[[[0. 1. 3. 4.]]]]
    """

    op_name = "interpolate"

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        scale_factor: float | tuple[float, float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ):
        super().__init__()
        self._options = {"size": size, "scale_factor": scale_factor, "mode": mode, "align_corners": align_corners}

    def options(self) -> dict[str, Any]:
        return self._options
