"""Write cnnlab/data/embedded/hunt_runs.npz: trainings of the hunt's network, one right and ten with a wrong gear each.

`python -m authoring.build_hunt_runs` trains with the reference solutions and the ten functions of hunt.py as they are
handed out. It needs about three minutes. The runs are stored under letters, and nothing says which gear is whose. The
filters of a further right run, with the images in another order, show how far filters differ without a mistake.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import cnnlab
from authoring.hunt_mistakes import LETTERS
from cnnlab.course import given
from cnnlab.symptoms import Run, hunt_network, record_run

ROOT = Path(__file__).parents[1]
FILE = ROOT / "cnnlab" / "data" / "embedded" / "hunt_runs.npz"

#: The steps whose gradients are stored.
SHOWN = (0, 1, 2, 3, 5, 8, 12, 18, 26, 36, 44, 60, 80, 100, 120, 136)  # no batch of two images, the rest of a pass

#: Another order of the images, for a second right run.
OTHER_ORDER = 3

#: A gradient shorter than this is rounding: it is stored as 0.
LEAST = 1e-9


def pack_run(run: Run) -> dict[str, np.ndarray]:
    """Return a run as arrays.

    losses of each step; accuracies of each pass; norms, (parameters, steps shown), of lengths; filters, (6, 5, 5).
    """
    norms = np.array([[lengths[step] for step in SHOWN] for lengths in run.norms.values()])
    norms[norms < LEAST] = 0
    arrays = {"losses": run.losses, "accuracies": run.accuracies, "norms": norms, "filters": run.filters[:, 0]}
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
    other = record_run(order=OTHER_ORDER)
    print(f"right, images in another order: {other.accuracies[-1]:.1%}")
    first = hunt_network().children["conv1"].parameters["weight"].data
    stored["first.filters"], stored["reordered.filters"] = (w[:, 0].astype(np.float32) for w in (first, other.filters))
    np.savez_compressed(FILE, **stored)  # pyright: ignore[reportArgumentType]
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
