"""Train a network: the six steps of the article, one line each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np

from cnnlab.data import batches
from cnnlab.errors import CnnlabError, WrongType, WrongValue
from cnnlab.history import Epoch, History
from cnnlab.nn import SGD, CrossEntropyLoss, Module, Sequential
from cnnlab.nn.losses import Loss
from cnnlab.nn.optim import Optimizer
from cnnlab.nn.step_listeners import report_step

Samples = tuple[np.ndarray, np.ndarray]


class NotFinite(CnnlabError, ArithmeticError):
    """A loss is NaN or infinite; the message names the step, and the layer where it began."""


def fit(
    net: Module,
    train: Any,
    *,
    test: Any = None,
    epochs: int = 1,
    batch_size: int = 32,
    lr: float = 0.03,
    optimizer: Optimizer | None = None,
    loss: Loss | None = None,
    schedule: Callable[[int], float] | None = None,
    seed: int = 0,
    max_steps: int | None = None,
    progress: bool = True,
) -> History:
    """Train a network in place.

    Ctrl-C, or Interrupt in a notebook, ends the training and keeps what was learned. So does a loss that is not finite:
    the step that found it changes nothing. History.stopped says why it ended; History.epochs has the passes that are
    over, which may be none.

    Args:
        net: The network, which ends in logits (N, C).
        train: Images (N, ...) and class numbers (N,), as .x and .y or as a pair.
        test: The same for the test accuracy after each epoch, or None.
        epochs: Passes through all of train.
        batch_size: Samples in a step; the last batch of an epoch may be smaller.
        lr: Learning rate of the default optimiser.
        optimizer: By default SGD(lr, momentum=0.9).
        loss: By default CrossEntropyLoss().
        schedule: A function of the step, from 0 up, that returns its learning rate.
        seed: Seed for the order of the samples.
        max_steps: Stop after that many steps; None for no limit.
        progress: Whether to show a progress bar.

    Returns:
        A History: the loss and learning rate of every step; accuracies (0 to 1) and seconds of every epoch.

    Raises:
        ValueError: The samples or a number cannot be used; the message says what is needed.
        TypeError: train or test is neither a split nor a pair of arrays.

    Example:
        >>> import numpy as np
        >>> from cnnlab import fit, nn
        >>> x, y = np.eye(2)[[0, 1] * 4], np.array([0, 1] * 4)
        >>> history = fit(nn.Sequential(nn.Linear(2, 2, rng=0)), (x, y), epochs=20, lr=0.5, progress=False)
        >>> history.epochs[-1].train_accuracy
        1.0
    """
    samples, held_out = _samples("train", train), None if test is None else _samples("test", test)
    _whole("epochs", epochs, 0)
    _whole("batch_size", batch_size, 1)
    if max_steps is not None:
        _whole("max_steps", max_steps, 0)
    optimizer, loss = optimizer or SGD(lr, momentum=0.9), loss or CrossEntropyLoss()
    history, rng = History(), np.random.default_rng(seed)
    steps = epochs * -(-len(samples[0]) // batch_size)
    steps = steps if max_steps is None else min(steps, max_steps)
    with _record_early_stop(history, progress), _bar(steps, progress) as advance:
        for _ in range(epochs):
            started, first = time.perf_counter(), len(history.losses)
            for x, y in batches(*samples, batch_size, rng):
                if len(history.losses) == steps:
                    break
                optimizer.lr = schedule(len(history.losses)) if schedule else optimizer.lr
                with _restore_buffers_on_failure(net):
                    value = step(net, loss, optimizer, x, y)
                report_step(net)
                history.losses.append(value)
                history.rates.append(optimizer.lr)
                advance(value)
            if len(history.losses) > first:
                history.epochs.append(_epoch(net, history.losses[first:], samples, held_out, started))
    return history


def step(net: Module, loss: Loss, optimizer: Optimizer, x: np.ndarray, y: np.ndarray) -> float:
    """Take one step of training, as in the article's section 3.3, and return the loss before it.

    Raises NotFinite, and changes no parameter, where the loss or a gradient is NaN or infinite.
    """
    net.train()  # 1. the parameters are there, drawn at random or by earlier steps
    logits = net(x)  # 2. the forward pass
    value = float(loss(logits, y))  # 3. the loss ...
    dlogits = loss.backward()  # ... and its gradient at the output
    net.backward(dlogits, input_grad=False)  # 4. the chain rule, from the last layer to the first
    _finite(net, x, value)
    optimizer.step(net)  # 5. the update
    return value  # 6. and so on, until it is good enough


def evaluate(net: Module, samples: Any, batch_size: int = 256) -> float:
    """Return the share of images whose largest logit is that of the right class, with the network in evaluation mode.

    samples: as in fit.   Raises ValueError or TypeError for samples that cannot be evaluated.
    """
    x, y = _samples("samples", samples)
    _whole("batch_size", batch_size, 1)
    modes = [(part, part.training) for _, part in net.named_modules()]
    net.eval()
    try:
        logits = [net(x[i : i + batch_size]) for i in range(0, len(x), batch_size)]
    finally:
        for part, mode in modes:
            part.training = mode
    return float(np.mean(np.concatenate(logits).argmax(axis=1) == y))


def _epoch(net: Module, losses: list[float], samples: Samples, held_out: Samples | None, started: float) -> Epoch:
    some = (samples[0][:1000], samples[1][:1000])  # enough to see the difference
    seconds = time.perf_counter() - started
    return Epoch(float(np.mean(losses)), evaluate(net, some), evaluate(net, held_out) if held_out else None, seconds)


def _finite(net: Module, x: np.ndarray, value: float) -> None:
    wrong = [name for name, p in net.named_parameters() if p.grad is not None and not np.isfinite(p.grad).all()]
    if np.isfinite(value) and not wrong:
        return
    if not np.isfinite(x).all():
        raise NotFinite(f"The loss is {value}: some numbers in the images are not finite.")
    begun = first_not_finite(net, x)
    if begun:
        raise NotFinite(
            f"The loss is {value}: the first layer with such an output is {begun}. A smaller learning rate may help."
        )
    if wrong:
        raise NotFinite(f"The gradient of {wrong[-1]} is not finite; the gradients of the layers after it are.")
    raise NotFinite(f"The loss is {value}, and every layer's output is finite: the loss itself is not.")


def first_not_finite(net: Module, x: np.ndarray) -> str | None:
    """Return the name of the first layer whose output holds NaN or infinity, or None."""
    if not isinstance(net, Sequential):
        return None if np.isfinite(net(x)).all() else net.name
    for layer in net.children.values():
        y = layer(x)
        if not np.isfinite(y).all():
            return first_not_finite(layer, x) or layer.name
        x = y
    return None


@contextmanager
def _restore_buffers_on_failure(net: Module) -> Iterator[None]:
    """Restore running statistics if the step turns out not to be finite; NumPy does not warn in that case."""
    before = [(buffer, buffer.copy()) for _, buffer in net.named_buffers()]
    try:
        with np.errstate(all="ignore"):
            yield
    except NotFinite:
        for buffer, value in before:
            buffer[...] = value
        raise


@contextmanager
def _record_early_stop(history: History, aloud: bool) -> Iterator[None]:
    """Keep what was learned when the training ends early, and say why it did."""
    try:
        yield
    except KeyboardInterrupt:
        history.interrupted = True
        history.stopped = f"Interrupted after {len(history.losses)} steps; what was learned is kept."
    except NotFinite as error:
        history.stopped = f"Stopped after {len(history.losses)} steps. {error}"
    if history.stopped and aloud:
        print(history.stopped)


@contextmanager
def _bar(steps: int, shown: bool) -> Iterator[Callable[[float], None]]:
    """Show a progress bar with the running mean of the loss."""
    from tqdm.auto import tqdm

    mean: list[float] = []

    def advance(value: float) -> None:
        mean[:] = [value if not mean else 0.95 * mean[0] + 0.05 * value]
        bar.set_postfix(loss=f"{mean[0]:.4f}", refresh=False)
        bar.update()

    with tqdm(total=steps, disable=not shown, unit="step") as bar:
        yield advance


def _samples(name: str, given: Any) -> Samples:
    pair = (given.x, given.y) if hasattr(given, "x") and hasattr(given, "y") else given
    if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(a, np.ndarray) for a in pair)):
        raise WrongType(f"{name} is a {type(given).__name__}; a split with x and y, or a pair of arrays, is needed")
    x, y = pair
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise WrongValue(f"{name} has y of shape {y.shape}, {y.dtype}; one whole number for each image is needed")
    if x.shape[:1] != y.shape:
        raise WrongValue(f"{name} has x of shape {x.shape} and {len(y)} classes; one for each image is needed")
    if not len(x):
        raise WrongValue(f"{name} is empty; at least one image is needed")
    return x, y


def _whole(name: str, value: int, least: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise WrongValue(f"{name} is {value!r}; a whole number from {least} up is needed")
