"""Extract archives that students made: nothing is written outside the target, and nothing without a limit."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from cnnlab.escape_text import REPLACEMENT, escape_line

#: An archive may always unpack to this much, and beyond it to so many times its own size.
FREE_BYTES, MAX_RATIO = 200_000_000, 50

#: Files in one archive, and archives within archives.
MAX_FILES, MAX_DEPTH = 100_000, 3

#: The largest file that is extracted; a larger one is left out, and named.
MAX_FILE_BYTES = 100_000_000

#: How much of a tar archive is read at once; a real header is far smaller, and content comes in pieces.
MAX_READ_BYTES = 1_000_000

#: How an archive that can be opened ends. Of other kinds, what they are called.
ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar")
OTHER_ARCHIVES = (".rar", ".7z", ".gz", ".bz2", ".xz")

#: Files and folders that a file manager, Python or JupyterLab makes.
CLUTTER = ("__MACOSX", "__pycache__", ".ipynb_checkpoints", ".git", ".venv")


class NotExtracted(RuntimeError):
    """An archive was not extracted; the message says why."""


def archive_stem(name: str) -> str | None:
    """Return the name of an archive without its ending, or None if it is not an archive that can be opened.

    "...zip" gives None: its folder would be "..", and its files another student's.
    """
    stem = next((name[: -len(ending)] for ending in ENDINGS if name.lower().endswith(ending)), "")
    return stem if stem.strip(".") else None


def extract_archive(archive: Path, target: Path, depth: int = 1) -> list[str]:
    """Extract an archive, and the archives in it, into a folder. Return one sentence for each thing left out.

    Archives within it that cannot be extracted are left out, and named. Raises NotExtracted where this one cannot be:
    then nothing of it is left in the folder.

    Args:
        archive: a .zip, .tar, .tar.gz or .tgz file.
        target: the folder that is made; what it already holds stays.
        depth: how many archives deep this one is.
    """
    scratch = target.with_name(f".extracting-{target.name[:60]}")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        left_out = [*_write_members(archive, scratch), *_extract_inner(scratch, depth)]
        shutil.copytree(scratch, target, dirs_exist_ok=True)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise NotExtracted(f"it is damaged or no archive ({error or type(error).__name__})") from None
    except NotExtracted:
        raise
    except OSError as error:  # without the path, which may be as long as a page
        raise NotExtracted(f"it cannot be extracted ({error.strerror or error})") from None
    except (ValueError, NotImplementedError, RuntimeError) as error:
        raise NotExtracted(f"it cannot be extracted ({error})") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return left_out


def _extract_inner(folder: Path, depth: int) -> list[str]:
    """Extract the archives in a folder, each beside itself. Return one sentence for each thing left out."""
    left_out = []
    for path in [p for p in sorted(folder.rglob("*")) if p.is_file()]:
        name, stem = path.relative_to(folder).as_posix(), archive_stem(path.name)
        if stem is None:
            continue
        try:
            if depth >= MAX_DEPTH:
                raise NotExtracted(f"it is an archive within {depth} others")
            left_out += [f"{name}: {sentence}" for sentence in extract_archive(path, path.with_name(stem), depth + 1)]
            path.unlink()
        except NotExtracted as error:
            left_out.append(f"{name}: {error}")
    return left_out


def _write_members(archive: Path, folder: Path) -> list[str]:
    """Write the files of an archive into a folder. Return what was left out."""
    left_out, total = [], 0
    limit = max(FREE_BYTES, MAX_RATIO * archive.stat().st_size)
    folder.mkdir(parents=True)
    for number, (path, size, content) in enumerate(_members(archive), start=1):
        total += size
        if total > limit or number > MAX_FILES:
            raise NotExtracted(f"it unpacks to more than {limit // 1_000_000} MB, or {MAX_FILES} files")
        if any(part in CLUTTER for part in path.parts) or path.name.startswith("._"):
            continue
        if size > MAX_FILE_BYTES:
            left_out.append(f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB")
            continue
        place = folder / path
        if place.is_file():
            left_out.append(f"an earlier {path}: it is in it more than once, and the last was taken")
        place.parent.mkdir(parents=True, exist_ok=True)
        with content() as source, place.open("wb") as file:
            shutil.copyfileobj(source, file)
    return left_out


def _members(archive: Path) -> Iterator[tuple[PurePosixPath, int, Callable[[], IO[bytes]]]]:
    """Yield the path, size and opener of every file of an archive. Raises NotExtracted for a link or a device."""
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as found:
            for member in found.infolist():
                if member.flag_bits & 1:
                    raise NotExtracted(f"{member.filename} in it is encrypted")
                if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise NotExtracted(f"{member.filename} in it is a link or no regular file")
                path = safe_path(member.filename)
                if not member.is_dir():
                    yield path, member.file_size, partial(found.open, member)
        return
    # not "r:*", which also opens .xz, whose header says how much memory reading it takes
    with TarStream(archive) as stream, tarfile.open(fileobj=stream, mode="r:") as found:
        for member in found:
            if not (member.isfile() or member.isdir()):
                raise NotExtracted(f"{member.name} in it is a link or no regular file")
            path = safe_path(member.name)
            if member.isfile():
                yield path, member.size, partial(_open_tar_member, found, member)


class TarStream(io.RawIOBase):
    """The content of a .tar or .tar.gz, of which nothing is read that is larger than MAX_READ_BYTES.

    tarfile reads a header for a long name whole, however long it says that it is: 3 MB of gzip become 3 GB of memory.
    """

    def __init__(self, archive: Path):
        super().__init__()
        self._raw = archive.open("rb")
        compressed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._file = gzip.GzipFile(fileobj=self._raw) if compressed else self._raw

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes. Raises NotExtracted if more are asked for than any archive needs."""
        if not 0 <= size <= MAX_READ_BYTES:
            raise NotExtracted(f"a header in it is larger than {MAX_READ_BYTES // 1_000_000} MB")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in the content."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the content."""
        return self._file.tell()

    def close(self) -> None:
        """Close the archive."""
        self._file.close()
        self._raw.close()
        super().close()


def _open_tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    assert content is not None  # only links and folders have none
    return content


def safe_path(name: str) -> PurePosixPath:
    """Return a member's path without control characters, since nbgrader prints each path to the terminal as it is.

    Raises NotExtracted for a path that leads out of the archive's own folder.
    """
    path = PurePosixPath(escape_line(name.replace("\\", "/")).replace(REPLACEMENT, "_").replace("?", "_"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")) or "\0" in name:
        raise NotExtracted(f"{name} in it leads out of its own folder")
    return path
