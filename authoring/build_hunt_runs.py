"""Write cnnlab/data/embedded/hunt_runs.npz: trainings of the hunt's network, one right and ten with a wrong gear each.

`python -m authoring.build_hunt_runs` trains with the reference solutions and the ten functions of hunt.py as they are
handed out. It needs about two minutes. The runs are stored under letters, and nothing says which gear is whose.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import cnnlab
from authoring.hunt_mistakes import LETTERS
from cnnlab.course import given
from cnnlab.symptoms import Run, record_run

ROOT = Path(__file__).parents[1]
FILE = ROOT / "cnnlab" / "data" / "embedded" / "hunt_runs.npz"

#: The steps whose gradients are stored.
SHOWN = (0, 1, 2, 3, 5, 8, 12, 18, 26, 36, 44, 60, 80, 100, 120, 136)  # no batch of two images, the rest of a pass

#: A gradient shorter than this is rounding: it is stored as 0.
LEAST = 1e-9


def pack_run(run: Run) -> dict[str, np.ndarray]:
    """Return a run as arrays: loss of each step, accuracy of each pass, and (parameters, steps shown) of lengths."""
    norms = np.array([[lengths[step] for step in SHOWN] for lengths in run.norms.values()])
    norms[norms < LEAST] = 0
    arrays = {"losses": run.losses, "accuracies": run.accuracies, "norms": norms}
    return {name: np.array(values, np.float32) for name, values in arrays.items()}


def main() -> int:
    cnnlab.use(ROOT / "solutions" / "ops")
    stored: dict[str, np.ndarray] = {"steps": np.array(SHOWN)}
    for letter, name in {"right": None, **LETTERS}.items():
        run = record_run({name.removeprefix("repair_"): given(name)} if name else None)
        stored |= {f"{letter}.{key}": array for key, array in pack_run(run).items()}
        stored.setdefault("parameters", np.array(list(run.norms)))
        passes = " ".join(f"{accuracy:.1%}" for accuracy in run.accuracies)
        print(f"{letter:5} {name or 'nothing':32} {passes}  last 20 losses {np.mean(run.losses[-20:]):.3f}")
    np.savez_compressed(FILE, **stored)  # pyright: ignore[reportArgumentType]
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
