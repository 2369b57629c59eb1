"""Losses: where a backward pass begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnlab.nn.gears import Op


class Loss:
    """loss(pred, target) -> a number; loss.backward() -> the gradient of pred."""

    op_name: str
    first: str

    def __init__(self, reduction: str = "mean", **options: Any):
        self.op = Op(self.op_name)
        self._options = {"reduction": reduction, **options}

    def ops(self) -> Iterator[tuple[str, Op]]:
        """The loss's op, by its name."""
        yield "loss", self.op

    def __call__(self, pred: np.ndarray, target: np.ndarray) -> Any:
        try:
            return self.op.forward({self.first: pred, "target": target}, self._options)
        except Exception as error:
            error.add_note(f"in {type(self).__name__}")
            raise

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """The gradient of pred. dy: the upstream gradient, 1.0 at the end of a computation."""
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
    """−log of the probability that softmax(logits) gives to the right class. logits: (N, C).   target: (N,)."""

    op_name, first = "cross_entropy", "logits"


class MSELoss(Loss):
    """(pred − target)²."""

    op_name, first = "mse_loss", "pred"


class BCEWithLogitsLoss(Loss):
    """Cross-entropy of yes and no, with sigmoid(logits) for the probability of yes."""

    op_name, first = "binary_cross_entropy_with_logits", "logits"


class SmoothL1Loss(Loss):
    """A parabola up to beta and a straight line beyond."""

    op_name, first = "smooth_l1_loss", "pred"

    def __init__(self, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction, beta=beta)
