"""Archives of every kind: what is honest comes out, what is hostile or broken leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from grading.intake import safe_extract
from grading.intake.safe_extract import NotExtracted, extract_archive


def make_zip(path: Path, files: dict[str, bytes], *, link: str | None = None, encrypted: bool = False) -> Path:
    """Write a zip. link: a member that is a symbolic link to /etc/passwd."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link:
            member = zipfile.ZipInfo(link)
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(member, "/etc/passwd")
    if encrypted:
        content = bytearray(path.read_bytes())
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = content.index(mark) + at
            struct.pack_into("<H", content, place, 1)
        path.write_bytes(content)
    return path


def inside(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_files_folders_and_archives_in_it_are_extracted(tmp_path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"work/pool.py": b"2"}).read_bytes()
    files = {"work/conv.py": b"1", "more/inner.zip": inner, "back\\slash.py": b"3"}
    assert extract_archive(make_zip(tmp_path / "a.zip", files), tmp_path / "a") == []
    assert inside(tmp_path / "a") == {"work/conv.py", "more/inner/work/pool.py", "back/slash.py"}


def test_what_systems_add_is_left_out(tmp_path) -> None:
    files = {"work/conv.py": b"1", "__MACOSX/work/._conv.py": b"2", "work/._conv.py": b"3"}
    files[".ipynb_checkpoints/conv-checkpoint.py"] = b"4"
    extract_archive(make_zip(tmp_path / "a.zip", files), tmp_path / "a")
    assert inside(tmp_path / "a") == {"work/conv.py"}


def test_a_tar_is_extracted_too(tmp_path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("work/conv.py")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"1"))
    extract_archive(tmp_path / "a.tar.gz", tmp_path / "a")
    assert inside(tmp_path / "a") == {"work/conv.py"}


def truncated(path: Path) -> Path:
    make_zip(path, {"conv.py": b"x" * 5000})
    path.write_bytes(path.read_bytes()[:60])
    return path


def damaged(path: Path) -> Path:
    make_zip(path, {"conv.py": bytes(range(256)) * 20})
    content = bytearray(path.read_bytes())
    content[50] ^= 255
    path.write_bytes(content)
    return path


