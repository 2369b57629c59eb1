"""The pages: every section of the article and every erratum has its place, every term its chapter, no link is dead."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
CHAPTERS = {path.stem.partition("_")[0]: path for path in (ROOT / "authoring" / "chapters").glob("*.md")}

#: The numbers of the article's headings.
SECTIONS = ("1", "2", "2.1", "2.2", "3", "3.1", "3.2", "3.3", "4", "5", "6", "7", "8")
ERRATA = tuple(f"E{number}" for number in range(1, 20))

LINK = re.compile(r"""\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)\"""")
HAN = re.compile(r"[\u4e00-\u9fff]")


def page(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def table(text, heading=""):
    """The rows of the first table below a heading, each a list of cells; without the table's own head."""
    below = text.partition(f"\n## {heading}\n")[2] if heading else text
    lines = re.search(r"(?:^\|.*\n)+", below, re.M)
    assert lines, f"there is no table below {heading}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[0].splitlines()[2:]]


def place_faults(rows, wanted):
    """What is missing, doubled or out of order among the first cells, and rows whose last cell names no place."""
    found = tuple(row[0].strip("| ") for row in rows)
    faults = [] if found == tuple(wanted) else [f"the rows are {found}; {tuple(wanted)} is needed"]
    for number, row in zip(found, rows, strict=True):
        parts = any(other.startswith(f"{number}.") for other in wanted)
        if not parts and "](" not in row[-1] and ", to come" not in row[-1]:
            faults.append(f"{number} has no place: link to a chapter, or say which one is to come")
    return faults


def chapter_faults(text):
    """Chapters in the tables that are named without a link although they exist, and others not said to be to come."""
    plain = re.sub(r"\[[^\]]*\]\([^)]*\)", "", "\n".join(re.findall(r"(?m)^\|.*$", text)))
    named = [(f"ch{int(number):02d}", end) for number, end in re.findall(r"[Cc]hapter (\d+)(, to come)?", plain)]
    faults = [f"{number} exists: link to it" for number, _ in named if number in CHAPTERS]
    return faults + [f"{number}: say that it is to come" for number, end in named if number not in CHAPTERS and not end]


@pytest.mark.parametrize(("heading", "wanted"), [("Sections", SECTIONS), ("Errata", ERRATA)])
def test_every_section_and_every_erratum_has_its_place(heading, wanted):
    assert place_faults(table(page("document"), heading), wanted) == []


def test_what_exists_is_not_said_to_be_to_come():
    assert chapter_faults(page("document")) == []


def test_a_missing_section_a_place_that_is_none_and_a_late_chapter_are_noticed():
    rows = [["1", "title", "[chapter 0](a)"], ["2", "title", "somewhere"]]
    assert len(place_faults(rows, ("1", "2"))) == 1
    assert len(place_faults(rows[:1], ("1", "2"))) == 1
    assert place_faults(rows[:1], ("1",)) == []
    assert chapter_faults("| this is in chapter 8, to come; chapter 99, to come") == ["ch08 exists: link to it"]
    assert chapter_faults("| [chapter 8](a), chapter 99") == ["ch99: say that it is to come"]


# Links.


def headings(text):
    """The anchors of a page, as JupyterLab and GitHub make them."""
    names = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", name.lower()).strip().replace(" ", "-") for name in names}


def link_faults(text, folder):
    """Links and pictures that lead nowhere from a file in this folder."""
    text = re.sub(r"(?ms)^```.*?^```$|`[^`\n]+`", "", text)
    faults = []
    for target in (one or other for one, other in LINK.findall(text)):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = folder / file if file else None
        if path and not path.exists():
            faults.append(f"{target} does not exist")
        elif anchor and path and path.suffix == ".md" and anchor not in headings(path.read_text(encoding="utf-8")):
            faults.append(f"{target}: there is no such heading")
    return faults


@pytest.mark.parametrize("path", [*DOCS, *sorted(ROOT.glob("*.md"))], ids=lambda path: path.name)
def test_a_pages_links_lead_somewhere(path):
    assert link_faults(path.read_text(encoding="utf-8"), path.parent) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_links_lead_somewhere(path):
    cells = nbformat.read(path, as_version=4).cells
    faults = [
        fault for cell in cells if cell.cell_type == "markdown" for fault in link_faults(cell.source, path.parent)
    ]
    assert faults == []


