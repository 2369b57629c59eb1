"""Set cnnlab up in .venv beside this file, then start it.

    python3 start.py [--no-browser] [--no-torch | --torch]    open JupyterLab at the first chapter
    python3 start.py test [--slow] [pytest arguments]         run the test suite
    python3 start.py WORD [arguments]                         run `cnnlab WORD`: check, status, doctor, ...

The set-up happens once. Its record, .venv/cnnlab.json, is marked complete last of all: a set-up that was interrupted
is done afresh by the next run, and one that still fits costs that run nothing. pip's own configuration holds.

Standard library only, in the syntax of Python 3.6: an older Python must be able to read as far as the sentence that
says which one is needed.
"""

import argparse
import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
RECORD = VENV / "cnnlab.json"
LOG = HERE / "start.log"
LOCK = HERE / ".start.lock"

WINDOWS = os.name == "nt"
PROGRAMS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = PROGRAMS / ("python.exe" if WINDOWS else "python")
OLDEST, NEWEST = (3, 11), (3, 14)

COURSE = {"lab", "grading"}
DEVELOPMENT = COURSE | {"dev"}
WHOLE_SUITE = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadscope"]  # a part of it runs in one process
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# Measured on Linux x86-64; other systems differ by some ten per cent.
COURSE_SIZE = "JupyterLab, NumPy, matplotlib, nbgrader and what they need: about 120 MB (550 MB on disk)"
DEVELOPMENT_SIZE = "pytest, ruff, pyright with its Node.js, Playwright: about 140 MB (450 MB on disk)"
TORCH_SIZE = {
    "darwin": "about 100 MB",
    "win32": "about 130 MB",
    "linux": "about 200 MB where pip's index has a CPU build, about 3 GB where it has only the CUDA build",
}
WITHOUT_TORCH = (
    "The course works without it, at a cost: gradients are judged by finite differences alone, and there is neither"
    " a comparison with PyTorch nor a layer of PyTorch's in place of one you have not written yet."
    " To try again: python3 start.py --torch"
)

# Why .venv is made anew: the entry of its record that does not hold.
AFRESH = {
    "complete": "The last set-up did not finish; it is done afresh.",
    "location": "This folder was moved or copied; its .venv is made anew.",
    "python": "The Python in .venv is missing or was replaced; .venv is made anew.",
}

# What a failed pip prints, and what it means. The first that fits is told.
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
    """What is wrong, where, and what to do next: one sentence or two for the person at the terminal."""


def say(text):
    """Speak on stderr: stdout belongs to the command that is started, which may print JSON there."""
    print(text, file=sys.stderr, flush=True)


# --- which Python ---


def require_python(version):
    """Stop unless `version`, a (major, minor) pair, is one that constraints.txt has packages for."""
    if OLDEST <= version <= NEWEST:
        return
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    other = next((name for name in names if starts(name)), None)
    remedy = f"Run instead: {other} start.py" if other else "Install one of these and run start.py with it."
    found = f"{version[0]}.{version[1]} ({sys.executable})"
    raise Stop(f"cnnlab needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is Python {found}. {remedy}")


def starts(name):
    """Whether a program of that name is on PATH and starts (a version manager's stand-in may not)."""
    program = shutil.which(name)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return bool(program) and subprocess.call([program, "--version"], **quiet) == 0


