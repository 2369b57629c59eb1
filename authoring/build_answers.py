"""Build a chapter's answer notebook for the instructor, executed, from the same source as the learner's.

    python -m authoring.build_answers ch08 --out DIR     one chapter, or several
    python -m authoring.build_answers --all --out DIR    every chapter
    python -m authoring.build_answers --index            write solutions/README.md anew

It is the learner's notebook run with the reference functions, with the reference's source above each graded cell, and
with the model answers and marking schemes of solutions/chapters/ in the cells for written answers. Outputs are not kept
in git: build them when you need them. A cell that fails, or a graded cell below its full points, is an error.
"""

import argparse
import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from authoring.build_notebooks import CHAPTERS, NOTEBOOKS, ROOT, build, grade_id_of, notebook_text, relative_path
from cnnlab.course import catalogue
from cnnlab.course.reset import function_source

SOLUTIONS = ROOT / "solutions"
INDEX = SOLUTIONS / "README.md"


class AnswersError(ValueError):
    """An answer notebook cannot be completed; the message lists why."""


def answers(chapter: Path) -> dict[str, tuple[str, str]]:
    """Return grade_id -> (model answer, marking scheme) of a chapter, from solutions/chapters/."""
    file = SOLUTIONS / "chapters" / chapter.name
    if not file.is_file():
        raise AnswersError(f"{relative_path(file)} is missing: write the chapter's model answers there")
    found = {}
    for section in re.split(r"(?m)^## ", file.read_text(encoding="utf-8"))[1:]:
        name = re.match(r"`([\w-]+)`\s*\n", section)
        if name:
            body = section[name.end() :]
            answer, bullet, marks = body.partition("\n- **")
            answer = answer.partition("Model answer")[2].strip()
            if not answer or not marks:
                raise AnswersError(
                    f"{relative_path(file)}: {name[1]} needs a text after 'Model answer' and marks '- **1** …'"
                )
            found[name[1]] = answer, (bullet + marks).strip()
    return found


def fill_in_answers(chapter: Path) -> NotebookNode:
    """Return the chapter's notebook with model answers and the reference's functions; not run yet."""
    notebook, written = build(chapter), answers(chapter)
    cells = []
    for cell in notebook.cells:
        name = grade_id_of(cell)
        if cell.cell_type == "code" and cell.source.startswith("cnnlab.answer("):
            continue  # the answer stands above it already
        if cell.cell_type == "markdown" and name:
            if name not in written:
                raise AnswersError(f"solutions/chapters/{chapter.name} has no model answer to {name}")
            answer, marks = written[name]
            cell.source = f"**Model answer**{answer}\n\n**Marking scheme**\n\n{marks}"
        elif "cnnlab" in cell.metadata:
            cells.append(nbformat.v4.new_markdown_cell(_reference(cell.metadata.cnnlab.exercise)))
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _reference(name: str) -> str:
    topic = catalogue.exercise(name).topic
    source = function_source((SOLUTIONS / "ops" / f"{topic}.py").read_text(encoding="utf-8"), name)
    return f"**The reference**, from `solutions/ops/{topic}.py`:\n\n```python\n{source}\n```"


def execute_answers(chapter: Path, folder: Path) -> NotebookNode:
    """Return the answer notebook, run in `folder`, where its pictures and the reference's files are put.

    Raises AnswersError with everything that failed.
    """
    notebook = fill_in_answers(chapter)
    shutil.copytree(
        NOTEBOOKS / chapter.stem, folder, ignore=shutil.ignore_patterns("*.ipynb", ".*"), dirs_exist_ok=True
    )
    work = folder / "work"
    work.mkdir(exist_ok=True)
    for file in (SOLUTIONS / "ops").glob("[!_]*.py"):
        shutil.copy(file, work)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.allow_errors = True
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    try:
        asyncio.run(
            client.async_execute(env={**os.environ, "OMP_NUM_THREADS": "1", "CNNLAB_STILL": "1", "PYTHONPATH": paths})
        )
    finally:
        shutil.rmtree(work)
    if faults := list(_faults(notebook)):
        raise AnswersError("\n".join(f"{chapter.stem}: {fault}" for fault in faults))
    return notebook


