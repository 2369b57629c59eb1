"""Normalisation. The ops use the statistics of the batch; running statistics are handled here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnlab.nn.module import Layer, Parameter


class _Norm(Layer):
    """The base of all normalisations: gamma is called weight, beta bias, as in torch."""

    roles: Mapping[str, str] = {"gamma": "weight", "beta": "bias"}

    def __init__(self, shape: tuple[int, ...], eps: float, dtype: str):
        super().__init__()
        self.eps = eps
        self.parameters = {"weight": Parameter(np.ones(shape, dtype)), "bias": Parameter(np.zeros(shape, dtype))}

    def options(self) -> dict[str, Any]:
        return {"eps": self.eps}


class _BatchNorm(_Norm):
    """Every channel normalised over the batch in training, by running statistics in use.

    running_mean, running_var: running ← (1 − momentum) · running + momentum · batch's; the variance counts m − 1.
    A momentum of None averages over all batches.
    """

    op_name = "batch_norm"
    axes: tuple[int, ...]

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, *, dtype: str = "float32"):
        super().__init__((num_features,), eps, dtype)
        self.num_features, self.momentum = num_features, momentum
        self.buffers = {
            "running_mean": np.zeros(num_features, dtype),
            "running_var": np.ones(num_features, dtype),
            "num_batches_tracked": np.array(0),
        }
        self._by_batch: bool | None = None  # whether the last forward pass took the batch's own statistics

    def forward(self, x: np.ndarray) -> np.ndarray:
        if x.ndim != len(self.axes) + 1 or x.shape[1] != self.num_features:
            needed = ", ".join(["N", str(self.num_features), "H", "W"][: len(self.axes) + 1])
            raise ValueError(f"{self.name} ({type(self).__name__}): x has shape {x.shape}; ({needed}) is needed")
        self._by_batch = self.training
        if not self._by_batch:
            return self._normalise_with_running_statistics(x)
        y = super().forward(x)
        self._track(x)
        return y

    def _track(self, x: np.ndarray) -> None:
        buffers, m = self.buffers, x.size // self.num_features
        buffers["num_batches_tracked"] += 1
        share = self.momentum if self.momentum is not None else 1 / float(buffers["num_batches_tracked"])
        for name, value in (("running_mean", x.mean(self.axes)), ("running_var", x.var(self.axes) * m / (m - 1))):
            buffers[name][...] = (1 - share) * buffers[name] + share * value

    def _normalise_with_running_statistics(self, x: np.ndarray) -> np.ndarray:
        """Return gamma · (x − mean)/std + beta, with constants for mean and std."""
        along = (-1, *[1] * (x.ndim - 2))
        std = np.sqrt(self.buffers["running_var"] + self.eps)
        self._x_hat = (x - self.buffers["running_mean"].reshape(along)) / std.reshape(along)
        self._scale = (self.parameters["weight"].data / std).reshape(along)
        return self._x_hat * self.parameters["weight"].data.reshape(along) + self.parameters["bias"].data.reshape(along)

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        if self._by_batch is not False:
            return super().backward(dy, input_grad)
        for name, grad in (("weight", (dy * self._x_hat).sum(self.axes)), ("bias", dy.sum(self.axes))):
            self.parameters[name].grad = grad.astype(self.parameters[name].data.dtype, copy=False)
        return dy * self._scale

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_features}, eps={self.eps}, momentum={self.momentum})"


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of features (chapter 13).

    x and y: (N, num_features).   weight (gamma) and bias (beta): (num_features,).
    In training every channel is normalised over the batch; after eval(), by running_mean and running_var:
    running ← (1 − momentum) · running + momentum · batch's, where the variance counts m − 1.

    Args:
        num_features: Channels of x.
        eps: Added to the variance, which may be 0.
        momentum: Share of the newest batch in the running statistics, 0 to 1; None is the average over all batches.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.BatchNorm1d(1, eps=1e-12)(np.array([[1.0], [3.0]])))
        [[-1.]
         [ 1.]]
    """

    axes = (0,)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (chapter 13).

    x and y: (N, num_features, H, W).   weight (gamma) and bias (beta): (num_features,).
    In training every channel is normalised over the batch; after eval(), by running_mean and running_var:
    running ← (1 − momentum) · running + momentum · batch's, where the variance counts m − 1.

    Args:
        num_features: Channels of x.
        eps: Added to the variance, which may be 0.
        momentum: Share of the newest batch in the running statistics, 0 to 1; None is the average over all batches.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.BatchNorm2d(3)
        >>> y = layer(np.arange(24.0).reshape(2, 3, 2, 2))
        >>> bool(abs(y.mean()) < 1e-6)
        True
        >>> layer.buffers["running_mean"].shape
        (3,)
    """

    axes = (0, 2, 3)


class LayerNorm(_Norm):
    """Normalisation of every sample over its last axes (chapter 13).

    x and y: (..., *normalized_shape).   weight (gamma) and bias (beta): normalized_shape.

    Args:
        normalized_shape: Sizes of the last axes, or an int for one axis.
        eps: Added to the variance, which may be 0.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.LayerNorm(2, eps=1e-12)(np.array([[1.0, 3.0]])))
        [[-1.  1.]]
    """

    op_name = "layer_norm"

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, *, dtype: str = "float32"):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        super().__init__(shape, eps, dtype)
        self.normalized_shape = shape

    def __repr__(self) -> str:
        return f"LayerNorm({self.normalized_shape}, eps={self.eps})"


class GroupNorm(_Norm):
    """Normalisation of every sample over groups of neighbouring channels (chapter 13).

    x and y: (N, num_channels, ...).   weight (gamma) and bias (beta): (num_channels,).

    Args:
        num_groups: Groups, a divisor of num_channels.
        num_channels: Channels of x.
        eps: Added to the variance, which may be 0.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.GroupNorm(1, 2, eps=1e-12)(np.array([[1.0, 3.0]])))
        [[-1.  1.]]
    """

    op_name = "group_norm"

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, *, dtype: str = "float32"):
        super().__init__((num_channels,), eps, dtype)
        self.num_groups, self.num_channels = num_groups, num_channels

    def options(self) -> dict[str, Any]:
        return {"num_groups": self.num_groups, "eps": self.eps}
