"""Helpers beside the function: in another learner file, in another cell; and nothing but these."""

import linecache

import numpy as np

import cnnlab
from cnnlab.gradcheck import locate


def put_cell(name, text, names):
    """Run a text as the cell of a notebook that linecache knows."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), names)


def test_a_helper_in_another_learner_file_is_found(folder, spoil):
    helper = folder / "slopes.py"
    helper.write_text("def slope_of(y):\n    return y * (1 + y)\n", encoding="utf-8")
    spoil("activations", "import numpy as np\n", "import numpy as np\n\nfrom cnnlab.ops.slopes import slope_of\n")
    spoil("activations", "    return dy * y * (1 - y)", "    return dy * slope_of(y)")
    found = cnnlab.locate("sigmoid_backward", folder=folder, seconds=20)
    assert found and found.all
    assert (found.file, found.line, found.text) == (str(helper), 2, "    return y * (1 + y)")


def test_a_helper_in_another_cell_is_found():
    names = {"np": np}
    put_cell("/tmp/ipykernel_7/1.py", "def slope(x):\n    return 3 * x\n", names)
    put_cell("/tmp/ipykernel_7/2.py", "def backward(dy, x):\n    return dy * slope(x)\n", names)
    found = locate(np.square, names["backward"], np.array([1.0, -2.0, 3.0]))
    assert found and found.all
    assert (found.file, found.line, found.text) == ("/tmp/ipykernel_7/1.py", 2, "    return 3 * x")
