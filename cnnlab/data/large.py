"""Download the full MNIST and Fashion-MNIST data sets once, check them, and keep them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cnnlab.data.dataset import DataSet, Split, pad_to_frame
from cnnlab.data.idx import read_idx
from cnnlab.data.small import DIGITS, FASHION
from cnnlab.errors import CnnlabError

#: name -> where its files are, and each with its MD5.
ADDRESSES = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion-mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
}
FILES = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
}

#: Seconds without a byte after which a server has gone.
DOWNLOAD_TIMEOUT_SECONDS = 20.0


class NotDownloaded(CnnlabError, RuntimeError):
    """A data set could not be downloaded; the message says why, and which data sets need no network."""


def mnist(size: int = 32, dtype: str = "float32", folder: str | Path | None = None) -> DataSet:
    """Return MNIST, handwritten digits: 60,000 images for training and 10,000 for the test, downloaded once.

    Args:
        size: Rows and columns of the images, 28 or more: 28×28 pixels in a black frame.
        dtype: Of the images: "float32" or "float64".
        folder: Where the files are kept; by default the user's cache, or the folder in CNNLAB_DATA.

    Returns:
        A DataSet with images (N, 1, size, size), from 0 to 1, in ten classes.

    Raises:
        NotDownloaded: The files are not there and cannot be downloaded.
        ValueError: size is below 28.

    Example:
        >>> from cnnlab.data import mnist
        >>> mnist().train.x.shape[1:]
        (1, 32, 32)
    """
    source = "MNIST, Y. LeCun, C. Cortes and C. Burges (1998); CC BY-SA 3.0"
    return _whole("mnist", "MNIST", DIGITS, source, size, dtype, folder)


def fashion_mnist(size: int = 32, dtype: str = "float32", folder: str | Path | None = None) -> DataSet:
    """Return Fashion-MNIST, photographs of clothes: 60,000 for training and 10,000 for the test, downloaded once.

    Args:
        size: Rows and columns of the images, 28 or more: 28×28 pixels in a black frame.
        dtype: Of the images: "float32" or "float64".
        folder: Where the files are kept; by default the user's cache, or the folder in CNNLAB_DATA.

    Returns:
        A DataSet with images (N, 1, size, size), from 0 to 1, in ten classes.

    Raises:
        NotDownloaded: The files are not there and cannot be downloaded.
        ValueError: size is below 28.

    Example:
        >>> from cnnlab.data import fashion_mnist
        >>> fashion_mnist(size=28).test.x.shape[1:]
        (1, 28, 28)
    """
    source = "Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf (2017), Zalando; MIT licence"
    return _whole("fashion-mnist", "Fashion-MNIST", FASHION, source, size, dtype, folder)


def _whole(name, title, classes, source, size, dtype, folder) -> DataSet:
    if size < 28:
        raise ValueError(f"size is {size}; 28 or more is needed, the size of the original images")
    paths = fetch(name, folder)

    def split(prefix: str) -> Split:
        x = pad_to_frame(read_idx(paths[f"{prefix}-images-idx3-ubyte.gz"]), size)
        y = read_idx(paths[f"{prefix}-labels-idx1-ubyte.gz"])
        return Split((x[:, None] / np.asarray(255, dtype)).astype(dtype), y.astype(np.int64))

    return DataSet(title, classes, split("train"), split("t10k"), source)


def fetch(name: str, folder: str | Path | None = None) -> dict[str, Path]:
    """Return the verified files of a data set by name; download those that are missing or damaged.

    A download that fails leaves nothing behind; it is tried twice. Raises NotDownloaded.
    """
    try:
        import pooch
    except ModuleNotFoundError:
        raise NotDownloaded(f"downloading {name} needs pooch: pip install pooch. {_INSIDE}") from None
    import requests

    shelf = pooch.create(
        Path(folder) if folder else pooch.os_cache("cnnlab"),
        ADDRESSES[name],
        registry={f: f"md5:{md5}" for f, md5 in FILES[name].items()},
        env=None if folder else "CNNLAB_DATA",
        retry_if_failed=1,
    )
    shelf.path = Path(shelf.path) / name
    answers: list[requests.Response] = []  # kept to be closed: pooch leaves those open that break off
    hooks = {"response": lambda answer, **about: answers.append(answer)}
    load = pooch.HTTPDownloader(progressbar=True, timeout=DOWNLOAD_TIMEOUT_SECONDS, hooks=hooks)
    log = pooch.get_logger()
    level = log.level
    log.setLevel("ERROR")
    try:
        return {f: Path(shelf.fetch(f, downloader=load)) for f in FILES[name]}
    except (requests.RequestException, OSError, ValueError) as error:
        raise NotDownloaded(
            f"{name} could not be downloaded from {ADDRESSES[name]}: {_why(error)}. {_INSIDE}"
        ) from error
    finally:
        log.setLevel(level)
        for answer in answers:
            answer.close()


_INSIDE = "Without a network there are data.digits() and data.fashion(), inside the package"


def _why(error: Exception) -> str:
    """Describe a download error in a few words; the messages of connection errors are long."""
    import requests

    text = " ".join(str(error).split())
    if isinstance(error, ValueError) and "hash" in text:
        return "what came is damaged, its checksum is another"
    if "timed out" in text:
        return f"the server sent nothing for {DOWNLOAD_TIMEOUT_SECONDS:g} s"
    if "IncompleteRead" in text:
        return "the connection broke off before the end of a file"
    number = re.search(r"\[(?:Errno|WinError) -?\d+\] ([^\"')]+)", text)
    if isinstance(error, requests.ConnectionError) and number:
        return f"there is no connection, {number.group(1)}"
    return text if len(text) < 200 else f"{text[:200]} …"
