"""What is noted about a call: memory, repeatability, exceptions, whose work it is."""

import threading
from typing import NamedTuple

import numpy as np
import pytest

from cnnlab.gradcheck.runner.answer import Foreign
from cnnlab.gradcheck.runner.calls import Call, FunctionCall
from cnnlab.gradcheck.runner.records import MAX_MESSAGE_CHARS
from cnnlab.gradcheck.runner.run_case import run_case
from cnnlab.gradcheck.runner.snapshot import copy_in_layout
from cnnlab.gradcheck.runner.violations import Changed, Differenced, DifferencedAtOnce, FromLibraries

PAIR = Call("forward", "backward")
X = np.arange(6.0).reshape(2, 3) + 1
DY = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


class Cache(NamedTuple):
    x: np.ndarray


def double(x):
    return 2 * x, Cache(x)


def ask(backward, forward=double, layout="plain"):
    return run_case({"forward": forward, "backward": backward}, PAIR, {"x": X}, {}, DY, layout)


def test_a_right_backward():
    given = ask(lambda dy, cache: 2 * dy)
    np.testing.assert_array_equal(given.grads, 2 * DY)
    np.testing.assert_array_equal(given.y, 2 * X)
    assert (given.changed, given.error, given.repeatable, given.borrowed) == ((), None, True, None)
    assert given.seconds > 0


def changes_dy(dy, cache):
    dy *= 2
    return dy.copy()


def changes_cache(dy, cache):
    cache.x[0] = 0
    return 2 * dy


def returns_dy(dy, cache):
    return dy[:]


def returns_the_cache(dy, cache):
    return cache.x.reshape(2, 3)


_kept = np.zeros((2, 3))


def returns_one_buffer(dy, cache):
    _kept[...] = 2 * dy
    return _kept


@pytest.mark.parametrize(
    ("backward", "phrase"),
    [
        (changes_dy, "changes dy"),
        (changes_cache, "changes x"),  # the cache holds x itself
        (returns_dy, "returns memory that belongs to dy"),
        (returns_the_cache, "returns memory that belongs to x"),
        (returns_one_buffer, "overwrites the result of an earlier call"),
    ],
)
def test_memory_of_others(backward, phrase):
    assert phrase in [violation.describe() for violation in ask(backward).changed]


def test_a_cache_of_the_learners_own_is_compared_too():
    def forward(x):
        return 2 * x, {"deep": [(np.ones(3),)]}

    def backward(dy, cache):
        cache["deep"][0][0][1] = 7
        return 2 * dy

    assert ask(backward, forward).changed == (Changed("cache.deep.0.0"),)


def test_a_view_of_its_own_memory_is_fine():
    assert ask(lambda dy, cache: np.pad(2 * dy, 1)[1:-1, 1:-1]).changed == ()


def test_another_answer_each_time():
    rng = np.random.default_rng(0)
    assert not ask(lambda dy, cache: 2 * dy + rng.standard_normal(dy.shape)).repeatable


def test_a_forward_that_changes_its_input():
    def forward(x):
        x += 1
        return 2 * x, x

    error = ask(lambda dy, cache: 2 * dy, forward).error
    assert error is not None
    assert (error.kind, error.message) == ("mutation", "forward changes x, which belongs to its caller")


@pytest.mark.parametrize(
    "returned", [None, 3.0, (1, 2, 3), [1], "y"], ids=["None", "number", "triple", "short list", "text"]
)
def test_a_forward_without_a_cache(returned):
    error = ask(lambda dy, cache: 2 * dy, lambda x: returned).error
    assert error is not None
    assert error.kind == "structure"
    assert "(y, cache)" in error.message


@pytest.mark.parametrize(
    ("returned", "type_name"),
    [
        ("text", "str"),
        ({"dx": 1}, "dict"),
        (np.ma.masked_array([1.0]), "MaskedArray of dtype float64"),
        (np.array([object()]), "ndarray of dtype object"),
        (np.array(["a"]), "ndarray of dtype <U1"),
    ],
)
def test_what_is_no_array_of_numbers_keeps_only_its_name(returned, type_name):
    assert ask(lambda dy, cache: returned).grads == Foreign(type_name)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


def leaves(code):
    raise SystemExit(code)


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (lambda dy, cache: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda dy, cache: leaves(3), "SystemExit: 3"),
        (lambda dy, cache: (_ for _ in ()).throw(Unspeakable()), "Unspeakable: (its message cannot be read)"),
    ],
    ids=["error", "exit", "unspeakable"],
)
def test_exceptions_become_data(backward, message):
    error = ask(backward).error
    assert error is not None
    assert error.message == message
    assert error.frames[-1].line > 0
    np.testing.assert_array_equal(ask(backward).y, 2 * X)


