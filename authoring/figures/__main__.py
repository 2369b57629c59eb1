"""Draw the chapters' pictures into notebooks/chNN_slug/figures/, each as SVG and as PNG.

    python -m authoring.figures           write them
    python -m authoring.figures --check   draw them elsewhere, compare, name what differs and exit 1

The comparison goes by elements and numbers, not by bytes: a glyph's outline may differ in its last digit
between two builds of matplotlib.
"""

import argparse
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import matplotlib

from authoring.figures.style import SETTINGS, is_made_from, save, save_png

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTERS = [import_module(f"authoring.figures.{file.stem}") for file in sorted(Path(__file__).parent.glob("ch*.py"))]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
TOLERANCE = 0.05  # points


def draw(folder: Path, png: bool = False) -> list[Path]:
    """Draw every picture of every chapter as an SVG below `folder`, and as a PNG too; return the SVG files."""
    files = []
    for chapter in CHAPTERS:
        for name, make in chapter.FIGURES.items():
            with matplotlib.rc_context(SETTINGS):
                figure = make()
            files.append(folder / chapter.FOLDER / "figures" / f"{name}.svg")
            save(figure, files[-1])
            if png:
                save_png(figure, files[-1])
    return files


def same_picture(one: Path, other: Path) -> bool:
    """Return whether two SVG files have the same elements, with numbers equal within a twentieth of a point."""
    first, second = (list(ElementTree.parse(path).iter()) for path in (one, other))
    return len(first) == len(second) and all(map(same_element, first, second))


def same_element(one: ElementTree.Element, other: ElementTree.Element) -> bool:
    return (
        one.tag == other.tag
        and one.attrib.keys() == other.attrib.keys()
        and all(same_value(value, other.attrib[name]) for name, value in one.attrib.items())
    )


def same_value(one: str, other: str) -> bool:
    ids = r"url\(#\w+\)|#?[mphC]\w{10}\b"  # matplotlib's generated ids are hashes of what they name
    one, other = re.sub(ids, "id", one), re.sub(ids, "id", other)
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)


def differences(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Return which pictures below `notebooks` are missing or not what the code draws."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for fresh in draw(Path(folder)):
            name = fresh.relative_to(folder)
            if not (notebooks / name).is_file():
                found.append(f"notebooks/{name.as_posix()} is missing")
            elif not same_picture(fresh, notebooks / name):
                found.append(f"notebooks/{name.as_posix()} is not what the code draws")
            elif not is_current(notebooks / name):
                found.append(f"notebooks/{name.with_suffix('.png').as_posix()} is missing or older than its SVG")
        return found


def is_current(svg: Path) -> bool:
    """Return whether there is a PNG beside an SVG that was made from it."""
    png = svg.with_suffix(".png")
    return png.is_file() and is_made_from(png, svg)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.figures", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list the files that differ and exit with 1"
    )
    if not parser.parse_args(arguments).check:
        print(*(path.relative_to(NOTEBOOKS.parent).as_posix() for path in draw(NOTEBOOKS, png=True)), sep="\n")
        return 0
    found = differences()
    print(*found or ["the pictures are what the code draws"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
