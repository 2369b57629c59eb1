"""Chapter 11, "the same gradients elsewhere": its own cells, on the solutions, in four frameworks."""

import re
from pathlib import Path

import jax
import numpy as np
import pytest

import cnnlab
from cnnlab import nn

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "authoring" / "chapters" / "ch11_lenet_in_pytorch.md"
CELL = re.compile(r"(?ms)^```\{code-cell\}\n(?!:)(.*?)^```$")
SECTION = "## Optional: the same gradients elsewhere"

#: What the section builds on: a line of each cell before it that is run.
BEFORE = ("digits = data.digits()", "class CNN(torch.nn.Module)", "back = nn.from_torch(theirs)", "def gradients(ours")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run the section's cells in order; return their names and what they printed."""
    before, _, after = CHAPTER.read_text(encoding="utf-8").partition(f"\n{SECTION}\n")
    section = after.partition("\n## ")[0]
    needed = [next(cell for cell in CELL.findall(before) if line in cell) for line in BEFORE]
    printed = []
    names = {"nn": nn, "ready": True, "print": lambda *words, sep=" ", **_: printed.append(sep.join(map(str, words)))}
    cnnlab.use(ROOT / "solutions" / "ops")
    for number, cell in enumerate([*needed, *CELL.findall(section)]):
        exec(compile(cell, f"<cell {number}>", "exec"), names)
    return names, printed


def test_every_gradient_is_the_same_in_four_frameworks(ran):
    names, printed = ran
    found = names["found"]
    assert list(found) == ["your gears", "PyTorch", "TensorFlow", "JAX"]
    assert sum(array.size for array in found["JAX"].values()) == 61706
    for name, right in found["your gears"].items():
        assert np.abs(right).max() > 1e-3
        for framework in ("PyTorch", "TensorFlow", "JAX"):
            other = found[framework][name]
            assert other.dtype == np.float64 and other.shape == right.shape
            assert np.abs(other - right).max() <= 1e-10, (framework, name)
    rows = [line for line in printed if re.match(r"\w+\.(weight|bias)", line)]
    assert len([line for line in rows if len(line.split()) == 6]) == 10


def test_grad_is_vjp_with_one_put_in(ran):
    names, _ = ran
    with jax.enable_x64(True):
        other = jax.grad(names["loss_in_jax"])(names["carried"], names["images"], names["classes"])
        vjp = names["gradients_in_jax"](names["carried"], names["images"], names["classes"])
    assert all((np.asarray(other[name]) == vjp[name]).all() for name in vjp)


def test_the_careless_order_raises_nothing_and_spoils_every_gradient(ran):
    names, printed = ran
    own, error = names["own"], names["error"]
    for framework in names["installed"]:
        there = names["elsewhere"][framework](names["careless"], names["images"], names["classes"])
        errors = {name: error(names["carry_back"](name, array), own[name]) for name, array in there.items()}
        assert errors["fc1.weight"] > 0.3 and min(errors.values()) > 1e-3
    assert any(re.fullmatch(r"fc1\.weight +TensorFlow 0\.\d\d +JAX 0\.\d\d", line) for line in printed)


def test_both_frameworks_judge_the_convolution(ran):
    names, printed = ran
    for framework in ("TensorFlow", "JAX"):
        assert any(line.startswith(f"judged by {framework}: ✓ conv2d_backward: right") for line in printed)
    forward, _ = names["pair"]
    for make_oracle, conv in names["judges"].values():
        case = {"x": names["x"], "w": names["w"], "b": names["b"]}
        y, _ = make_oracle(conv).run(case, {}, None, "float64")
        assert np.abs(y - forward(*case.values(), stride=1, padding=0)[0]).max() < 1e-12
