"""One training step of LeNet, with the batch last and all memory made once.

Forward, cross-entropy, backward and SGD with momentum, as PyTorch's tutorial does them in five lines. The pooling comes
before the bias and the ReLU, which then have a quarter of the numbers to work on: the largest of four numbers stays the
largest when the same bias is added to all, and relu(max) = max(relu).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solutions.fast.pool import PooledConv

Arrays = Mapping[str, np.ndarray]

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

    def __init__(self, parameters: Arrays, *, lr: float = 0.001, momentum: float = 0.9):
        wrong = [n for n, s in SHAPES.items() if n not in parameters or parameters[n].shape != s]
        if wrong:
            raise ValueError(f"missing, or of another shape: {', '.join(wrong)}; SHAPES says what is needed")
        self.lr, self.momentum = lr, momentum
        dtype = parameters["conv1.weight"].dtype
        # one array holds all parameters, so that the update is three calls and not thirty
        self._all, self.parameters = pack_parameters(dtype)
        self._gradient, self.grads = pack_parameters(dtype)
        self._share_of_all, self._share = pack_parameters(dtype)  # of one block, where there are several
        self._velocity, self._step = np.zeros_like(self._all), np.empty_like(self._all)
        for name, array in self.parameters.items():
            array[...] = parameters[name]
        self._blocks: dict[int, Block] = {}

    def step(self, x: np.ndarray, target: np.ndarray) -> float:
        """Train on one batch. x: images, (N, 1, 32, 32).   target: class numbers, (N,)."""
        loss = self.gradient(x, target)
        self._velocity *= self.momentum
        self._velocity += self._gradient
        np.multiply(self._velocity, self.lr, out=self._step)
        self._all -= self._step
        return loss

    def gradient(self, x: np.ndarray, target: np.ndarray) -> float:
        """The loss, with its gradient with respect to every parameter in self.grads."""
        loss = 0.0
        for start in range(0, len(x), BLOCK):
            images, classes = x[start : start + BLOCK], target[start : start + BLOCK]
            block = self._block(len(images))
            loss += block.run(self.parameters, self._share if start else self.grads, images, classes, len(x))
            if start:
                self._gradient += self._share_of_all
        return loss

    def _block(self, n: int) -> Block:
        if n not in self._blocks:
            self._blocks[n] = Block(n, self._all.dtype)
        return self._blocks[n]


def pack_parameters(dtype) -> tuple[np.ndarray, dict[str, np.ndarray]]:
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
        self.conv1 = PooledConv((1, 32, 32, n), SHAPES["conv1.weight"], dtype)
        self.conv2 = PooledConv((6, 14, 14, n), SHAPES["conv2.weight"], dtype)
        self.samples = np.arange(n)

    def run(self, p: Arrays, g: Arrays, images: np.ndarray, target: np.ndarray, total: int) -> float:
        """This block's share of the mean loss over `total` images; its gradient is written into g."""
        x = images.transpose(1, 2, 3, 0)
        h1 = _relu(self.conv1.forward(x, p["conv1.weight"]) + _column(p["conv1.bias"], 4))
        h2 = _relu(self.conv2.forward(h1, p["conv2.weight"]) + _column(p["conv2.bias"], 4))
        flat = h2.reshape(400, -1)
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
        self.conv2.backward(d, g["conv2.weight"])
        d = self.conv2.input_grad()
        d *= h1 > 0
        np.sum(d.reshape(6, -1), axis=1, out=g["conv1.bias"])
        self.conv1.backward(d, g["conv1.weight"])  # nobody needs the images' gradient
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


def _linear_backward(dy: np.ndarray, x: np.ndarray, p: Arrays, g: Arrays, name: str) -> np.ndarray:
    """dx; dw and db are written into g. dy: (out, n).   x: (in, n)."""
    np.matmul(dy, x.T, out=g[f"{name}.weight"])
    np.sum(dy, axis=1, out=g[f"{name}.bias"])
    return p[f"{name}.weight"].T @ dy
