"""Convolution and transposed convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab.nn.initial import draw_parameters, generator
from cnnlab.nn.module import Layer

Size = int | tuple[int, int]


class Conv2d(Layer):
    """A convolution over images (chapter 8).

    x: (N, in_channels, H, W).   y: (N, out_channels, OH, OW) with
    OH = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1.
    weight: (out_channels, in_channels/groups, KH, KW).   bias: (out_channels,).

    Args:
        in_channels: Channels of x.
        out_channels: Channels of y, one for each filter.
        kernel_size: Rows and columns of a window, an int or a pair.
        stride: Cells between windows, an int or a pair.
        padding: Rows and columns of zeros at every edge, an int or a pair.
        dilation: Cells from one tap of a window to the next, an int or a pair.
        groups: Equal parts that the channels are split into; a divisor of both numbers of channels.
        bias: Whether there is a bias.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.Conv2d(3, 8, 3, stride=2, padding=1, rng=0)
        >>> layer(np.zeros((1, 3, 32, 32))).shape
        (1, 8, 16, 16)
    """

    op_name, roles = "conv2d", {"w": "weight", "b": "bias"}

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, _pair(kernel_size)
        self._options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.parameters = draw_parameters(shape, out_channels, bias, generator(rng), dtype)

    def options(self) -> dict[str, Any]:
        return self._options

    def __repr__(self) -> str:
        return describe_layer(self, self._options, {"stride": 1, "padding": 0, "dilation": 1, "groups": 1})


class ConvTranspose2d(Layer):
    """A transposed convolution, which makes images larger (chapter 14).

    x: (N, in_channels, H, W).   y: (N, out_channels, OH, OW) with
    OH = (H − 1)·stride − 2·padding + dilation·(KH − 1) + 1 + output_padding.
    weight: (in_channels, out_channels/groups, KH, KW).   bias: (out_channels,).

    Args:
        in_channels: Channels of x.
        out_channels: Channels of y.
        kernel_size: Rows and columns of a kernel, an int or a pair.
        stride: Cells of y between the kernels of neighbouring cells of x, an int or a pair.
        padding: Rows and columns taken away at every edge of y, an int or a pair.
        output_padding: Rows and columns added at the end of y, an int or a pair.
        groups: Equal parts that the channels are split into; a divisor of both numbers of channels.
        bias: Whether there is a bias.
        dilation: Cells from one tap of a kernel to the next, an int or a pair.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.ConvTranspose2d(8, 3, 2, stride=2, rng=0)
        >>> layer(np.zeros((1, 8, 16, 16))).shape
        (1, 3, 32, 32)
    """

    op_name, roles = "conv_transpose2d", {"w": "weight", "b": "bias"}

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, _pair(kernel_size)
        self._options = {
            "stride": stride,
            "padding": padding,
            "output_padding": output_padding,
            "dilation": dilation,
            "groups": groups,
        }
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self.parameters = draw_parameters(shape, out_channels, bias, generator(rng), dtype)

    def options(self) -> dict[str, Any]:
        return self._options

    def __repr__(self) -> str:
        usual = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1}
        return describe_layer(self, self._options, usual)


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def describe_layer(layer: Conv2d | ConvTranspose2d, options: dict[str, Any], usual: dict[str, Any]) -> str:
    said = [f"{k}={v}" for k, v in options.items() if v not in (usual[k], (usual[k], usual[k]))]
    said += [] if "bias" in layer.parameters else ["bias=False"]
    parts = [layer.in_channels, layer.out_channels, f"kernel_size={layer.kernel_size}", *said]
    return f"{type(layer).__name__}({', '.join(map(str, parts))})"
