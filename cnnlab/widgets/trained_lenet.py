"""Run the trained LeNet of the package forwards and backwards on one image, with a wrong gear in it where one is asked.

The page has the same in wayhome_network.js, with the same numbers: a byte for each weight, times its tensor's scale.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")

#: What can be spoiled, and in which layers.
GEARS = {
    "kernel turned": ("conv1", "conv2"),
    "= for +=": ("conv1", "conv2"),
    "no mask": ("relu1", "relu2", "relu3", "relu4"),
    "mean for sum": ("conv1", "conv2"),
}

#: A gradient counts as wrong where it is off by more than this share of the largest one of its layer.
WRONG_SHARE = 0.01

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Trained:
    """The network and the images that it is shown on, as they are stored."""

    stored: Arrays
    pixels: np.ndarray
    labels: np.ndarray

    def weights(self) -> Arrays:
        """Return every weight and bias in float64, by names such as "conv1.weight"."""
        names = [f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias")]
        return {n: self.stored[n].astype(np.float64) * float(self.stored[f"{n}.scale"]) for n in names}

    def image(self, k: int) -> np.ndarray:
        """Return image k, 32×32, from 0 to 1."""
        return self.pixels[k] / 255

    def pack_for_page(self) -> dict[str, Any]:
        """Return weights, scales, pixels and labels as JSON; decode() in wayhome_network.js reads it."""
        names = list(self.weights())
        return {
            "weights": {n: base64.b64encode(self.stored[n].tobytes()).decode() for n in names},
            "scales": {n: float(self.stored[f"{n}.scale"]) for n in names},
            "pixels": base64.b64encode(self.pixels.tobytes()).decode(),
            "labels": self.labels.tolist(),
        }


@cache
def load() -> Trained:
    """Return the network that authoring/train_lenet.py has trained."""
    from cnnlab.data import digits

    with files("cnnlab.data.embedded").joinpath("lenet.npz").open("rb") as file, np.load(file) as npz:
        stored = {key: npz[key] for key in npz.files}
    test = digits(dtype="float64").test
    pixels = np.rint(255 * test.x[stored["images"], 0]).astype(np.uint8)
    return Trained(stored, pixels, test.y[stored["images"]])


def run_forward(x: np.ndarray, w: Arrays) -> Arrays:
    """Return what every layer gives, by its name, for one image of 32×32; p are the softmax's probabilities."""
    found = {"x": x[None]}
    a = found["x"]
    for k in "12":
        z = np.einsum("cijuv,fcuv->fij", sliding_window_view(a, (5, 5), (1, 2)), w[f"conv{k}.weight"], optimize=True)
        z += w[f"conv{k}.bias"][:, None, None]
        found |= {f"conv{k}": z, f"relu{k}": np.maximum(z, 0)}
        a = found[f"pool{k}"] = _windows(found[f"relu{k}"]).max(-1)
    a = a.ravel()
    for k, relu in (("1", "relu3"), ("2", "relu4")):
        found[f"fc{k}"] = w[f"fc{k}.weight"] @ a + w[f"fc{k}.bias"]
        a = found[relu] = np.maximum(found[f"fc{k}"], 0)
    found["logits"] = w["fc3.weight"] @ a + w["fc3.bias"]
    raised = np.exp(found["logits"] - found["logits"].max())
    found["p"] = raised / raised.sum()
    return found


def find_loss(x: np.ndarray, label: int, w: Arrays) -> float:
    """Return −ln p of the right class."""
    return float(-np.log(run_forward(x, w)["p"][label]))


def run_backward(found: Arrays, label: int, w: Arrays, gear: str = "", layer: str = "") -> Arrays:
    """Return the gradient with respect to each layer's output, and to x; "conv1.bias" and "conv2.bias" as well.

    gear, layer: what is spoiled, or "".
    """
    spoiled = {layer: gear} if gear else {}

    def shut(name: str, of: str, dy: np.ndarray) -> np.ndarray:
        return dy if name in spoiled else np.where(found[of] > 0, dy, 0)

    g = {"logits": found["p"] - (np.arange(10) == label)}
    g["relu4"] = w["fc3.weight"].T @ g["logits"]
    g["fc2"] = shut("relu4", "fc2", g["relu4"])
    g["relu3"] = w["fc2.weight"].T @ g["fc2"]
    g["fc1"] = shut("relu3", "fc1", g["relu3"])
    g["pool2"] = (w["fc1.weight"].T @ g["fc1"]).reshape(16, 5, 5)
    for k, before in (("2", "pool1"), ("1", "x")):
        g[f"relu{k}"] = _send_to_winners(g[f"pool{k}"], found[f"relu{k}"])
        dy = g[f"conv{k}"] = shut(f"relu{k}", f"conv{k}", g[f"relu{k}"])
        wrong = spoiled.get(f"conv{k}", "")
        g[f"conv{k}.bias"] = dy.mean((1, 2)) if wrong == "mean for sum" else dy.sum((1, 2))
        g[before] = _conv_input_grad(dy, w[f"conv{k}.weight"], wrong)
    return g


def find_wrong(spoiled: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return where a spoiled gradient is off by more than WRONG_SHARE of the largest one."""
    return np.abs(spoiled - right) > WRONG_SHARE * np.abs(right).max()


def _windows(a: np.ndarray) -> np.ndarray:
    """Return the four cells of every pooling window, (C, H/2, W/2, 4)."""
    c, h, width = a.shape
    return a.reshape(c, h // 2, 2, width // 2, 2).swapaxes(2, 3).reshape(c, h // 2, width // 2, 4)


def _send_to_winners(dy: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Give every window's gradient to the cell that won: the first of the largest."""
    c, h, width = a.shape
    won = np.arange(4) == _windows(a).argmax(-1)[..., None]
    spread = (won * dy[..., None]).reshape(c, h // 2, width // 2, 2, 2)
    return spread.swapaxes(2, 3).reshape(a.shape)


def _conv_input_grad(dy: np.ndarray, w: np.ndarray, wrong: str) -> np.ndarray:
    """Return dx[c, i+u, j+v] += dy[f, i, j]·w[f, c, u, v]; with a mistake where one is asked for."""
    (_, h, width), (_, channels, *_) = dy.shape, w.shape
    dx = np.zeros((channels, h + 4, width + 4))
    if wrong == "kernel turned":
        w = w[..., ::-1, ::-1]
    for u in range(5):
        for v in range(5):
            part = np.tensordot(w[:, :, u, v], dy, (0, 0))
            if wrong == "= for +=":
                dx[:, u : u + h, v : v + width] = part
            else:
                dx[:, u : u + h, v : v + width] += part
    return dx
