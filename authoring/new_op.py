"""Write the skeletons of an op: `python -m authoring.new_op gelu --topic activations`.

    --optional         a learner may leave the exercise out; it is worth 0 points
    --points N         its points (default 2)
    --layer NAME       the layer's name in torch.nn (default: the op's name in capitals and small letters)

The topic must exist. Lines are added to the files of the solution, the catalogue, the wrong implementations, the layer,
the random cases and the tests. No line that is there is changed, but for lists that the op's name is added to.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import sys
from pathlib import Path

from authoring import op_templates as templates
from cnnlab.course import catalogue
from cnnlab.errors import CnnlabError

ROOT = Path(__file__).parents[1]

LINE_CHARS = 120


class NotAdded(CnnlabError):
    """An op cannot be added; nothing was written."""


def list_topics() -> dict[str, str]:
    """Return the topics whose files a new op can be added to, with their chapters."""
    found = {}
    for topic in catalogue.TOPICS:
        chapters = [operation.chapter for operation in topic.OPERATIONS]
        found[topic.OPERATIONS[0].topic] = max(
            chapters, key=chapters.count
        )  # one op of a topic may be another chapter's
    return found


def add_op(name: str, topic: str, points: int, optional: bool, layer: str, root: Path = ROOT) -> dict[Path, str]:
    """Return the files with the op's skeletons in them, by path; nothing is written.

    Raises:
        NotAdded: The name cannot be used or exists already, or the course has no such topic.
    """
    check_name(name, topic, root)
    chapter = list_topics()[topic]
    words = {
        "name": name,
        "topic": topic,
        "chapter": chapter,
        "place": f"chapter {int(chapter[2:])}",
        "points": 0 if optional else points,
        "optional": "\n    optional=True," if optional else "",
        "camel": name.title().replace("_", ""),
        "constant": name.upper(),
        "layer": layer,
    }

    def fill(template: str) -> str:
        return template.format(**words)

    changed: dict[Path, str] = {}

    def read(place: str) -> str:
        return changed.get(root / place) or (root / place).read_text(encoding="utf-8")

    solution = f"solutions/ops/{topic}.py"
    text = add_import(read(solution), "cnnlab.ops.arguments", "float_values", "upstream")
    text = add_import(text, "typing", "NamedTuple")
    changed[root / solution] = text + fill(templates.SOLUTION)

    entry = f"cnnlab/course/topics/{topic}.py"
    text = add_import(read(entry), "cnnlab.course.backward_exercise", "define_operation")
    text = add_import(text, "cnnlab.course.cases.planning", "Spec")
    text = insert_before(text, "OPERATIONS", fill(templates.OPERATION))
    changed[root / entry] = add_to_collection(text, "OPERATIONS", fill("    {constant},\n"), entry)

    rejects = f"tests/rejects/{topic}.py"
    changed[root / rejects] = add_import(read(rejects), "tests.rejects", "right", "wrong") + fill(templates.REJECTS)

    draws = "authoring/wide_cases.py"
    changed[root / draws] = add_to_collection(read(draws), "DRAWS", fill(templates.DRAW_ROW), draws)

    agreement = f"tests/solutions/test_{topic}.py"
    text = add_import(
        read(agreement), "tests.solutions.agreement", "assert_agrees", "assert_keeps_contract", "solution"
    )
    for module in ("numpy as np", "pytest", "torch"):
        text = add_module(text, module)
    changed[root / agreement] = text + fill(templates.AGREEMENT)

    if has_layers(topic, root):
        changed |= add_layer(topic, layer, fill, root)
    for path, text in changed.items():
        ast.parse(text, str(path))
    return changed


def check_name(name: str, topic: str, root: Path) -> None:
    """Raise NotAdded for a name or a topic that cannot be used."""
    if topic not in list_topics():
        raise NotAdded(
            f"the course has no topic {topic!r}: give one of {', '.join(list_topics())}, or make the new topic's files "
            "first, as 'A new topic' in docs/contributor.md says"
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise NotAdded(f"{name!r} cannot name an op: use small letters, digits and _, as torch.nn.functional does")
    if name in {operation.name for operation in catalogue.OPERATIONS}:
        raise NotAdded(f"the course has an op {name!r} already: give another name, or change the one that is there")
    for place in (f"solutions/ops/{topic}.py", f"cnnlab/course/topics/{topic}.py"):
        if re.search(rf'\b{name}_forward\b|"{name}"', (root / place).read_text(encoding="utf-8")):
            raise NotAdded(f"{place} has {name!r} already: give another name, or finish what is there")


def has_layers(topic: str, root: Path) -> bool:
    """Return whether cnnlab/nn has a file for the topic with layers in it."""
    file = root / f"cnnlab/nn/{topic}.py"
    return file.is_file() and "(Layer):" in file.read_text(encoding="utf-8")


def add_layer(topic: str, layer: str, fill, root: Path) -> dict[Path, str]:
    """Return the files of cnnlab/nn, and the table of its tests, with the layer added."""
    folder = root / "cnnlab/nn"
    own, init, exchange = folder / f"{topic}.py", folder / "__init__.py", folder / "exchange.py"
    if re.search(rf"(?m)^class {layer}\b", own.read_text(encoding="utf-8")):
        raise NotAdded(f"cnnlab/nn/{topic}.py has a layer {layer} already: give another name with --layer")
    tests = root / "tests/nn/test_layers.py"
    module = f"cnnlab.nn.{topic}"
    all_names = add_import(init.read_text(encoding="utf-8"), module, layer)
    arguments = add_import(exchange.read_text(encoding="utf-8"), module, layer)
    return {
        own: own.read_text(encoding="utf-8") + fill(templates.LAYER),
        init: add_to_names(all_names, layer),
        exchange: add_to_collection(arguments, "ARGUMENTS", fill(templates.ARGUMENTS_ROW), exchange.name),
        tests: add_to_collection(tests.read_text("utf-8"), "LAYERS", fill(templates.LAYER_TEST_ROW), tests.name),
    }


# Changes to a file's text.


def order_of_name(name: str) -> tuple[int, str]:
    """Return the key by which names are sorted in imports: constants, classes, then the rest."""
    return (0 if len(name) > 1 and name.isupper() else 1 if name[0].isupper() else 2), name


def add_import(text: str, module: str, *names: str) -> str:
    """Return the text with `from module import names`, joined with what is imported from the module already."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module == module and not any(a.asname for a in node.names):
            found = [alias.name for alias in node.names]
            if set(names) <= set(found):
                return text
            every = sorted({*found, *names}, key=order_of_name)
            lines[node.lineno - 1 : node.end_lineno] = [write_import(module, every)]
            return "".join(lines)
    return insert_import(text, write_import(module, sorted(names, key=order_of_name)))


