"""Build the command that starts a worker, and decide what it sees: in bubblewrap, or with limits alone."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from base64 import b64encode
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

import cnnlab
from grading.worker import system_call_filter


class IsolationKind(StrEnum):
    """How a worker is kept apart: in bubblewrap's sandbox, or with limits alone."""

    BUBBLEWRAP = "bubblewrap"
    LIMITS = "limits"


#: Where a worker in bubblewrap finds the engine and the learner's files; names that cover no folder of this machine.
SEEN_ENGINE, SEEN_FILES = "/cnnlab-engine", "/cnnlab-files"

WORKER_MAIN = "grading/worker/sandboxed/worker_main.py"
SANDBOXED = Path(__file__).parent / "sandboxed"
CNNLAB = Path(cnnlab.__file__).parent

#: What a worker gets of cnnlab, beside the stubs: no case, no oracle, no catalogue, no solution. Of grading it gets the
#: folder sandboxed/.
RUNNER = "gradcheck/runner"
LOCATE = "gradcheck/diagnosis/locate"
ENGINE = (
    *("errors.py", "escape_text.py", "sourcefile.py", "loader.py"),
    *sorted(f"{RUNNER}/{p.name}" for p in (CNNLAB / RUNNER).glob("*.py")),
    *(f"{LOCATE}/{n}.py" for n in ("__init__", "candidates", "change", "changed_functions", "live_functions")),
    *(f"{LOCATE}/{n}.py" for n in ("observation", "place", "ranking", "unit")),
    *sorted(f"{LOCATE}/changes/{p.name}" for p in (CNNLAB / LOCATE / "changes").glob("*.py")),
)

#: One thread: students are compared on equal terms, and no thread may begin. The worker clears even these once it runs.
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "LC_ALL": "C.UTF-8",
}


def make_scratch_folder(purpose: str) -> Path:
    """Make a folder for this process, whose name holds the process number."""
    return Path(tempfile.mkdtemp(prefix=f"cnnlab-{purpose}-{os.getpid()}-"))


def remove_old_folders() -> None:
    """Remove the folders of processes that were killed; they hold students' files."""
    for folder in Path(tempfile.gettempdir()).glob("cnnlab-*-*-*"):
        number = folder.name.split("-")[2]
        ours = not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
        if ours and number.isdigit() and not _is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@lru_cache(maxsize=1)
def make_engine_folder() -> Path:
    """Make a folder with the worker's own code: public, readable by whoever the worker becomes, once per process."""
    folder = make_scratch_folder("worker")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    wanted = {folder / "grading/worker/sandboxed" / p.name: p for p in SANDBOXED.glob("*.py")}
    wanted |= {folder / "cnnlab" / name: CNNLAB / name for name in ENGINE}
    wanted |= {folder / "cnnlab/course/stubs" / p.name: p for p in (CNNLAB / "course" / "stubs").glob("*.py")}
    for target, source in wanted.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    # the others have their own
    for package in ("grading", "grading/worker", "cnnlab", "cnnlab/gradcheck", "cnnlab/gradcheck/diagnosis"):
        (folder / package / "__init__.py").write_bytes(b"")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def find_python() -> str:
    """Return the interpreter itself, not a virtual environment's link to it, which would include site-packages."""
    return os.path.realpath(sys.executable)


def list_search_path() -> list[str]:
    """Return sys.path of a worker: the standard library, and the folder that NumPy is in."""
    standard = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    standard = [p.replace(sys.prefix, sys.base_prefix, 1) if p.startswith(sys.prefix) else p for p in standard]
    extensions = [p for p in sys.path if p.endswith("lib-dynload")]  # sysconfig names where Python was built
    return list(dict.fromkeys([*standard, *extensions, str(find_packages())]))


def find_packages() -> Path:
    """Return the folder that NumPy is in."""
    return Path(np.__file__).parent.parent


def build_command(files: Path, user: int | None, kind: IsolationKind, trials: bool = False) -> list[str]:
    """Return the command line of a worker for the learner files in `files`, to become `user` where that is not None.

    trials: whether it is asked to change what it runs.
    """
    inner = {
        "engine": SEEN_ENGINE if kind == IsolationKind.BUBBLEWRAP else str(make_engine_folder()),
        "files": SEEN_FILES if kind == IsolationKind.BUBBLEWRAP else str(files),
        "path": list_search_path()
        if kind == IsolationKind.BUBBLEWRAP
        else [*list_search_path()[:-1], str(_make_numpy_folder())],
        "user": user,
        "trials": trials,
        "keep_open": kind == IsolationKind.LIMITS and sys.platform == "linux",
        "filter": b64encode(_compile_filter(kind)).decode(),
    }
    script = f"{inner['engine']}/{WORKER_MAIN}"
    # -I and -S: no environment variable, no user's or site's packages; -B: nothing is written
    start = [find_python(), "-I", "-S", "-B", script, json.dumps(inner)]
    return start if kind == IsolationKind.LIMITS else [*build_bubblewrap_command(files, root=user is not None), *start]


