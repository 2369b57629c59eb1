"""Run the tests that need TensorFlow and JAX, in an environment of their own.

    python3 tests/frameworks/run.py              make the environment if it is not there, and run the tests in it
    python3 tests/frameworks/run.py -k jax       arguments go to pytest
    python3 tests/frameworks/run.py --prepare    make the environment only

The environment takes 3 GB. It is kept in ~/.cache/cnnlab, named by the pins that it was made from, so that it is made
once for each change of them; those that were not used for a month are removed. Standard library only.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnnlab"
KEPT_SECONDS = 30 * 24 * 3600

#: What the tests import besides the frameworks; constraints.txt has the versions.
TESTING = ("docstring-parser", "hypothesis", "numpy", "pytest", "tqdm")


def list_requirements() -> list[str]:
    """Return what is installed: the extra `frameworks`, PyTorch as start.py installs it, and what the tests import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    torch = next(line for line in pins if line.startswith("torch=="))
    return [*project["optional-dependencies"]["frameworks"], torch, *TESTING]


def find_environment() -> Path:
    """Return the folder of the environment, which may not be there yet: its name depends on all that determines it."""
    parts = [sys.version, *list_requirements(), (ROOT / "constraints.txt").read_text(encoding="utf-8")]
    return FOLDER / f"frameworks-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:12]}"


def find_python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment(environment: Path) -> None:
    """Make it under another name, so that what has its own name is complete, also where two are made at once."""
    new = environment.with_name(f"{environment.name}.{os.getpid()}")
    started = time.monotonic()
    print(f"Making {environment} (3 GB, some minutes).", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", new], check=True)
        pip = [find_python(new), "-m", "pip", "install", "--quiet", "--no-input", "-c", "constraints.txt"]
        subprocess.run([*pip, *list_requirements()], check=True, cwd=ROOT, stdin=subprocess.DEVNULL)
        if not environment.exists():
            new.rename(environment)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    print(f"Made in {time.monotonic() - started:.0f} s.", flush=True)


def remove_old_environments(kept: Path) -> None:
    """Remove the environments that were not used for a month, and note that this one is used now."""
    os.utime(kept)
    for other in FOLDER.glob("frameworks-*"):
        if time.time() - other.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Make what is missing and run the tests; return pytest's exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is half made is removed
    environment = find_environment()
    try:
        if not environment.exists():
            make_environment(environment)
    except subprocess.CalledProcessError as error:
        print(f"The environment could not be made: {error}. What pip says is above.", file=sys.stderr)
        return 1
    remove_old_environments(environment)
    if arguments == ["--prepare"]:
        return 0
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    tests = [] if any(word.startswith("tests/") for word in arguments) else ["tests/frameworks"]
    command = [find_python(environment), "-P", "-m", "pytest", *tests, *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
