"""Build notebooks/chNN_slug/chNN_slug.ipynb from the chapter's text, authoring/chapters/chNN_slug.md.

    python -m authoring.build_notebooks           write the notebooks
    python -m authoring.build_notebooks --check   compare; name what differs and exit 1

The text is a MyST notebook, read by jupytext. Two kinds of cell carry metadata of ours; everything nbgrader
needs is made from it and from the catalogue:

    a code cell with `exercise: conv2d_input_grad` and no body       the graded cell of that exercise
    a markdown cell `+++ {"written": "ch08-why-crop", "points": 2}`  a question, and a cell for the answer

What JupyterLab and the course site do not both render is refused, with the line and what to write instead.
"""

import argparse
import hashlib
import html
import re
import sys
from pathlib import Path

import nbformat
from jupytext.myst import myst_to_notebook
from nbformat import NotebookNode

from cnnlab.course import catalogue
from cnnlab.course.chapters import TITLES
from cnnlab.course.model_answer import PLACEHOLDER

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "authoring" / "chapters"
NOTEBOOKS = ROOT / "notebooks"

ANSWER = PLACEHOLDER  # nbgrader's own words, so that a release changes nothing
LINK = re.compile(r"\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\((figures/[\w-]+)\.svg\)")
WIDTH_POINTS = re.compile(r'<svg [^>]*width="([\d.]+)pt"')
NAME = re.compile(r"[A-Za-z0-9_-]+")

REFUSED = [  # (what it looks like on a line of prose, what to write instead); \0 stands where inline code was
    (re.compile(r"^\s*:::"), "a ::: block: write `> **Note.** ...`, a table or <details> instead"),
    (re.compile(r"\{[\w:+-]+\}\0"), "a {role}: write plain Markdown, $...$ or inline code instead"),
    (re.compile(r"\$\$\s*\([^)]*\)\s*$"), "a label after $$: name the step in the text instead, as in 'Step 3'"),
    (re.compile(r"^\([\w-]+\)=\s*$"), "a link target: link to a heading or to a chapter's .md file instead"),
    (re.compile(r"^%"), "a MyST comment, which JupyterLab shows: leave it out"),
    (re.compile(r"<!--"), "a comment, which learners can read: leave it out"),
]


class ChapterError(ValueError):
    """A chapter's text is wrong; the message has one line `file:line: message` for each fault."""


def build(path: Path, notebooks: Path = NOTEBOOKS) -> NotebookNode:
    """Return the notebook of the chapter in `path`, valid and without outputs.

    notebooks: the folder it will live in, in which its links and pictures are looked up.
    Raises ChapterError with every fault found.
    """
    text = path.read_text(encoding="utf-8")
    faults = [*markup_faults(text), *link_faults(text, path, notebooks)]
    cells = []
    if not faults:
        chapter = path.stem.partition("_")[0]
        source = myst_to_notebook(text, add_source_map=True)
        for cell in source.cells:
            if cell.cell_type == "markdown":
                cell.source = show_pictures(notebook_links(cell.source, path.parent), notebooks / path.stem)
        cells, faults = convert(source.cells, source.metadata["source_map"], chapter, path)
    if faults:
        raise ChapterError("\n".join(f"{path.name}:{line}: {message}" for line, message in sorted(faults)))

    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(notebook)
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """Return the notebook's file, byte for byte as nbformat writes it."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


# The author's markup.


def prose(text: str):
    """Yield (line number, line) outside front matter and fences; inline code becomes \\0.

    The opening line of a fence is yielded unchanged.
    """
    fence = None
    front_matter = text.startswith("---\n")
    for number, line in enumerate(text.splitlines(), 1):
        if front_matter:
            front_matter = number == 1 or line != "---"
            continue
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                fence = None
            continue
        if mark:
            fence = mark[1]
            yield number, line
        else:
            yield number, re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "\0", line)


def markup_faults(text: str) -> list[tuple[int, str]]:
    """Return the markup that JupyterLab and the site do not both render."""
    faults = []
    for number, line in prose(text):
        if directive := re.match(r"\s*[`~]{3,}\s*(\{[^}]*\})", line):
            if directive[1] != "{code-cell}":
                message = f"a {directive[1]} directive: write {{code-cell}}, plain Markdown or $$...$$ instead"
                faults.append((number, message))
            continue
        faults += [(number, message) for pattern, message in REFUSED if pattern.search(line)]
    return faults


def link_faults(text: str, path: Path, notebooks: Path) -> list[tuple[int, str]]:
    """Return the links and pictures whose targets do not exist for the built notebook."""
    faults = []
    for number, line in prose(text):
        for target in LINK.findall(line):
            page = target.partition("#")[0]
            if not page or re.match(r"[a-z]+:", page) or ((path.parent / page).is_file() and "/" not in page):
                continue
            png = re.sub(r"^(figures/.+)\.svg$", r"\1.png", page)
            if missing := next((name for name in (page, png) if not (notebooks / path.stem / name).is_file()), None):
                help_ = (
                    "`python -m authoring.figures` draws figures"
                    if page.endswith((".svg", ".png"))
                    else "mend the link"
                )
                faults.append((number, f"{missing} does not exist beside the built notebook: {help_}"))
    return faults


def notebook_links(source: str, folder: Path) -> str:
    """Replace links to chapters' .md files by links to their notebooks."""

    def rewrite(match: re.Match) -> str:
        page, hash_, anchor = match[1].partition("#")
        if not page.endswith(".md") or "/" in page or not (folder / page).is_file():
            return match[0]
        stem = page.removesuffix(".md")
        return f"](../{stem}/{stem}.ipynb{hash_}{anchor})"

    return LINK.sub(rewrite, source)


