"""What `fit` returns after an early interruption: the cells that read it print NaN for what is missing, and go on.

A cell may also end as interrupted, with KeyboardInterrupt. Then those that need its names are left out.
"""

import ast
import re
from collections import Counter

import pytest

import cnnlab
from authoring.build_notebooks import CHAPTERS, ROOT
from cnnlab import loader, train

#: The words with which a cell trains.
TRAINS = re.compile(r"\b(?:fit|record_run)\(")

NAMES = [path.stem for path in sorted(CHAPTERS.glob("*.md")) if TRAINS.search(path.read_text(encoding="utf-8"))]


def read_cells(chapter):
    """Return the parsed cells of a chapter, without graded ones, each with the names that it stores and loads."""
    text = (CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    found = []
    for code in re.findall(r"(?m)^```\{code-cell\}\n([^:].*?)^```", text, re.DOTALL):
        stored, loaded = set(), set()
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                stored.add(node.name)
            elif isinstance(node, ast.alias):
                stored.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.Name):
                (stored if isinstance(node.ctx, ast.Store) else loaded).add(node.id)
        found.append((code, stored, loaded))
    return found


def find_cells_of_trainings(cells):
    """Return the places of the cells that train or read what was trained, and of those that they need."""
    trained, chosen = set(), set()
    for place, (code, stored, loaded) in enumerate(cells):
        if TRAINS.search(code) or loaded & trained:
            trained |= stored
            chosen.add(place)
    needed = set().union(*(cells[place][2] for place in chosen))
    for place in reversed(range(len(cells))):
        if cells[place][1] & needed:
            chosen.add(place)
            needed |= cells[place][2]
    return sorted(chosen)


@pytest.fixture
def keep_folder():
    before = loader.learner_folder()
    yield
    loader.choose(before)


@pytest.mark.parametrize("made", [0, 5], ids=["no step", "five steps"])
@pytest.mark.parametrize("chapter", NAMES)
def test_every_fit_is_interrupted(chapter, made, keep_folder, monkeypatch, tmp_path):
    make_step, counts = train.step, Counter()

    def interrupted_step(net, *rest):
        counts[net] += 1
        if counts[net] % (made + 1) == 0:
            raise KeyboardInterrupt
        return make_step(net, *rest)

    monkeypatch.setattr(train, "step", interrupted_step)
    use = cnnlab.use
    monkeypatch.setattr(cnnlab, "use", lambda folder: use(ROOT / "solutions" / "ops"))
    monkeypatch.chdir(tmp_path)
    cells, names, missing = read_cells(chapter), {}, set()
    for place in find_cells_of_trainings(cells):
        code, stored, loaded = cells[place]
        if loaded & missing:
            missing |= stored - names.keys()
            continue
        try:
            exec(compile(code, f"{chapter}, cell {place}", "exec"), names)
        except KeyboardInterrupt:
            missing |= stored - names.keys()
    assert sum(counts.values()) > 0
