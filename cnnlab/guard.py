"""Run a command in a child process, so that learner code that calls `os._exit(0)` is not reported as a pass.

Code that never ends and catches every exception ends with the process that it runs in.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable

from cnnlab import cli
from cnnlab.gradcheck.time_limit import end_process_with
from cnnlab.output import answer_stream, open_missing_streams

#: The commands that run a learner's functions.
JUDGING_COMMANDS = ("check", "status")

ENDED_EARLY = (
    "cnnlab: Python ended before the check was complete; the checked code ended it (os._exit, or a crash in "
    "compiled code). Nothing passed"
)

NEVER_ENDED = (
    "cnnlab: {place}: this code did not end in time, and went on after every exception that was to end it, so that "
    "there is no verdict. In its `except`, name the exception that you expect, such as `except ValueError:`"
)


def main() -> int:
    """Run one command of the command line."""
    open_missing_streams()
    return run_in_child(judge_apart) if sys.argv[1:2] and sys.argv[1] in JUDGING_COMMANDS else cli.main()


def judge_apart() -> int:
    """Run a command that executes learner code; only the command's own answer reaches standard output."""
    code = cli.main(own_process=True)
    with contextlib.suppress(OSError, ValueError):  # whoever read the output may be gone
        answer_stream().flush()
    return code


def run_in_child(command: Callable[[], int]) -> int:
    """Run a command in a child process and return its exit code; 1 if it ended without having sent one.

    If the system cannot fork, the command runs in this process, without protection.
    """
    if not hasattr(os, "fork"):
        end_process_with(_end_without_verdict)
        return command()
    sys.stdout.flush()
    sys.stderr.flush()
    ours, childs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        end_process_with(lambda place: _end_without_verdict(place, childs))
        _send_exit_code(childs, _run(command))
    os.close(childs)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the child is interrupted too, and says so
            os.waitpid(child, 0)
            break
    os.set_blocking(ours, False)
    with contextlib.suppress(BlockingIOError), os.fdopen(ours, "rb") as pipe:
        if code_sent := pipe.read():
            return code_sent[0]
    print(ENDED_EARLY, file=sys.stderr)
    return cli.FAILED


def _run(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as leaving:  # argparse leaves with its usage code
        return leaving.code if isinstance(leaving.code, int) else cli.USAGE
    except Exception:  # a fault of the course: the parent must not blame the learner's code for it
        traceback.print_exc()
        return cli.FAILED


def _send_exit_code(pipe: int, code: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # whoever read the output may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os.write(pipe, bytes([code]))
    os._exit(code)


def _end_without_verdict(place: str, pipe: int | None = None) -> None:
    """End this process, whatever its other threads do, and print what was running."""
    with contextlib.suppress(Exception):  # learners' code may have replaced the stream
        print(NEVER_ENDED.format(place=place), file=sys.stderr, flush=True)
    if pipe is not None:
        os.write(pipe, bytes([cli.FAILED]))
    os._exit(cli.FAILED)
