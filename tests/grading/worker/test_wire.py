"""The wire: what is packed comes back, and no bytes at all raise anything but WireError."""

from __future__ import annotations

import contextlib
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grading.worker.sandboxed import wire
from grading.worker.sandboxed.limits import MAX_ARRAY_CELLS, MAX_ARRAYS, MAX_BODY_BYTES, MAX_HEADER_BYTES
from grading.worker.sandboxed.wire import Message, WireError

crossing = st.sampled_from([np.dtype(name) for name in sorted(wire.DTYPES)])
arrays = crossing.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | arrays,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
sizes = st.integers() | st.integers(0, 5) | st.booleans() | st.floats() | st.none()


def reader(data: bytes):
    """read(n), which gives what is left when there is less, as a broken pipe would."""
    rest = bytearray(data)

    def read(count: int) -> bytes:
        assert count <= max(MAX_HEADER_BYTES, MAX_BODY_BYTES)
        taken = bytes(rest[:count])
        del rest[:count]
        return taken

    return read


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@given(values)
def test_what_is_packed_comes_back(value) -> None:
    packed: list[np.ndarray] = []
    content = wire.pack(value, packed)
    if len(packed) > MAX_ARRAYS:
        return
    message = wire.receive(reader(wire.encode(Message(3, content, tuple(packed)))), 3)
    assert same(wire.unpack(message.content, message.arrays), value)


@given(hnp.arrays(hnp.array_dtypes() | hnp.scalar_dtypes(), (2,)))
def test_an_array_crosses_or_is_refused(array: np.ndarray) -> None:
    try:
        crossed = wire.make_plain(array)
    except WireError:
        return
    assert crossed.dtype.str in wire.DTYPES


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.receive(reader(data), 1)


@settings(max_examples=300)
@given(json_values, st.binary(max_size=64))
def test_any_json_is_a_message_or_a_wire_error(header, body: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.decode(json.dumps(header).encode(), body, 1)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(["<f8", "|b1", "|O"]), st.lists(sizes, max_size=9)), max_size=3),
    st.binary(max_size=64),
)
def test_any_announced_arrays_are_a_message_or_a_wire_error(specs, body: bytes) -> None:
    header = json.dumps([1, None, [list(spec) for spec in specs]]).encode()
    try:
        message = wire.decode(header, body, 1)
    except WireError:
        return
    assert sum(a.nbytes for a in message.arrays) == len(body)


BAD = {
    "no JSON": (b"{", b""),
    "not UTF-8": (b'[1, "\xff", []]', b""),
    "UTF-16": (json.dumps([1, None, []]).encode("utf-16"), b""),
    "NaN": (b"[1, NaN, []]", b""),
    "an endless number": (b"[" + b"9" * 5000 + b", null, []]", b""),
    "nested": (b"[" * 100_000, b""),
    "no list": (b'{"number": 1}', b""),
    "another number": (b"[2, null, []]", b""),
    "a number that is true": (b"[true, null, []]", b""),
    "an object dtype": (b'[1, null, [["|O", [1]]]]', b"12345678"),
    "a dtype that is a list": (b'[1, null, [[["<f8"], [1]]]]', b"12345678"),
    "a structured dtype": (b'[1, null, [["<f8,<f8", [1]]]]', b"0" * 16),
    "a negative size": (b'[1, null, [["<f8", [-1]]]]', b""),
    "two negative sizes": (b'[1, null, [["<f8", [-1, -1]]]]', b"12345678"),
    "a size that is true": (b'[1, null, [["<f8", [true]]]]', b"12345678"),
    "a size with a fraction": (b'[1, null, [["<f8", [1.0]]]]', b"12345678"),
    "a gigantic size": (b'[1, null, [["<f8", [1000000000000]]]]', b""),
    "nothing, gigantically": (b'[1, null, [["<f8", [0, 4611686018427387904]]]]', b""),
    "nothing, many times": (json.dumps([1, None, [["<f8", [0, 2**24, 2**24]]]]).encode(), b""),
    "a product that wraps around": (b'[1, null, [["<f8", [4294967296, 4294967296]]]]', b""),
    "nine axes": (b'[1, null, [["<f8", [1,1,1,1,1,1,1,1,1]]]]', b"12345678"),
    "too few bytes": (b'[1, null, [["<f8", [2]]]]', b"12345678"),
    "too many bytes": (b'[1, null, [["<f8", [1]]]]', b"123456789"),
    "a third truth": (b'[1, null, [["|b1", [1]]]]', b"\x02"),
    "many arrays": (json.dumps([1, None, [["|b1", [0]]] * (MAX_ARRAYS + 1)]).encode(), b""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_refused(name: str) -> None:
    with pytest.raises(WireError):
        wire.decode(*BAD[name], 1)


@pytest.mark.parametrize("lengths", [(MAX_HEADER_BYTES + 1, 0), (0, MAX_BODY_BYTES + 1), (2**32 - 1, 2**32 - 1)])
def test_a_length_above_its_limit_is_refused_before_anything_is_read(lengths: tuple[int, int]) -> None:
    data = struct.pack(">II", *lengths)

    def read(count: int) -> bytes:
        assert count == len(data), "it read on"
        return data

    with pytest.raises(WireError, match="at most"):
        wire.receive(read)


def test_a_message_above_its_limit_is_not_sent() -> None:
    with pytest.raises(WireError, match="at most"):
        wire.encode(Message(1, None, (np.zeros(MAX_BODY_BYTES // 8 + 1),)))
    with pytest.raises(WireError, match="at most"):
        wire.encode(Message(1, "x" * MAX_HEADER_BYTES))


def test_cells_and_bytes_have_the_same_limit() -> None:
    assert MAX_ARRAY_CELLS >= MAX_BODY_BYTES  # a legal message of one-byte cells is not refused for its cells
