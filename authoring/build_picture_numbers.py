"""Write cnnlab/data/embedded/lenet_digit.npz: what a trained LeNet makes of one digit, in small whole numbers.

`python -m authoring.build_picture_numbers` trains LeNet on the embedded digits with the reference solutions, from a
fixed seed, and takes the numbers of shape_ledger and conv_explorer from one test image. It needs about a minute.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import cnnlab
from cnnlab import data, fit, nn
from cnnlab.train import evaluate

ROOT = Path(__file__).parents[1]
FILE = ROOT / "cnnlab" / "data" / "embedded" / "lenet_digit.npz"

SEED, EPOCHS = 4, 8

#: The test image that is shown.
IMAGE = 5

#: The kernel of conv1 and the map of pool1 that conv_explorer takes its numbers from, and where its pixels begin.
FILTER, PATCH_ROW, PATCH_COLUMN = 4, 8, 8

#: The gradient's cell that comes first, near its largest entries; what lies before it comes last.
FIRST_ROW, FIRST_COLUMN = 2, 3

#: The values of a map are stored in so many levels.
LEVELS = 99

#: Line of the ledger -> the module whose output it shows, after its ReLU.
SHOWN = {"conv1": "relu1", "pool1": "pool1", "conv2": "relu2", "pool2": "pool2", "flatten": "flatten"}
SHOWN |= {"fc1": "relu3", "fc2": "relu4"}


def train() -> nn.Sequential:
    """Return LeNet after EPOCHS passes through the embedded digits, with a learning rate that falls to a tenth."""
    cnnlab.use(ROOT / "solutions" / "ops")
    digits, net = data.digits(), nn.lenet(seed=SEED)
    steps = EPOCHS * -(-len(digits.train.x) // 32)
    fit(net, digits.train, epochs=EPOCHS, schedule=lambda step: 0.03 * 0.1 ** (step / steps), seed=SEED)
    print(f"{evaluate(net, digits.test):.2%} of the test images are read correctly")
    return net


def run(net: nn.Sequential, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the output of each module, by its name."""
    values = {}
    for name, module in net.children.items():
        values[name] = x = module(x)
    return values


def pool_gradient(net: nn.Sequential, x: np.ndarray, label: int) -> np.ndarray:
    """Return the gradient of the loss with respect to the output of pool1, by the modules' own backwards."""
    logits = run(net, x)["fc3"]
    raised = np.exp(logits - logits.max())
    dy = raised / raised.sum()
    dy[0, label] -= 1
    for name, module in reversed(list(net.children.items())):
        if name == "pool1":
            return dy
        dy = module.backward(dy)
    raise LookupError("pool1")


def count_levels(values: np.ndarray) -> tuple[np.ndarray, float]:
    """Return values from 0 to LEVELS, of at least 0 and of any shape, and the value of the highest level."""
    largest = float(f"{values.max():.4g}")
    return np.rint(LEVELS * values / largest).astype(np.uint8), largest


def main() -> int:
    net, test = train(), data.digits().test
    x, label = test.x[IMAGE : IMAGE + 1], int(test.y[IMAGE])
    values, dy = run(net, x), pool_gradient(net, x, label)[0]
    gradient = np.rint(9 * dy[FILTER] / np.abs(dy[FILTER]).max()).astype(int)
    kernel = np.rint(100 * dict(net.named_parameters())["conv1.weight"].data[FILTER, 0]).astype(int)
    gradient = np.roll(gradient, (-FIRST_ROW, -FIRST_COLUMN), axis=(0, 1))
    stored = {"image": IMAGE, "patch": (PATCH_ROW, PATCH_COLUMN), "kernel": kernel, "gradient": gradient}
    stored["logits"] = np.rint(100 * values["fc3"][0]).astype(int)
    for line, name in SHOWN.items():
        stored[line], stored[f"{line}.largest"] = count_levels(values[name][0])
    np.savez_compressed(FILE, **stored)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes; read as {values['fc3'].argmax()}, it is {label}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
