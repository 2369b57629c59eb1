"""The examples of by_tensorflow() and by_jax(), and docs/gradcheck.md with its blocks that need the frameworks."""

import re
from pathlib import Path

import pytest

from cnnlab.gradcheck import by_jax, by_tensorflow
from tests.docstrings import run_example

PAGE = Path(__file__).parents[2] / "docs" / "gradcheck.md"
BLOCK = re.compile(r"^```python( frameworks)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("function", [by_tensorflow, by_jax])
def test_the_example_does_what_it_shows(function):
    assert ">>>" in function.__doc__
    assert run_example(function, function.__name__) == []


def test_the_page_does_what_it_says():
    names: dict = {}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    last = max(number for number, (frameworks, _) in enumerate(blocks) if frameworks)
    assert sum(bool(frameworks) for frameworks, _ in blocks) == 2
    for number, (_, block) in enumerate(blocks[: last + 1]):
        exec(compile(block, f"<block {number}>", "exec"), names)
    assert names["report"].judge == "TensorFlow"
