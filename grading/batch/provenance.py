"""Record what a score depends on besides the student's file: versions, the course's own code, the seed."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import cnnlab
from cnnlab import loader

CNNLAB = Path(loader.__file__).parent
GRADING = Path(__file__).parent.parent

#: Everything of ours that can change a score: engine, catalogue and given forwards, what loads and calls a file, and
#: what carries its answers.
DECIDING = ("gradcheck/**/*.py", "course/**/*.py", "loader.py", "sourcefile.py")
CARRYING = ("worker/**/*.py", "batch/judge_files.py", "batch/cost_check.py")

#: Other packages whose version is kept.
PACKAGES = ("numpy", "torch")


@lru_cache(maxsize=1)
def read_versions() -> dict[str, str | None]:
    """Return the versions of Python and the packages that compute, and a hash of our own files that decide a score."""
    return {
        "python": platform.python_version(),
        "cnnlab": cnnlab.__version__,
        **{n: _read_version(n) for n in PACKAGES},
        "catalogue": hash_deciding_files(),
    }


def hash_deciding_files() -> str:
    """Return a hash of the files that decide a score: it changes when an exercise, a case or a limit does."""
    paths = [p for pattern in DECIDING for p in CNNLAB.glob(pattern)]
    paths += [p for pattern in CARRYING for p in GRADING.glob(pattern)]
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=8)
def fingerprint_seed(seed: int) -> str:
    """Return sixteen letters that tell two seeds apart.

    Slow on purpose: a seed made by hand could be found by trying.
    """
    return hashlib.scrypt(str(seed).encode(), salt=b"cnnlab grading seed", n=2**14, r=8, p=1, dklen=8).hex()


def hash_parts(*parts: Any) -> str:
    """Return a hash of everything that a score depends on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def describe_differences(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> list[str]:
    """Describe what changed between two sets of versions, one phrase each."""
    return [f"{name} {before.get(name)} then, {now[name]} now" for name in now if before.get(name) != now[name]]
