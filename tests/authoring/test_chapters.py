"""The chapters themselves: style, and every notebook run from the solutions and from the stubs."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from authoring.build_notebooks import CHAPTERS, NOTEBOOKS, ROOT, build, differences, grade_id_of, prose
from authoring.figures.__main__ import differences as figure_differences
from authoring.figures.__main__ import is_current, same_picture
from cnnlab.course import catalogue
from tests.patience import patience

PATHS = sorted(CHAPTERS.glob("*.md"))
chapters = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


# House style. Each rule is a function that lists what is wrong, and each has a text that it must refuse.


def headings(text):
    found = (re.match(r"(#{1,6}) (.+)", line) for _, line in prose(text))
    return [(len(match[1]), match[2]) for match in found if match]


def heading_faults(text):
    """One H1, at the top; no level left out on the way down; no two headings alike beside each other."""
    levels = [level for level, _ in headings(text)]
    faults = [] if levels.count(1) == 1 and levels[0] == 1 else ["one H1 at the top is needed"]
    for (above, _), (below, name) in zip(headings(text), headings(text)[1:], strict=False):
        if below > above + 1:
            faults.append(f"{name}: a level {below} heading under a level {above} one")
    return faults


def alt_text_faults(text):
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
    html = ["an <img>: write ![alt text](file)"] if re.search(r"<img\b", text) else []
    return html + [f"{file} needs alt text that says what it shows" for alt, file in pictures if len(alt.split()) < 8]


def details_faults(text):
    """<details> opens and closes within one stretch of prose, or the rest of the page disappears in it."""
    faults, opened = [], False
    for number, line in prose(text):
        if line.startswith(("+++", "```", "~~~")) and opened:
            faults.append(f"line {number}: <details> is not closed before a cell")
        if "<details" in line or "</details" in line:
            opened = "<details" in line
    return faults + (["<details> is never closed"] if opened else [])


def step_faults(text):
    """Numbered steps in order, and under each a check cell that names it."""
    steps = [int(match[1]) for _, name in headings(text) if (match := re.match(r"Step (\d+)\.", name))]
    faults = [] if steps == list(range(1, len(steps) + 1)) else [f"the steps are numbered {steps}"]
    for step in steps:
        section = re.split(r"(?m)^#{2,3} ", text.split(f"Step {step}.", 1)[1])[0]
        if f'both_sides("Step {step}' not in section:
            faults.append(f'step {step} has no both_sides("Step {step}") in its section')
    return faults


def prediction_faults(text):
    """A prediction in every step, with an answer."""
    faults = []
    for section in re.split(r"(?m)^#{2,3} (?=Step \d)", text)[1:]:
        name = section.partition("\n")[0]
        section = re.split(r"(?m)^#{2,3} ", section)[0]
        if "**Predict.**" not in section or "<summary>" not in section.partition("**Predict.**")[2]:
            faults.append(f"{name}: no prediction with an answer")
    return faults


def tone_faults(text):
    """No exclamation marks and no emoji in prose."""
    lines = ((number, re.sub(r"!\[|<!--|\$[^$]*\$", "", line)) for number, line in prose(text))
    return [f"line {number}: {line}" for number, line in lines if re.search(r"!|[\U0001F300-\U0001FAFF✅❌]", line)]


def own_words_faults(text):
    """Nothing of the machine it was written on, and learner files only through the loader."""
    return re.findall(r"""(?m)(?:^|[\s("'`])(/\w+/\w+)|((?:from|import) cnnlab\.ops)""", text)


def width_faults(text):
    """Code fits the page: at most 100 characters a line."""
    code = re.findall(r"(?ms)^```\{code-cell\}\n(.*?)^```$", text)
    return [line for cell in code for line in cell.splitlines() if len(line) > 100]


RULES = {
    width_faults: f"```{{code-cell}}\nx = {'1 + ' * 30}1\n```\n",
    heading_faults: "# A\n\n### B\n",
    alt_text_faults: "![picture](a.svg)",
    details_faults: "<details>\n\n```{code-cell}\n1\n```\n\n</details>\n",
    step_faults: '# A\n\n## Step 1. One\n\n## Step 2. Two\n\nboth_sides("Step 2", 1, 1)\n',
    prediction_faults: "# A\n\n## Step 1. One\n\nText.\n\n## Step 2. Two\n\n**Predict.** What?\n\n<summary>",
    tone_faults: "Well done!\n",
    own_words_faults: "from cnnlab.ops.conv import conv2d_forward",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_refuses_its_bad_example(rule):
    assert rule(RULES[rule])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@chapters
def test_a_chapter_keeps_the_rules(path, rule):
    assert rule(path.read_text(encoding="utf-8")) == []


@chapters
def test_a_chapter_has_its_parts(path):
    names = [name for _, name in headings(path.read_text(encoding="utf-8"))]
    for part in ("Goals", "Summary", "Test yourself", "Further reading"):
        assert part in names


# What is built.


@chapters
def test_the_graded_cells_are_the_catalogues(path):
    chapter = path.stem.partition("_")[0]
    cells = [cell for cell in build(path).cells if "cnnlab" in cell.metadata]
    found = {cell.metadata.cnnlab.exercise: cell.metadata.nbgrader.points for cell in cells}
    assert found == {e.name: e.points for e in catalogue.list_graded_exercises(chapter)}
    assert all(not cell.get("outputs") for cell in build(path).cells)


@chapters
def test_every_written_answer_has_a_marking_scheme(path):
    scheme = (ROOT / "solutions" / "chapters" / path.name).read_text(encoding="utf-8")
    for cell in build(path).cells:
        if cell.cell_type == "markdown" and (name := grade_id_of(cell)):
            section = scheme.partition(f"`{name}`")[2].partition("\n## ")[0]
            marks = [float(number) for number in re.findall(r"(?m)^- \*\*([\d.]+)\*\*", section)]
            assert sum(marks) == cell.metadata.nbgrader.points, f"the marks of {name} add up to {sum(marks)}"


def test_the_notebooks_folder_is_what_the_builder_builds():
    found = differences()
    if not os.environ.get("CI"):  # a notebook that a learner ran and saved in place is theirs, not a mistake
        found = [line for line in found if not was_run(ROOT / line.partition(" differs")[0])]
    assert found == []


def was_run(file: Path) -> bool:
    if file.suffix != ".ipynb" or not file.is_file():
        return False
    cells = nbformat.read(file, as_version=4).cells
    return any(cell.get("execution_count") or cell.get("outputs") for cell in cells)


def test_a_notebook_that_was_run_is_recognised(tmp_path):
    cell = nbformat.v4.new_code_cell("1")
    file = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    assert not was_run(file)
    cell.execution_count = 1
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    assert was_run(file)


# The pictures.


def test_the_pictures_are_what_the_code_draws():
    assert figure_differences() == []


def test_a_changed_picture_is_noticed_and_a_last_digit_is_not(tmp_path):
    picture = min(NOTEBOOKS.rglob("figures/*.svg"), key=lambda file: file.stat().st_size)
    text, other = picture.read_text(encoding="utf-8"), tmp_path / "other.svg"
    number = re.search(r'd="M (\d+\.\d+) ', text)[1]
    for change, same in ((0.001, True), (1.0, False)):
        other.write_text(text.replace(number, f"{float(number) + change:.6f}", 1), encoding="utf-8")
        assert same_picture(picture, other) is same
    other.write_text(text.replace("#fbfaf6", "#000000", 1), encoding="utf-8")
    assert not same_picture(picture, other)


def test_a_picture_that_was_drawn_again_needs_its_png_again(tmp_path):
    picture = min(NOTEBOOKS.rglob("figures/*.svg"), key=lambda file: file.stat().st_size)
    for file in (picture, picture.with_suffix(".png")):
        shutil.copy(file, tmp_path)
    copy = tmp_path / picture.name
    assert is_current(copy)
    copy.write_bytes(copy.read_bytes() + b"\n")
    assert not is_current(copy)
    copy.with_suffix(".png").unlink()
    assert not is_current(copy)


def test_every_picture_is_used():
    for file in NOTEBOOKS.rglob("figures/*.svg"):
        chapter = CHAPTERS / f"{file.parent.parent.name}.md"
        assert f"](figures/{file.name})" in chapter.read_text(encoding="utf-8")


# Run from top to bottom, as a learner's folder would be.


#: Cuts every training short, after enough steps for what a chapter draws of it. How it ends says nothing then, so from
#: the first cut on, both_sides prints a difference; before it, a difference is an error as always.
SHORT_TRAININGS = """
def shorten():
    import cnnlab.course
    import cnnlab.train

    fit, both_sides, cuts = cnnlab.train.fit, cnnlab.course.both_sides, []

    def some_steps(*args, batch_size=32, max_steps=None, **options):
        enough = max(12, 256 // batch_size)
        if max_steps is None or max_steps > enough:
            cuts.append(max_steps)
        return fit(*args, batch_size=batch_size, max_steps=min(enough, max_steps or enough), **options)

    def compare(*args, **options):
        try:
            both_sides(*args, **options)
        except AssertionError as error:
            if not cuts:
                raise
            print(error)

    cnnlab.train.fit, cnnlab.course.both_sides = some_steps, compare


shorten()
del shorten
"""

#: The environment in which a chapter takes fewer steps in a loop of its own.
FEWER_STEPS = {"CNNLAB_STEPS": "20"}


async def run(path: Path, files: Path, folder: Path, short: bool = True):
    """The chapter's notebook, executed in a copy of its folder with `files` as work/. short: with short trainings."""
    here = folder / path.stem
    shutil.copytree(NOTEBOOKS / path.stem, here, ignore=shutil.ignore_patterns("*.ipynb", ".*", "work"))
    (here / "work").mkdir()
    for file in files.glob("[!_]*.py"):
        shutil.copy(file, here / "work")
    notebook = build(path)
    if short:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(SHORT_TRAININGS))
    client = NotebookClient(
        notebook,
        timeout=int(patience(60 if short else 300)),
        startup_timeout=int(patience(60)),
        kernel_name="python3",
        resources={"metadata": {"path": here}},
    )
    client.allow_errors = True
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths, **(FEWER_STEPS if short else {})}
    await client.async_execute(env=env)
    return notebook


def faults_of(notebook):
    """Errors, and anything on stderr, with the cell that it came from."""
    return [
        (cell.source, output.get("ename", ""), output.get("evalue", output.get("text")))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def graded(notebook):
    """Per exercise: the value that nbgrader reads, the most it can be, and all that was shown."""
    for cell in notebook.cells:
        if "cnnlab" in cell.metadata:
            value = next(o for o in cell.outputs if o.output_type == "execute_result")
            shown = "\n".join(o["data"].get("text/plain", "") for o in cell.outputs if "data" in o)
            most = float(cell.metadata.nbgrader.points)
            yield cell.metadata.cnnlab.exercise, float(value["data"]["text/plain"]), most, shown


SOLUTIONS, STUBS = ROOT / "solutions" / "ops", ROOT / "cnnlab" / "course" / "stubs"


def assert_solved(notebook):
    """No fault, and all points."""
    assert faults_of(notebook) == []
    points = [(name, value, most) for name, value, most, _ in graded(notebook)]
    assert points and all(value == most for _, value, most in points), points


def is_run_from_the_solutions(path):
    """Of every two chapters one, and the last: with every run of the suite. The others where slow tests run."""
    return PATHS.index(path) % 2 == 0 or path == PATHS[-1]


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=() if is_run_from_the_solutions(p) else pytest.mark.slow) for p in PATHS]
)
def test_run_from_the_solutions_all_points(path, tmp_path):
    """With short trainings; test_run_in_full_from_the_solutions has the long ones."""
    assert_solved(asyncio.run(run(path, SOLUTIONS, tmp_path)))


