"""Pooling."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.module import Layer

Size = int | tuple[int, int]


class MaxPool2d(Layer):
    """The largest cell of every window (chapter 9).

    x: (N, C, H, W).   y: (N, C, OH, OW).

    Args:
        kernel_size: Rows and columns of a window, an int or a pair.
        stride: Cells between windows, an int or a pair; None is the kernel's size.
        padding: Rows and columns of −∞ at every edge, an int or a pair; at most half the kernel.
        dilation: Cells from one tap of a window to the next, an int or a pair.
        ceil_mode: Whether a last window may reach over the end.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.MaxPool2d(2)(np.array([[[[1.0, 2.0], [4.0, 3.0]]]])))
        [[[[4.]]]]
    """

    op_name = "max_pool2d"

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
    ):
        super().__init__()
        self._options = {
            "kernel_size": kernel_size,
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "ceil_mode": ceil_mode,
        }

    def options(self) -> dict[str, Any]:
        return self._options


class AvgPool2d(Layer):
    """The mean of every window (chapter 9).

    x: (N, C, H, W).   y: (N, C, OH, OW).

    Args:
        kernel_size: Rows and columns of a window, an int or a pair.
        stride: Cells between windows, an int or a pair; None is the kernel's size.
        padding: Rows and columns of zeros at every edge, an int or a pair; at most half the kernel.
        ceil_mode: Whether a last window may reach over the end.
        count_include_pad: Whether the mean is over the cells of the padding too.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.AvgPool2d(2)(np.array([[[[1.0, 2.0], [4.0, 3.0]]]])))
        [[[[2.5]]]]
    """

    op_name = "avg_pool2d"

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        super().__init__()
        self._options = {
            "kernel_size": kernel_size,
            "stride": stride,
            "padding": padding,
            "ceil_mode": ceil_mode,
            "count_include_pad": count_include_pad,
        }

    def options(self) -> dict[str, Any]:
        return self._options


class AdaptiveAvgPool2d(Layer):
    """The mean of every window, with as many windows as are asked for (chapter 9).

    x: (N, C, H, W).   y: (N, C, OH, OW).

    Args:
        output_size: OH and OW, an int or a pair; None in a pair is x's own size.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> nn.AdaptiveAvgPool2d(1)(np.zeros((2, 3, 7, 5))).shape
        (2, 3, 1, 1)
    """

    op_name = "adaptive_avg_pool2d"

    def __init__(self, output_size: int | tuple[int | None, int | None]):
        super().__init__()
        self.output_size = output_size

    def options(self) -> dict[str, Any]:
        return {"output_size": self.output_size}
