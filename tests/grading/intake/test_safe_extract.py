"""Archives of every kind: what is honest comes out, what is hostile or broken leaves nothing behind."""

from __future__ import annotations

import io
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


def test_a_link_in_a_tar_is_refused(tmp_path) -> None:
    with pytest.raises(NotExtracted, match="is a link"):
        extract_archive(linked_tar(tmp_path / "bad.tar.gz"), tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


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
