"""Train chapter 14's network, and store what its two ways say of three test scenes, for the picture skip_explorer.

python -m authoring.train_fcn

The network and its training are those of the chapter's own cells, on the reference solutions, from seed 0.
"""

from __future__ import annotations

import ast
import os
import re
import time
from pathlib import Path

import numpy as np

import cnnlab
from cnnlab import data, nn

ROOT = Path(__file__).parent.parent
FILE = ROOT / "cnnlab" / "data" / "embedded" / "fcn_scenes.npz"
CHAPTER = ROOT / "authoring" / "chapters" / "ch14_segmentation.md"

#: What is taken from the chapter, the seed of its test scenes, and how many scenes the picture has.
TAKEN = ("KERNEL", "FCN", "STEPS", "train")
TEST_SEED, SCENES = 114, 3


def read_definitions(chapter: str) -> str:
    """Return the source of what is taken from the chapter's cells: two constants, a class and a function."""
    cells = re.findall(r"(?ms)^```\{code-cell\}\n(.*?)^```$", chapter)
    found = []
    for cell in cells:
        if any(re.search(rf"(?m)^(?:(?:def|class) )?{name}\b", cell) for name in TAKEN):
            found += [ast.unparse(part) for part in ast.parse(cell).body if read_name(part) in TAKEN]
    return "\n\n".join(found)


def read_name(part: ast.stmt) -> str:
    """Return the name that a statement defines, or "" where it is no definition."""
    if isinstance(part, ast.FunctionDef | ast.ClassDef):
        return part.name
    return ast.unparse(part.targets[0]) if isinstance(part, ast.Assign) else ""


def main() -> int:
    cnnlab.use(ROOT / "solutions" / "ops")
    names = {"np": np, "nn": nn, "data": data, "os": os, "time": time}
    exec(read_definitions(CHAPTER.read_text(encoding="utf-8")), names)
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