def linked_tar(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("work")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(member)
    return path


def long_header(path: Path, kind: bytes) -> Path:
    """Write a tar with a header that is larger than any: tarfile would read it whole."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, safe_extract.MAX_READ_BYTES + 1
    with gzip.open(path, "wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(2 * safe_extract.MAX_READ_BYTES))
    return path


BAD_TARS = {
    "a link": (linked_tar, "is a link"),
    "a long name that is endless": (lambda p: long_header(p, tarfile.GNUTYPE_LONGNAME), "a header in it is larger"),
    "a long target that is endless": (lambda p: long_header(p, tarfile.GNUTYPE_LONGLINK), "a header in it is larger"),
    "an endless pax header": (lambda p: long_header(p, tarfile.XHDTYPE), "a header in it is larger"),
    "an endless global header": (lambda p: long_header(p, tarfile.XGLTYPE), "a header in it is larger"),
    "an endless Solaris header": (lambda p: long_header(p, tarfile.SOLARIS_XHDTYPE), "a header in it is larger"),
    "another compression": (lambda p: (p.write_bytes(lzma.compress(bytes(10_240))), p)[1], "damaged or no archive"),
    "a truncated one": (lambda p: (p.write_bytes(gzip.compress(bytes(range(256)) * 90)[:50]), p)[1], "damaged"),
}


BAD = {
    "a path upwards": (lambda p: make_zip(p, {"conv.py": b"1", "../../x.py": b"2"}), "leads out of its own folder"),
    "a path upwards of Windows": (lambda p: make_zip(p, {"..\\..\\x.py": b"2"}), "leads out of its own folder"),
    "an absolute path": (lambda p: make_zip(p, {"/tmp/x.py": b"2"}), "leads out of its own folder"),
    "a drive": (lambda p: make_zip(p, {"C:\\x.py": b"2"}), "leads out of its own folder"),
    "a link": (lambda p: make_zip(p, {"conv.py": b"1"}, link="work"), "is a link"),
    "an encrypted file": (lambda p: make_zip(p, {"conv.py": b"1"}, encrypted=True), "is encrypted"),
    "a truncated archive": (truncated, "damaged"),
    "a damaged archive": (damaged, "damaged"),
    "no archive": (lambda p: p.write_bytes(b"hello") and p, "damaged or no archive"),
    "an empty file": (lambda p: (p.write_bytes(b""), p)[1], "damaged or no archive"),
    "a file and a folder of one name": (lambda p: make_zip(p, {"a": b"1", "a/b.py": b"2"}), "cannot be extracted"),
    "a name that is too long": (lambda p: make_zip(p, {"a" * 300 + ".py": b"1"}), "cannot be extracted"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_is_refused_and_leaves_nothing(name: str, tmp_path) -> None:
    make, why = BAD[name]
    (tmp_path / "place").mkdir()
    archive = make(tmp_path / "bad.zip")
    with pytest.raises(NotExtracted, match=why):
        extract_archive(archive, tmp_path / "place" / "bad")
    assert list((tmp_path / "place").iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.zip", "place"]


@pytest.mark.parametrize("name", BAD_TARS)
def test_a_bad_tar_is_refused_and_leaves_nothing(name: str, tmp_path) -> None:
    make, why = BAD_TARS[name]
    with pytest.raises(NotExtracted, match=why):
        extract_archive(make(tmp_path / "bad.tar.gz"), tmp_path / "bad")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.tar.gz"]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_with_long_names_and_large_files_is_extracted(mode: str, kind: int, tmp_path) -> None:
    files = {f"{'folder/' * 40}é.py": b"1", "large.py": bytes(safe_extract.MAX_READ_BYTES + 5)}
    with tarfile.open(tmp_path / "a.tar.gz", mode, format=kind) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert extract_archive(tmp_path / "a.tar.gz", tmp_path / "a") == []
    assert {name: (tmp_path / "a" / name).read_bytes() for name in inside(tmp_path / "a")} == files


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(safe_extract, "FREE_BYTES", 1_000_000)
    archive = make_zip(tmp_path / "bomb.zip", {f"{n}.py": bytes(400_000) for n in range(5)})
    with pytest.raises(NotExtracted, match="unpacks to more than"):
        extract_archive(archive, tmp_path / "bomb")
    assert not (tmp_path / "bomb").exists()


def test_a_large_honest_archive_is_extracted(tmp_path, monkeypatch) -> None:
    """Beyond what is free, an archive may unpack to a multiple of its own size."""
    monkeypatch.setattr(safe_extract, "FREE_BYTES", 1000)
    files = {f"{n}.py": (f"x = {n}\n" * 20).encode() for n in range(40)}
    extract_archive(make_zip(tmp_path / "a.zip", files), tmp_path / "a")
    assert len(inside(tmp_path / "a")) == 40


def test_a_bad_archive_in_an_archive_stops_only_itself(tmp_path) -> None:
    bad = make_zip(tmp_path / "bad.zip", {"../x": b""}).read_bytes()
    archive = make_zip(tmp_path / "class.zip", {"eve/work.zip": bad, "ada/conv.py": b"1"})
    [sentence] = extract_archive(archive, tmp_path / "class")
    assert sentence.startswith("eve/work.zip: ../x in it leads out")
    assert inside(tmp_path / "class") == {"ada/conv.py", "eve/work.zip"}


@pytest.mark.parametrize("name", ["...zip", "..zip", ".zip", "....tar.gz"])
def test_an_archive_whose_folder_would_be_another_stays_a_file(name: str, tmp_path) -> None:
    """Its files would come out beside the student's folder, as another student's."""
    inner = make_zip(tmp_path / "inner.zip", {"Lovelace Ada_1_assignsubmission_file_/conv.py": b"1"}).read_bytes()
    extract_archive(make_zip(tmp_path / "eve.zip", {name: inner}), tmp_path / "extracted" / "eve")
    assert inside(tmp_path / "extracted") == {f"eve/{name}"}


def test_an_archive_beside_a_file_of_its_name_stops_only_itself(tmp_path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"conv.py": b"1"}).read_bytes()
    archive = make_zip(tmp_path / "a.zip", {"b.zip": inner, "b": b"a file", "conv.py": b"2"})
    [sentence] = extract_archive(archive, tmp_path / "a")
    assert sentence.startswith("b.zip: it cannot be extracted")
    assert inside(tmp_path / "a") == {"b.zip", "b", "conv.py"}


def test_archives_in_archives_end(tmp_path) -> None:
    content = make_zip(tmp_path / "0.zip", {"conv.py": b"1"}).read_bytes()
    for level in range(5):
        content = make_zip(tmp_path / "n.zip", {f"{level}.zip": content}).read_bytes()
    [sentence] = extract_archive(tmp_path / "n.zip", tmp_path / "n")
    assert "is an archive within 3 others" in sentence


def test_one_huge_file_is_left_out_and_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(safe_extract, "MAX_FILE_BYTES", 1000)
    archive = make_zip(tmp_path / "a.zip", {"film.mp4": bytes(2000), "conv.py": b"1"})
    [sentence] = extract_archive(archive, tmp_path / "a")
    assert "film.mp4 is larger than" in sentence
    assert inside(tmp_path / "a") == {"conv.py"}


#: A member's name, and its path when it is extracted.
UNPRINTABLE = {
    "\x1b[2J\x1b]0;all fine\x07.py": "_[2J_]0;all fine_.py",
    "a\n2 not collected:.py": "a_2 not collected:.py",
    "work\u202eyp.vnoc/x.py": "work_yp.vnoc/x.py",
    "Übung 8 \N{CJK UNIFIED IDEOGRAPH-5377}/é.py": "Übung 8 \N{CJK UNIFIED IDEOGRAPH-5377}/é.py",
}


@pytest.mark.parametrize("name", UNPRINTABLE, ids=ascii)
def test_a_name_in_an_archive_moves_no_cursor(name: str, tmp_path) -> None:
    """Each path is logged by nbgrader as it is."""
    assert extract_archive(make_zip(tmp_path / "a.zip", {name: b"1"}), tmp_path / "a") == []
    assert inside(tmp_path / "a") == {UNPRINTABLE[name]}


def test_a_file_that_is_in_an_archive_twice_is_named(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("work/conv.py", "work\\conv.py"):
            archive.writestr(name, name)
    [sentence] = extract_archive(tmp_path / "a.zip", tmp_path / "a")
    assert sentence.startswith("an earlier work/conv.py")
    assert inside(tmp_path / "a") == {"work/conv.py"}


def test_a_reason_does_not_quote_a_path_of_a_page(tmp_path) -> None:
    with pytest.raises(NotExtracted) as raised:
        extract_archive(make_zip(tmp_path / "a.zip", {"a/" * 3000 + "x.py": b"1"}), tmp_path / "a")
    assert len(str(raised.value)) < 200
