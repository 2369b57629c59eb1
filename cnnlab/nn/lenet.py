"""The network of the article that this course reads, a LeNet."""

from __future__ import annotations

from cnnlab.nn.activations import ReLU
from cnnlab.nn.conv import Conv2d
from cnnlab.nn.initial import generator
from cnnlab.nn.linear import Flatten, Linear
from cnnlab.nn.pool import MaxPool2d
from cnnlab.nn.sequential import Sequential


def lenet(*, seed: int = 0, dtype: str = "float32") -> Sequential:
    """Return the article's network, a LeNet: 61,706 parameters, drawn at random.

    1×32×32 → 6×28×28 → 6×14×14 → 16×10×10 → 16×5×5 → 120 → 84 → 10.

    Args:
        seed: Seed for the first weights.
        dtype: Of the parameters: "float32" or "float64".

    Returns:
        A Sequential that takes images (N, 1, 32, 32) and returns logits (N, 10).

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.lenet(seed=0)
        >>> net(np.zeros((2, 1, 32, 32), "float32")).shape
        (2, 10)
        >>> sum(p.data.size for _, p in net.named_parameters())
        61706
    """
    how = {"rng": generator(seed), "dtype": dtype}
    return Sequential(
        conv1=Conv2d(1, 6, 5, **how),
        relu1=ReLU(),
        pool1=MaxPool2d(2),
        conv2=Conv2d(6, 16, 5, **how),
        relu2=ReLU(),
        pool2=MaxPool2d(2),
        flatten=Flatten(),
        fc1=Linear(16 * 5 * 5, 120, **how),
        relu3=ReLU(),
        fc2=Linear(120, 84, **how),
        relu4=ReLU(),
        fc3=Linear(84, 10, **how),
    )
