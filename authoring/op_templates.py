"""The text that `authoring.new_op` writes for an op; what is to be filled in is marked with FILL IN."""

from __future__ import annotations

#: Marks each place that a contributor has to fill in; tests/test_every_op.py fails while one is left.
MARK = "FILL IN"

SOLUTION = '''

class {camel}Cache(NamedTuple):
    """What the backward pass needs: the input."""

    x: np.ndarray  # FILL IN: what the backward pass of {name} needs, and nothing else


def {name}_forward(x: np.ndarray) -> tuple[np.ndarray, {camel}Cache]:
    """Return FILL IN: the formula of {name} ({place}). Given; it is right.

    Args:
        x: Any shape.

    Returns:
        y, of x's shape, and the cache for {name}_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers.

    Example:
        >>> y, _ = {name}_forward(np.array([0.0]))
        >>> print(y)
        FILL IN: the output
    """
    float_values("x", x)
    raise NotImplementedError("FILL IN: the forward pass of {name}")


def {name}_backward(dy: np.ndarray, cache: {camel}Cache) -> np.ndarray:
    """Return the gradient of x ({place}, FILL IN: step).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From {name}_forward.

    Returns:
        dx, of x's shape.
    """
    x = cache.x
    upstream(dy, x.shape)
    # FILL IN: the formula, and the line that computes it
    raise NotImplementedError("FILL IN: the backward pass of {name}")
'''

OPERATION = """{constant} = define_operation(
    "{name}",
    topic="{topic}",
    chapter="{chapter}",
    wrt={{"dx": "x"}},
    points={points},{optional}
    where="{place}, FILL IN: step",
    hints=(
        "FILL IN: a nudge",
        "FILL IN: a longer hint",
        "FILL IN: nearly the answer",
    ),
    base=Spec({{"x": (3, 4)}}, numbers="normals"),
    # FILL IN: cases that the chapter derives, then those with options and extreme numbers
    core={{"a vector": Spec({{"x": (7,)}}, numbers="normals")}},
    general={{"images": Spec({{"x": (2, 3, 4, 5)}}, numbers="normals")}},
    # FILL IN: wrong formulas that people write, as Rival("dx", code, sentence, (case, right) -> wrong dx)
    rivals=(),
)

"""

REJECTS = """

@right("{name}_backward")
def {name}_written_otherwise(dy, cache):
    raise NotImplementedError("FILL IN: a right backward pass that is written in another way")


@wrong("{name}_backward", "formula")  # FILL IN: the code that is right for it, from docs/codes.md
def {name}_with_another_slope(dy, cache):
    raise NotImplementedError("FILL IN: a wrong formula that people write")


@wrong("{name}_backward", "upstream")
def {name}_without_dy(dy, cache):
    raise NotImplementedError("FILL IN: the slope alone, without dy")


@wrong("{name}_backward", "sign")
def {name}_with_another_sign(dy, cache):
    raise NotImplementedError("FILL IN: the right gradient with the wrong sign")
"""

LAYER = '''

class {layer}(Layer):
    """FILL IN: the formula ({place}).

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.{layer}()(np.array([0.0])))
        FILL IN: the output
    """

    # FILL IN: if the op has options, a constructor with torch's argument names, and options(), as in LeakyReLU
    op_name = "{name}"
'''

ARGUMENTS_ROW = """    {layer}: (),  # FILL IN: the constructor's arguments, if it has any
"""

LAYER_TEST_ROW = """    "{name}": ("{layer}", {{}}, (4, 5)),  # FILL IN: its arguments, if it has any
"""

DRAW_ROW = """    # FILL IN: the options of {name}, drawn at random
    "{name}": lambda rng: Spec({{"x": _shape(rng)}}, {{}}, "normals"),
"""

AGREEMENT = """

@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 3, 4, 5), (0, 3)], ids=str)
def test_{name}_agrees_with_pytorch(shape):
    module, x = solution("{topic}"), 3 * np.random.default_rng(0).standard_normal(shape)
    # FILL IN: PyTorch's function, with its options
    assert_agrees(module.{name}_forward, module.{name}_backward, torch.nn.functional.{name}, x)


def test_{name}_keeps_the_contract():
    module = solution("{topic}")
    assert_keeps_contract(module.{name}_forward, module.{name}_backward, np.array([[-1.0, 0, 2], [3, -4, 5]]))
"""

NEXT = """
Then run these commands, in this order:
  ruff check --fix . && ruff format .
  python -m authoring.cut_stubs --copy-to-ops
  python -m cnnlab check {name} --solutions
  python -m pytest tests/rejects tests/solutions tests/nn tests/test_docstrings.py -q -k "{name} or {layer}"
  python -m authoring.mutant_table {name}_backward --survivors
{chapter_step}
  python -m authoring.build_notebooks
  python -m authoring.build_answers --index
  python -m authoring.mutant_table {name}_backward --write
  python -m pytest tests/test_every_op.py -q -k {name}
"""
