"""The set-up that start.py does: .venv beside start.py, with what constraints.txt and pyproject.toml name.

The set-up happens once; a run for which .venv fits costs nothing more. .venv/cnnlab.json, its record, is there before
anything else is and is marked complete last of all, so the next run knows what an interruption left, and mends it.
An environment that works is kept in .venv.old until its replacement is complete. pip's own configuration holds.
Standard library only. start.py loads this file, and only in a Python that is new enough.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent  # the folder of start.py
VENV = HERE / ".venv"
NEW = HERE / ".venv.new"  # becomes .venv as soon as its record is in it
OLD = HERE / ".venv.old"  # the environment that worked, until the one that replaces it is complete
TRASH = HERE / ".venv.trash"  # what is being deleted
RECORD = "cnnlab.json"
LOG = HERE / "start.log"
LOCK = HERE / ".start.lock"
SEE_LOG = f"pip's words are in {LOG}. Put it right and run start.py again."

WINDOWS = os.name == "nt"
PROGRAMS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = PROGRAMS / ("python.exe" if WINDOWS else "python")
COURSE = {"lab", "grading"}
DEVELOPMENT = COURSE | {"dev"}

# Measured on Linux x86-64; other systems differ by some ten per cent.
COURSE_CONTENT = "JupyterLab, NumPy, matplotlib, nbgrader and what they need"
COURSE_SIZE = COURSE_CONTENT + ": about 120 MB (550 MB on disk)"
DEVELOPMENT_SIZE = "pytest, ruff, pyright with its Node.js, Playwright: about 140 MB (450 MB on disk)"
TORCH_SIZE = {
    "darwin": "about 100 MB",
    "win32": "about 130 MB",
    "linux": "about 200 MB where pip's index has a CPU build, about 3 GB where it has only the CUDA build",
}
WITHOUT_TORCH = (
    "The course works without it, at a cost: gradients are judged by finite differences alone, and there is neither"
    " a comparison with PyTorch nor a layer of PyTorch's in place of one you have not written yet."
)

# Why .venv is made anew: the entry of its record that does not hold.
AFRESH = {
    "complete": "The last set-up did not finish; it is done afresh.",
    "location": "This folder was moved or copied; its .venv is made anew.",
    "python": "The Python in .venv is missing or was replaced; .venv is made anew.",
}

# Ends with an error unless every file that pip installed is there. (Python's own list of a package's files leaves
# missing ones out from 3.12 on.)
FIND_MISSING_FILES = """
import csv, sys
from importlib import metadata
metadata.distribution("cnnlab")
for package in metadata.distributions():
    for path, *_ in csv.reader((package.read_text("RECORD") or sys.exit(1)).splitlines()):
        if not path.endswith(".pyc") and not package.locate_file(path).exists():
            sys.exit(1)