def test_a_link_that_leads_nowhere_is_noticed():
    text = "[a](nowhere.md) ![b](docs/no.svg) [c](https://example.org) [d](docs/notation.md#letters) `[e](f)`"
    assert link_faults(text, ROOT) == ["nowhere.md does not exist", "docs/no.svg does not exist"]
    assert link_faults("[a](docs/notation.md#nothing-of-the-kind)", ROOT)
    assert link_faults('<img src="nowhere.png">', ROOT)


# The glossary.


def chinese_terms(text):
    """The terms that a chapter gives in Chinese, in brackets behind the English one."""
    plain = re.sub(r'<span lang="zh-Hans">([^<]*)</span>', r"\1", text)
    bracketed = (re.split(r", | is |; ", found) for found in re.findall(r"\(([^()\n]+)\)", plain))
    return {term for parts in bracketed for term in parts if HAN.match(term) or HAN.search(term.split(" ")[-1])}


def terms_of(number):
    return chinese_terms(CHAPTERS[number].read_text(encoding="utf-8"))


def test_every_term_comes_first_in_the_chapter_that_the_glossary_names():
    for english, chinese, _, introduced in table(page("glossary")):
        chapter = re.search(r"notebooks/(ch\d\d)_", introduced)
        assert chapter, f"{english}: no chapter is named"
        first = next((number for number in sorted(CHAPTERS) if chinese in terms_of(number)), None)
        assert chapter[1] == first, f"{english}: {chinese} comes first in {first}"


def test_every_chinese_term_of_a_chapter_is_in_the_glossary():
    known = {chinese for _, chinese, *_ in table(page("glossary"))}
    unknown = [f"{number} introduces {term}" for number in sorted(CHAPTERS) for term in terms_of(number) - known]
    assert unknown == [], "add these to docs/glossary.md"


def test_the_glossary_is_in_order_and_says_each_term_once():
    rows = table(page("glossary"))
    english, chinese = [row[0].lower() for row in rows], [row[1] for row in rows]
    assert english == sorted(english)
    assert len(set(chinese)) == len(chinese)


def test_a_term_in_brackets_is_found():
    text = "the sigmoid (S 型函数), a kernel (卷积核), ReLU (线性整流函数, ReLU), as in (N, C) and (see below)"
    assert chinese_terms(text) == {"S 型函数", "卷积核", "线性整流函数"}
    assert chinese_terms('a layer (<span lang="zh-Hans">层</span>)') == {"层"}


def test_chinese_in_a_chapter_is_marked_up_and_each_term_is_given_once():
    given = []
    for number in sorted(CHAPTERS):
        text = CHAPTERS[number].read_text(encoding="utf-8")
        unmarked = HAN.findall(re.sub(r'<span lang="zh-Hans">[^<]*</span>', "", text))
        assert unmarked == [], f'{number}: write <span lang="zh-Hans">…</span>'
        given += terms_of(number)
    assert sorted(given) == sorted(set(given)), "a term is given in Chinese once in the course, and in the glossary"


# The contributor's page.


def layout_faults(text):
    """Return packages that the layout table lacks, and folders or files that are named but do not exist."""
    named = {re.match(r"`([^`]+)`", row[0].strip("| "))[1].rstrip("/") for row in table(text, "Repository layout")}
    packages = [*ROOT.glob("*/__init__.py"), *ROOT.glob("cnnlab/*/__init__.py"), *ROOT.glob("grading/*/__init__.py")]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in packages}
    faults = [f"{name} is not in the table" for name in sorted(folders - named)]
    faults += [f"{name} does not exist" for name in sorted(named) if not (ROOT / name).exists()]
    answers = "\n".join(row[-1] for row in table(text, "Where is ...?"))
    for name in re.findall(r"`([\w/]+\.py)`", answers):
        if not any(ROOT.glob(name if "/" in name else f"*/**/{name}")):
            faults.append(f"{name} does not exist")
    return faults


def test_the_contributors_page_names_every_package_and_only_what_exists():
    assert layout_faults(page("contributor")) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("| `grading/intake/` |", "| `grading/` |", "grading/intake is not in the table"),
        ("| `benchmarks/` |", "| `benches/` |", "benches does not exist"),
        (
            "`cnnlab/gradcheck/codes.py` |\n",
            "`cnnlab/gradcheck/code.py` |\n",
            "cnnlab/gradcheck/code.py does not exist",
        ),
    ],
)
def test_a_wrong_layout_table_is_rejected(old, new, fault):
    text = page("contributor")
    assert old in text
    assert fault in layout_faults(text.replace(old, new))
