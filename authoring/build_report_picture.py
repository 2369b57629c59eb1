"""Write the README's pictures of a report, light and dark: docs/images/report_light.png and report_dark.png.

`python -m authoring.build_report_picture` checks the solution with `=` in place of `+=` in conv2d_input_grad, as many
learners write it, and photographs the page of that report in Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from cnnlab import check
from cnnlab.gradcheck.render.html import to_html
from cnnlab.gradcheck.report import Report

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"

#: page -> (its colour, the colour of its text), as JupyterLab has them.
PAGES = {"light": ("#ffffff", "rgba(0, 0, 0, 0.87)"), "dark": ("#111111", "#ffffff")}

#: CSS pixels, and pixels of the picture for each.
WIDTH_PIXELS, SCALE = 940, 1.5

RIGHT, WRONG = "dx_split[cells] += by_tap", "dx_split[cells] = by_tap"


def make_report() -> Report:
    """Return the report on a convolution that overwrites where it should add."""
    source = (ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
    assert RIGHT in source
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conv.py").write_text(source.replace(RIGHT, WRONG), encoding="utf-8")
        return check("conv2d_input_grad", folder=folder)


def build_page(report: Report, theme: str) -> str:
    """Return a page with the report alone."""
    ground, text = PAGES[theme]
    style = f"margin:16px;background:{ground};color:{text};font:14px/1.5 Inter,'DejaVu Sans',system-ui,sans-serif"
    return f'<!DOCTYPE html><html lang="en"><body style="{style}">{to_html(report)}</body></html>'


def take_pictures(report: Report, folder: Path, chromium: str) -> list[Path]:
    """Write a picture for each theme and return the files."""
    from playwright.sync_api import sync_playwright

    files = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        for theme in PAGES:
            page: Any = browser.new_page(viewport={"width": WIDTH_PIXELS, "height": 400}, device_scale_factor=SCALE)
            page.set_content(build_page(report, theme))
            files.append(folder / f"report_{theme}.png")
            page.screenshot(path=str(files[-1]), full_page=True)
        browser.close()
    return files


def reduce_colours(file: Path) -> None:
    """Write the picture again with 64 colours, which are enough for it and a third of its bytes."""
    from PIL import Image

    with Image.open(file) as picture:
        picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)


def main() -> int:
    """Write the pictures; return 1 where there is no Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("Chromium takes the picture, and is not installed.", file=sys.stderr)
        return 1
    for file in take_pictures(make_report(), IMAGES, chromium):
        reduce_colours(file)
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
