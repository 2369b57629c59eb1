"""Copy arrays before a call, and find out what the call has changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Literal

import numpy as np

#: How an array lies in memory: in row order, with gaps, in column order, or in row order and not writeable.
Layout = Literal["plain", "strided", "fortran", "read-only"]

#: Not looked into: nothing in them is a cache's own.
_CLOSED = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, str, bytes)

#: What most options are.
_NUMBERS = (int, float, bool, str, type(None))

#: How deep a cache is looked into.
MAX_DEPTH = 6


def copy_in_layout(value: Any, layout: Layout) -> Any:
    """Return a copy of an array, laid out in memory as asked: plain, strided, fortran or read-only.

    Of a tuple, list or dict every item is copied so. A random generator is copied with its state, so that each call
    draws the same numbers; anything else is itself.
    """
    if type(value) in _NUMBERS:
        return value
    if isinstance(value, np.ndarray):
        return _copy_array(value, layout)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(copy_in_layout(item, layout) for item in value))
    if isinstance(value, (tuple, list)):
        return type(value)(copy_in_layout(item, layout) for item in value)
    if isinstance(value, (np.random.Generator, np.random.RandomState)):
        return copy.deepcopy(value)
    if isinstance(value, dict):
        return {key: copy_in_layout(item, layout) for key, item in value.items()}
    return value


def _copy_array(value: np.ndarray, layout: Layout) -> np.ndarray:
    if layout == "strided" and value.ndim:
        beside = np.nan if value.dtype.kind in "fc" else 0
        buffer = np.full((*value.shape[:-1], 2 * value.shape[-1]), beside, value.dtype)
        buffer[..., ::2] = value
        return buffer[..., ::2]
    array = np.array(value, order="F" if layout == "fortran" else "C")
    array.flags.writeable = layout != "read-only"
    return array


def walk_arrays(
    value: Any, path: str = "", depth: int = MAX_DEPTH, seen: set[int] | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield every array inside nested tuples, lists, dicts and objects, once, with its path."""
    return ((where, array) for where, array, _ in walk_owned_arrays(value, path, depth, seen))


def walk_owned_arrays(
    value: Any, path: str = "", depth: int = MAX_DEPTH, seen: set[int] | None = None, owned: bool = True
) -> Iterator[tuple[str, np.ndarray, bool]]:
    """Yield the same, and whether its place is its owner's.

    The attributes of an object are the object's own to set again, as a layer that is its own cache does; an item of a
    tuple, list or dict is not.
    """
    seen = set() if seen is None else seen
    if type(value) is np.ndarray:  # most are, and need nothing of what follows
        if id(value) not in seen:
            seen.add(id(value))
            yield path, value, owned
        return
    if value is None or isinstance(value, (int, float)) or depth < 0 or isinstance(value, _CLOSED) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        yield path, value, owned
        return
    owned = owned and isinstance(value, (tuple, list, dict, Mapping))
    for key, item in _list_items(value):
        yield from walk_owned_arrays(item, f"{path}.{key}" if path else key, depth - 1, seen, owned)


def _list_items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, (tuple, list)):
        return list(zip(getattr(value, "_fields", map(str, range(len(value)))), value, strict=False))
    if isinstance(value, (dict, Mapping)):  # asking for Mapping alone is slow
        return [(str(k), v) for k, v in value.items()]
    slots = [n for kind in type(value).__mro__ for n in getattr(kind, "__slots__", ()) if isinstance(n, str)]
    return [*getattr(value, "__dict__", {}).items(), *((n, getattr(value, n)) for n in slots if hasattr(value, n))]


class Snapshot:
    """Arrays as they were: what has changed since, and whether a result lies in one of them."""

    def __init__(self, **owners: Any):
        self._owners: dict[str, Any] = {}
        self._arrays: list[tuple[str, np.ndarray, np.ndarray]] = []
        self._free: set[str] = set()  # the paths of arrays that an object may exchange
        self._fixed = True  # whether no array can come, go or be exchanged
        self.add(**owners)

    def add(self, **owners: Any) -> None:
        """Add arrays to the snapshot; those that it already contains are not copied again."""
        seen = {id(array) for _, array, _ in self._arrays}
        self._owners |= owners
        for name, owner in owners.items():
            if type(owner) is np.ndarray:  # most are, and need nothing of what follows
                if id(owner) not in seen:
                    seen.add(id(owner))
                    self._arrays.append((name, owner, owner.copy()))
                continue
            self._fixed = self._fixed and has_fixed_structure(owner)
            for path, array, owned in walk_owned_arrays(owner, name, seen=seen):
                self._arrays.append((path, array, array.copy()))
                if not owned:
                    self._free.add(path)

    def _walk(self) -> Iterator[tuple[str, np.ndarray, bool]]:
        seen: set[int] = set()
        for name, owner in self._owners.items():
            yield from walk_owned_arrays(owner, name, seen=seen)

    def find_changes(self) -> list[str]:
        """Return the paths of arrays that changed, and of those that came, went or were exchanged.

        Objects may set their own attributes to other arrays.
        """
        written = [path for path, array, copy in self._arrays if not equal_bits(array, copy)]
        if self._fixed:
            return written
        walked = list(self._walk())
        now = {path: array for path, array, _ in walked}
        if len(now) == len(self._arrays) and all(now.get(path) is array for path, array, _ in self._arrays):
            return written
        before = {path: array for path, array, _ in self._arrays}
        free = self._free | {path for path, _, owned in walked if not owned}
        moved = [path for path, array in before.items() if now.get(path) is not array and path not in free]
        return [*written, *moved, *(path for path in now if path not in before and path not in free)]

    def find_owner(self, result: np.ndarray) -> str | None:
        """Return the path of an array that shares memory with a result."""
        return next((path for path, array, _ in self._arrays if np.may_share_memory(result, array)), None)


#: Of these, and of arrays, a cache that cannot change but in its arrays is made.
_FIXED = (int, float, str, bytes, type, np.dtype, np.generic, slice, type(None), type(...))


def has_fixed_structure(value: Any) -> bool:
    """Return whether only numbers in arrays can change: true for nested tuples of arrays, numbers and the like."""
    if isinstance(value, tuple):
        return all(map(has_fixed_structure, value))
    return isinstance(value, _FIXED) or type(value) is np.ndarray


def equal_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Compare two arrays to the last bit, NaN too."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def equal_structure(before: Any, now: Any) -> bool:
    """Return whether nested lists, tuples and dicts still hold the same; arrays in them are left to Snapshot."""
    if isinstance(before, np.ndarray):
        return True
    if type(before) is not type(now):
        return False
    if isinstance(before, (tuple, list)):
        return len(before) == len(now) and all(map(equal_structure, before, now))
    if isinstance(before, dict):
        return before.keys() == now.keys() and all(equal_structure(value, now[key]) for key, value in before.items())
    return before is now or before == now