def write_import(module: str, names: list[str]) -> str:
    """Return one import statement, one name per line where it does not fit in a line."""
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) <= LINE_CHARS + 1:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def add_module(text: str, module: str) -> str:
    """Return the text with `import module`."""
    line = f"import {module}\n"
    return text if re.search(rf"(?m)^{line}", text) else insert_import(text, line)


def insert_import(text: str, line: str) -> str:
    """Return the text with an import after the last one; `ruff check --fix` puts it at its place in the order."""
    imports = [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]
    lines = text.splitlines(keepends=True)
    lines.insert(imports[-1].end_lineno or 0 if imports else 1, line)
    return "".join(lines)


def find_assignment(text: str, name: str) -> ast.Assign | ast.AnnAssign:
    """Return the statement at the top level that gives a name its value."""
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(targets[0], ast.Name) and targets[0].id == name:
            return node
    raise NotAdded(f"there is no {name} = in the file that it is expected in: add the op there by hand")


def insert_before(text: str, name: str, added: str) -> str:
    """Return the text with lines before the statement that assigns a name."""
    lines = text.splitlines(keepends=True)
    lines.insert(find_assignment(text, name).lineno - 1, added)
    return "".join(lines)


def add_to_collection(text: str, name: str, row: str, place: str) -> str:
    """Return the text with a row at the end of a tuple, list or dict that is written out. place: the file."""
    value = find_assignment(text, name).value
    if not isinstance(value, ast.Tuple | ast.List | ast.Dict) or value.end_lineno is None:
        raise NotAdded(
            f"{name} in {place} is not written out as a tuple, list or dict: add the op by hand, after the ones there"
        )
    lines = text.splitlines(keepends=True)
    last = value.end_lineno - 1
    if value.lineno == value.end_lineno:  # on one line: the name goes before the bracket
        before, bracket, after = lines[last].rpartition(")" if isinstance(value, ast.Tuple) else "]")
        lines[last] = f"{before.rstrip(', ')}, {row.strip().rstrip(',')}{bracket}{after}"
    else:
        lines.insert(last, row)
    return "".join(lines)


def add_to_names(text: str, name: str) -> str:
    """Return the text with a name at its place in __all__."""
    node = find_assignment(text, "__all__")
    names = [*ast.literal_eval(node.value or ast.List([])), name]
    lines = text.splitlines(keepends=True)
    rows = "".join(f'    "{n}",\n' for n in sorted(set(names), key=order_of_name))
    lines[node.lineno - 1 : node.end_lineno] = [f"__all__ = [\n{rows}]\n"]
    return "".join(lines)


# What to do next.


def list_marks(changed: dict[Path, str], name: str, root: Path) -> list[str]:
    """Return the places that are to be filled in, as file:line: text."""
    found = []
    for path, text in changed.items():
        for number, line in enumerate(text.splitlines(), 1):
            if templates.MARK in line:
                found.append(f"  {path.relative_to(root).as_posix()}:{number}: {line.strip()}")
    return found


def describe_next_steps(changed: dict[Path, str], name: str, topic: str, layer: str, optional: bool, root: Path) -> str:
    """Return what to fill in and which commands to run next."""
    number = list_topics()[topic]
    cell = f'a code cell check("{name}_backward")' if optional else f"a code cell with `:exercise: {name}_backward`"
    chapter_step = f"  (write the derivation of {name} in authoring/chapters/{number}_*.md, with {cell})"
    lines = [f"Skeletons of {name} are written. Fill in:", *list_marks(changed, name, root)]
    if not has_layers(topic, root):
        lines.append(
            f"  cnnlab/nn has no layers of {topic}: write one, or give the reason in WITHOUT_LAYER in "
            "tests/test_every_op.py"
        )
    return "\n".join(lines) + templates.NEXT.format(name=name, layer=layer, chapter_step=chapter_step)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.new_op", description="Write the skeletons of an op in every file that needs it."
    )
    parser.add_argument("name", metavar="NAME", help="the op's name, as in torch.nn.functional")
    parser.add_argument("--topic", required=True, help="the learner file that it belongs to, such as activations")
    parser.add_argument("--optional", action="store_true", help="a learner may leave it out; it is worth 0 points")
    parser.add_argument("--points", type=int, default=2, help="what it is worth (default 2)")
    parser.add_argument("--layer", help="the layer's name, as in torch.nn")
    options = parser.parse_args(arguments)
    layer = options.layer or options.name.title().replace("_", "")
    try:
        changed = add_op(options.name, options.topic, options.points, options.optional, layer, root)
    except NotAdded as error:
        print(f"new_op: {error}", file=sys.stderr)
        return 2
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    print(describe_next_steps(changed, options.name, options.topic, layer, options.optional, root), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
