"""Describe what the operating system or a database refused, in one sentence that says what to do next."""

from __future__ import annotations

import errno

AGAIN = "then run the same command again; what is graded stays graded"


def describe_os_error(error: OSError) -> str:
    """Return what is wrong, with which file, and what to do."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: free some space, {AGAIN}."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"Writing or reading is not allowed{where}: give yourself the right to it, {AGAIN}."
    return f"{error.strerror or error}{where}."


def describe_database_reason(reason: str) -> str | None:
    """Return what to do about a database's error message, or None if it is of no known kind."""
    if "locked" in reason:
        return f"The gradebook is locked, another program is writing to it: close that program, {AGAIN}."
    if "readonly" in reason or "read-only" in reason:
        return f"The gradebook cannot be written: give yourself the right to write it and its folder, {AGAIN}."
    if "is full" in reason or "No space left" in reason:
        return f"The disk is full: free some space, {AGAIN}."
    if "unable to open database file" in reason:
        return f"The gradebook cannot be opened: see that its folder is there and can be written, {AGAIN}."
    return None