def show_pictures(source: str, folder: Path) -> str:
    """Replace each SVG by its PNG, which every page shows, as wide as the SVG and with a link to it.

    Code hosts show no SVG in a notebook.
    """

    def rewrite(match: re.Match) -> str:
        alt, name = html.escape(match[1]), match[2]
        found = WIDTH_POINTS.search((folder / f"{name}.svg").read_text(encoding="utf-8"))
        width = f' width="{round(float(found[1]) * 96 / 72)}"' if found else ""
        return f'<a href="{name}.svg"><img src="{name}.png"{width} alt="{alt}"></a>'

    return PICTURE.sub(rewrite, source)


# From the author's cells to the notebook's.


def convert(cells, lines, chapter: str, path: Path) -> tuple[list[NotebookNode], list[tuple[int, str]]]:
    """Return the notebook's cells, and the faults found: (line, message)."""
    exercises = {exercise.name: exercise for exercise in catalogue.list_graded_exercises(chapter)}
    built, faults, seen = [], [], {}
    for cell, line in zip(cells, lines, strict=True):
        try:
            new = make_cells(cell, chapter, exercises)
            for grade_id in filter(None, map(grade_id_of, new)):
                if grade_id in seen:
                    raise ChapterError(f"{grade_id} is graded twice, here and in line {seen[grade_id]}: keep one")
                seen[grade_id] = line
            built += new
        except ChapterError as error:
            faults.append((line, str(error)))
    faults += [
        (1, f"the chapter never grades {exercise.name}: add a code cell with `exercise: {exercise.name}`")
        for exercise in exercises.values()
        if exercise.grade_id not in seen and not faults
    ]
    built += make_last_cells(path)
    give_ids(built, chapter)
    return built, faults


def make_last_cells(path: Path) -> list[NotebookNode]:
    """Return what ends every chapter: how far the learner has come, and links to the chapters before and after."""
    stems = [chapter.stem for chapter in sorted(path.parent.glob("ch*.md"))]
    place = stems.index(path.stem) if path.stem in stems else 0
    links = ["[Contents](../../README.md#chapters)"]
    if place > 0:
        links.insert(0, f"← {link_chapter(stems[place - 1])}")
    if place + 1 < len(stems):
        links.append(f"{link_chapter(stems[place + 1])} →")
    progress = nbformat.v4.new_code_cell("print(cnnlab.status().summary())")
    return [progress, nbformat.v4.new_markdown_cell(" · ".join(links))]


def link_chapter(stem: str) -> str:
    """Return a link from one chapter's notebook to another's."""
    chapter = stem.partition("_")[0]
    title = f"Chapter {int(chapter[2:])}. {TITLES[chapter]}" if chapter in TITLES else stem
    return f"[{title}](../{stem}/{stem}.ipynb)"


def make_cells(cell: NotebookNode, chapter: str, exercises: dict) -> list[NotebookNode]:
    """Return the notebook cells for one cell of the text."""
    about = cell.metadata
    allowed = {"code": {"exercise", "points"}, "markdown": {"written", "points"}}.get(cell.cell_type, set())
    if unknown := sorted(set(about) - allowed):
        known = " and ".join(sorted(allowed)) or "nothing"
        raise ChapterError(f"a {cell.cell_type} cell with {', '.join(unknown)}: it takes {known}")
    if cell.cell_type == "code" and "exercise" in about:
        return [make_graded_cell(about, cell.source, chapter, exercises)]
    if cell.cell_type == "markdown" and "written" in about:
        return make_written_cells(about, cell.source, chapter)
    if "points" in about:
        raise ChapterError("points without an exercise or a written answer: name it")
    if cell.cell_type == "code":
        return [nbformat.v4.new_code_cell(cell.source)]
    return [nbformat.v4.new_markdown_cell(cell.source)]


