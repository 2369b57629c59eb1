"""new_op: skeletons in every file that an op needs, nothing lost, and one sentence for what cannot be added."""

import ast
import shutil
from pathlib import Path

import pytest

from authoring import new_op
from authoring.op_templates import MARK

FOLDERS = ("solutions/ops", "cnnlab/course/topics", "cnnlab/nn", "tests/rejects", "tests/solutions", "tests/nn")
WITH_LAYERS = [
    *("solutions/ops/activations.py", "cnnlab/course/topics/activations.py", "tests/rejects/activations.py"),
    *("authoring/wide_cases.py", "tests/solutions/test_activations.py", "cnnlab/nn/activations.py"),
    *("cnnlab/nn/__init__.py", "cnnlab/nn/exchange.py", "tests/nn/test_layers.py"),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the files that new_op changes."""
    for folder in FOLDERS:
        shutil.copytree(new_op.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "authoring").mkdir()
    shutil.copy(new_op.ROOT / "authoring/wide_cases.py", tmp_path / "authoring")
    return tmp_path


def read_files(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in root.rglob("*.py")}


def test_an_op_gets_a_skeleton_in_every_file(repository, capsys):
    before = read_files(repository)
    assert new_op.main(["hard_swish", "--topic", "activations", "--layer", "Hardswish"], repository) == 0
    after = read_files(repository)
    assert sorted(name for name in after if after[name] != before[name]) == sorted(WITH_LAYERS)
    for name in WITH_LAYERS:
        assert ("hard_swish" in after[name]) or ("Hardswish" in after[name])
        ast.parse(after[name])
    assert "HARD_SWISH)" in after["cnnlab/course/topics/activations.py"].splitlines()[-1]
    assert '    "Hardswish",\n' in after["cnnlab/nn/__init__.py"]

    out = capsys.readouterr().out
    marks = sum(text.count(MARK) > 0 for name, text in after.items() if text != before[name])
    assert marks >= 7 and f"solutions/ops/activations.py:{line_of(after, MARK)}:" in out
    commands = [
        "ruff check --fix",
        "cut_stubs",
        "cnnlab check",
        "pytest tests/rejects",
        "--survivors",
        "chapters/ch04",
        "build_notebooks",
    ]
    commands += ["build_answers --index", "mutant_table hard_swish_backward --write", "test_every_op"]
    places = [out.index(command) for command in commands]
    assert places == sorted(places)


def line_of(files: dict[str, str], text: str) -> int:
    lines = files["solutions/ops/activations.py"].splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize("topic", ["activations", "losses", "conv", "pool", "norm", "dropout", "optim", "first"])
def test_nothing_that_is_there_is_lost(repository, topic):
    changed = new_op.add_op("hard_swish", topic, 2, False, "Hardswish", repository)
    for path, text in changed.items():
        left = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()} - {
            line.strip() for line in text.splitlines()
        }
        assert all(line.startswith(("from ", "OPERATIONS")) for line in left), left


def test_a_topic_without_layers_is_named(repository, capsys):
    assert new_op.main(["huber_loss", "--topic", "losses"], repository) == 0
    assert "cnnlab/nn has no layers of losses" in capsys.readouterr().out


def test_an_optional_op_is_worth_nothing(repository):
    changed = new_op.add_op("hard_swish", "activations", 2, True, "Hardswish", repository)
    entry = changed[repository / "cnnlab/course/topics/activations.py"].partition("HARD_SWISH =")[2]
    assert "points=0,\n    optional=True,\n" in entry


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gelu", "--topic", "transformers"], "no topic 'transformers': give one of first, shapes"),
        (["relu", "--topic", "activations"], "has an op 'relu' already"),
        (["Hard-Swish", "--topic", "activations"], "'Hard-Swish' cannot name an op"),
        (["lambda", "--topic", "activations"], "'lambda' cannot name an op"),
        (["hard_swish", "--topic", "activations", "--layer", "ReLU"], "has a layer ReLU already"),
        (["hard_swish", "--topic", "numeric"], "OPERATIONS in cnnlab/course/topics/numeric.py is not written out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_added_is_refused_in_one_sentence(repository, capsys, arguments, says):
    before = read_files(repository)
    assert new_op.main(arguments, repository) == 2
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1
    assert read_files(repository) == before


def test_the_same_op_is_not_added_twice(repository, capsys):
    assert new_op.main(["hard_swish", "--topic", "activations"], repository) == 0
    before = read_files(repository)
    assert new_op.main(["hard_swish", "--topic", "activations"], repository) == 2
    assert "solutions/ops/activations.py has 'hard_swish' already" in capsys.readouterr().err
    assert read_files(repository) == before


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("A = 1\nNAMES = (A, C)\n", "A = 1\nNAMES = (A, C, B)\n"),
        ("NAMES = (A,)\n", "NAMES = (A, B)\n"),
        ("NAMES = (\n    A,\n)\n", "NAMES = (\n    A,\n    B,\n)\n"),
        ("NAMES: dict = {\n    A: 1,\n}\n", "NAMES: dict = {\n    A: 1,\n    B,\n}\n"),
    ],
    ids=["one line", "one name", "lines", "annotated"],
)
def test_a_row_is_added_to_a_collection(text, becomes):
    assert new_op.add_to_collection(text, "NAMES", "    B,\n", "a.py") == becomes


@pytest.mark.parametrize(
    ("names", "becomes"),
    [
        (("D",), "import os\nfrom a import C, D, b\n"),
        (("C", "b"), "import os\nfrom a import C, b\n"),
        (("GELU",), "import os\nfrom a import GELU, C, b\n"),
    ],
    ids=["new", "there already", "capitals"],
)
def test_an_import_is_joined_and_sorted(names, becomes):
    assert new_op.add_import("import os\nfrom a import C, b\n", "a", *names) == becomes