def test_a_long_message_is_cut():
    def backward(dy, cache):
        raise ValueError("x\n" * 10_000)

    error = ask(backward).error
    assert error is not None
    assert len(error.message) < MAX_MESSAGE_CHARS + 30
    assert "\n" not in error.message


def test_interrupt_passes_through():
    def backward(dy, cache):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(backward)


def test_differencing_is_seen():
    def forward(x):
        return np.tile(2 * x, 8), x

    def differences(dy, cache):
        dx = np.zeros(cache.shape)
        for index in np.ndindex(cache.shape):
            up = cache.copy()
            up[index] += 1
            dx[index] = (dy * (forward(up)[0] - forward(cache)[0])).sum()
        return dx

    case = {"x": np.ones((6, 6))}
    given = run_case({"forward": forward, "backward": differences}, PAIR, case, {}, np.ones((6, 48)))
    assert isinstance(given.borrowed, (Differenced, DifferencedAtOnce))


def test_all_unit_vectors_in_one_call_is_seen():
    def jacobian(dy, cache):
        n = cache.shape[1]
        rows = double(np.eye(n))[0]  # row by row, since each sample is alone
        return dy @ rows.T

    def whole_jacobian(dy, cache):
        columns = double(np.eye(cache.size).reshape(-1, *cache.shape))[0]
        return (columns * dy).sum((-1, -2)).reshape(cache.shape)

    def forward(x):
        return double(x)[0], x

    for backward, seen in ((whole_jacobian, True), (jacobian, False)):
        functions = {"double": forward, "backward": backward}
        given = run_case(functions, Call("double", "backward"), {"x": np.ones((6, 6))}, {}, np.ones((6, 6)))
        assert isinstance(given.borrowed, (Differenced, DifferencedAtOnce)) is seen


def test_pytorch_in_a_thread_is_seen():
    def backward(dy, cache):
        found = []

        def work():
            import torch

            found.append(torch.tensor(dy).mul(2).numpy())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return found[0]

    before = threading.getprofile()
    assert ask(backward).borrowed == FromLibraries("PyTorch")
    assert threading.getprofile() is before


def test_a_fixed_number_of_forward_calls_is_fine():
    assert ask(lambda dy, cache: double(dy)[0]).borrowed is None


def test_pytorch_is_seen():
    def backward(dy, cache):
        import torch

        return torch.tensor(dy).mul(2).numpy()

    assert ask(backward).borrowed == FromLibraries("PyTorch")


@pytest.mark.parametrize("layout", ["plain", "strided", "fortran", "read-only"])
def test_layouts_hold_the_same_numbers(layout):
    copy = copy_in_layout(X, layout)
    np.testing.assert_array_equal(copy, X)
    assert not np.shares_memory(copy, X)
    assert copy.flags.writeable is (layout != "read-only")
    assert copy.flags.c_contiguous is (layout in ("plain", "read-only"))


# Values that are no arrays: in go lists, strings and functions by name, back come arrays.


def test_a_list_of_numbers_counts_as_one_array():
    call = FunctionCall("order", ("nodes",), returns="numbers")
    given = run_case({"order": lambda nodes: [len(p) for p in nodes]}, call, {"nodes": [[], [0], [0, 1]]}, {}, None)
    assert isinstance(given.grads, np.ndarray) and given.grads.tolist() == [0, 1, 2]
    assert given.grads.dtype.kind == "i"


def test_a_list_of_anything_else_stays_a_tuple():
    call = FunctionCall("order", ("nodes",), returns="numbers")
    given = run_case({"order": lambda nodes: [1, "two"]}, call, {"nodes": []}, {}, None)
    assert isinstance(given.grads, tuple) and given.grads[1] == Foreign("str")


@pytest.mark.parametrize("inputs", [{"nodes": [[], [0]]}, {"nodes": [("conv", {"padding": 1})]}], ids=["list", "dict"])
def test_a_changed_list_is_seen(inputs):
    def untidy(nodes):
        nodes[-1].append(7) if isinstance(nodes[-1], list) else nodes[-1][1].pop("padding")
        return 0

    before = repr(inputs)
    given = run_case({"f": untidy}, FunctionCall("f", ("nodes",)), inputs, {}, None)
    assert given.changed == (Changed("nodes"),) and repr(inputs) == before


def test_a_function_goes_in_by_its_name():
    call = FunctionCall("twice", ("f", "x"), functions=("f",))
    given = run_case({"twice": lambda f, x: f(x) + f(x)}, call, {"f": "cube", "x": np.array([1.0, 2.0])}, {}, None)
    assert isinstance(given.grads, np.ndarray) and given.grads.tolist() == [2.0, 16.0]
