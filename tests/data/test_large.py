"""Downloads: fetched once and checked; a failure says why and what is there without a network, and leaves nothing."""

import gzip
import hashlib
import socket
import sys

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import large
from tests.data.server import serving
from tests.data.test_idx import idx

RNG = np.random.default_rng(0)
IMAGES = {part: RNG.integers(256, size=(n, 28, 28)).astype(np.uint8) for part, n in (("train", 3), ("t10k", 2))}
LABELS = {"train": np.array([3, 9, 0], np.uint8), "t10k": np.array([1, 2], np.uint8)}
FILES = {
    **{f"{part}-images-idx3-ubyte.gz": gzip.compress(idx(array), mtime=0) for part, array in IMAGES.items()},
    **{f"{part}-labels-idx1-ubyte.gz": gzip.compress(idx(array), mtime=0) for part, array in LABELS.items()},
}


@pytest.fixture
def server(monkeypatch):
    """Both data sets come from this machine, and are five images."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)  # between two attempts
    monkeypatch.setattr(large, "DOWNLOAD_TIMEOUT_SECONDS", 0.2)
    with serving(FILES) as own:
        for name in ("mnist", "fashion-mnist"):
            monkeypatch.setitem(large.ADDRESSES, name, own.address)
            monkeypatch.setitem(large.FILES, name, {f: hashlib.md5(raw).hexdigest() for f, raw in FILES.items()})
        yield own


def left_behind(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_what_comes_is_the_data_set(server, tmp_path, name):
    found = getattr(data, name)(folder=tmp_path)
    for part, split in (("train", found.train), ("t10k", found.test)):
        assert (split.x.shape, split.x.dtype) == ((len(LABELS[part]), 1, 32, 32), np.float32)
        assert np.array_equal(split.x[:, 0, 2:30, 2:30], IMAGES[part].astype("float32") / np.float32(255))
        assert split.x.max() == 1 and not split.x[:, 0, :2].any()
        assert split.y.dtype == np.int64
        assert np.array_equal(split.y, LABELS[part])
    assert len(found.classes) == 10
    assert left_behind(tmp_path) == sorted(FILES)


def test_the_second_time_nothing_is_downloaded(server, tmp_path):
    first = data.mnist(folder=tmp_path)
    assert sorted(server.requests) == sorted(FILES)
    second = data.mnist(size=28, dtype="float64", folder=tmp_path)
    assert len(server.requests) == len(FILES)
    assert second.train.x.dtype == np.float64
    np.testing.assert_allclose(second.train.x, first.train.x[:, :, 2:30, 2:30], rtol=1e-6)


def test_a_file_that_is_damaged_or_gone_comes_again(server, tmp_path):
    data.mnist(folder=tmp_path)
    damaged, gone = sorted(tmp_path.rglob("*.gz"))[:2]
    damaged.write_bytes(b"cut")
    gone.unlink()
    server.requests.clear()
    data.mnist(folder=tmp_path)
    assert sorted(server.requests) == [damaged.name, gone.name]
    assert damaged.read_bytes() == FILES[damaged.name]


def test_the_two_data_sets_keep_apart(server, tmp_path):
    data.mnist(folder=tmp_path)
    data.fashion_mnist(folder=tmp_path)
    assert len(server.requests) == 2 * len(FILES)
    assert len(left_behind(tmp_path)) == 2 * len(FILES)


def test_the_folder_of_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "shelf"))
    data.mnist()
    assert left_behind(tmp_path / "shelf") == sorted(FILES)
    data.mnist(folder=tmp_path / "own")  # what is said comes before what is set
    assert left_behind(tmp_path / "own") == sorted(FILES)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("cut", "the connection broke off before the end of a file"),
        ("no length, cut", "what came is damaged, its checksum is another"),
        ("another body", "what came is damaged, its checksum is another"),
        ("stall", "the server sent nothing for 0.2 s"),
        ("not found", "404 Client Error"),
    ],
)
def test_a_download_that_fails(server, tmp_path, fault, why):
    server.fault = fault
    with pytest.raises(data.NotDownloaded) as caught:
        data.mnist(folder=tmp_path)
    text = str(caught.value)
    assert text.startswith(f"mnist could not be downloaded from {server.address}: ")
    assert why in text
    assert text.endswith(". Without a network there are data.digits() and data.fashion(), inside the package")
    assert "\n" not in text and len(text) < 300
    assert len(server.requests) == 2  # one more attempt
    assert left_behind(tmp_path) == []
    server.fault = ""
    assert len(data.mnist(folder=tmp_path).train) == 3


def test_no_network(server, tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        monkeypatch.setitem(large.ADDRESSES, "mnist", f"http://127.0.0.1:{unused.getsockname()[1]}/")
        with pytest.raises(
            data.NotDownloaded,
            match=r"there is no connection, Connection refused. .*data.digits\(\) and data.fashion\(\)",
        ):
            data.mnist(folder=tmp_path)
    assert server.requests == [] and left_behind(tmp_path) == []


def test_no_folder(server, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(data.NotDownloaded, match="mnist could not be downloaded"):
        data.mnist(folder=tmp_path / "taken")
    assert server.requests == []


def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(data.NotDownloaded, match=r"pip install pooch\. Without a network there are data.digits\(\)"):
        data.mnist(folder=tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_every_file_has_an_md5(name):
    assert large.FILES[name].keys() == FILES.keys()
    assert all(len(bytes.fromhex(md5)) == 16 for md5 in large.FILES[name].values())
