"""Cut the learner's files from solutions/ops/: exercises lose their bodies, and helpers that only these need go.

python -m authoring.cut_stubs                  write cnnlab/course/stubs/
python -m authoring.cut_stubs --check          compare, and exit 1 where they differ
python -m authoring.cut_stubs --copy-to-ops    also copy them to cnnlab/ops/; a changed file is kept as a backup

A function of the catalogue keeps its signature and docstring; its body becomes `raise NotImplementedError("ch08: write
conv2d_input_grad")`. In hunt.py, which is to be repaired, it keeps the solution's body with a mistake instead. Private
functions and imports that nothing uses any more after that are left out.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from authoring.hunt_mistakes import CHANGES, spoil_body
from cnnlab.course.catalogue import EXERCISES
from cnnlab.course.exercise import Exercise
from cnnlab.course.reset import write_with_backup
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.loader import DEFAULT_FOLDER, STUBS

#: What is handed out in place of a solution's signature, which would give the model project away.
SIGNATURES = {"own_layer_forward": "def own_layer_forward(x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, tuple]:\n"}

SOLUTIONS = Path(__file__).parent.parent / "solutions" / "ops"


def cut(source: str, exercises: Mapping[str, str]) -> str:
    """Return the learner's version of a solution. exercises: function name -> chapter."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name in exercises:
            first, last = _body(node)
            handed_out = f'    raise NotImplementedError("{exercises[node.name]}: write {node.name}")\n'
            if node.name in CHANGES:
                handed_out = spoil_body(node.name, "".join(lines[first - 1 : last]))
            lines[first - 1 : last] = [handed_out]
            if node.name in SIGNATURES:
                lines[node.lineno - 1 : node.body[0].lineno - 1] = [SIGNATURES[node.name]]
    return _remove_unused("".join(lines))


def _body(function: ast.FunctionDef) -> tuple[int, int]:
    """Return the first and last line of a function's body after the docstring, including comments before it."""
    docstring = function.body[0]
    if ast.get_docstring(function) is None:
        raise ValueError(f"{function.name} has no docstring; a learner would not know what to write")
    assert docstring.end_lineno and function.end_lineno
    return docstring.end_lineno + 1, function.end_lineno


def _remove_unused(source: str) -> str:
    """Leave out private functions and imported names that nothing refers to, until there are none.

    Imports from other learner files stay: the exercise needs them once it is written.
    """
    tree = ast.parse(source)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
        n.value.id for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }
    lines = source.splitlines(keepends=True)
    for node in reversed(tree.body):
        assert node.end_lineno
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and node.name not in used:
            last = node.end_lineno
            while last < len(lines) and not lines[last].strip():
                last += 1
            del lines[node.lineno - 1 : last]
            return _remove_unused("".join(lines))
        module = getattr(node, "module", None) or ""
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not module.startswith(("__future__", "cnnlab.ops.")):
            kept = [a for a in node.names if (a.asname or a.name).partition(".")[0] in used]
            if len(kept) < len(node.names):
                node.names = kept
                first, last = node.lineno - 1, node.end_lineno
                alone = (
                    not kept and not lines[first - 1].strip() and not "".join(lines[last : last + 1]).strip()
                )  # in its block
                lines[first - alone : last] = [ast.unparse(node) + "\n"] if kept else []
    return re.sub(r"\n{4,}", "\n\n\n", "".join(lines)).rstrip("\n") + "\n"


def stubs() -> dict[str, str]:
    """Return every learner file by name, newly cut: the topics with exercises, and the files that these import.

    A solution without exercises is left out: it would be handed out complete.
    """
    exercises = {name: e.chapter for e in EXERCISES.values() for name in list_written(e)}
    wanted, found = {e.topic for e in EXERCISES.values()} | {"__init__"}, {}
    while wanted - found.keys():
        topic = min(wanted - found.keys())
        found[topic] = cut((SOLUTIONS / f"{topic}.py").read_text(encoding="utf-8"), exercises)
        wanted |= _imported_topics(found[topic])
    return {f"{topic}.py": text for topic, text in sorted(found.items())}


def list_written(exercise: Exercise) -> tuple[str, ...]:
    """Return the functions that a learner writes for an exercise: its own, or all of a layer of one's own."""
    problem = exercise.problem
    return problem.functions if isinstance(problem, OwnLayerProblem) else (exercise.name,)


def _imported_topics(source: str) -> set[str]:
    """Return the topics that a learner file imports."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) and n.module]
    return {n.module.removeprefix("cnnlab.ops.") for n in nodes if n.module and n.module.startswith("cnnlab.ops.")}


def differing() -> list[str]:
    """Return the names of stubs that are missing, left over, or differ from what would be cut now."""
    wanted, there = stubs(), {p.name for p in STUBS.glob("*.py")}
    changed = {n for n in wanted if n in there and (STUBS / n).read_text(encoding="utf-8") != wanted[n]}
    return sorted(changed | (wanted.keys() ^ there))


def write() -> None:
    """Write cnnlab/course/stubs/."""
    STUBS.mkdir(exist_ok=True)
    for left_over in {p.name for p in STUBS.glob("*.py")} - stubs().keys():
        (STUBS / left_over).unlink()
    for name, text in stubs().items():
        (STUBS / name).write_text(text, encoding="utf-8", newline="\n")


def copy_to_ops(folder: Path, before: Mapping[str, str]) -> list[Path]:
    """Copy every stub into a folder of learner files, and return the backups of files that somebody had changed.

    before: the stubs by name before they were cut again; a file equal to one of these holds no work.
    """
    backups = []
    for stub in sorted(STUBS.glob("*.py")):
        file, text = folder / stub.name, stub.read_text(encoding="utf-8")
        found = file.read_bytes() if file.exists() else None
        if found is None or found == before.get(stub.name, "").encode():
            file.write_text(text, encoding="utf-8", newline="\n")
        elif found != text.encode() and (backup := write_with_backup(file, text)):
            backups.append(backup)
    return backups


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.cut_stubs", description="Make the learner's files from the solutions."
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list the files that differ and exit with 1"
    )
    parser.add_argument(
        *("--copy-to-ops", "--room"),  # the second is the option's earlier name
        dest="copy_to_ops",
        action="store_true",
        help="also copy the files to cnnlab/ops/, and back up every file that was changed there",
    )
    options = parser.parse_args(argv)
    if options.check:
        wrong = differing()
        print(
            *[f"{STUBS / name} is not what solutions/ops gives; run python -m authoring.cut_stubs" for name in wrong],
            sep="\n",
        )
        return 1 if wrong else 0
    before = {path.name: path.read_text(encoding="utf-8") for path in STUBS.glob("*.py")}
    write()
    if options.copy_to_ops:
        for backup in copy_to_ops(DEFAULT_FOLDER, before):
            print(f"What was there is in {backup}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