def version_in_venv():
    """The version of .venv's Python as "3.12", or None where there is none that runs."""
    command = [str(PYTHON), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return None


# --- the record of what is installed, and the plan of what should be ---


def read_record():
    """The record in .venv; empty where there is none that can be read."""
    try:
        return dict(json.loads(RECORD.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def write_record(record):
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def make_plan(record, extras, torch):
    """The record of a .venv that needs nothing done. What was installed once stays wanted.

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
    """A hash of all that decides what gets installed: constraints.txt and pyproject.toml's tables on packaging."""
    import tomllib  # new in Python 3.11

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    packaging = json.dumps([project["build-system"], project["project"]], sort_keys=True)
    return hashlib.sha256(packaging.encode() + (HERE / "constraints.txt").read_bytes()).hexdigest()


def why_afresh(record, plan):
    """Why .venv has to be made anew; None where it can be kept."""
    if not record:
        return "Nothing is set up here yet."
    return next((reason for entry, reason in AFRESH.items() if record.get(entry) != plan[entry]), None)


# --- the set-up ---


def set_up(extras, torch):
    """Bring .venv to what is wanted, and return its record. Where it fits already, nothing is done."""
    record = read_record()
    plan = make_plan(record, extras, torch)
    if record == plan:
        return record
    with one_at_a_time():
        record = read_record()  # another start.py may have done the work meanwhile
        plan = make_plan(record, extras, torch)
        return record if record == plan else install(record, plan, torch)


def install(record, plan, torch):
    """Carry the plan out, in a new .venv where the old one cannot be kept, and return what came of it."""
    LOG.write_text("", encoding="utf-8")
    reason = why_afresh(record, plan)
    if reason:
        plan["python"] = "{}.{}".format(*sys.version_info[:2])
        plan["torch"] = "omitted" if torch == "omit" or plan["torch"] == "omitted" else "installed"
        announce({}, plan, reason)
        remove_venv()
        make_venv(plan)
    else:
        announce(record, plan, "It is brought up to date.")
        write_record(dict(plan, complete=False))
    code, output = pip_install("-e", ".[{}]".format(",".join(plan["extras"])))
    if code != 0:
        raise Stop(f"pip could not install the course: {cause(output)}. {see_log()}")
    guard_kernel()
    if plan["torch"] == "installed":
        plan["torch"] = install_torch()
    write_record(plan)
    python = "py" if WINDOWS else "python3"
    say(f"The set-up is complete. Where a report says `cnnlab hint`, type `{python} start.py hint` here.")
    return plan


def announce(record, plan, reason):
    """Say, before anything is fetched, what will be, and how large it is."""
    say(f"Setting up {VENV} with Python {plan['python']}. {reason}")
    new = set(plan["extras"]).difference(record.get("extras", []))
    parts = [COURSE_SIZE] if COURSE & new else []
    if "dev" in new:
        parts.append(DEVELOPMENT_SIZE)
    if plan["torch"] == "installed" != record.get("torch"):
        size = TORCH_SIZE.get(sys.platform, TORCH_SIZE["linux"])
        parts.append(f"PyTorch ({torch_requirement()}): {size}; --no-torch leaves it out")
    title = "To download, unless pip kept it from before:" if parts else "Only what differs is downloaded."
    say("\n  - ".join([title, *parts]))


def remove_venv():
    """Remove a .venv that start.py made, or that holds no Python that runs; leave anybody else's alone."""
    if not os.path.lexists(str(VENV)):
        return
    if VENV.is_symlink() or not VENV.is_dir() or (version_in_venv() and not RECORD.exists()):
        raise Stop(f"{VENV} is in the way, and start.py did not make it. Rename or delete it, then run start.py again.")
    if Path(sys.prefix).resolve() == VENV:
        raise Stop(".venv must be made anew, and start.py runs from it. Type `deactivate`, then run start.py again.")
    shutil.rmtree(str(VENV))


def make_venv(plan):
    """Make .venv, with an incomplete record in it from the first moment. Where that fails, nothing is left."""
    try:
        import ensurepip  # noqa: F401  Debian packs it apart from Python
    except ImportError:
        raise Stop(no_pip()) from None
    VENV.mkdir()
    write_record(dict(plan, complete=False))
    code, output = run_logged([sys.executable, "-m", "venv", str(VENV)])
    if code != 0:
        shutil.rmtree(str(VENV))
        raise Stop(no_pip() if "ensurepip" in output else f"{VENV} could not be made: {cause(output)}. {see_log()}")


def no_pip():
    remedy = "Install your system's package of Python's venv and ensurepip modules"
    if Path("/etc/debian_version").exists():
        remedy = "Install it: sudo apt install python{}.{}-venv".format(*sys.version_info[:2])
    return f"{sys.executable} has no ensurepip module, so it cannot make a .venv. {remedy}; then run start.py again."


def guard_kernel():
    """Keep notebooks, and nothing else, from importing what merely lies beside them, such as a stray numpy.py."""
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
    """The line of constraints.txt that pins PyTorch."""
    lines = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def install_torch():
    """Install PyTorch and return "installed", or "unavailable" where it has no build for this machine."""
    code, output = pip_install(torch_requirement())
    if code == 0:
        return "installed"
    if cause(output) == NOT_OFFERED:
        say(f"PyTorch ({torch_requirement()}) has no build for this machine. {WITHOUT_TORCH}")
        return "unavailable"
    raise Stop(f"pip could not install PyTorch: {cause(output)}. --no-torch starts without it. {see_log()}")


def pip_install(*requirements):
    """Run `pip install` in .venv with constraints.txt; return its exit code and what it printed."""
    options = ["--no-input", "--no-user", "-c", "constraints.txt"]
    return run_logged([str(PYTHON), "-P", "-m", "pip", "install", *options, *requirements])


def run_logged(command):
    """Run a program in this folder, keep its output in start.log and show a terminal its latest line."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    output = ""
    with LOG.open("a", encoding="utf-8") as log:
        print("$", *command, file=log, flush=True)
        with subprocess.Popen(command, cwd=str(HERE), text=True, errors="replace", **pipes) as process:
            for line in process.stdout:
                print(line, end="", file=log, flush=True)
                output += line
                show(line)
    show("")
    return process.returncode, output


def show(line):
    if sys.stderr.isatty():
        print(line.strip()[:78].ljust(78), end="\r", file=sys.stderr, flush=True)


def cause(output):
    """What a failed program's output means; where no entry of CAUSES fits, its last line that names an error."""
    errors = [line.strip(" .\n") for line in output.splitlines() if "error" in line.lower()]
    unknown = errors[-1] if errors else "it gave no reason"
    return next((meaning for sign, meaning in CAUSES if sign in output), unknown)


def see_log():
    return f"pip's words are in {LOG}. Put it right and run start.py again."


# --- handing over ---


def environment():
    """This environment, with .venv's programs first on PATH and Jupyter's settings the course's, not the user's."""
    own = HERE / ".jupyter"
    return dict(
        os.environ,
        VIRTUAL_ENV=str(VENV),
        PATH=os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)]),
        JUPYTER_CONFIG_PATH=str(HERE / "config" / "jupyter"),
        JUPYTER_CONFIG_DIR=str(own / "config"),
        JUPYTER_DATA_DIR=str(own / "data"),
        JUPYTER_PREFER_ENV_PATH="1",
    )


