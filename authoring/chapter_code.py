"""Take definitions out of a chapter's cells, so that a script runs what a reader runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

CHAPTERS = Path(__file__).parent / "chapters"


def read_definitions(chapter: str, names: Iterable[str]) -> str:
    """Return the source of a chapter's imports and of the statements that define these names, in order.

    chapter: its file's name without ".md".   names: functions, classes and values; ValueError if one is not there.
    """
    text = (CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    wanted, found = set(names), []
    missing = set(wanted)
    for cell in re.findall(r"(?ms)^```\{code-cell\}\n((?!:).*?)^```$", text):
        for statement in ast.parse(cell).body:
            defined = list_defined(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom) or defined & missing:
                found.append(ast.unparse(statement))
                missing -= defined
    if missing:
        raise ValueError(f"{chapter} defines no {', '.join(sorted(missing))}")
    return "\n\n".join(found)


def list_defined(statement: ast.stmt) -> set[str]:
    """Return the names that a statement defines: one function or class, or what is assigned."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
