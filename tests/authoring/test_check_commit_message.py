"""The check of commit messages accepts the project's form and names what is wrong with others."""

import pytest

from authoring.check_commit_message import find_message_faults, main

ACCEPTED = [
    "grading: raise validate timeout to 300 s",
    "tests: ignore class data under grading/\n\nA class that was graded in the checkout failed the layout test.\n",
    "gradcheck/diagnosis: name the swapped axes\n# a comment line of git's\n",
    "Merge branch 'main' into topic",
    "fixup! grading: raise validate timeout",
]

REFUSED = {
    "Types": "`area: verb object` is needed",
    "": "`area: verb object` is needed",
    "Validate waits for a cell that trains": "`area: verb object` is needed",
    "grading:": "`area: verb object` is needed",
    f"grading: {'x' * 70}": "79 characters",
    "grading: raise timeout.": "full stop",
    "grading: raise timeout\nbecause LeNet trains": "second line is not empty",
}


@pytest.mark.parametrize("message", ACCEPTED)
def test_a_message_is_accepted(message):
    assert find_message_faults(message) == []


@pytest.mark.parametrize("message", REFUSED)
def test_a_message_is_refused_with_the_reason(message):
    [fault] = find_message_faults(message)
    assert REFUSED[message] in fault


def test_the_command_exits_with_1_for_a_fault_and_2_for_a_wrong_call(tmp_path, capsys):
    file = tmp_path / "message"
    file.write_text("Types\n", encoding="utf-8")
    assert main([str(file)]) == 1
    assert "verb object" in capsys.readouterr().err
    file.write_text("grading: raise timeout\n", encoding="utf-8")
    assert main([str(file)]) == 0
    assert main([]) == 2