def lab_command(browser):
    """JupyterLab at the first chapter there is."""
    chapters = sorted(HERE.glob("notebooks/ch*/ch*.ipynb"))
    page = "/lab/tree/" + chapters[0].relative_to(HERE).as_posix() if chapters else "/lab"
    return ["-m", "jupyterlab", "--LabApp.default_url=" + page] + ([] if browser else ["--no-browser"])


def has_browser():
    try:
        webbrowser.get()
    except webbrowser.Error:
        say("No browser was found here; open the address that JupyterLab prints.")
        return False
    return True


def hand_over(arguments, variables):
    """Become .venv's Python with these arguments, without the current folder on its import path.

    Windows cannot replace a process: there it is waited for, and its exit code returned.
    """
    command = [str(PYTHON), "-P", *arguments]
    if not WINDOWS:
        os.execve(command[0], command, variables)
    process = subprocess.Popen(command, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches the child too, which ends in its own time
            continue


def parse(arguments):
    about, usage = __doc__.split("\n\n")[:2]
    parser = argparse.ArgumentParser("start.py", description=about, usage="\n" + usage)
    parser.add_argument("--no-browser", action="store_true", help="only print JupyterLab's address")
    torch = parser.add_mutually_exclusive_group()
    torch.add_argument("--no-torch", dest="torch", action="store_const", const="omit", help="leave PyTorch out")
    torch.add_argument("--torch", action="store_const", const="add", help="install PyTorch after all")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD", help="`test`, or what cnnlab is to do")
    return parser.parse_args(arguments)


def start(options):
    """Set up what is asked for and hand over to it."""
    word = options.words[0] if options.words else None
    record = set_up(DEVELOPMENT if word == "test" else COURSE, options.torch)
    if word == "test":
        os.chdir(str(HERE))
        wanted = options.words[1:]
        spread = WHOLE_SUITE if set(wanted) <= {"--slow"} else []
        return hand_over(["-m", "pytest", *spread, *wanted], dict(environment(), **ONE_THREAD))
    if word:
        return hand_over(["-m", "cnnlab", *options.words], environment())
    if record["torch"] != "installed":
        say("PyTorch is not installed; python3 start.py --torch installs it.")
    return hand_over(lab_command(not options.no_browser and has_browser()), environment())


def main(arguments):
    try:
        require_python(sys.version_info[:2])
        return start(parse(arguments))
    except Stop as stop:
        message, code = str(stop), 1
    except KeyboardInterrupt:
        message, code = "Interrupted. The next run does the set-up afresh.", 130
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        message, code = f"{error.filename or HERE}: {what}. Put it right and run start.py again.", 1
    say(f"start.py: {message}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
