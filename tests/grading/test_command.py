"""The instructor's commands when they are stopped."""

import pytest

from grading import __main__ as command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["autograde", "ch08"], "Interrupted. The same command goes on with what is left.\n"),
        (["report", "ch08"], "Interrupted.\n"),
    ],
)
def test_ctrl_c_ends_a_command_with_one_sentence(arguments, said, monkeypatch, capsys):
    def interrupt(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, f"_{arguments[0]}", interrupt)
    assert command.main(arguments) == command.INTERRUPTED
    assert capsys.readouterr().err == said
