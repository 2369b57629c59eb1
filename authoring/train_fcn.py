"""Train chapter 14's network, and store what its two ways say of three test scenes, for the picture skip_explorer.

python -m authoring.train_fcn

The network and its training are those of the chapter's own cells, on the reference solutions, from seed 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import cnnlab
from authoring.chapter_code import read_definitions
from cnnlab import data

ROOT = Path(__file__).parent.parent
FILE = ROOT / "cnnlab" / "data" / "embedded" / "fcn_scenes.npz"

#: What is taken from the chapter, the seed of its test scenes, and how many scenes the picture has.
TAKEN = ("KERNEL", "FCN", "STEPS", "train")
TEST_SEED, SCENES = 114, 3


def main() -> int:
    cnnlab.use(ROOT / "solutions" / "ops")
    names: dict[str, Any] = {}
    exec(read_definitions("ch14_segmentation", TAKEN), names)
    net = names["FCN"]()
    names["train"](net)
    test = data.scenes(TEST_SEED, 200, split="test")
    shown = [k for k, classes in enumerate(test.classes) if len(set(classes)) == 3][:SCENES]
    h = net.children["fine"](test.x[shown])
    ways = {"coarse": net.children["coarse"](h), "skip": net.children["skip"](h)}
    np.savez_compressed(
        FILE,
        x=np.rint(255 * test.x[shown, 0]).astype(np.uint8),
        masks=test.masks[shown].astype(np.uint8),
        **{name: np.rint(100 * logits).astype(np.int16) for name, logits in ways.items()},
    )
    print(f"scenes {shown}; {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
