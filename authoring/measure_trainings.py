"""Train the networks of chapters 14 and 15 from several seeds, and print what each class reaches.

python -m authoring.measure_trainings            both chapters, from the seeds 0, 1 and 2: some five minutes on one core
python -m authoring.measure_trainings ch14 --seeds 5

The networks, their trainings and the test scenes are those of the chapters' own cells, on the reference solutions. The
ranges that the chapters state come from here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import cnnlab
from authoring.chapter_code import read_definitions

SOLUTIONS = Path(__file__).parent.parent / "solutions" / "ops"

#: What is taken from chapter 14's cells, and from chapter 15's.
OF_SEGMENTATION = ("KERNEL", "FCN", "STEPS", "train", "test", "confuse", "predict")
OF_DETECTION = (
    *("SIZE", "train_scenes", "test_scenes", "encode", "decode", "targets", "sigmoid", "average_precision"),
    *("predict_boxes", "find_objects", "measure", "GridLoss", "detector", "STEPS", "train"),
)

#: One training: its words, and the measure of each class.
Row = tuple[str, list[float]]


def take_cells(chapter: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what these names are after the chapter's statements that define them."""
    cells: dict[str, Any] = {}
    exec(read_definitions(chapter, names), cells)
    return cells


def segment(seeds: range) -> Iterator[Row]:
    """Yield the intersection over union of each class, with the skip and without."""
    cells = take_cells("ch14_segmentation", OF_SEGMENTATION)
    for seed in seeds:
        for skip in (True, False):
            net = cells["FCN"](skip=skip, seed=seed)
            cells["train"](net, seed=seed)
            table = cells["confuse"](cells["predict"](net, cells["test"].x), cells["test"].masks)
            both = np.diag(table)
            iou = both / (table.sum(axis=0) + table.sum(axis=1) - both)
            yield f"seed {seed}, {'with the skip' if skip else 'without'}: mean IoU", iou.tolist()


def detect(seeds: range) -> Iterator[Row]:
    """Yield the average precision of each class."""
    cells = take_cells("ch15_detection", OF_DETECTION)
    for seed in seeds:
        net = cells["detector"](seed)
        cells["train"](net, cells["GridLoss"](), cells["nn"].Adam(lr=3e-3), cells["STEPS"], seed=seed)
        yield f"seed {seed}: mAP@0.5", [float(ap) for ap in cells["measure"](net, cells["test_scenes"])]


CHAPTERS: dict[str, Callable[[range], Iterator[Row]]] = {"ch14": segment, "ch15": detect}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the networks of chapters 14 and 15 from several seeds.")
    parser.add_argument("chapters", nargs="*", metavar="CH", help="ch14, ch15, or both if left out")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="from how many seeds, 0, 1, … (3)")
    options = parser.parse_args(argv)
    unknown = [chapter for chapter in options.chapters if chapter not in CHAPTERS]
    if unknown or options.seeds < 1:
        parser.error(f"there is no {', '.join(unknown)}" if unknown else "--seeds must be 1 or more")
    cnnlab.use(SOLUTIONS)
    for chapter in options.chapters or CHAPTERS:
        for words, figures in CHAPTERS[chapter](range(options.seeds)):
            print(f"{chapter}, {words} {np.mean(figures):.3f}, of the classes {', '.join(f'{v:.3f}' for v in figures)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
