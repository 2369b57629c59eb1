"""Make the data sets inside the package from their original files.

python -m authoring.make_datasets digits DIGITS.csv.gz       the file that scikit-learn ships as data/digits.csv.gz
python -m authoring.make_datasets fashion FOLDER             with the four original files, as in Debian's
                                                             package dataset-fashion-mnist

Both are split into train and test here, once and for all, with the same share of every class.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from pathlib import Path

import numpy as np

from cnnlab.data.idx import read_idx

EMBEDDED = Path(__file__).parent.parent / "cnnlab" / "data" / "embedded"

#: How the images of a class are chosen.
SEED = 20260101


def digits(path: Path) -> dict[str, np.ndarray]:
    """Return 1,797 images of 8×8 with values from 0 to 16; one fifth of every class is for the test."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    x, y = table[:, :-1].reshape(-1, 8, 8), table[:, -1]
    rng, test = np.random.default_rng(SEED), np.zeros(len(y), bool)
    for label in range(10):
        own = rng.permutation(np.flatnonzero(y == label))
        test[own[: len(own) // 5]] = True
    return {"train_x": x[~test], "train_y": y[~test], "test_x": x[test], "test_y": y[test]}


def fashion(folder: Path) -> dict[str, np.ndarray]:
    """Return 400 training and 100 test images of every class, from the authors' training and test sets."""
    found: dict[str, np.ndarray] = {}
    rng = np.random.default_rng(SEED)
    for part, prefix, count in (("train", "train", 400), ("test", "t10k", 100)):
        x = read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
        y = read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")
        own = np.concatenate([rng.permutation(np.flatnonzero(y == label))[:count] for label in range(10)])
        own.sort()
        found |= {f"{part}_x": x[own], f"{part}_y": y[own]}
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.make_datasets", description="Make the data sets of the package."
    )
    parser.add_argument("name", choices=("digits", "fashion"))
    parser.add_argument("path", type=Path)
    options = parser.parse_args(argv)
    arrays = {"digits": digits, "fashion": fashion}[options.name](options.path)
    np.savez_compressed(EMBEDDED / f"{options.name}.npz", **arrays)
    print(*(f"{name}: {array.shape}, {array.dtype}" for name, array in arrays.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
