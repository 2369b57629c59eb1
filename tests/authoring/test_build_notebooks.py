"""The builder: what it makes of a chapter's text, and what it refuses."""

from dataclasses import replace

import nbformat
import pytest

from authoring import build_notebooks
from authoring.build_notebooks import ANSWER, ChapterError, build, differences, main, notebook_text
from cnnlab.course import catalogue

NAMES = [exercise.name for exercise in catalogue.chapter("ch08")]
GRADED = "".join(f"```{{code-cell}}\n:exercise: {name}\n```\n\n" for name in NAMES)
HEAD = "---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n# A chapter\n\n"
STEM = "ch08_small"


@pytest.fixture
def folders(tmp_path):
    """An empty folder of chapters and one of notebooks."""
    chapters, notebooks = tmp_path / "chapters", tmp_path / "notebooks"
    chapters.mkdir()
    (notebooks / STEM).mkdir(parents=True)
    return chapters, notebooks


@pytest.fixture
def make(folders):
    """Build a chapter from its body: make("text")."""
    chapters, notebooks = folders

    def made(body, graded=GRADED, head=HEAD):
        path = chapters / f"{STEM}.md"
        path.write_text(head + body + "\n\n" + graded, encoding="utf-8")
        return build(path, notebooks)

    return made


def test_a_graded_cell_is_made_from_the_catalogue(make):
    cells = [cell for cell in make("").cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    for cell, exercise in zip(cells, catalogue.chapter("ch08"), strict=True):
        assert cell.source == f'check("{exercise.name}").points({exercise.points:g})'
        assert cell.metadata == {
            "cnnlab": {"exercise": exercise.name},
            "nbgrader": {
                "cell_type": "code",
                "grade": True,
                "grade_id": exercise.grade_id,
                "locked": True,
                "points": exercise.points,
                "schema_version": 3,
                "solution": False,
                "task": False,
            },
        }


def test_a_written_answer_is_a_question_that_stays_and_a_cell_to_fill(make):
    cells = make('+++ {"written": "ch08-why", "points": 2}\n\nWhy?\n\n+++\n\nMore.').cells
    question, answer, model, after = cells[1:5]
    assert model.cell_type == "code" and model.source == 'cnnlab.answer("ch08-why")' and not model.metadata
    assert question.source.startswith("Why?") and "2 points" in question.source and not question.metadata
    assert answer.source == ANSWER and after.source == "More."
    about = answer.metadata["nbgrader"]
    assert (about["grade"], about["solution"], about["locked"], about["task"]) == (True, True, False, False)
    assert (about["grade_id"], about["points"], about["cell_type"]) == ("ch08-why", 2, "markdown")


def test_the_notebook_is_valid_current_and_empty_of_outputs(make):
    notebook = nbformat.reads(notebook_text(make("```{code-cell}\n1 + 1\n```")), as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3" and set(notebook.metadata) == {
        "kernelspec",
        "language_info",
    }
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")


def test_nbgrader_accepts_the_metadata(make):
    from nbgrader.nbgraderformat import MetadataValidator

    notebook = make('+++ {"written": "ch08-why", "points": 2}\n\nWhy?')
    validator = MetadataValidator()
    for cell in notebook.cells:
        validator.validate_cell(cell)
    ids = [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]
    assert ids == ["ch08-why", *NAMES]


def test_ids_are_unique_and_survive_an_edit_elsewhere(make):
    body = "Alpha.\n\n```{code-cell}\nx = 1\n```\n\nBeta.\n\n```{code-cell}\nx = 1\n```\n\nGamma."
    before = make(body).cells
    after = make("```{code-cell}\nnew = 0\n```\n\n" + body.replace("Beta.", "Beta, edited.")).cells
    assert len({cell.id for cell in before}) == len(before)
    kept = {cell.id for cell in before} & {cell.id for cell in after}
    changed = {c.source for c in before if c.id not in kept}
    assert changed <= {"Beta.", "# A chapter\n\nAlpha."}
    assert [c.id for c in make(body).cells] == [c.id for c in before]


def test_a_graded_cells_id_does_not_depend_on_its_points(make, monkeypatch):
    def graded_ids():
        return [c.id for c in make("").cells if "nbgrader" in c.metadata]

    before = graded_ids()
    doubled = tuple(replace(e, points=2 * e.points) for e in catalogue.chapter("ch08"))
    monkeypatch.setattr(build_notebooks.catalogue, "chapter", lambda name: doubled)
    assert graded_ids() == before


def test_links_to_chapters_become_links_to_notebooks(make, folders):
    chapters, notebooks = folders
    (chapters / "ch07_other.md").write_text("# Other\n")
    (notebooks / STEM / "page.md").write_text("# Page\n")
    body = "[a](ch07_other.md#there) [b](page.md) [c](https://example.org/x.md) [d](#below) `[e](ch07_other.md)`"
    text = make(body).cells[0].source
    assert "](../ch07_other/ch07_other.ipynb#there)" in text
    assert "](page.md)" in text and "](https://example.org/x.md)" in text and "](#below)" in text


def test_a_picture_is_shown_as_its_png_with_a_link_to_the_svg(make, folders):
    figures = folders[1] / STEM / "figures"
    figures.mkdir()
    (figures / "a.svg").write_text('<svg width="75pt" height="30pt"></svg>')
    with pytest.raises(ChapterError, match=r"figures/a\.png does not exist"):
        make("![Two cells](figures/a.svg)")
    (figures / "a.png").write_bytes(b"")
    text = make('![Two "cells"](figures/a.svg)').cells[0].source
    shown = '<img src="figures/a.png" width="100" alt="Two &quot;cells&quot;">'
    assert text.endswith(f'<a href="figures/a.svg">{shown}</a>')


LEGAL = [
    "> **Note.** A remark.",
    "$$\ny = x\n$$",
    "\\begin{align}\ny &= x\n\\end{align}",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "<details>\n<summary>Answer</summary>\n\nYes.\n\n</details>",
    "In code, `{math}` and `:::` and `` {a}`b` `` are only text, and so is $\\frac{a}{b}$ `c`.",
    "```python\n:::\n{math}`x`\n```",
    '```{code-cell}\nprint(f"{x}`y`")\n```',
]


@pytest.mark.parametrize("body", LEGAL)
def test_what_both_render_is_accepted(make, body):
    assert make(body).cells


REFUSED = {
    "colon fence": (":::{note}\nA remark.\n:::", "::: block", "> **Note.**"),
    "directive": ("```{note}\nA remark.\n```", "{note} directive", "plain Markdown"),
    "tilde directive": ("~~~{math}\nx\n~~~", "{math} directive", "$$"),
    "role": ("See {ref}`there`.", "{role}", "inline code"),
    "label": ("$$ x = 1 $$ (eq-one)", "label after $$", "name the step"),
    "target": ("(here)=\n\nText.", "link target", "link to a heading"),
    "MyST comment": ("% a remark", "MyST comment", "leave it out"),
    "HTML comment": ("Text <!-- a remark -->", "a comment", "leave it out"),
    "dead link": ("[there](nowhere.md)", "nowhere.md does not exist", "mend the link"),
    "missing picture": (
        "![A picture](figures/none.svg)",
        "figures/none.svg does not exist",
        "authoring.figures",
    ),
    "unknown exercise": (
        "```{code-cell}\n:exercise: conv9d\n```",
        "conv9d is not an exercise of ch08",
        NAMES[0],
    ),
    "body": (f"```{{code-cell}}\n:exercise: {NAMES[0]}\n\nx = 1\n```", "has a body", "leave it empty"),
    "points": (f"```{{code-cell}}\n:exercise: {NAMES[0]}\n:points: 77\n```", "77 points", "write none"),
    "twice": (GRADED, f"{NAMES[0]} is graded twice", "keep one"),
    "unknown key": ("```{code-cell}\n:exercis: x\n```", "with exercis", "exercise and points"),
    "exercise in prose": ('+++ {"exercise": "x"}\n\nText.', "a markdown cell with exercise", "written"),
    "written in code": ("```{code-cell}\n:written: ch08-a\n```", "a code cell with written", "exercise"),
    "written, no points": ('+++ {"written": "ch08-a"}\n\nWhy?', "points None", "above 0"),
    "written, bad points": ('+++ {"written": "ch08-a", "points": -1}\n\nWhy?', "points -1", "above 0"),
    "written, bad name": ('+++ {"written": "why?", "points": 1}\n\nWhy?', "'why?'", "begins with ch08-"),
    "lonely points": ('+++ {"points": 1}\n\nWhy?', "points without", "name it"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_with_its_line_and_what_to_write(make, name):
    body, wrong, instead = REFUSED[name]
    with pytest.raises(ChapterError) as error:
        make("A line.\n\n" + body)
    first = str(error.value).splitlines()[0]
    place, _, message = first.partition(": ")
    assert wrong in message and instead in message
    file, line = place.split(":")
    assert file == f"{STEM}.md"
    assert int(line) >= HEAD.count("\n") + 3


def test_the_line_named_is_the_line(make):
    with pytest.raises(ChapterError, match=rf"{STEM}\.md:12: a \{{role\}}"):
        make("One.\n\nSee {ref}`there`.")


def test_a_written_name_used_twice_is_refused(make):
    cell = '+++ {"written": "ch08-a", "points": 1}\n\nWhy?\n\n'
    with pytest.raises(ChapterError, match="ch08-a is graded twice, here and in line"):
        make(cell + cell)


def test_an_exercise_that_is_never_graded_is_refused(make):
    with pytest.raises(ChapterError, match=f"never grades {NAMES[-1]}: add a code cell"):
        make("", graded=GRADED.partition(f"```{{code-cell}}\n:exercise: {NAMES[-1]}")[0])


def test_every_fault_is_named_at_once(make):
    with pytest.raises(ChapterError) as error:
        make("{ref}`a`\n\n:::\n\n[b](nowhere.md)")
    assert len(str(error.value).splitlines()) == 3


def test_the_command_writes_compares_and_names_what_differs(folders, capsys):
    chapters, notebooks = folders
    options = ["--chapters", str(chapters), "--notebooks", str(notebooks)]
    chapter, target = chapters / f"{STEM}.md", notebooks / STEM / f"{STEM}.ipynb"
    chapter.write_text(HEAD + "Text.\n\n" + GRADED)

    assert main([*options, "--check"]) == 1 and "is missing" in capsys.readouterr().out
    assert main(options) == 0 and target.read_bytes().endswith(b"}\n")
    assert main([*options, "--check"]) == 0

    chapter.write_text(HEAD + "Another text.\n\n" + GRADED)
    assert main([*options, "--check"]) == 1
    assert f"{STEM}.ipynb differs" in capsys.readouterr().out
    assert main(options) == 0

    (notebooks / STEM / "conv.py").write_text("")
    assert [line for line in differences(chapters, notebooks) if "conv.py belongs to no chapter" in line]

    chapter.write_text(HEAD + ":::\n\n" + GRADED)
    assert main(options) == 1
    assert "::: block" in capsys.readouterr().err
