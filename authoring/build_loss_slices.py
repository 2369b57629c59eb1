"""Write cnnlab/data/embedded/loss_slices.npz: the loss around two trained networks, on a plane through each.

`python -m authoring.build_loss_slices` trains LeNet with eight more blocks behind it, once with shortcuts and once
without, with the reference solutions and from fixed seeds, and takes the loss and its gradient on a grid of points in
the plane that two random directions span. Each filter of a direction is as long as the network's own (Li, Xu, Taylor,
Studer and Goldstein 2018). It needs a few minutes on one core.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import cnnlab
from cnnlab import data, fit, nn
from cnnlab.train import evaluate

ROOT = Path(__file__).parents[1]
FILE = ROOT / "cnnlab" / "data" / "embedded" / "loss_slices.npz"

SEED, EPOCHS, RATE = 0, 8, 1e-3
BLOCKS, WIDTH = 8, 84

#: Points along each side of the plane, which reaches from -REACH to REACH times the directions.
POINTS, REACH = 33, 0.5

#: Training images that the loss is the mean of.
IMAGES = 200

Arrays = list[np.ndarray]


def make_network(shortcuts: bool) -> nn.Sequential:
    """Return LeNet with BLOCKS blocks of two linear layers before its last layer."""
    rng, parts = np.random.default_rng(SEED), dict(nn.lenet(seed=SEED).children)
    last = parts.pop("fc3")
    for k in range(1, BLOCKS + 1):
        if shortcuts:
            parts[f"block{k}"] = nn.ResidualBlock(WIDTH, WIDTH, rng=rng)
            continue
        first, second = (nn.Linear(WIDTH, WIDTH, rng=rng) for _ in range(2))
        for layer, variance in ((first, 2 / WIDTH), (second, 1 / WIDTH)):  # so that values keep their size
            w = layer.parameters["weight"]
            w.data = (np.sqrt(variance) * rng.normal(size=w.data.shape)).astype(w.data.dtype)
        parts |= {f"first{k}": first, f"between{k}": nn.ReLU(), f"second{k}": second}
    return nn.Sequential(**parts, fc3=last)


def train(net: nn.Sequential) -> None:
    """Train with Adam and a rate that falls to 0 as half a cosine."""
    digits = data.digits()
    steps = EPOCHS * -(-len(digits.train.x) // 32)
    fit(
        net,
        digits.train,
        epochs=EPOCHS,
        optimizer=nn.Adam(lr=RATE),
        schedule=lambda step: RATE * (1 + np.cos(np.pi * step / steps)) / 2,
        seed=SEED,
        progress=False,
    )
    print(f"{evaluate(net, digits.test):.2%} of the test images are read correctly")


def draw_direction(net: nn.Sequential, rng: np.random.Generator) -> Arrays:
    """Return a random direction in which every row of weights is as long as the network's own; biases stay."""
    direction = []
    for _, parameter in net.named_parameters():
        w = parameter.data
        if w.ndim == 1:
            direction.append(np.zeros_like(w))
            continue
        d = rng.normal(size=w.shape)
        rows, own = d.reshape(len(d), -1), w.reshape(len(w), -1)
        lengths = np.linalg.norm(own, axis=1, keepdims=True) / np.linalg.norm(rows, axis=1, keepdims=True)
        direction.append((rows * lengths).reshape(w.shape).astype(w.dtype))
    return direction


def measure_plane(net: nn.Sequential, directions: tuple[Arrays, Arrays]) -> dict[str, np.ndarray]:
    """Return the loss and its two slopes within the plane, each (POINTS, POINTS), first axis along the first one."""
    digits, loss = data.digits(), nn.CrossEntropyLoss()
    x, y = digits.train.x[:IMAGES], digits.train.y[:IMAGES]
    parameters = [parameter for _, parameter in net.named_parameters()]
    start = [parameter.data for parameter in parameters]
    along = np.linspace(-REACH, REACH, POINTS)
    found = {name: np.zeros((POINTS, POINTS)) for name in ("loss", "slope1", "slope2")}
    for i, a in enumerate(along):
        for j, b in enumerate(along):
            for parameter, w, d, e in zip(parameters, start, *directions, strict=True):
                parameter.data = (w + a * d + b * e).astype(w.dtype)
            found["loss"][i, j] = loss(net(x), y)
            net.backward(loss.backward(), input_grad=False)
            for k, direction in enumerate(directions, 1):
                slope = sum(np.vdot(p.grad, d) for p, d in zip(parameters, direction, strict=True))
                found[f"slope{k}"][i, j] = slope
        print(f"row {i + 1} of {POINTS}", flush=True)
    return found


def main() -> int:
    cnnlab.use(ROOT / "solutions" / "ops")
    stored: dict[str, Any] = {"reach": np.array(REACH)}
    for name, shortcuts in (("shortcuts", True), ("plain", False)):
        net = make_network(shortcuts)
        train(net)
        rng = np.random.default_rng(SEED)
        plane = measure_plane(net, (draw_direction(net, rng), draw_direction(net, rng)))
        print(name, "loss in the middle", plane["loss"][POINTS // 2, POINTS // 2], "largest", plane["loss"].max())
        stored |= {f"{name}.{part}": values.astype(np.float32) for part, values in plane.items()}
    np.savez_compressed(FILE, **stored)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