def make_graded_cell(about: dict, body: str, chapter: str, exercises: dict) -> NotebookNode:
    """Return the graded cell of an exercise: the report is shown, the value is a plain float that nbgrader reads."""
    name = about["exercise"]
    if name not in exercises:
        known = ", ".join(exercises) or "none"
        raise ChapterError(f"{name} is not an exercise of {chapter}: the catalogue has {known}")
    if body.strip():
        raise ChapterError(f"the graded cell of {name} has a body: leave it empty, the builder writes it")
    exercise = exercises[name]
    if about.get("points", exercise.points) != exercise.points:
        raise ChapterError(f"{about['points']} points for {name}: the catalogue gives {exercise.points:g}, write none")
    cell = nbformat.v4.new_code_cell(f'check("{name}").points({exercise.points:g})')
    cell.metadata = {
        "cnnlab": {"exercise": name},
        "nbgrader": nbgrader_metadata("code", exercise.grade_id, exercise.points, solution=False),
    }
    return cell


def make_written_cells(about: dict, question: str, chapter: str) -> list[NotebookNode]:
    """Return a written answer: the question, the cell for the answer, marked by hand, and one for the model answer.

    The question has a cell of its own, because nbgrader replaces the whole text of a solution cell in a release.
    """
    grade_id, points = about["written"], about.get("points")
    if not isinstance(grade_id, str) or not NAME.fullmatch(grade_id) or not grade_id.startswith(f"{chapter}-"):
        raise ChapterError(
            f"written: {grade_id!r}; a name of letters, digits and - that begins with {chapter}- is needed"
        )
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise ChapterError(f"{grade_id} has points {points!r}; a number above 0 is needed")
    how = (
        f"*Written answer, {points:g} points: double-click the next cell and write; `$...$` sets a formula. When you "
        "have saved the notebook, run the cell after it for a model answer, if your copy of the course has them.*"
    )
    asked = nbformat.v4.new_markdown_cell(f"{question}\n\n{how}")
    answer = nbformat.v4.new_markdown_cell(ANSWER)
    answer.metadata = {"nbgrader": nbgrader_metadata("markdown", grade_id, points, solution=True)}
    return [asked, answer, nbformat.v4.new_code_cell(f'cnnlab.answer("{grade_id}")')]


def nbgrader_metadata(cell_type: str, grade_id: str, points: float, *, solution: bool) -> dict:
    return {
        "cell_type": cell_type,
        "grade": True,
        "grade_id": grade_id,
        "locked": not solution,
        "points": points,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def grade_id_of(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def give_ids(cells: list[NotebookNode], chapter: str) -> None:
    """Set ids that do not change when other cells are edited, from a grade_id or the cell's own content."""
    count: dict[str, int] = {}
    for cell in cells:
        content = grade_id_of(cell) or f"{cell.cell_type}\n{cell.source}"
        stem = f"{chapter}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
        count[stem] = count.get(stem, 0) + 1
        cell["id"] = stem if count[stem] == 1 else f"{stem}-{count[stem]}"


# The command.


def differences(chapters: Path = CHAPTERS, notebooks: Path = NOTEBOOKS) -> list[str]:
    """Return one sentence for each file in `notebooks` that differs from what the chapters build."""
    found, expected = [], set()
    for path in sorted(chapters.glob("*.md")):
        target = notebooks / path.stem / f"{path.stem}.ipynb"
        expected.add(target)
        here = target.read_text(encoding="utf-8") if target.is_file() else None
        if here is None:
            found.append(f"{relative_path(target)} is missing")
        elif here != notebook_text(build(path, notebooks)):
            found.append(f"{relative_path(target)} differs from {relative_path(path)}, or was run and saved in place")
        pictures = LINK.findall(path.read_text(encoding="utf-8"))
        figures = {target.parent / link for link in pictures if link.startswith("figures/")}
        expected |= figures | {figure.with_suffix(".png") for figure in figures}
    for file in sorted(p for p in notebooks.rglob("*") if p.is_file()):
        if file not in expected and ".ipynb_checkpoints" not in file.parts:
            found.append(f"{relative_path(file)} belongs to no chapter: remove it, or use it")
    return found


def relative_path(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.build_notebooks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list the files that differ and exit with 1"
    )
    parser.add_argument("--chapters", type=Path, default=CHAPTERS, help="folder with the chapters' sources")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="folder for the notebooks")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            found = differences(options.chapters, options.notebooks)
            print(*found or ["the notebooks are what the chapters build"], sep="\n")
            if found:
                print("`python -m authoring.build_notebooks` writes them anew")
            return 1 if found else 0
        for path in sorted(options.chapters.glob("*.md")):
            target = options.notebooks / path.stem / f"{path.stem}.ipynb"
            text = notebook_text(build(path, options.notebooks))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
            print(relative_path(target))
        return 0
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
