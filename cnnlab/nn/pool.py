"""Pooling."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.module import Layer

Size = int | tuple[int, int]


class MaxPool2d(Layer):
    """The largest cell of every window. A stride of None is the kernel's size."""

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
    """The mean of every window. A stride of None is the kernel's size."""

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
    """The mean of every window, with as many windows as are asked for."""

    op_name = "adaptive_avg_pool2d"

    def __init__(self, output_size: int | tuple[int | None, int | None]):
        super().__init__()
        self.output_size = output_size

    def options(self) -> dict[str, Any]:
        return {"output_size": self.output_size}
