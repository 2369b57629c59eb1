"""The data sets inside the package: nothing is downloaded."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from cnnlab.data.dataset import DataSet, Split, pad_to_frame, resize_images

FASHION = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
DIGITS = tuple("0123456789")


def digits(size: int = 32, dtype: str = "float32") -> DataSet:
    """Return handwritten digits: 1,442 images for training and 355 for the test.

    The split is fixed, with a fifth of every class in the test.

    Args:
        size: Rows and columns of the images, 8 or more; the 8×8 pixels are interpolated (bilinear).
        dtype: Of the images: "float32" or "float64".

    Returns:
        A DataSet with images (N, 1, size, size), from 0 to 1, in ten classes.

    Raises:
        ValueError: size is below 8.

    Example:
        >>> from cnnlab.data import digits
        >>> digits(size=8).train.x.shape
        (1442, 1, 8, 8)
    """
    stored = _load_embedded("digits")
    _require_size(size, 8)
    train, test = (
        _split(resize_images(stored[f"{p}_x"] / 16, size), stored[f"{p}_y"], dtype) for p in ("train", "test")
    )
    source = "Optical recognition of handwritten digits, E. Alpaydin and C. Kaynak (1998), UCI; CC BY 4.0"
    return DataSet("Digits (UCI)", DIGITS, train, test, source)


def fashion(size: int = 32, dtype: str = "float32") -> DataSet:
    """Return photographs of clothes: 4,000 for training and 1,000 for the test, as many of every class.

    Args:
        size: Rows and columns of the images, 28 or more: 28×28 pixels in a black frame, since interpolating would only
            blur them.
        dtype: Of the images: "float32" or "float64".

    Returns:
        A DataSet with images (N, 1, size, size), from 0 to 1, in ten classes.

    Raises:
        ValueError: size is below 28.

    Example:
        >>> from cnnlab.data import fashion
        >>> fashion(size=28).test.x.shape
        (1000, 1, 28, 28)
    """
    stored = _load_embedded("fashion")
    _require_size(size, 28)
    train, test = (
        _split(pad_to_frame(stored[f"{p}_x"] / 255, size), stored[f"{p}_y"], dtype) for p in ("train", "test")
    )
    source = "5,000 images of Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf (2017), Zalando; MIT licence"
    return DataSet("Fashion-MNIST, 5,000 images", FASHION, train, test, source)


def _load_embedded(name: str) -> dict[str, np.ndarray]:
    with (
        files("cnnlab.data.embedded").joinpath(f"{name}.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as npz,
    ):
        return {key: npz[key] for key in npz.files}


def _split(x: np.ndarray, y: np.ndarray, dtype: str) -> Split:
    return Split(x[:, None].astype(dtype), y.astype(np.int64))


def _require_size(size: int, least: int) -> None:
    if size < least:
        raise ValueError(f"size is {size}; {least} or more is needed, the size of the original images")
