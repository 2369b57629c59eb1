"""One training step of LeNet, with the batch last and all memory made once.

Forward, cross-entropy, backward and SGD with momentum, as PyTorch's tutorial does them in five lines. The pooling comes
before the bias and the ReLU, which then have a quarter of the numbers to work on: the largest of four numbers stays the
largest when the same bias is added to all, and relu(max) = max(relu).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solutions.fast.conv import Conv
from solutions.fast.pool import MaxPool

#: Parameters as in PyTorch, by name and shape.
SHAPES = {
    "conv1.weight": (6, 1, 5, 5),
    "conv1.bias": (6,),
    "conv2.weight": (16, 6, 5, 5),
    "conv2.bias": (16,),
    "fc1.weight": (120, 400),
    "fc1.bias": (120,),
    "fc2.weight": (84, 120),
    "fc2.bias": (84,),
    "fc3.weight": (10, 84),
    "fc3.bias": (10,),
}

#: Images that are worked on at a time: their columns stay in the cache between the passes that use them.
BLOCK = 32


class LeNet:
    """The network and its training: step(x, target) -> the loss before it.

    parameters: arrays by name, as SHAPES says; they are copied.   lr, momentum: of torch.optim.SGD.
    Raises ValueError for missing parameters or other shapes.
    """

    def __init__(self, parameters: Mapping[str, np.ndarray], *, lr: float = 0.001, momentum: float = 0.9):
        wrong = [n for n, s in SHAPES.items() if n not in parameters or parameters[n].shape != s]
        if wrong:
            raise ValueError(f"missing, or of another shape: {', '.join(wrong)}; SHAPES says what is needed")
        self.lr, self.momentum = lr, momentum
        dtype = parameters["conv1.weight"].dtype
        # one array holds all parameters, so that the update is three calls and not thirty
        self._all, self.parameters = _packed(dtype)
        self._gradient, self.grads = _packed(dtype)
        self._velocity = _packed(dtype)[0]
        for name, array in self.parameters.items():
            array[...] = parameters[name]
        self._blocks: dict[int, Block] = {}

    def step(self, x: np.ndarray, target: np.ndarray) -> float:
        """Train on one batch. x: images, (N, 1, 32, 32).   target: class numbers, (N,)."""
        loss = self.gradient(x, target)
        self._velocity *= self.momentum
        self._velocity += self._gradient
        self._all -= self.lr * self._velocity
        return loss

    def gradient(self, x: np.ndarray, target: np.ndarray) -> float:
        """The loss, with its gradient by every parameter in self.grads."""
        loss, total = 0.0, self._gradient
        for start in range(0, len(x), BLOCK):
            images, classes = x[start : start + BLOCK], target[start : start + BLOCK]
            block = self._block(len(images))
            loss += block.run(self.parameters, images, classes, len(x))
            if start == 0:
                total[...] = block.gradient
            else:
                total += block.gradient
        return loss

    def _block(self, n: int) -> Block:
        if n not in self._blocks:
            self._blocks[n] = Block(n, self._all.dtype)
        return self._blocks[n]


def _packed(dtype) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """One array of zeros for all parameters, and each parameter as a view of its part."""
    whole = np.zeros(sum(int(np.prod(s)) for s in SHAPES.values()), dtype)
    views, start = {}, 0
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        views[name] = whole[start : start + size].reshape(shape)
        start += size
    return whole, views


class Block:
    """The forward and backward pass of n images at a time, and their working memory."""

    def __init__(self, n: int, dtype):
        self.gradient, self.grads = _packed(dtype)
        self.x = np.empty((1, 32, 32, n), dtype)
        self.conv1, self.pool1 = Conv((1, 32, 32, n), (6, 1, 5, 5), dtype), MaxPool((6, 28, 28, n), dtype)
        self.conv2, self.pool2 = Conv((6, 14, 14, n), (16, 6, 5, 5), dtype), MaxPool((16, 10, 10, n), dtype)
        self.samples = np.arange(n)

    def run(self, p: Mapping[str, np.ndarray], images: np.ndarray, target: np.ndarray, total: int) -> float:
        """This block's share of the mean loss over `total` images; its gradient is in self.grads."""
        n, g = len(images), self.grads
        np.copyto(self.x.reshape(1024, n), images.reshape(n, 1024).T)

        z1 = self.conv1.forward(self.x, p["conv1.weight"])
        h1 = _relu(self.pool1.forward(z1) + _column(p["conv1.bias"], 4))
        z2 = self.conv2.forward(h1, p["conv2.weight"])
        h2 = _relu(self.pool2.forward(z2) + _column(p["conv2.bias"], 4))
        flat = h2.reshape(400, n)
        h3 = _relu(p["fc1.weight"] @ flat + _column(p["fc1.bias"], 2))
        h4 = _relu(p["fc2.weight"] @ h3 + _column(p["fc2.bias"], 2))
        logits = p["fc3.weight"] @ h4 + _column(p["fc3.bias"], 2)

        loss, d = self._cross_entropy(logits, target, total)
        d = _linear_backward(d, h4, p, g, "fc3")
        d *= h4 > 0
        d = _linear_backward(d, h3, p, g, "fc2")
        d *= h3 > 0
        d = _linear_backward(d, flat, p, g, "fc1").reshape(h2.shape)
        d *= h2 > 0
        np.sum(d.reshape(16, -1), axis=1, out=g["conv2.bias"])
        d = self.pool2.backward(d, z2)
        self.conv2.weight_grad(d, g["conv2.weight"])
        d = self.conv2.input_grad(d, p["conv2.weight"])
        d *= h1 > 0
        np.sum(d.reshape(6, -1), axis=1, out=g["conv1.bias"])
        self.conv1.weight_grad(self.pool1.backward(d, z1), g["conv1.weight"])  # nobody needs the images' gradient
        return loss

    def _cross_entropy(self, logits: np.ndarray, target: np.ndarray, total: int) -> tuple[float, np.ndarray]:
        """Of logits (10, n), in a mean over `total` images: this block's share, and its gradient."""
        shifted = logits - logits.max(axis=0)
        e = np.exp(shifted)
        sums = e.sum(axis=0)
        right = (target, self.samples)
        loss = (np.log(sums) - shifted[right]).sum() / total
        e /= sums
        e[right] -= 1
        e /= total
        return float(loss), e


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0, out=z)


def _column(bias: np.ndarray, ndim: int) -> np.ndarray:
    return bias.reshape(-1, *[1] * (ndim - 1))


def _linear_backward(dy: np.ndarray, x: np.ndarray, p: Mapping, g: Mapping, name: str) -> np.ndarray:
    """dx; dw and db are written into g. dy: (out, n).   x: (in, n)."""
    np.matmul(dy, x.T, out=g[f"{name}.weight"])
    np.sum(dy, axis=1, out=g[f"{name}.bias"])
    return p[f"{name}.weight"].T @ dy
