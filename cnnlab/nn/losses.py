"""Define the losses, with which a backward pass begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from cnnlab.nn.gears import Op

#: What becomes of the losses of all samples or entries.
Reduction = Literal["mean", "sum", "none"]


class Loss:
    """loss(pred, target) -> a number; loss.backward() -> the gradient of pred."""

    op_name: str
    first: str

    def __init__(self, reduction: Reduction = "mean", **options: Any):
        self.op = Op(self.op_name)
        self._options = {"reduction": reduction, **options}

    def ops(self) -> Iterator[tuple[str, Op]]:
        """Yield the loss's op, by its name.

        Returns:
            An iterator over one pair (name, op).
        """
        yield "loss", self.op

    def __call__(self, pred: np.ndarray, target: np.ndarray) -> Any:
        try:
            return self.op.forward({self.first: pred, "target": target}, self._options)
        except Exception as error:
            error.add_note(f"in {type(self).__name__}")
            raise

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """Return the gradient of pred.

        Args:
            dy: Upstream gradient, 1.0 at the end of a computation; with reduction "none" an array of the losses' shape.

        Returns:
            The gradient, of the shape of pred.

        Raises:
            RuntimeError: The loss was not called before.
        """
        try:
            found = self.op.backward(dy)[f"d{self.first}"]
        except Exception as error:
            error.add_note(f"in the backward pass of {type(self).__name__}")
            raise
        assert found is not None
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._options.items())})"


class CrossEntropyLoss(Loss):
    """−log of the probability that softmax(logits) gives to the right class (chapter 5).

    logits: (N, C) or (N, C, H, W).   target: class numbers, (N,) or (N, H, W).
    Call it with (logits, target); then backward() returns the gradient of logits.

    Args:
        reduction: "mean" or "sum" of all losses, or "none" for every loss by itself.
        **options: Further keyword arguments of the forward pass, where the learner's own takes more.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> loss = nn.CrossEntropyLoss()
        >>> print(round(float(loss(np.zeros((1, 2)), np.array([0]))), 4))
        0.6931
        >>> print(loss.backward())
        [[-0.5  0.5]]
    """

    op_name, first = "cross_entropy", "logits"


class MSELoss(Loss):
    """(pred − target)² (chapter 5).

    pred and target: any shape, the same.
    Call it with (pred, target); then backward() returns the gradient of pred.

    Args:
        reduction: "mean" or "sum" of all losses, or "none" for every loss by itself.
        **options: Further keyword arguments of the forward pass, where the learner's own takes more.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> loss = nn.MSELoss()
        >>> print(float(loss(np.array([3.0]), np.array([1.0]))))
        4.0
        >>> print(loss.backward())
        [4.]
    """

    op_name, first = "mse_loss", "pred"


class BCEWithLogitsLoss(Loss):
    """Cross-entropy of yes and no, with sigmoid(logits) for the probability of yes (chapter 5).

    logits: any shape.   target: probabilities from 0 to 1, of the same shape.
    Call it with (logits, target); then backward() returns the gradient of logits.

    Args:
        reduction: "mean" or "sum" of all losses, or "none" for every loss by itself.
        **options: Further keyword arguments of the forward pass, where the learner's own takes more.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> loss = nn.BCEWithLogitsLoss()
        >>> print(round(float(loss(np.array([0.0]), np.array([1.0]))), 4))
        0.6931
        >>> print(loss.backward())
        [-0.5]
    """

    op_name, first = "binary_cross_entropy_with_logits", "logits"


class SmoothL1Loss(Loss):
    """A parabola up to a distance of beta and a straight line beyond (chapter 15).

    pred and target: any shape, the same.
    Call it with (pred, target); then backward() returns the gradient of pred.

    Args:
        reduction: "mean" or "sum" of all losses, or "none" for every loss by itself.
        beta: Distance at which the line begins, 0 or more.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> loss = nn.SmoothL1Loss()
        >>> print(float(loss(np.array([3.0]), np.array([1.0]))))
        1.5
        >>> print(loss.backward())
        [1.]
    """

    op_name, first = "smooth_l1_loss", "pred"

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0):
        super().__init__(reduction, beta=beta)