def _faults(notebook: NotebookNode) -> Iterator[str]:
    """Return the faults of a notebook that was run: errors, and graded cells below their full points."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        first = cell.source.partition("\n")[0]
        yield from (f"{first} … raises {o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error")
        if "cnnlab" in cell.metadata:
            values = [o["data"]["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
            if values != [str(float(cell.metadata.nbgrader.points))]:
                yield f"{first} gives {', '.join(values) or 'nothing'}; {cell.metadata.nbgrader.points:g} is needed"


def write(chapter: Path, out: Path) -> Path:
    """Build, run and write one answer notebook below `out`, beside its pictures; returns the file."""
    folder = out / chapter.stem
    notebook = execute_answers(chapter, folder)
    file = folder / f"{chapter.stem}.ipynb"
    file.write_text(notebook_text(notebook), encoding="utf-8", newline="\n")
    return file


# The index page.


def index() -> str:
    """Return the text of solutions/README.md: one row per chapter."""
    rows = [_row(path) for path in sorted(CHAPTERS.glob("*.md"))]
    return f"{HEAD}\n{chr(10).join(rows)}\n{FOOT}"


HEAD = """# For the instructor

This folder stays with the instructor: `python -m grading release` hands out the notebook and the learner's files, and nothing of what is here.

| what | where |
|---|---|
| the reference functions, whole; the stubs are cut from them | `ops/` |
| the optimised network | `fast/` |
| per chapter: model answers, marking schemes, expected time, what goes wrong in class | `chapters/` |
| the answer notebook of a chapter, executed, with all of this in place | `python -m authoring.build_answers ch08 --out answers` |

A learner who gives up sees a solution by asking for it by name, `cnnlab solution conv2d_bias_grad`, and only where this folder is. In a released copy the command says that the solutions are not there and points to the hints.

Points are those of the checks and of the written answers, which a person marks. The chapters' times are for a reader who does every exercise.

| chapter | time | checks | written | what goes wrong in class |
|---|---|---|---|---|"""  # noqa: E501

FOOT = """
`python -m authoring.build_answers --index` writes this page from the chapters' files.
"""


def _row(chapter: Path) -> str:
    cells = [f"{c:g}" if isinstance(c, float) else c.replace("|", "\\|") for c in facts(chapter)]
    return f"| {' | '.join(cells)} |"


def facts(chapter: Path) -> tuple[str, str, float, float, str]:
    """Return links, expected time, points of the checks, points of written answers, and common problems in class."""
    text, scheme = (f.read_text(encoding="utf-8") for f in (chapter, SOLUTIONS / "chapters" / chapter.name))
    title, number = text.split("\n# ", 1)[1].partition("\n")[0], chapter.stem.partition("_")[0]
    links = f"[{title}](../authoring/chapters/{chapter.name}), [answers](chapters/{chapter.name})"
    time = re.split(r"[.:;]", _section(scheme, "Expected time"), maxsplit=1)[0].replace("\n", " ")
    wrong = re.findall(r"(?m)^- \*\*(.+?)\*\*", _section(scheme, "What goes wrong in class"))
    checks = sum(e.points for e in catalogue.list_graded_exercises(number)) if number in catalogue.CHAPTERS else 0
    written = sum(float(n) for n in re.findall(r'\+\+\+ \{"written".*?"points": ([\d.]+)', text))
    told = " ".join(w if w.rstrip('"').endswith((".", "?")) else f"{w}." for w in wrong)
    return links, time, float(checks), written, told


def _section(text: str, name: str) -> str:
    found = re.search(rf"(?ms)^## {name}\n+(.*?)(?=^## |\Z)", text)
    return found[1].strip() if found else ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.build_answers", description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CH", help="chapters, such as ch08")
    parser.add_argument("--all", action="store_true", help="build the answers of every chapter")
    parser.add_argument("--out", type=Path, help="folder to write to")
    parser.add_argument("--index", action="store_true", help="write solutions/README.md")
    options = parser.parse_args(arguments)
    if options.index:
        INDEX.write_text(index(), encoding="utf-8", newline="\n")
        print(relative_path(INDEX))
    if options.index and not (options.all or options.chapters):
        return 0
    paths = {path.stem.partition("_")[0]: path for path in sorted(CHAPTERS.glob("*.md"))}
    asked = list(paths) if options.all else [name.partition("_")[0] for name in options.chapters]
    unknown = [name for name in asked if name not in paths]
    if unknown or not asked or options.out is None:
        wanted = f"there is no {', '.join(unknown)}; " if unknown else ""
        print(f"{wanted}give chapters out of {', '.join(paths)}, or --all, and --out DIR", file=sys.stderr)
        return 2
    failed = 0
    for name in asked:
        try:
            print(write(paths[name], options.out), flush=True)
        except AnswersError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
