"""Read the implementations that were written blind."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Implementation:
    """One file. cause, kind and lines: of its mistake, as its author gives them; empty where it is right."""

    path: Path
    exercise: str
    right: bool
    cause: str
    kind: str
    lines: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    def load(self) -> Callable:
        """Return its function, freshly executed."""
        spec = importlib.util.spec_from_file_location(f"blind_{self.path.parent.name}_{self.path.stem}", self.path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, self.exercise)


def read_all() -> list[Implementation]:
    """Return every implementation of every set, in order."""
    found = []
    for manifest in sorted(HERE.glob("*/manifest*.json")):
        for entry in json.loads(manifest.read_text(encoding="utf-8")):
            path = manifest.parent / entry["file"]
            lines = tuple(entry.get("line", ()))
            found.append(
                Implementation(
                    path, entry["exercise"], entry["right"], entry.get("cause", ""), entry.get("kind", ""), lines
                )
            )
    return found
