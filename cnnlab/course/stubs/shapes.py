"""Shapes (chapter 1): how large a layer's output is, how many numbers it learns, and how much of the image it sees.

A network is a list of layers, and a layer is a pair (kind, options). The options are a dict with PyTorch's names; what
is not in it has PyTorch's default, given here in brackets.

    ("conv", {...})       in_channels, out_channels, kernel_size, stride (1), padding (0), dilation (1), groups (1),
                          bias (True)
    ("max_pool", {...})   kernel_size, stride (the kernel_size), padding (0); "avg_pool" alike
    ("linear", {...})     in_features, out_features, bias (True)
    ("relu", {}), ("flatten", {})
"""

from cnnlab.ops.arguments import size_pair

Layer = tuple[str, dict]

#: The article's network: images of 1×32×32 in, ten numbers out.
LENET: list[Layer] = [
    ("conv", {"in_channels": 1, "out_channels": 6, "kernel_size": 5}),
    ("relu", {}),
    ("max_pool", {"kernel_size": 2, "stride": 2}),
    ("conv", {"in_channels": 6, "out_channels": 16, "kernel_size": 5}),
    ("relu", {}),
    ("max_pool", {"kernel_size": 2, "stride": 2}),
    ("flatten", {}),
    ("linear", {"in_features": 400, "out_features": 120}),
    ("relu", {}),
    ("linear", {"in_features": 120, "out_features": 84}),
    ("relu", {}),
    ("linear", {"in_features": 84, "out_features": 10}),
]


def conv_output_size(
    size: tuple[int, int],
    kernel_size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    ceil_mode: bool = False,
) -> tuple[int, int]:
    """Return rows and columns of what a convolution or a pooling layer returns (chapter 1, steps 1 to 3).

    size_pair makes a pair of either kind of option: sh, sw = size_pair("stride", stride, 1).

    Args:
        size: (rows, columns) of its input.
        kernel_size, stride, padding, dilation: An int, or a pair (rows, columns).
        ceil_mode: Whether, where there is a remainder, one more window is counted, which reaches over the end; it must
            begin in the image or in the padding before it.

    Returns:
        (rows, columns), whole numbers.

    Raises:
        ValueError: Not a single window fits.

    Example:
        >>> conv_output_size((32, 32), 5)
        (28, 28)
    """
    raise NotImplementedError("ch01: write conv_output_size")


def count_parameters(layers: list[Layer]) -> int:
    """Return how many numbers a network learns: all weights and biases (chapter 1, step 4).

    Args:
        layers: As at the top of this file.

    Returns:
        A whole number.

    Example:
        >>> count_parameters([("linear", {"in_features": 3, "out_features": 2})])
        8
    """
    raise NotImplementedError("ch01: write count_parameters")


def receptive_field(layers: list[Layer]) -> tuple[int, int, int]:
    """Return which rows of the image one cell behind these layers depends on (chapter 1, steps 5 and 6).

    Args:
        layers: "conv", "max_pool", "avg_pool" and "relu" only; every option is one number here, the same for rows and
            columns.

    Returns:
        (size, jump, start), whole numbers: cell i depends on rows start + jump * i to start + jump * i + size - 1
        of the image. Rows below 0 lie in the padding.

    Example:
        >>> receptive_field([("conv", {"kernel_size": 3, "padding": 1})])
        (3, 1, -1)
    """
    raise NotImplementedError("ch01: write receptive_field")
