"""Train the LeNet of three pictures, and store it in the package with a byte for each of its 61,706 numbers.

python -m authoring.train_lenet

It runs on the reference solutions, from a fixed seed, and prints the share of test images read correctly before and
after the numbers were rounded to bytes. shape_ledger and conv_explorer show it on one digit, way_home on those whose
numbers are stored with it. These are misread ones and one of each class, of which the network is not sure: then the
loss has gradients that can be seen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import cnnlab
from cnnlab import data, fit, nn
from cnnlab.train import evaluate

ROOT = Path(__file__).parent.parent
FILE = ROOT / "cnnlab" / "data" / "embedded" / "lenet.npz"

SEED = 4
EPOCHS = 8

#: How many misread test images are offered, besides one of each class.
MISREAD = 4


def round_to_bytes(values: np.ndarray) -> tuple[np.ndarray, float]:
    """Return int8 numbers and the scale that they are to be multiplied by: one scale for the whole tensor."""
    scale = float(np.abs(values).max()) / 127
    return np.rint(values / scale).astype(np.int8), scale


def train() -> nn.Sequential:
    """Return LeNet after EPOCHS passes through the embedded digits, with a learning rate that falls to a tenth."""
    cnnlab.use(ROOT / "solutions" / "ops")
    digits, net = data.digits(), nn.lenet(seed=SEED)
    steps = EPOCHS * -(-len(digits.train.x) // 32)
    fit(net, digits.train, epochs=EPOCHS, schedule=lambda step: 0.03 * 0.1 ** (step / steps), seed=SEED)
    return net


def choose_images(net: nn.Sequential) -> np.ndarray:
    """Return the numbers of the test images that are shown: misread ones, then the least sure one of each class."""
    digits = data.digits()
    logits, y = net(digits.test.x), digits.test.y
    margin = logits[np.arange(len(y)), y] - np.where(np.eye(10, dtype=bool)[y], -np.inf, logits).max(1)
    misread = [k for k in np.argsort(-margin) if margin[k] < 0][:MISREAD]
    read = [int(np.argmin(np.where((y == c) & (margin > 0), margin, np.inf))) for c in range(10)]
    return np.array([*misread, *read])


def main() -> int:
    net, digits = train(), data.digits()
    print(f"trained: {evaluate(net, digits.test):.2%} of the test images")
    stored = {}
    for name, parameter in net.named_parameters():
        stored[name], stored[f"{name}.scale"] = round_to_bytes(parameter.data)
        parameter.data = (stored[name] * stored[f"{name}.scale"]).astype(parameter.data.dtype)
    net.eval()
    print(f"rounded to bytes: {evaluate(net, digits.test):.2%}")
    np.savez_compressed(FILE, images=choose_images(net), **stored)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
