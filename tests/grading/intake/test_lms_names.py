"""Whose each file of a download is: the names that learning management systems give."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from grading.intake.lms_names import AGAIN, clean_name, find_owners, tell_apart

NOTEBOOK = "ch08_convolution_backward.ipynb"

#: The path of a file below the folder of extracted archives -> the student, the file, the time, whether it is late.
NAMES = {
    "Müller Ada_12345_assignsubmission_file_/conv.py": ("Müller_Ada", "conv.py", None, False),
    "Müller Ada_12345_assignsubmission_file_/work/conv.py": ("Müller_Ada", "work/conv.py", None, False),
    "Lovelace Ada_12345_assignsubmission_file_conv.py": ("Lovelace_Ada", "conv.py", None, False),
    "Lovelace Ada_12345_assignsubmission_file_ch08/work/conv.py": ("Lovelace_Ada", "work/conv.py", None, False),
    "CS1-ch08-99/Lovelace Ada_7_assignsubmission_file_/conv.py": ("Lovelace_Ada", "conv.py", None, False),
    "lovelaceada_12345_678_ch08/work/conv.py": ("lovelaceada", "work/conv.py", None, False),
    "lovelaceada_LATE_12345_678_ch08/work/conv.py": ("lovelaceada", "work/conv.py", None, True),
    "lovelaceada_12345_678_conv.py": ("lovelaceada", "conv.py", None, False),
    "lovelaceada_12345_678_conv-2.py": ("lovelaceada", "conv.py", None, False),
    "submissions/lovelaceada_12345_678_ch08/work/conv.py": ("lovelaceada", "work/conv.py", None, False),
    "ch08_ada_attempt_2026-01-09-12-00-00_work/conv.py": ("ada", "conv.py", "2026-01-09-12-00-00", False),
    "Chapter 8_ada_attempt_2026-01-09-12-00-00_conv.py": ("ada", "conv.py", "2026-01-09-12-00-00", False),
    "12345-678 - Ada Lovelace - Jan 9, 2026 1200 PM/work/conv.py": (
        *("Ada_Lovelace", "work/conv.py", "Jan 9, 2026 1200 PM", False),
    ),
    "Chapter 8 Download Jan 10/12345-678 - Ada Lovelace - Jan 9, 2026 1200 PM/conv.py": (
        *("Ada_Lovelace", "conv.py", "Jan 9, 2026 1200 PM", False),
    ),
    "Ada Lovelace - conv.py": ("Ada_Lovelace", "conv.py", None, False),
    "Ada Lovelace - conv (1).py": ("Ada_Lovelace", "conv.py", None, False),
    "Ada Lovelace - my work/conv.py": ("Ada_Lovelace", "conv.py", None, False),
    "ada/conv.py": ("ada", "conv.py", None, False),
    "ada/ch08_convolution_backward/work/conv.py": ("ada", "ch08_convolution_backward/work/conv.py", None, False),
    "mia_2026-01-09-12-00-00/work/conv.py": ("mia", "work/conv.py", "2026-01-09-12-00-00", False),
    "Ольга_2026-01-09-12-00/conv.py": ("Ольга", "conv.py", "2026-01-09-12-00", False),
}


@pytest.mark.parametrize("path", NAMES)
def test_whose_a_file_is(path: str) -> None:
    found = find_owners([PurePosixPath(path)], NOTEBOOK)
    assert found.unknown == {}
    [owner] = found.of.values()
    assert (clean_name(owner.student), str(owner.path), owner.time, owner.late) == NAMES[path]


def paths(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(name) for name in names]


def students(*names: str) -> dict[str, str]:
    """Return whose each file is, by path."""
    return {str(p): owner.student for p, owner in find_owners(paths(*names), NOTEBOOK).of.items()}


def test_a_file_without_a_folder_or_a_name_is_nobodys() -> None:
    found = find_owners(paths("conv.py", "ada/conv.py"), NOTEBOOK)
    assert found.unknown == {PurePosixPath("conv.py"): "no student's name can be read from its path"}


def test_a_name_in_a_students_own_archive_makes_nothing_another_students() -> None:
    """Eve's archive holds a folder that is named as Moodle would name Ada's."""
    forged = "eve/Lovelace Ada_1_assignsubmission_file_/conv.py"
    assert set(students(forged, "ada/conv.py").values()) == {"ada"}  # eve's is named for a person
    assert set(students(forged, "eve/work/conv.py", "ada/conv.py").values()) == {"ada", "eve"}
    moodle = "Evans Eve_2_assignsubmission_file_/Lovelace Ada_1_assignsubmission_file_/conv.py"
    assert set(students(moodle).values()) == {"Evans Eve"}


def test_several_downloads_of_classes_are_read_together_and_never_beside_single_students() -> None:
    one, two = (f"{c}/{s}_1_assignsubmission_file_/conv.py" for c, s in (("A", "Lovelace Ada"), ("B", "Evans Eve")))
    assert set(students(one, two).values()) == {"Lovelace Ada", "Evans Eve"}
    found = find_owners(paths(one, "ben/conv.py"), NOTEBOOK)
    assert "collect it alone" in found.unknown[PurePosixPath(one)]
    assert {owner.student for owner in found.of.values()} == {"ben"}


def test_one_archive_of_students_folders_is_no_student() -> None:
    found = students(f"class/ada/{NOTEBOOK}", "class/ada/work/conv.py", f"class/ben/{NOTEBOOK}", "class/ben/conv.py")
    assert set(found.values()) == {"ada", "ben"}


def test_the_whole_learners_zip_is_one_student() -> None:
    found = students(
        f"ada/notebooks/ch08/{NOTEBOOK}", "ada/cnnlab/ops/conv.py", "ada/notebooks/ch08/work/conv.py", "ben/conv.py"
    )
    assert sorted(found.values()) == ["ada", "ada", "ada", "ben"]


def test_two_students_of_one_name_are_told_apart_by_their_numbers() -> None:
    found = find_owners(paths("li_1_9_conv.py", "li_2_9_conv.py", "mo_3_9_conv.py"), NOTEBOOK)
    assert {o.student for o in tell_apart(found.of, {}).values()} == {"li_1", "li_2", "mo"}
    assert {o.student for o in tell_apart(found.of, {"mo": "4"}).values()} == {"li_1", "li_2", "mo_3"}
    assert {o.student for o in tell_apart(found.of, {"mo": "3"}).values()} == {"li_1", "li_2", "mo"}


def test_two_names_that_end_alike_are_two_students() -> None:
    stamp = "attempt_2026-01-09-12-00-00_conv.py"
    found = find_owners(paths(f"hw_j_doe_{stamp}", f"hw_m_doe_{stamp}"), NOTEBOOK)
    assert len({o.student for o in tell_apart(found.of, {}).values()}) == 2


def test_only_a_number_at_the_end_is_another_attempt() -> None:
    assert AGAIN.sub("", "a-1-2.py") == "a-1.py"
    assert AGAIN.sub("", "a-1.csv") == "a-1.csv"


#: What a student called a file -> as another system would name another student's, or as the same one would.
FORGED_FILES = {
    "Blackboard's": "x_ada_attempt_2026-01-01-00-00-00_conv.py",
    "Blackboard's without a student": "attempt_2026-01-01-00-00-00_conv.py",
    "Moodle's": "Lovelace Ada_1_assignsubmission_file_conv.py",
    "Canvas's": "ada_12345_678_conv.py",
    "Brightspace's": "1-2 - Ada Lovelace - Jan 1, 2026 1200 PM - conv.py",
    "Google Classroom's": "Ada Lovelace - conv.py",
    "an archive's": "x_ada_attempt_2026-01-01-00-00-00_hw/work/conv.py",
}

#: What each system puts before it, for Eve and for Ada.
BEFORE = {
    "Moodle": ("Evans Eve_2_assignsubmission_file_", "Lovelace Ada_3_assignsubmission_file_conv.py"),
    "Blackboard": ("ch08_eve_attempt_2026-01-09-12-00-00_", "ch08_ada_attempt_2026-01-09-11-00-00_conv.py"),
    "Brightspace": (
        *("12-3 - Eve Evans - Jan 9, 2026 1200 PM - ", "13-3 - Ada Lovelace - Jan 9, 2026 1100 AM - conv.py"),
    ),
    "Canvas": ("evanseve_2_9_", "lovelaceada_3_9_conv.py"),
    "Canvas, late": ("evanseve_LATE_2_9_", "lovelaceada_3_9_conv.py"),
    "Google Classroom": ("Eve Evans - ", "Ada Lovelace - conv.py"),
}


@pytest.mark.parametrize("file", FORGED_FILES)
@pytest.mark.parametrize("system", BEFORE)
def test_the_name_that_a_student_gave_a_file_makes_it_nobody_elses(system: str, file: str) -> None:
    before, adas = BEFORE[system]
    [honest] = find_owners(paths(before + "conv.py"), NOTEBOOK).of.values()
    forged, own = paths(before + FORGED_FILES[file], adas)
    found = find_owners([forged, own], NOTEBOOK)
    assert found.unknown == {}
    eves = found.of[forged]
    assert (eves.system, eves.student, eves.time, eves.late) == (
        *(honest.system, honest.student, honest.time, honest.late),
    )
    assert found.of[own].student != eves.student


@pytest.mark.parametrize("file", FORGED_FILES)
@pytest.mark.parametrize("system", BEFORE)
def test_a_forged_name_alone_in_a_download_is_never_another_students(system: str, file: str) -> None:
    """With nobody else's name to compare with, a person decides; the student herself may still be read."""
    before, _ = BEFORE[system]
    [honest] = find_owners(paths(before + "conv.py"), NOTEBOOK).of.values()
    found = find_owners(paths(before + FORGED_FILES[file]), NOTEBOOK)
    [forged] = found.of or found.unknown
    if forged in found.of and system != "Google Classroom":  # which writes nothing else that could tell them apart
        assert (found.of[forged].student, found.of[forged].time) == (honest.student, honest.time)


def test_the_names_in_the_download_of_a_class_are_read_by_its_own_system() -> None:
    one, two = (f"hw/{n}" for n in ("evanseve_2_9_x_ada_attempt_2026-01-01-00-00-00_conv.py", "mo_3_9_conv.py"))
    assert set(students(one, two).values()) == {"evanseve", "mo"}
