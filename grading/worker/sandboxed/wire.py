"""Exchange messages between judge and worker: two lengths, a JSON header, raw bytes. NumPy and standard library only.

    4 bytes   length of the header, big-endian
    4 bytes   length of the body
    header    UTF-8 JSON: [number, content, [[dtype, shape], ...]]
    body      the arrays' bytes, one after the other, C order, little-endian

Nothing is unpickled, nothing is decompressed, and nothing is allocated before its size has been checked. This file also
runs in the worker, where only the judge's messages are read with it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any

import numpy as np

from grading.worker.sandboxed.limits import (
    MAX_ARRAY_AXES,
    MAX_ARRAY_CELLS,
    MAX_ARRAYS,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
)

LENGTHS = struct.Struct(">II")

#: What may cross. No object, void, string or time: frombuffer would make pointers or oddities of them.
DTYPES = frozenset(("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"))


class WireError(Exception):
    """A message breaks the protocol; the text says which rule."""


@dataclass(frozen=True)
class Message:
    """number: of the request; its reply has the same.   content: JSON values; {"array": k} stands for arrays[k]."""

    number: int
    content: Any
    arrays: tuple[np.ndarray, ...] = ()


def encode(message: Message) -> bytes:
    """Return the bytes of a message. Raises WireError for content that is not allowed or too large."""
    if len(message.arrays) > MAX_ARRAYS:
        raise WireError(f"{len(message.arrays)} arrays in one message; at most {MAX_ARRAYS} may cross")
    arrays = [make_plain(array) for array in message.arrays]
    specs = [[array.dtype.str, list(array.shape)] for array in arrays]
    try:
        header = json.dumps([message.number, message.content, specs], allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(f"the content is not JSON: {error}") from None
    body = b"".join(array.tobytes() for array in arrays)
    prefix = LENGTHS.pack(min(len(header), 2**32 - 1), min(len(body), 2**32 - 1))
    check_lengths(prefix)
    return prefix + header + body


def make_plain(array: np.ndarray) -> np.ndarray:
    """Return an array as it is sent: little-endian and contiguous.

    Raises WireError for a dtype or shape that is not allowed.
    """
    if array.dtype.kind not in "biufc":
        raise WireError(f"dtype {array.dtype} may not cross")
    if array.ndim > MAX_ARRAY_AXES or prod(max(n, 1) for n in array.shape) > MAX_ARRAY_CELLS:
        raise WireError(f"shape {array.shape} may not cross")
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
    if array.dtype.kind == "b":
        array = array.view(np.uint8) != 0  # a byte of 7 is true in NumPy, and would be no truth to the reader
    if array.dtype.str not in DTYPES:
        raise WireError(f"dtype {array.dtype} may not cross")
    return array


def receive(read: Callable[[int], bytes], number: int | None = None) -> Message:
    """Receive the next message. read(n) gives exactly n bytes.   number: the one it must have, or any."""
    header_length, body_length = check_lengths(read(LENGTHS.size))
    header = read(header_length)
    return decode(header, read(body_length), number)


def check_lengths(prefix: bytes) -> tuple[int, int]:
    """Return the two lengths. Raises WireError when either is above its limit."""
    if len(prefix) != LENGTHS.size:
        raise WireError(f"a message begins with {LENGTHS.size} bytes of lengths; found {len(prefix)}")
    header, body = LENGTHS.unpack(prefix)
    if header > MAX_HEADER_BYTES:
        raise WireError(f"a header of {header:,} bytes; at most {MAX_HEADER_BYTES:,} are read")
    if body > MAX_BODY_BYTES:
        raise WireError(f"arrays of {body:,} bytes; at most {MAX_BODY_BYTES:,} are read")
    return header, body


def decode(header: bytes, body: bytes, number: int | None = None) -> Message:
    """Return a message from its two parts. Raises WireError, and nothing else, for anything that is not exactly one."""
    try:
        parts = json.loads(header.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {error}") from None
    if not (isinstance(parts, list) and len(parts) == 3 and isinstance(parts[2], list)):
        raise WireError("the header is not [number, content, arrays]")
    found, content, specs = parts
    if type(found) is not int or (number is not None and found != number):
        raise WireError(f"the reply to request {number} has another number")
    if len(specs) > MAX_ARRAYS:
        raise WireError(f"{len(specs)} arrays in one message; at most {MAX_ARRAYS} are read")
    checked = [_check_header(spec) for spec in specs]
    if sum(size for _, _, size in checked) != len(body):
        raise WireError(f"the arrays are announced with other sizes than the {len(body):,} bytes that came")
    arrays, start = [], 0
    for dtype, shape, size in checked:
        flat = np.frombuffer(body, dtype, prod(shape), start) if size else np.empty(0, dtype)
        if dtype.kind == "b" and size and flat.view(np.uint8).max() > 1:
            raise WireError("a boolean that is neither 0 nor 1")
        arrays.append(flat.reshape(shape).copy())
        start += size
    return Message(found, content, tuple(arrays))


def _check_header(spec: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    """Return dtype, shape and size in bytes of one announced array."""
    if not (isinstance(spec, list) and len(spec) == 2 and isinstance(spec[1], list)):
        raise WireError("an array is not announced as [dtype, shape]")
    name, shape = spec
    if not isinstance(name, str) or name not in DTYPES:
        raise WireError("an array is announced with a dtype that may not cross")
    if len(shape) > MAX_ARRAY_AXES:
        raise WireError(f"an array with {len(shape)} axes; at most {MAX_ARRAY_AXES} are read")
    if not all(type(n) is int and 0 <= n <= MAX_ARRAY_CELLS for n in shape):
        raise WireError("an array is announced with a size that is no count")
    if prod(max(n, 1) for n in shape) > MAX_ARRAY_CELLS:
        raise WireError(f"an array of more than {MAX_ARRAY_CELLS:,} cells")
    dtype = np.dtype(name)
    return dtype, tuple(shape), prod(shape) * dtype.itemsize


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def pack(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return a value as JSON content; its arrays are appended to `arrays`. Tuples stay apart from lists.

    Arrays, numbers, strings, None, and lists, tuples and dicts of them cross; nothing else does. Raises WireError.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        arrays.append(make_plain(np.asarray(value)))
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(value)}  # JSON has no such number
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return {"tuple" if isinstance(value, tuple) else "list": [pack(v, arrays) for v in value]}
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {"dict": {k: pack(v, arrays) for k, v in value.items()}}
    raise WireError(f"a {type(value).__name__} may not cross")


def unpack(content: Any, arrays: tuple[np.ndarray, ...]) -> Any:
    """Return what `pack` packed. Only the worker calls it, on the judge's messages: it trusts them."""
    if not isinstance(content, dict):
        return content
    [(kind, inner)] = content.items()
    if kind in ("array", "scalar"):
        return arrays[inner] if kind == "array" else arrays[inner][()]
    if kind == "float":
        return float(inner)
    if kind == "dict":
        return {k: unpack(v, arrays) for k, v in inner.items()}
    values = [unpack(v, arrays) for v in inner]
    return tuple(values) if kind == "tuple" else values
