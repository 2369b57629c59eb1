"""Write cnnlab/data/embedded/hunt_runs.npz: trainings of the hunt's network, one right and ten with a wrong gear each.

`python -m authoring.build_hunt_runs` trains with the reference solutions and the ten functions of hunt.py as they are
handed out. It needs about three minutes. The runs are stored under letters, and nothing says which gear is whose. The
filters of a further right run, with the images in another order, show how far filters differ without a mistake.

`python -m authoring.build_hunt_runs --seeds` writes nothing. It prints what the right run and the runs F and C read
from other first weights.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
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

#: Seeds of other first weights, and the runs that are compared there.
OTHER_SEEDS, COMPARED = (0, 1), ("F", "C")

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


def train_run(name: str | None, seed: int = 2) -> Run:
    """Train the hunt's network with the wrong gear that hunt.py has under this name, or with none."""
    return record_run({name.removeprefix("repair_"): given(name)} if name else None, seed=seed)


def compare_seeds() -> None:
    """Print the share of test images that some runs read after three passes, from other first weights."""
    for seed in OTHER_SEEDS:
        shares = {letter: train_run(LETTERS.get(letter), seed=seed).accuracies[-1] for letter in ("right", *COMPARED)}
        print(f"seed {seed}: " + ", ".join(f"{letter} {share:.1%}" for letter, share in shares.items()))


def main(arguments: Sequence[str]) -> int:
    cnnlab.use(ROOT / "solutions" / "ops")
    if "--seeds" in arguments:
        compare_seeds()
        return 0
    stored: dict[str, np.ndarray] = {"steps": np.array(SHOWN)}
    for letter, name in {"right": None, **LETTERS}.items():
        run = train_run(name)
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
    raise SystemExit(main(sys.argv[1:]))