"""

# What a failed pip prints, and what it means. The first that fits is reported.
NOT_OFFERED = "the package index does not offer the versions that are needed"
CAUSES = (
    ("No space left on device", "the disk is full"),
    ("not enough space on the disk", "the disk is full"),
    ("Permission denied", "a file may not be written"),
    ("CERTIFICATE_VERIFY_FAILED", "the package index's certificate is not trusted (pip's option `cert`)"),
    ("after connection broken by", "the package index cannot be reached over the network"),
    ("TimeoutError", "the package index does not answer"),
    ("No matching distribution found", NOT_OFFERED),
    ("ResolutionImpossible", NOT_OFFERED),  # what pip says where a constraint names the version too
)


class Stop(Exception):
    """An error to show in the terminal: what is wrong, where, and what to do next."""


def say(text):
    """Print to stderr: stdout belongs to the command that is started, which may print JSON there."""
    print(text, file=sys.stderr, flush=True)


# --- the record of what is installed, and the plan of what should be ---


def read_record():
    """Return the record in .venv; empty where there is none that can be read."""
    try:
        return dict(json.loads((VENV / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def write_record(record, folder=VENV):
    """Put the record in its place whole, so that an interruption leaves the old one or the new one."""
    half = folder / (RECORD + ".half")
    half.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    os.replace(str(half), str(folder / RECORD))


def make_plan(record, extras, torch):
    """Return the record of a complete .venv. What was installed once remains part of the plan.

    `torch` is "add", "omit" or None, which means as before; omitting begins with a new .venv.
    """
    return {
        "complete": True,
        "location": str(HERE),
        "python": version_in_venv(),
        "requirements": hash_requirements(),
        "extras": sorted(extras.union(record.get("extras", []))),
        "torch": "installed" if torch == "add" else record.get("torch", "installed"),
    }


def hash_requirements():
    """Return a hash of everything that determines the installation: constraints.txt and parts of pyproject.toml."""
    import tomllib  # new in Python 3.11

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    packaging = json.dumps([project["build-system"], project["project"]], sort_keys=True)
    return hashlib.sha256(packaging.encode() + (HERE / "constraints.txt").read_bytes()).hexdigest()


def why_afresh(record, plan):
    """Return why .venv has to be made again; None if it can be kept."""
    if not record:
        return "Nothing is set up here yet."
    return next((reason for entry, reason in AFRESH.items() if record.get(entry) != plan[entry]), None)


def version_in_venv():
    """Return the version of .venv's Python as "3.12", or None if it does not run."""
    command = [str(PYTHON), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return None


# --- the set-up ---


def set_up(extras, torch):
    """Install what is missing in .venv, and return its record."""
    record = read_record()
    if record == make_plan(record, extras, torch) and not any(map(exists, (NEW, OLD, TRASH))):
        return record
    with one_at_a_time():
        mend()
        record = read_record()  # another start.py may have done the work meanwhile
        plan = make_plan(record, extras, torch)
        if record == plan:
            return record
        try:
            return install(record, plan, torch)
        except BaseException:
            mend()
            raise


def install(record, plan, torch):
    """Carry the plan out, in a new .venv where the old one cannot be kept, and return how it went."""
    LOG.write_text("", encoding="utf-8")
    reason = why_afresh(record, plan)
    content = COURSE_CONTENT if reason else "packages that are new or have another version"
    steps = [(content, install_course)]
    if reason:
        plan["python"] = "{}.{}".format(*sys.version_info[:2])
        plan["torch"] = "omitted" if torch == "omit" or plan["torch"] == "omitted" else "installed"
        steps.insert(0, ("an empty environment", make_venv))
    if plan["torch"] == "installed":
        steps.append(("PyTorch", install_torch))
    announce({} if reason else record, plan, reason or "It is brought up to date.")
    if reason:
        make_way(record)
    else:
        write_record(dict(plan, complete=False, before=record))
    for number, (title, step) in enumerate(steps, 1):
        say(f"{number} of {len(steps)}: {title}")
        step(plan)
    write_record(plan)
    discard(OLD)
    say("The set-up is complete.")
    return plan


def announce(record, plan, reason):
    """Print what will be downloaded, and how large it is."""
    say(f"Setting up {VENV} with Python {plan['python']}. {reason}")
    new = set(plan["extras"]).difference(record.get("extras", []))
    parts = [COURSE_SIZE] if COURSE & new else []
    if "dev" in new:
        parts.append(DEVELOPMENT_SIZE)
    if plan["torch"] == "installed" != record.get("torch"):
        size = TORCH_SIZE.get(sys.platform, TORCH_SIZE["linux"])
        parts.append(f"PyTorch ({torch_requirement()}): {size}; --no-torch leaves it out")
    parts.insert(0, "To download, unless pip kept it from before:" if parts else "Only what differs is downloaded.")
    say("\n  - ".join(parts))
    say(f"This takes some minutes. What pip does meanwhile is written to {LOG.name}.")


def mend():
    """Finish or undo what an interrupted run left. Then .venv is whole, or unfinished, or not there, or not ours."""
    for path in (NEW, TRASH):
        if exists(path):
            shutil.rmtree(str(path))
    if exists(OLD) and read_record().get("complete"):
        discard(OLD)
    elif exists(OLD):
        require_own_venv()
        discard(VENV)
        OLD.rename(VENV)
        say("The new environment was not finished; the one from before is back in its place.")
    record = read_record()
    if "before" in record and has_every_file():  # an update was interrupted, and can begin again where it is
        before = record["before"]
        same = before["requirements"] == record["requirements"]
        write_record(dict(before, requirements=before["requirements"] if same else "unknown"))


def has_every_file():
    """Return whether all that pip's own lists name is there: pip adds a package's list when the rest is in place."""
    command = [str(PYTHON), "-I", "-c", FIND_MISSING_FILES]
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def exists(path):
    return os.path.lexists(str(path))


def discard(path):
    """Delete a folder, under another name from the first moment on: what has its own name is never half deleted."""
    if exists(path):
        path.rename(TRASH)
        shutil.rmtree(str(TRASH))


def require_own_venv():
    """Stop if .venv is not start.py's: one of its own has a record from the first moment on."""
    if not exists(VENV):
        return
    empty = VENV.is_dir() and not any(VENV.iterdir())
    if VENV.is_symlink() or not (empty or exists(VENV / RECORD)):
        raise Stop(f"{VENV} is in the way, and start.py did not make it. Rename or delete it, then run start.py again.")
    if Path(sys.prefix).resolve() == VENV:
        raise Stop(".venv must be made anew, and start.py runs from it. Type `deactivate`, then run start.py again.")


def make_way(record):
    """Take the present .venv away: to .venv.old where it still works, and otherwise for good."""
    require_own_venv()
    try:
        import ensurepip  # noqa: F401  Debian packs it apart from Python
    except ImportError:
        raise Stop(no_pip()) from None
    try:
        if record.get("complete") and version_in_venv():
            VENV.rename(OLD)
        else:
            discard(VENV)
    except PermissionError:  # on Windows, while a program runs from it
        raise Stop(
            f"{VENV} is in use. Close JupyterLab and whatever else runs from it, then run start.py again."
        ) from None


def make_venv(plan):
    """Make .venv, with an incomplete record in it from the first moment on. Where that fails, nothing is left."""
    NEW.mkdir()
    write_record(dict(plan, complete=False), NEW)
    NEW.rename(VENV)
    code, output = run_logged([sys.executable, "-m", "venv", str(VENV)])
    if code != 0:
        discard(VENV)
        raise Stop(no_pip() if "ensurepip" in output else f"{VENV} could not be made: {cause(output)}. {SEE_LOG}")


def install_course(plan):
    """Install the course's packages, and the course itself as this folder."""
    code, output = pip_install("-e", ".[{}]".format(",".join(plan["extras"])))
    if code != 0:
        raise Stop(f"pip could not install the course: {cause(output)}. {SEE_LOG}")
    guard_kernel()


def no_pip():
    remedy = "Install your system's package of Python's venv and ensurepip modules"
    if Path("/etc/debian_version").exists():
        remedy = "Install it: sudo apt install python{}.{}-venv".format(*sys.version_info[:2])
    return f"{sys.executable} has no ensurepip module, so it cannot make a .venv. {remedy}; then run start.py again."


def guard_kernel():
    """Keep notebooks, and nothing else, from importing files beside them, such as a stray numpy.py."""
    path = VENV / "share/jupyter/kernels/python3/kernel.json"
    kernel = json.loads(path.read_text(encoding="utf-8"))
    kernel["env"] = {"PYTHONSAFEPATH": "1"}
    option = "--IPKernelApp.ignore_cwd=True"
    kernel["argv"] = [word for word in kernel["argv"] if word != option] + [option]
    path.write_text(json.dumps(kernel, indent=1) + "\n", encoding="utf-8")


@contextlib.contextmanager
def one_at_a_time():
    """Hold a lock that the system releases when this process ends, however it ends."""
    with LOCK.open("a") as file:
        os.set_inheritable(file.fileno(), True)  # a pip that outlives this process keeps the lock until it ends
        if not try_lock(file):
            say("Another start.py is setting this folder up; waiting for it.")
            while not try_lock(file):
                time.sleep(0.2)
        yield


def try_lock(file):
    """Take the lock and return True; False while another process holds it."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a file system without locks is no reason to wait for ever
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True


# --- pip ---


def torch_requirement():
    """Return the line of constraints.txt that pins PyTorch."""
    lines = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def install_torch(plan):
    """Install PyTorch, or note in the plan that it has no build for this machine."""
    code, output = pip_install(torch_requirement())
    if code == 0:
        return
    if cause(output) == NOT_OFFERED:
        name = f"PyTorch ({torch_requirement()})"
        say(f"{name} has no build for this machine. {WITHOUT_TORCH} To try again, start with --torch.")
        plan["torch"] = "unavailable"
        return
    raise Stop(f"pip could not install PyTorch: {cause(output)}. --no-torch starts without it. {SEE_LOG}")


def pip_install(*requirements):
    """Run `pip install` in .venv with constraints.txt; return its exit code and what it printed."""
    options = ["--no-input", "--no-user", "-c", "constraints.txt"]
    return run_logged([str(PYTHON), "-P", "-m", "pip", "install", *options, *requirements])


def run_logged(command):
    """Run a program in this folder, keep its output in start.log and count its packages at a terminal."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    output = ""
    packages = 0
    with LOG.open("a", encoding="utf-8") as log:
        print("$", *command, file=log, flush=True)
        with subprocess.Popen(
            command, cwd=str(HERE), text=True, errors="replace", close_fds=WINDOWS, **pipes
        ) as process:
            for line in process.stdout:
                print(line, end="", file=log, flush=True)
                output += line
                packages += line.startswith(("Collecting ", "Obtaining ", "Processing "))
                show("   installing" if line.startswith("Installing ") else f"   {packages} packages found")
    show("")
    return process.returncode, output


def show(words):
    """Replace the last words on a terminal; print nothing if stderr is not one."""
    if sys.stderr.isatty():
        print("\r" + words.ljust(30), end="" if words else "\r", file=sys.stderr, flush=True)


def cause(output):
    """Return the meaning of a failed program's output; if no entry of CAUSES fits, its last line with an error."""
    errors = [line.strip(" .\n") for line in output.splitlines() if "error" in line.lower()]
    unknown = errors[-1] if errors else "it gave no reason"
    return next((meaning for sign, meaning in CAUSES if sign in output), unknown)