def _compile_filter(kind: IsolationKind) -> bytes:
    """Return a worker's filter of system calls, or nothing if none can be made; isolation.py reports that."""
    try:
        return system_call_filter.compile_filter(writable=kind == IsolationKind.BUBBLEWRAP)
    except system_call_filter.NoFilter:
        return b""


@lru_cache(maxsize=1)
def _make_numpy_folder() -> Path:
    """Make a folder in which a worker without a root of its own finds NumPy alone, and no PyTorch beside it."""
    folder = make_engine_folder() / "packages"
    folder.mkdir(mode=0o755, exist_ok=True)
    for path in _list_numpy_folders():
        (folder / path.name).symlink_to(path)
    return folder


def _list_numpy_folders() -> list[Path]:
    """Return the folders of NumPy and of the libraries that its wheel brings."""
    return [p for name in ("numpy", "numpy.libs") if (p := find_packages() / name).is_dir()]


def build_bubblewrap_command(files: Path, root: bool) -> list[str]:
    """Return bwrap and its options: Python, NumPy and the learner's files, read-only, without a network."""
    bwrap = shutil.which("bwrap") or "bwrap"
    options = [bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if root:  # no user namespace: its root would still be root to the limit on processes. The worker becomes nobody.
        options += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        options += ["--unshare-user", "--cap-drop", "ALL", *_forbid_namespaces(bwrap)]
    options += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        options += ["--setenv", name, value]
    options += _bind_system()
    options += [
        "--perms",
        "0755",
        "--dir",
        "/dev",
        "--dev-bind",
        "/dev/null",
        "/dev/null",
    ]  # no other device, no /proc, no /tmp: nowhere to write
    options += ["--ro-bind", str(make_engine_folder()), SEEN_ENGINE, "--ro-bind", str(files), SEEN_FILES]
    return [*options, "--remount-ro", "/", "--chdir", SEEN_FILES, "--"]


@lru_cache(maxsize=1)
def _forbid_namespaces(bwrap: str) -> list[str]:
    """Return the option that forbids further namespaces: in one, a student's code would be root.

    bubblewrap has it from 0.8 on.
    """
    done = subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False)
    return ["--disable-userns"] if "--disable-userns" in done.stdout + done.stderr else []


def _bind_system() -> list[str]:
    """Return the binds for Python, its libraries and NumPy; an empty folder covers every folder of other packages."""
    folders = [Path(p) for p in _library_folders()]
    standard = [Path(p) for p in list_search_path()[:-1]]
    covered: list[Path] = []
    options: list[str] = []
    for link in (Path("/lib"), Path("/lib64")):
        if link.is_symlink():
            options += ["--symlink", os.readlink(link), str(link)]
    shown = [*folders, Path(find_python()), *standard]
    parents = {parent for path in [*shown, *_list_numpy_folders()] for parent in path.parents} - {Path("/")}
    for path in sorted(parents, key=lambda p: len(p.parts)):
        options += ["--perms", "0755", "--dir", str(path)]  # bubblewrap would close them to all but root
    for path in dict.fromkeys(shown):
        options += ["--ro-bind", str(path), str(path)]
        if path in folders:
            hide = [p for p in sorted(path.glob("python*")) if p.is_dir() and not p.is_symlink()]
        else:
            hide = [p for name in ("site-packages", "dist-packages") if (p := path / name).is_dir()]
        options += [option for p in hide for option in ("--perms", "0755", "--tmpfs", str(p))]
        covered += hide
    for path in _list_numpy_folders():
        options += ["--ro-bind", str(path), str(path)]
    return options + [option for p in covered for option in ("--remount-ro", str(p))]


def _library_folders() -> list[str]:
    """Return the folders in which the dynamic loader of this system looks."""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    system = f"/usr/lib/{multiarch}" if multiarch and Path(f"/usr/lib/{multiarch}").is_dir() else "/usr/lib"
    older = f"/lib/{multiarch}" if multiarch and not Path("/lib").is_symlink() else "/lib"
    own = [] if sys.base_prefix in ("/usr", "/") else [f"{sys.base_prefix}/lib"]
    candidates = [system, older, "/usr/lib64", "/lib64", "/nix/store", *own]
    return [p for p in candidates if Path(p).is_dir() and not Path(p).is_symlink()]
