"""Gather what a release must not hold from the instructor's folders: solutions, notes, answers, and the seed.

Texts are compared by their words alone, so that neither spacing nor markup nor another line length hides one.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnlab.course import catalogue
from cnnlab.loader import TOPICS_TO_REPAIR
from grading import class_folder
from grading.handout.released_cells import FENCE

#: Folders of which no file may be in a release.
INSTRUCTORS = ("solutions", "grading", "tests", "authoring", "benchmarks")

#: The least number of words of a sentence that is searched for, and the number of first words by which it is found.
SENTENCE, PHRASE = 8, 5

#: The least number of syntax nodes in a function's body that is recognised under another name, too.
BODY = 30


@dataclass
class Confidential:
    """Texts and code that must not be handed out.

    phrases: (its words, what it is), by its first words.   bodies: of solutions, by shape: whose.
    named: the same for bodies that are short, by function name and shape.   files: SHA-256 of instructors' files: path.
    firsts: every word that a phrase begins with.
    """

    phrases: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)

    def add_phrase(self, text: str, what: str, fewest: int = SENTENCE) -> None:
        """Keep a text, if it is long enough not to occur elsewhere by chance."""
        found = tuple(split_words(text))
        if len(found) >= fewest:
            self.phrases.setdefault(found[:PHRASE], []).append((found, what))
            self.firsts.add(found[0])

    def add_function(self, node: ast.FunctionDef, text: str, what: str, by_words: bool = True) -> None:
        """Keep a solution: by its shape, and where it is long by its words, with its comments and without.

        by_words: False for what is handed out with a mistake that may be in a single sign.
        """
        self.named[node.name, hash_shape(node)] = what
        if size(node) >= BODY:
            self.bodies[hash_shape(node)] = what
        if size(node) >= BODY and by_words:
            own = text.splitlines()[_strip_docstring(node).body[0].lineno - 1 : node.end_lineno]
            for written in ("\n".join(own), ast.unparse(_strip_docstring(node))):
                self.add_phrase(written, what, 2 * SENTENCE)


def split_words(text: str) -> list[str]:
    """Return the words and numbers of a text, in lower case."""
    return re.findall(r"\w+", text.lower())


def gather_confidential(seed: int, root: Path = class_folder.ROOT) -> Confidential:
    """Return everything that must not be handed out."""
    found = Confidential()
    solutions = root / "solutions"
    for path in sorted(solutions.rglob("*.py")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        for node in _secret_functions(ast.parse(text), given=path.parent.name == "ops"):
            found.add_function(node, text, f"{node.name} of {name}", path.stem not in TOPICS_TO_REPAIR)
    for path in sorted(solutions.rglob("*")):
        if path.suffix in (".md", ".ipynb"):
            text, name = _read_prose(path), path.relative_to(root).as_posix()
            for fenced in FENCE.findall(text):
                for node in list_functions(fenced):
                    found.add_function(node, fenced, f"{node.name} of {name}")
            for sentence in _split_sentences(FENCE.sub("", text)):
                found.add_phrase(sentence, f"a sentence of {name}")
    for folder in INSTRUCTORS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.stat().st_size and not name.startswith("solutions/ops/"):
                found.files[hashlib.sha256(path.read_bytes()).hexdigest()] = name
    found.add_phrase(str(seed), "the secret seed", 1)
    return found


def list_functions(text: str) -> list[ast.FunctionDef]:
    """Return every function in Python code; none where the text is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except (SyntaxError, ValueError):
        return []


def _secret_functions(tree: ast.Module, given: bool) -> Iterator[ast.FunctionDef]:
    """Yield what learners write, and the helpers that only this needs. given: the rest of the file is handed out."""
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    asked = {name for name in defined if name in catalogue.EXERCISES} if given else set(defined)
    public = [name for name in defined if name not in asked and not name.startswith("_")]
    rest = [n for n in tree.body if not isinstance(n, ast.FunctionDef)]
    needed, reached = set(public), [defined[name] for name in public] + rest
    while reached:
        used = {n.id for n in ast.walk(reached.pop()) if isinstance(n, ast.Name)}
        fresh = (used & defined.keys()) - needed - asked
        needed |= fresh
        reached += [defined[name] for name in fresh]
    yield from (node for name, node in defined.items() if name not in needed)


def _strip_docstring(node: ast.FunctionDef) -> ast.Module:
    """Return a function's statements without its docstring."""
    skipped = 1 if ast.get_docstring(node, clean=False) is not None else 0
    return ast.Module(node.body[skipped:], [])


def size(node: ast.FunctionDef) -> int:
    """Return the number of syntax nodes in a function's body."""
    return sum(1 for _ in ast.walk(_strip_docstring(node)))


def hash_shape(node: ast.FunctionDef) -> str:
    """Return a function's body as text in which each of its own names is the number of its first use."""
    arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    own = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} | set(arguments)
    numbers: dict[str, str] = {}
    body = copy.deepcopy(_strip_docstring(node))
    for found in ast.walk(body):
        if isinstance(found, ast.Name) and found.id in own:
            found.id = numbers.setdefault(found.id, f"v{len(numbers)}")
    return ast.dump(body)


def _read_prose(path: Path) -> str:
    """Return the text of a page, or of a notebook's Markdown."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = [c for c in json.loads(text)["cells"] if c["cell_type"] == "markdown" and not _is_handed_out(c)]
    return "\n\n".join("".join(c["source"]) for c in cells)


def _is_handed_out(cell: Mapping) -> bool:
    """Return whether a cell of an answer notebook is the chapter's own and no answer."""
    return not cell["metadata"].get("nbgrader", {}).get("solution")


def _split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a page: each ends with a full stop or with the line of a list.

    The title of a question, which learners read too, is left out.
    """
    for block in re.split(r"\n\s*\n|\n(?=[-#|*])", text):
        yield from (s for s in re.split(r"(?<=[.?!])\s+", block) if not s.startswith("Written "))
