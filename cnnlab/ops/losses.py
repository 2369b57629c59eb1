"""Losses, forward and backward (chapter 5; smooth L1 in chapter 15).

A loss compares what the network gave with a target and says in one number how wrong it was. First comes one number for
each thing compared, the *losses*; `reduction` says what becomes of them:

    "mean"   their mean, one number       "sum"   their sum, one number       "none"   they stay as they are

The upstream gradient dy has the shape of what the forward pass returned: one number, 1.0 where the loss is the end of
the computation, or with "none" an array. Targets are data and get no gradient.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_values, number_from_zero, same_shape


class CrossEntropyCache(NamedTuple):
    """What the backward pass needs. log_p: the logarithm of softmax(logits), of the shape of logits."""

    log_p: np.ndarray
    target: np.ndarray
    reduction: str


class MseLossCache(NamedTuple):
    """What the backward pass needs: the inputs and the option of the forward pass."""

    pred: np.ndarray
    target: np.ndarray
    reduction: str


class BinaryCrossEntropyWithLogitsCache(NamedTuple):
    """What the backward pass needs: the inputs and the option of the forward pass."""

    logits: np.ndarray
    target: np.ndarray
    reduction: str


class SmoothL1LossCache(NamedTuple):
    """What the backward pass needs: the inputs and the options of the forward pass."""

    pred: np.ndarray
    target: np.ndarray
    beta: float
    reduction: str


def cross_entropy_forward(
    logits: np.ndarray, target: np.ndarray, *, reduction: str = "mean"
) -> tuple[np.ndarray | np.floating, CrossEntropyCache]:
    """Return -log of the probability that softmax gives to the right class (chapter 5). Given; it is right.

    Args:
        logits: One number for each class, (N, C), or with positions (N, C, H, W).
        target: The right classes, integers from 0 to C - 1, (N,), or with positions (N, H, W).
        reduction: "mean", "sum" or "none", over the N samples and their positions.

    Returns:
        The loss, one number, or with "none" an array of the shape of target, and the cache for
        cross_entropy_backward.

    Raises:
        ValueError, TypeError: target does not fit logits.

    Example:
        >>> loss, _ = cross_entropy_forward(np.array([[0.0, 0.0]]), np.array([1]))
        >>> print(loss.round(4))
        0.6931
    """
    class_numbers(target, float_values("logits", logits).shape)
    shifted = logits - logits.max(axis=1, keepdims=True)  # the same softmax, and exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = -np.take_along_axis(log_p, target[:, None], axis=1)[:, 0]
    return reduced(losses, reduction), CrossEntropyCache(log_p, target, reduction)


def cross_entropy_backward(dy: float | np.ndarray, cache: CrossEntropyCache) -> np.ndarray:
    """Return the gradient of logits (chapter 5, steps 7 to 10).

    Args:
        dy: Upstream gradient, one number (1.0 at the end), or with "none" of the shape of target.
        cache: From cross_entropy_forward.

    Returns:
        dlogits, (N, C) or (N, C, H, W).
    """
    raise NotImplementedError("ch05: write cross_entropy_backward")


def mse_loss_forward(
    pred: np.ndarray, target: np.ndarray, *, reduction: str = "mean"
) -> tuple[np.ndarray | np.floating, MseLossCache]:
    """Return the square of pred - target (chapter 5). Given; it is right.

    Args:
        pred, target: Any shape, the same.
        reduction: "mean", "sum" or "none", over all entries.

    Returns:
        The loss, one number, or with "none" an array of the shape of pred, and the cache for mse_loss_backward.

    Raises:
        ValueError, TypeError: The shapes differ, or the numbers are not floating-point.

    Example:
        >>> loss, _ = mse_loss_forward(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
        >>> print(loss)
        2.0
    """
    same_as("pred", pred, target)
    return reduced((pred - target) ** 2, reduction), MseLossCache(pred, target, reduction)


def mse_loss_backward(dy: float | np.ndarray, cache: MseLossCache) -> np.ndarray:
    """Return the gradient of pred (chapter 5, step 6).

    Args:
        dy: Upstream gradient, one number (1.0 at the end), or with "none" of the shape of pred.
        cache: From mse_loss_forward.

    Returns:
        dpred, of the shape of pred.
    """
    raise NotImplementedError("ch05: write mse_loss_backward")


def binary_cross_entropy_with_logits_forward(
    logits: np.ndarray, target: np.ndarray, *, reduction: str = "mean"
) -> tuple[np.ndarray | np.floating, BinaryCrossEntropyWithLogitsCache]:
    """Return the cross-entropy of yes and no (chapter 5). Given; it is right.

    The probability of yes is sigmoid(logits).

    Args:
        logits: Any shape.
        target: Probabilities from 0 to 1, as floating-point numbers, of the shape of logits.
        reduction: "mean", "sum" or "none", over all entries.

    Returns:
        The loss, one number, or with "none" an array of the shape of logits, and the cache for
        binary_cross_entropy_with_logits_backward.

    Raises:
        ValueError, TypeError: target does not fit logits.

    Example:
        >>> loss, _ = binary_cross_entropy_with_logits_forward(np.array([0.0]), np.array([1.0]))
        >>> print(loss.round(4))
        0.6931
    """
    same_as("logits", logits, target)
    inside(target, 1, "a probability from 0 to 1")
    # -log sigmoid(x) = log(1 + exp(-x)), and -log(1 - sigmoid(x)) = log(1 + exp(x)); logaddexp does not overflow
    losses = target * np.logaddexp(0, -logits) + (1 - target) * np.logaddexp(0, logits)
    return reduced(losses, reduction), BinaryCrossEntropyWithLogitsCache(logits, target, reduction)


def binary_cross_entropy_with_logits_backward(
    dy: float | np.ndarray, cache: BinaryCrossEntropyWithLogitsCache
) -> np.ndarray:
    """Return the gradient of logits (chapter 5, step 11).

    Args:
        dy: Upstream gradient, one number (1.0 at the end), or with "none" of the shape of logits.
        cache: From binary_cross_entropy_with_logits_forward.

    Returns:
        dlogits, of the shape of logits.
    """
    raise NotImplementedError("ch05: write binary_cross_entropy_with_logits_backward")


def smooth_l1_loss_forward(
    pred: np.ndarray, target: np.ndarray, *, beta: float = 1.0, reduction: str = "mean"
) -> tuple[np.ndarray | np.floating, SmoothL1LossCache]:
    """Return d²/(2 beta) for d = |pred - target| below beta, d - beta/2 from there on (chapter 15). Given; it is right.

    Girshick, Fast R-CNN (2015), equation 3, where beta is 1.

    Args:
        pred, target: Any shape, the same.
        beta: Where the square ends, 0 or more; with 0 the loss is d itself.
        reduction: "mean", "sum" or "none", over all entries.

    Returns:
        The loss, one number, or with "none" an array of the shape of pred, and the cache for
        smooth_l1_loss_backward.

    Raises:
        ValueError, TypeError: The shapes differ, or beta is below 0.

    Example:
        >>> loss, _ = smooth_l1_loss_forward(np.array([3.0, 0.0]), np.array([1.0, 1.0]), reduction="none")
        >>> print(loss)
        [1.5 0.5]
    """
    same_as("pred", pred, target)
    beta = number_from_zero("beta", beta)
    distance = np.abs(pred - target)
    near = np.minimum(distance, beta)  # the part that is squared; the rest, distance - near, counts as it is
    losses = distance if beta == 0 else near**2 / (2 * beta) + (distance - near)
    return reduced(losses, reduction), SmoothL1LossCache(pred, target, beta, reduction)


def smooth_l1_loss_backward(dy: float | np.ndarray, cache: SmoothL1LossCache) -> np.ndarray:
    """Return the gradient of pred (chapter 15, step 7).

    Args:
        dy: Upstream gradient, one number (1.0 at the end), or with "none" of the shape of pred.
        cache: From smooth_l1_loss_forward.

    Returns:
        dpred, of the shape of pred.
    """
    raise NotImplementedError("ch15: write smooth_l1_loss_backward")


# The pieces that all four losses share.


def reduced(losses: np.ndarray, reduction: str) -> np.ndarray | np.floating:
    """Return the losses' mean or sum, or with "none" the losses themselves."""
    if reduction == "mean":
        with np.errstate(invalid="ignore"):  # 0/0: the mean of no losses is nan
            return losses.sum() / losses.size
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is {reduction!r}; 'mean', 'sum' or 'none' is needed")


def class_numbers(target: np.ndarray, logits_shape: tuple[int, ...]) -> None:
    """Refuse a target that does not name one class for each sample and position of logits."""
    if len(logits_shape) < 2 or logits_shape[1] < 1:
        raise ValueError(f"logits has shape {logits_shape}; (N, C) or (N, C, H, W) with at least one class is needed")
    if not isinstance(target, np.ndarray):
        raise TypeError(f"target is a {type(target).__name__}; a NumPy array is needed")
    if not np.issubdtype(target.dtype, np.integer):
        raise TypeError(f"target has dtype {target.dtype}; class numbers, which are integers, are needed")
    n, classes, *positions = logits_shape
    same_shape("target", target, (n, *positions), f"one class for each sample and position of logits {logits_shape}")
    inside(target, classes - 1, f"a class number from 0 to {classes - 1}")


def same_as(name: str, value: np.ndarray, target: np.ndarray) -> None:
    """Refuse a value and a target that are not floating-point numbers of one shape."""
    float_values("target", target)
    same_shape("target", target, float_values(name, value).shape, f"the shape of {name}")


def inside(target: np.ndarray, most: int, needed: str) -> None:
    """Refuse a target that is below 0 or above `most` anywhere, with the first place where it is."""
    outside = np.argwhere((target < 0) | (target > most))
    if len(outside):
        place = tuple(outside[0].tolist())
        raise ValueError(f"target{list(place)} is {target[place]}; {needed} is needed")
