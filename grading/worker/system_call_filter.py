"""Compile the list of system calls that a worker may make while it runs a learner's file: a seccomp filter.

The judge compiles the filter and hands its bytes over; the worker needs no library to load them. The filter is a list
of what is allowed, and not of what is forbidden: Python and NumPy need about seventy calls to compute, Linux has over
four hundred, and each new kernel adds some. Shared memory, message queues, sockets, namespaces, mounts, keys, bpf,
io_uring, ptrace, programs, processes and signals to others are all refused by not being on the list.
"""

from __future__ import annotations

import errno
import sys
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

#: What Python and NumPy call to compute, to import and to read files, on x86_64 and aarch64, with glibc and musl.
ALLOWED = """
brk mmap munmap mremap mprotect madvise membarrier mincore
read readv pread64 preadv preadv2 write writev pwrite64 lseek close close_range dup dup2 dup3
stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd fadvise64
poll ppoll select pselect6
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage getitimer setitimer alarm
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack restart_syscall pause
futex set_robust_list rseq set_tid_address sched_yield sched_getaffinity getcpu
getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
uname sysinfo getrandom exit exit_group
"""

#: What code may try by mistake; it gets "Operation not permitted". Every other call that is not allowed "is not
#: implemented", which makes the C library fall back on an older one.
REFUSED = """
execve execveat kill tkill tgkill ptrace socket socketpair
setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid setpgid setsid
getpriority setpriority sched_setscheduler sched_setparam sched_setaffinity
unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat rmdir mknod mknodat
chmod fchmod fchmodat chown fchown lchown fchownat truncate ftruncate fallocate utimensat creat chdir fchdir chroot
mount umount2 unshare setns memfd_create shmget shmat shmctl msgget semget mq_open add_key keyctl request_key
"""

#: As the limit on processes answers, with or without a filter.
NO_PROCESS = ("clone", "fork", "vfork")

#: The requests that Python makes of open files: whether one is a terminal and how wide, and closing it for programs.
IOCTLS = (0x5401, 0x5413, 0x5450, 0x5451)

#: fcntl's copies of a descriptor and its flags; locks, leases, owners and sizes of pipes are not among them.
FCNTLS = (0, 1, 2, 3, 4, 1030)

#: Bits of open's flags that write, create or empty a file: O_WRONLY and O_RDWR, O_CREAT, O_TRUNC.
ACCESS_MODE, CREATE, TRUNCATE = 0o3, 0o100, 0o1000

#: What libseccomp answers for a name that it does not know.
UNKNOWN = -1

#: How the worker names the filter among the limits that it could not set.
NAME = "system calls"


class NoFilter(Exception):
    """No filter can be made on this machine; the message says why, and what to do."""


@lru_cache(maxsize=4)
def compile_filter(writable: bool, architecture: str | None = None) -> bytes:
    """Return the filter as a program of classic BPF. Raises NoFilter where it cannot be made.

    Args:
        writable: whether a file may be opened for writing. True in bubblewrap, where every place but /dev/null is
            read-only; False with limits alone, where only the filter keeps the instructor's files as they are.
        architecture: "x86_64" or "aarch64"; by default this machine's. Any other, also 32-bit calls and x32 on x86_64,
            ends the worker.
    """
    seccomp = _library()
    native = _architecture_name(seccomp)
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    if architecture and architecture != native:
        rules.add_arch({"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}[architecture])
        rules.remove_arch(seccomp.Arch.NATIVE)
    rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    rules.set_attr(seccomp.Attr.CTL_NNP, 1)

    def add(action: int, names: Iterable[str], *conditions: Any) -> None:
        for name in names:
            number = seccomp.resolve_syscall(seccomp.system_arch(), name)
            if number != UNKNOWN:  # an old library does not know a new call; the default refuses it
                rules.add_rule(action, number, *conditions)

    add(seccomp.ALLOW, ALLOWED.split())
    add(seccomp.ERRNO(errno.EPERM), REFUSED.split())
    add(seccomp.ERRNO(errno.EAGAIN), NO_PROCESS)
    add(seccomp.ALLOW, ["prlimit64"], seccomp.Arg(0, seccomp.EQ, 0))  # its own limits, which can only go down
    for name, requests in (("ioctl", IOCTLS), ("fcntl", FCNTLS)):
        for request in requests:
            add(seccomp.ALLOW, [name], seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    for name, flags in (("open", 1), ("openat", 2)):
        if writable:
            add(seccomp.ALLOW, [name])
            continue
        add(seccomp.ALLOW, [name], seccomp.Arg(flags, seccomp.MASKED_EQ, ACCESS_MODE | CREATE | TRUNCATE, 0))
        for bits, value in ((ACCESS_MODE, 1), (ACCESS_MODE, 2), (ACCESS_MODE, 3), (CREATE,) * 2, (TRUNCATE,) * 2):
            add(seccomp.ERRNO(errno.EPERM), [name], seccomp.Arg(flags, seccomp.MASKED_EQ, bits, value))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _library() -> Any:
    """Return the module of libseccomp. Raises NoFilter where it is missing."""
    if sys.platform != "linux":
        raise NoFilter("only Linux has a system call filter")
    try:
        import pyseccomp
    except ImportError:
        raise NoFilter("the package pyseccomp is not installed; pip install 'cnnlab[grading]' brings it") from None
    except (RuntimeError, OSError, AttributeError) as error:
        raise NoFilter(f"libseccomp cannot be used ({error}); install it, on Debian and Ubuntu libseccomp2") from None
    return pyseccomp


def _architecture_name(seccomp: Any) -> str:
    names = {seccomp.Arch.X86_64: "x86_64", seccomp.Arch.AARCH64: "aarch64"}
    found = names.get(seccomp.system_arch())
    if found is None:
        raise NoFilter("the filter is made for x86_64 and aarch64, and this machine is neither")
    return found
