"""Train the network of chapter 19's hunt with some gears exchanged, and record what a wrong gear does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnnlab import data, nn
from cnnlab.train import fit

#: The steps of a run, in batches of 32: three passes through the digits.
STEPS = 138


@dataclass(frozen=True)
class Run:
    """What a training shows from outside.

    losses: of each step, before its update.   accuracies: on the test images after each pass, 0 to 1.
    norms: the length of each parameter's gradient in each step, by the parameter's name.
    filters: the weights of the first convolution after the last step, (6, 1, 5, 5).
    """

    losses: list[float]
    accuracies: list[float]
    norms: dict[str, list[float]]
    filters: np.ndarray


class _RecordingSGD(nn.SGD):
    """Gradient descent with momentum that notes the length of every gradient before it uses it."""

    def __init__(self, lr: float, momentum: float):
        super().__init__(lr, momentum)
        self.norms: dict[str, list[float]] = {}

    def step(self, net: nn.Module) -> None:
        for name, parameter in net.named_parameters():
            length = 0.0 if parameter.grad is None else float(np.linalg.norm(parameter.grad))
            self.norms.setdefault(name, []).append(length)
        super().step(net)


def hunt_network(seed: int = 2) -> nn.Sequential:
    """Return LeNet with a batch normalisation and a dropout, in float64: every kind of gear of the hunt is in it.

    Args:
        seed: Seed for the first weights and the dropped entries.

    Returns:
        A Sequential that takes images (N, 1, 32, 32) and returns logits (N, 10).

    Example:
        >>> from cnnlab import nn
        >>> from cnnlab.symptoms import hunt_network
        >>> [name for name in hunt_network().children if name not in nn.lenet().children]
        ['bn2', 'drop3']
    """
    parts = dict(nn.lenet(seed=seed, dtype="float64").children)
    normalised = {"conv2": nn.BatchNorm2d(16, dtype="float64"), "relu3": nn.Dropout(0.5, rng=seed)}
    layers = {}
    for name, layer in parts.items():
        layers[name] = layer
        if name in normalised:
            layers["bn2" if name == "conv2" else "drop3"] = normalised[name]
    return nn.Sequential(**layers)


def record_run(
    functions: Mapping[str, Callable] | None = None,
    *,
    steps: int = STEPS,
    seed: int = 2,
    order: int | None = None,
    progress: bool = False,
) -> Run:
    """Train the network of the hunt on the digits, with some gears exchanged, and record it.

    Args:
        functions: By the name of an exercise, such as "relu_backward", what takes its place; None for no exchange.
        steps: How many steps of 32 images; 46 are one pass. Rate 0.02, momentum 0.9.
        seed: Seed for the weights, the dropped entries and the order of the images.
        order: Another seed for the order of the images alone.
        progress: Whether to show a progress bar.

    Returns:
        The run, up to the first loss that is not finite.

    Raises:
        KeyboardInterrupt: It was interrupted. A run that lacks steps cannot be compared with another one.

    Example:
        >>> from cnnlab.symptoms import record_run
        >>> run = record_run(steps=1)
        >>> len(run.losses), sorted(run.norms)[:2]
        (1, ['bn2.bias', 'bn2.weight'])
    """
    digits, net = data.digits(), hunt_network(seed)
    train, test = ((split.x.astype(np.float64), split.y) for split in (digits.train, digits.test))
    sgd, passes = _RecordingSGD(lr=0.02, momentum=0.9), -(-steps // 46)
    with nn.exchange_gears(functions or {}):
        history = fit(
            net,
            train,
            test=test,
            epochs=passes,
            optimizer=sgd,
            max_steps=steps,
            seed=seed if order is None else order,
            progress=progress,
        )
    if history.interrupted:
        raise KeyboardInterrupt(history.stopped)
    accuracies = [float(epoch.test_accuracy or 0) for epoch in history.epochs]
    return Run(history.losses, accuracies, sgd.norms, net.children["conv1"].parameters["weight"].data)