def is_run_from_the_stubs(path):
    """Of every ten chapters one, and the last: with every run of the suite. The others where slow tests run."""
    return PATHS.index(path) % 10 == 0 or path == PATHS[-1]


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=() if is_run_from_the_stubs(p) else pytest.mark.slow) for p in PATHS]
)
def test_run_from_the_stubs_no_points(path, tmp_path):
    """How well a training goes says nothing, and so it is short."""
    untouched = asyncio.run(run(path, STUBS, tmp_path))
    assert faults_of(untouched) == []
    for name, value, _, shown in graded(untouched):
        assert value == 0
        assert re.search(rf"to write: {name} · \S*\bwork/\w+\.py, line \d+", shown), shown


#: Runs in full with every run of the suite; the other chapters do so where slow tests run.
CHEAP = "ch08_convolution_backward"


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=() if p.stem == CHEAP else pytest.mark.slow) for p in PATHS]
)
def test_run_in_full_from_the_solutions(path, tmp_path):
    """As a reader does: every training to its end, and what both_sides says of it holds."""
    assert_solved(asyncio.run(run(path, SOLUTIONS, tmp_path, short=False)))


def test_an_error_and_a_warning_in_a_cell_are_found():
    cells = [nbformat.v4.new_code_cell(source) for source in ("a", "b", "c")]
    cells[0].outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]
    cells[1].outputs = [nbformat.v4.new_output("stream", name="stderr", text="careful")]
    cells[2].outputs = [nbformat.v4.new_output("stream", name="stdout", text="fine")]
    assert faults_of(nbformat.v4.new_notebook(cells=cells)) == [
        ("a", "ValueError", "no"),
        ("b", "", "careful"),
    ]
