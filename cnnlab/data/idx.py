"""Read the file format of MNIST and similar data sets: a magic number, the sizes, and the bytes."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np


def read_idx(path: Path) -> np.ndarray:
    """Return an array of bytes, uint8, of any number of axes, from an idx file, gzipped or not.

    Raises ValueError for a file that is not an idx file, or is cut off.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path.name} is a damaged gzip file: {error}") from None
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != 8:
        raise ValueError(f"{path.name} is not an idx file of bytes: it begins with {raw[:4].hex(' ') or 'nothing'}")
    axes = raw[3]
    header = 4 + 4 * axes
    if len(raw) < header:
        raise ValueError(f"{path.name} ends after {len(raw)} bytes, inside its header of {header} bytes")
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, header, 4))
    if len(raw) - header != prod(shape):
        raise ValueError(f"{path.name} contains {len(raw) - header:,} bytes; {prod(shape):,} are needed for {shape}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy()
