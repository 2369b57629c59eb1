"""Write the README's moving pictures of a widget, light and dark: docs/images/explorer_light.gif and explorer_dark.gif.

`python -m authoring.build_moving_picture` opens the picture of chapter 8 on a page of its own in Chromium, walks
through the cells of x with the arrow keys as a reader does, and photographs every step.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from authoring.build_report_picture import IMAGES
from cnnlab.widgets import conv_explorer
from tests.widgets.page import THEMES, write

#: The keys that are pressed, one for each picture: along the middle row, down, and back through the last one.
KEYS = (
    "ArrowRight",
    "ArrowRight",
    "ArrowDown",
    "ArrowDown",
    *["ArrowLeft"] * 4,
    "ArrowUp",
    "ArrowUp",
    *["ArrowRight"] * 2,
)

#: The width of the page in CSS pixels, and how long a picture is shown.
WIDTH_PIXELS, FRAME_MILLISECONDS = 760, 900

#: A picture in a README is read over a slow line too.
MOST_BYTES = 1_000_000


def take_frames(page: Any, address: str) -> list[Image.Image]:
    """Return a picture of the widget at its start, and one after each key, all as high as the highest."""
    page.goto(address)
    page.wait_for_function("window.ready")
    page.locator("[tabindex='0']").first.focus()
    shown = [photograph(page)]
    for key in KEYS[:-1]:
        page.keyboard.press(key)
        shown.append(photograph(page))
    height = max(frame.height for frame in shown)
    ground = shown[0].getpixel((0, 0))
    frames = [Image.new("RGB", (WIDTH_PIXELS, height), ground) for _ in shown]
    for frame, picture in zip(frames, shown, strict=True):
        frame.paste(picture)
    return frames


def photograph(page: Any) -> Image.Image:
    """Return the widget as it is once it has been drawn."""
    page.wait_for_timeout(100)
    return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")


def save_moving(frames: list[Image.Image], file: Path) -> None:
    """Write the frames as a GIF that repeats, all with the colours of the first."""
    palette = frames[0].quantize(64, dither=Image.Dither.NONE)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    reduced[0].save(file, save_all=True, append_images=reduced[1:], duration=FRAME_MILLISECONDS, loop=0, optimize=True)


def main() -> int:
    """Write the pictures; return 1 where there is no Chromium, or where one is too large."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("Chromium takes the pictures, and is not installed.", file=sys.stderr)
        return 1
    widget = conv_explorer(input=5, kernel=3, stride=1, padding=0, direction="backward", row=2, column=2)
    size: Any = {"width": WIDTH_PIXELS, "height": 100}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        for theme in THEMES:
            page = browser.new_page(viewport=size)
            file = IMAGES / f"explorer_{theme}.gif"
            save_moving(take_frames(page, write(widget, Path(folder), theme)), file)
            print(f"{file.name}: {file.stat().st_size // 1024} KiB")
            if file.stat().st_size > MOST_BYTES:
                print(f"{file.name} is too large for a README.", file=sys.stderr)
                return 1
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
