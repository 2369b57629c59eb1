"""Set cnnlab up in .venv beside this file, then start it.

    python3 start.py [--no-browser] [--no-torch | --torch]    open JupyterLab at the first chapter
    python3 start.py test [--slow] [pytest arguments]         run the course's own tests (not in a release)
    python3 start.py WORD [arguments]                         run `cnnlab WORD`: check, status, doctor, ...

config/set_up_venv.py does the set-up, the first time and when something has changed.

Standard library only, in the syntax of Python 3.6: an older Python must be able to read this file and print which one
is needed.
"""

import argparse
import errno
import os
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
SET_UP = HERE / "config" / "set_up_venv.py"

OLDEST, NEWEST = (3, 11), (3, 14)

WHOLE_SUITE = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadscope"]  # a part of it runs in one process
WHOLE_SUITE += ["--no-loadscope-reorder"]  # tests/conftest.py has the order
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

NO_TESTS = (
    "`test` runs the tests of the course itself, for people who change the course, and a release of the course has"
    " none. To check what you wrote: {command} check NAME, where NAME is a function or a chapter such as ch08"
)


def say(text):
    """Print to stderr: stdout belongs to the command that is started, which may print JSON there."""
    print(text, file=sys.stderr, flush=True)


# --- what is needed to begin ---


def find_python_fault(version):
    """Return a sentence if constraints.txt has no packages for `version`, a (major, minor) pair; None if it has."""
    if OLDEST <= version <= NEWEST:
        return None
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    other = next((name for name in names if starts(name)), None)
    remedy = f"Run instead: {other} start.py" if other else "Install one of these and run start.py with it."
    found = f"{version[0]}.{version[1]} ({sys.executable})"
    return f"cnnlab needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is Python {found}. {remedy}"


def starts(name):
    """Return whether a program of that name is on PATH and starts (a version manager's placeholder may not)."""
    program = shutil.which(name)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return bool(program) and subprocess.call([program, "--version"], **quiet) == 0


def find_set_up_fault():
    """Return a sentence if the file that does the set-up is missing; None if it is there."""
    if SET_UP.is_file():
        return None
    name = SET_UP.relative_to(HERE)
    return f"{name} is missing in {HERE}. Unpack the whole course again: start.py works only in its folder."


def load_set_up():
    """Return config/set_up_venv.py as a module. It is read anew each time: a newer release may have replaced it."""
    module = types.ModuleType("set_up_venv")
    module.__file__ = str(SET_UP)
    exec(compile(SET_UP.read_bytes(), str(SET_UP), "exec"), vars(module))
    return module


# --- handing over ---


def own_command():
    """Return how start.py was started, to be typed again: "python3 start.py"."""
    if os.name == "nt":
        return subprocess.list2cmdline(["py", sys.argv[0]])
    return " ".join(map(shlex.quote, [getattr(sys, "orig_argv", ["python3"])[0], sys.argv[0]]))


def environment(venv):
    """Return this environment with the programs of .venv first on PATH and the course's Jupyter settings.

    `venv` is the loaded config/set_up_venv.py, here and below.
    """
    own = HERE / ".jupyter"
    return dict(
        os.environ,
        CNNLAB_COMMAND=own_command(),  # cnnlab's messages name commands that can be typed where it was started
        VIRTUAL_ENV=str(venv.VENV),
        PATH=os.pathsep.join([str(venv.PROGRAMS), os.environ.get("PATH", os.defpath)]),
        JUPYTER_CONFIG_PATH=str(HERE / "config" / "jupyter"),
        JUPYTER_CONFIG_DIR=str(own / "config"),
        JUPYTER_DATA_DIR=str(own / "data"),
        JUPYTER_RUNTIME_DIR=str(own / "runtime"),
        JUPYTER_PREFER_ENV_PATH="1",
    )


def hand_over(venv, arguments, variables):
    """Become .venv's Python with these arguments, without the current folder on its import path.

    Windows cannot replace a process: there it is waited for, and its exit code returned.
    """
    command = [str(venv.PYTHON), "-P", *arguments]
    if not venv.WINDOWS:
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
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD", help="`test`, or a command of cnnlab")
    return parser.parse_args(arguments)


def start(venv, options):
    """Set up what is asked for and hand over to it."""
    word = options.words[0] if options.words else None
    if word == "test" and not (HERE / "tests").is_dir():
        raise venv.Stop(NO_TESTS.format(command=own_command()))
    record = venv.set_up(venv.DEVELOPMENT if word == "test" else venv.COURSE, options.torch)
    variables = environment(venv)
    if word == "test":
        os.chdir(str(HERE))
        wanted = options.words[1:]
        spread = WHOLE_SUITE if set(wanted) <= {"--slow"} else []
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes import the course: it is compiled once
        return hand_over(venv, ["-m", "pytest", *spread, *wanted], dict(variables, **ONE_THREAD))
    if word:
        return hand_over(venv, ["-m", "cnnlab", *options.words], variables)
    if record["torch"] != "installed":
        say(f"PyTorch is not installed; {own_command()} --torch installs it.")
    return hand_over(venv, ["-m", "cnnlab", "lab", *(["--no-browser"] if options.no_browser else [])], variables)


def main(arguments):
    fault = find_python_fault(sys.version_info[:2]) or find_set_up_fault()
    if fault:
        say(f"start.py: {fault}")
        return 1
    venv = load_set_up()
    try:
        return start(venv, parse(arguments))
    except venv.Stop as stop:
        message, code = str(stop), 1
    except KeyboardInterrupt:
        message, code = "Interrupted. Run start.py again: it goes on from what is there.", 130
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        message, code = f"{error.filename or HERE}: {what}. Put it right and run start.py again.", 1
    say(f"start.py: {message}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
