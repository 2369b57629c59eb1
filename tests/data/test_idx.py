"""The idx file format: what is one is read, and what is none is named."""

import gzip

import numpy as np
import pytest

from cnnlab.data.idx import read_idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def idx(array, kind=8):
    """The bytes of an idx file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes()


RAW = idx(IMAGES)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "array",
    [IMAGES, IMAGES.ravel(), np.array(7, np.uint8), np.zeros((0, 28, 28), np.uint8), np.zeros((300, 1), np.uint8)],
    ids=lambda a: str(a.shape),
)
def test_what_is_written_is_read(tmp_path, array, packed):
    file = tmp_path / "images"
    file.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    found = read_idx(file)
    assert (found.dtype, found.shape) == (np.uint8, array.shape)
    assert np.array_equal(found, array)
    assert found.flags.writeable


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "images is not an idx file of bytes: it begins with nothing"),
        (b"\0\0\x08", "it begins with 00 00 08"),
        (b"<html>", "it begins with 3c 68 74 6d"),
        (idx(IMAGES, kind=0x0D), "not an idx file of bytes: it begins with 00 00 0d 03"),
        (RAW[:9], r"images ends after 9 bytes, inside its header of 16 bytes"),
        (RAW[:-1], r"images contains 23 bytes; 24 are needed for \(2, 3, 4\)"),
        (RAW + b"\0", r"images contains 25 bytes; 24 are needed for \(2, 3, 4\)"),
        (b"\0\0\x08\x02" + b"\xff" * 8 + b"\1", r"contains 1 bytes; 18,446,744,065,119,617,025 are needed"),
        (gzip.compress(RAW)[:-4], "images is a damaged gzip file"),
        (gzip.compress(RAW)[:12] + b"\xff" * 20, "images is a damaged gzip file"),
        (b"\x1f\x8b", "images is a damaged gzip file"),
        (gzip.compress(RAW[:-1]), "images contains 23 bytes; 24 are needed"),
    ],
    ids=[
        *("empty", "three bytes", "web page", "floats", "cut in the sizes", "cut", "too long", "huge sizes"),
        *("gzip, cut", "gzip, damaged", "gzip, empty", "gzip, cut inside"),
    ],
)
def test_what_is_no_idx_file(tmp_path, content, says):
    (tmp_path / "images").write_bytes(content)
    with pytest.raises(ValueError, match=says):
        read_idx(tmp_path / "images")
