"""Train GANs on a ring of eight heaps, and store some moments of each training for the picture of chapter 16.

python -m authoring.train_gan
python -m authoring.train_gan --count    only print how many heaps are covered, from three seeds; it stores nothing

It makes the trainings of the chapter with the reference solutions, from seed 0: in one, both networks step in turn; in
another the generator makes ten steps for each of the discriminator's; in the third it makes none. Of every moment the
discriminator's parameters are stored in thousandths and some fakes in hundredths, as whole numbers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import cnnlab
from cnnlab import nn
from cnnlab.course import mine

ROOT = Path(__file__).parent.parent
FILE = ROOT / "cnnlab" / "data" / "embedded" / "gan.npz"

SEED, UNITS, BATCH, RATE = 0, 64, 128, 0.002
HEAPS, RADIUS, SPREAD = 8, 2.0, 0.15

#: Name -> steps of G for each step of D, and after how many rounds a moment is stored.
TRAININGS = {
    "one to one": (1, (0, 25, 50, 100, 150, 200, 300, 400, 600, 800, 1000, 1250, 1500)),
    "one to ten": (10, (0, 10, 25, 70, 200, 250, 255, 260, 265, 270, 275, 280, 285)),
    "D alone": (0, (0, 25, 50, 100, 150, 200, 300, 400, 600, 800, 1000, 1250, 1500)),
}

#: What --count trains, for the numbers of the chapter: name -> steps of G for each step of D, and rounds.
COUNTED_TRAININGS = {"one to one": (1, 1500), "one to ten": (10, 270), "one to ten, longer": (10, 1200)}

#: How many real samples and fakes are drawn, and how many fakes are counted.
SHOWN, COUNTED = 120, 2000

NAMES = ("w1", "b1", "w2", "b2")


def find_centres() -> np.ndarray:
    """Return the centres of the heaps."""
    angles = np.arange(HEAPS) * 2 * np.pi / HEAPS
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def draw_real(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return n real samples."""
    return find_centres()[rng.integers(HEAPS, size=n)] + SPREAD * rng.normal(size=(n, 2))


def count_heaps(samples: np.ndarray) -> tuple[int, float]:
    """Return how many heaps are covered, and which share of the samples is near one, as the chapter counts them."""
    distances = np.linalg.norm(samples[:, None] - find_centres(), axis=2)
    near = distances.min(axis=1) < 3 * SPREAD
    of_heap = np.bincount(distances.argmin(axis=1)[near], minlength=HEAPS)
    return int(np.sum(of_heap >= len(samples) / 100)), float(near.mean())


def draw_network(rng: np.random.Generator, inputs: int, outputs: int) -> nn.Module:
    """Return a module with the four parameters of a network of two layers."""
    net = nn.Module()
    arrays = (
        rng.normal(size=(UNITS, inputs)) / np.sqrt(inputs),
        0.5 * rng.normal(size=UNITS),
        rng.normal(size=(outputs, UNITS)) / np.sqrt(UNITS),
        np.zeros(outputs),
    )
    for name, array in zip(NAMES, arrays, strict=True):
        net.parameters[name] = nn.Parameter(array)
    return net


def read_params(net: nn.Module) -> tuple[np.ndarray, ...]:
    """Return the parameters as a step takes them."""
    return tuple(net.parameters[name].data for name in NAMES)


def follow(net: nn.Module, adam: nn.Adam, new: tuple[np.ndarray, ...]) -> None:
    """Move the parameters by Adam; new: what a step at rate 1 made of them."""
    for name, array in zip(NAMES, new, strict=True):
        net.parameters[name].grad = net.parameters[name].data - array
    adam.step(net)


def train(g_steps: int, moments: tuple[int, ...], seed: int = SEED) -> dict[str, np.ndarray]:
    """Return D's parameters, fakes, heaps and shares at the moments, by the steps of the chosen learner's folder."""
    step_d, step_g, run = (mine(name) for name in ("discriminator_step", "generator_step", "two_layers_forward"))
    rng, noise = np.random.default_rng(seed), np.random.default_rng(999).normal(size=(COUNTED, 2))
    g, d = draw_network(rng, 2, 2), draw_network(rng, 2, 1)
    of_g, of_d = (nn.Adam(lr=RATE, betas=(0.5, 0.999)) for _ in "gd")
    found: dict[str, list] = {"d": [], "fakes": [], "heaps": [], "near": []}
    for k in range(max(moments) + 1):
        if k in moments:
            fakes = run(noise, read_params(g))[0]
            heaps, near = count_heaps(fakes)
            print(f"after {k:4d} rounds: {heaps} heaps, {near:.0%} near")
            found["d"].append(np.concatenate([p.ravel() for p in read_params(d)]))
            found["fakes"].append(fakes[:SHOWN])
            found["heaps"].append(heaps)
            found["near"].append(near)
        real, z = draw_real(rng, BATCH), rng.normal(size=(BATCH, 2))
        follow(d, of_d, step_d(real, z, read_params(g), read_params(d), lr=1.0)[2])
        for _ in range(g_steps):
            follow(g, of_g, step_g(rng.normal(size=(BATCH, 2)), read_params(g), read_params(d), lr=1.0)[1])
    return {
        "d": np.rint(1000 * np.array(found["d"])).astype(np.int16),
        "fakes": np.rint(100 * np.clip(found["fakes"], -300, 300)).astype(np.int16),
        "heaps": np.array(found["heaps"], np.int16),
        "near": np.rint(100 * np.array(found["near"])).astype(np.int16),
        "rounds": np.array(moments, np.int16),
    }


def count_over_seeds(seeds: range = range(3)) -> None:
    """Print for each of COUNTED_TRAININGS how many heaps are covered at its end, from each seed."""
    for name, (g_steps, rounds) in COUNTED_TRAININGS.items():
        for seed in seeds:
            print(f"{name}, seed {seed}: ", end="")
            train(g_steps, (rounds,), seed)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train GANs on a ring of eight heaps.")
    parser.add_argument("--count", action="store_true", help="only print the heaps covered, from three seeds")
    cnnlab.use(ROOT / "solutions" / "ops")
    if parser.parse_args(argv).count:
        count_over_seeds()
        return 0
    stored = {"real": np.rint(100 * draw_real(np.random.default_rng(SEED), SHOWN)).astype(np.int16)}
    for name, (g_steps, moments) in TRAININGS.items():
        print(name)
        for part, values in train(g_steps, moments).items():
            stored[f"{name}.{part}"] = values
    np.savez_compressed(FILE, allow_pickle=False, **stored)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
