"""Show the model answer to a written derivation, once the learner has written one of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnlab import loader
from cnnlab.course.learner_folder import show_path
from cnnlab.errors import WrongValue

#: One Markdown file per written derivation, written by `python -m authoring.build_model_answers`; a class's release has
#: none.
ANSWERS = Path(__file__).parent / "answers"

#: What nbgrader puts into a cell for a written answer, and what builds put there.
PLACEHOLDER = "YOUR ANSWER HERE"


@dataclass(frozen=True)
class ModelAnswer:
    """What `answer` found.

    Attributes:
        name: The name of the derivation.
        text: The model answer in Markdown, or "" where it is not shown.
        note: One sentence: why nothing is shown, or how to read what is.
    """

    name: str
    text: str
    note: str

    def __str__(self) -> str:
        return "\n\n".join(filter(None, (self.note, self.text)))

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return str(self)


def answer(name: str) -> ModelAnswer:
    """Show the model answer to a written derivation, after you have written your own.

    Args:
        name: The name of the derivation, such as "ch02-order"; it stands in the cell below the question.

    Returns:
        The model answer, which a notebook shows as text. It is empty while the cell for your answer, in the notebook as
        it is saved, still holds nothing of yours, and in a class's copy of the course, which has no model answers.

    Raises:
        ValueError: There is no written derivation of that name.

    Example:
        >>> from cnnlab import answer
        >>> print(answer("ch00-two-layers"))
        Write your own answer first...
    """
    names = list_names()
    if not names:
        return ModelAnswer(
            name, "", "This copy of the course has no model answers. In a class, the instructor has them."
        )
    if name not in names:
        raise WrongValue(f"there is no written derivation {name!r}", next_step=f"There are {', '.join(names)}.")
    cells = list(_find_answer_cells(name))
    if not cells:
        return ModelAnswer(
            name,
            "",
            f"No notebook with a cell for {name} is here or in notebooks/. Open its chapter, and run this there.",
        )
    if not any(_is_written(cell) for _, cell in cells):
        where = show_path(cells[0][0])
        return ModelAnswer(name, "", f"Write your own answer first, save the notebook ({where}), and run this again.")
    text = (ANSWERS / f"{name}.md").read_text(encoding="utf-8").strip()
    return ModelAnswer(
        name, text, "One good answer. Compare its steps with yours: another order or other words can be as right."
    )


def list_names() -> list[str]:
    """Return the names of all written derivations with a model answer, in the order of the course."""
    return sorted(file.stem for file in ANSWERS.glob("ch*.md"))


def _find_answer_cells(name: str) -> Iterator[tuple[Path, str]]:
    """Find the cell for an answer in the notebooks here, or else in the course's: (notebook, text of the cell)."""
    chapter = name.partition("-")[0]
    course = loader.DEFAULT_FOLDER.parent.parent / "notebooks"
    for notebooks in (Path.cwd().glob("*.ipynb"), course.glob(f"{chapter}_*/*.ipynb")):
        found = [(file, text) for file in sorted(notebooks) for text in _read_cells(file, name)]
        if found:
            yield from found
            return


def _read_cells(file: Path, name: str) -> Iterator[str]:
    """Return the text of every cell of a notebook that is for this answer; none of a file that is no notebook."""
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") == name:
                yield "".join(cell["source"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def _is_written(text: str) -> bool:
    return bool(text.replace(PLACEHOLDER, "").strip())
