"""The reference optimisers and schedules: PyTorch's trajectories for every option, and nothing changed in place."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader

OPTIM = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("optim").module
assert OPTIM is not None

#: Our step, PyTorch's optimiser, and options: the defaults, each option alone, and several together.
STEPS = {
    "sgd_step": (torch.optim.SGD, [{}, {"weight_decay": 0.1}]),
    "momentum_step": (
        torch.optim.SGD,
        [
            {},
            {"momentum": 0.9},
            {"dampening": 0.4},
            {"weight_decay": 0.1},
            {"momentum": 0.9, "dampening": 0.4},
            {"momentum": 0.9, "nesterov": True},
            {"momentum": 0.8, "dampening": 0.2, "weight_decay": 0.1},
            {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
        ],
    ),
    "adagrad_step": (
        torch.optim.Adagrad,
        [
            {},
            {"lr_decay": 0.1},
            {"weight_decay": 0.1},
            {"initial_accumulator_value": 0.5},
            {"eps": 1e-3},
            {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3},
        ],
    ),
    "rmsprop_step": (
        torch.optim.RMSprop,
        [
            {},
            {"alpha": 0.5},
            {"eps": 1e-3},
            {"weight_decay": 0.1},
            {"momentum": 0.9},
            {"centered": True},
            {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.9, "centered": True},
        ],
    ),
    "adam_step": (
        torch.optim.Adam,
        [
            {},
            {"betas": (0.5, 0.9)},
            {"betas": (0.0, 0.0)},
            {"eps": 1e-3},
            {"weight_decay": 0.1},
            {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        ],
    ),
    "adamw_step": (
        torch.optim.AdamW,
        [
            {},
            {"betas": (0.5, 0.9)},
            {"eps": 1e-3},
            {"weight_decay": 0.3},
            {"weight_decay": 0.0},
            {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.3},
        ],
    ),
}
RUNS = [(name, options) for name, (_, several) in STEPS.items() for options in several]


def gradient(param, t):
    """Of a quadratic, another at each step: large and small, and sometimes zero."""
    rng = np.random.default_rng([7, t])
    return (param + rng.standard_normal(param.shape)) * rng.choice([0, 1e-3, 1, 3], param.shape)


@pytest.mark.parametrize(("name", "options"), RUNS, ids=str)
def test_200_steps_agree_with_pytorch(name, options):
    param, state = np.random.default_rng(0).standard_normal((3, 4)), None
    theirs = torch.tensor(param, requires_grad=True)
    optimiser = STEPS[name][0]([theirs], lr=1.0, **options)
    for t in range(200):
        lr = 0.05 * 0.99**t
        grad = gradient(param, t)
        param, state = getattr(OPTIM, name)(param, grad, state, lr=lr, **options)
        theirs.grad = torch.tensor(grad)
        optimiser.param_groups[0]["lr"] = lr
        optimiser.step()
        np.testing.assert_allclose(param, theirs.detach(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", STEPS)
def test_defaults_are_pytorchs_and_every_option_is_tried(name):
    theirs, several = STEPS[name]
    parameters = inspect.signature(getattr(OPTIM, name)).parameters
    assert list(parameters)[:4] == ["param", "grad", "state", "lr"]
    defaults = {k: p.default for k, p in parameters.items() if k not in ("param", "grad", "state", "lr")}
    right = inspect.signature(theirs).parameters
    assert defaults == {k: right[k].default for k in defaults}
    tried = {k for options in several for k, value in options.items() if value != defaults[k]}
    assert tried == set(defaults)
    assert all(p.kind is p.KEYWORD_ONLY for k, p in parameters.items() if k not in ("param", "grad", "state"))


def arrays(state):
    return [a for a in state or () if isinstance(a, np.ndarray)]


@pytest.mark.parametrize(("name", "options"), RUNS, ids=str)
def test_nothing_is_changed_and_results_are_new(name, options):
    step, param, state = getattr(OPTIM, name), np.random.default_rng(0).standard_normal((3, 4)), None
    for t in range(3):
        given = [param, gradient(param, t), *arrays(state)]
        for array in given:
            array.flags.writeable = False
        before = [array.copy() for array in given]
        new, later = step(given[0], given[1], state, lr=0.1, **options)
        again, later_again = step(given[0], given[1], state, lr=0.1, **options)
        for array, copy in zip(given, before, strict=True):
            np.testing.assert_array_equal(array, copy)
        for one, other in zip([new, *arrays(later)], [again, *arrays(later_again)], strict=True):
            np.testing.assert_array_equal(one, other)
            assert not np.may_share_memory(one, other)
            assert not any(np.may_share_memory(one, array) for array in given)
        param, state = new, later


@pytest.mark.parametrize(("name", "options"), RUNS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_parameters_dtype(name, options, dtype):
    param, state = np.ones((2, 2), dtype), None
    for grad in (np.ones((2, 2)), np.ones((2, 2), np.float32)):
        param, state = getattr(OPTIM, name)(param, grad, state, lr=np.float64(0.1), **options)
        assert {a.dtype for a in (param, *arrays(state))} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3, 1, 2)], ids=str)
def test_a_parameter_of_any_shape(name, shape):
    param, state = np.ones(shape), None
    for _ in range(2):
        param, state = getattr(OPTIM, name)(param, np.full(shape, 0.5), state, lr=0.1)
        assert param.shape == shape


def test_the_centred_average_of_a_steady_gradient_stays_a_number():
    """The mean of the squares less the square of the mean is 0 in the end, and rounding may bring it below."""
    param, state = np.zeros(50), None
    grad = np.random.default_rng(0).standard_normal(50)
    for _ in range(400):
        param, state = OPTIM.rmsprop_step(param, grad, state, lr=1e-9, alpha=0.8, centered=True)
    assert np.isfinite(param).all()


ONES = np.ones((2, 3))


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((ONES, ONES[0]), {"lr": 0.1}, ValueError, "grad has shape (3,); (2, 3) is needed: the shape of param"),
        ((ONES, [1.0]), {"lr": 0.1}, TypeError, "grad is a list; a NumPy array is needed"),
        ((ONES, None), {"lr": 0.1}, TypeError, "grad is a NoneType; a NumPy array is needed"),
        ((ONES.astype(int), ONES), {"lr": 0.1}, TypeError, "param has dtype int64; floating-point numbers are needed"),
        ((ONES, ONES), {"lr": -0.1}, ValueError, "lr is -0.1; 0 or more is needed"),
        ((ONES, ONES), {"lr": float("nan")}, ValueError, "lr is nan; 0 or more is needed"),
        ((ONES, ONES), {"lr": "fast"}, TypeError, "lr is 'fast'; a number is needed"),
        ((ONES, ONES), {"lr": 0.1, "weight_decay": -1}, ValueError, "weight_decay is -1; 0 or more is needed"),
    ],
)
def test_what_every_step_refuses(name, arguments, options, error, says):
    with pytest.raises(error) as raised:
        getattr(OPTIM, name)(*arguments, None, **options)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("name", "options", "error", "says"),
    [
        ("momentum_step", {"momentum": -0.9}, ValueError, "momentum is -0.9; 0 or more is needed"),
        (
            "momentum_step",
            {"nesterov": True},
            ValueError,
            "momentum is 0.0 and dampening 0.0; with nesterov a momentum",
        ),
        ("momentum_step", {"momentum": 0.9, "dampening": 0.1, "nesterov": True}, ValueError, "dampening 0.1; with"),
        ("momentum_step", {"momentum": 0.9, "nesterov": 1}, TypeError, "nesterov is 1; True or False is needed"),
        ("adagrad_step", {"lr_decay": -1}, ValueError, "lr_decay is -1; 0 or more is needed"),
        ("adagrad_step", {"initial_accumulator_value": -1}, ValueError, "initial_accumulator_value is -1; 0 or more"),
        ("rmsprop_step", {"alpha": -1}, ValueError, "alpha is -1; 0 or more is needed"),
        ("rmsprop_step", {"centered": "yes"}, TypeError, "centered is 'yes'; True or False is needed"),
        ("adam_step", {"betas": 0.9}, TypeError, "betas is 0.9; a pair of numbers is needed"),
        ("adam_step", {"betas": (0.9, 1.0)}, ValueError, "betas is (0.9, 1.0); numbers below 1 are needed"),
        ("adam_step", {"betas": (-0.9, 0.9)}, ValueError, "betas[0] is -0.9; 0 or more is needed"),
        ("adam_step", {"eps": -1}, ValueError, "eps is -1; 0 or more is needed"),
        ("adamw_step", {"betas": (1.0, 0.9)}, ValueError, "betas is (1.0, 0.9); numbers below 1 are needed"),
    ],
)
def test_options_that_are_refused(name, options, error, says):
    with pytest.raises(error) as raised:
        getattr(OPTIM, name)(ONES, ONES, None, lr=0.1, **options)
    assert says in str(raised.value)


SCHEDULES = torch.optim.lr_scheduler
RATES = [
    ("step_lr", SCHEDULES.StepLR, {"step_size": 30}),
    ("step_lr", SCHEDULES.StepLR, {"step_size": 1, "gamma": 0.97}),
    ("step_lr", SCHEDULES.StepLR, {"step_size": 7, "gamma": 0.5}),
    ("exponential_lr", SCHEDULES.ExponentialLR, {"gamma": 0.95}),
    ("exponential_lr", SCHEDULES.ExponentialLR, {"gamma": 1.0}),
    ("cosine_lr", SCHEDULES.CosineAnnealingLR, {"T_max": 200}),
    ("cosine_lr", SCHEDULES.CosineAnnealingLR, {"T_max": 200, "eta_min": 0.01}),
    ("cosine_lr", SCHEDULES.CosineAnnealingLR, {"T_max": 30, "eta_min": 0.01}),
    ("cosine_lr", SCHEDULES.CosineAnnealingLR, {"T_max": 1}),
]


@pytest.mark.parametrize(("name", "theirs", "options"), RATES, ids=str)
def test_schedules_agree_with_pytorch(name, theirs, options):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    scheduler = theirs(optimiser, **options)
    ours = {k.lower(): v for k, v in options.items()}
    for step in range(201):
        rate = getattr(OPTIM, name)(step, base_lr=0.4, **ours)
        assert type(rate) is float
        assert rate == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9, abs=1e-12)
        optimiser.step()
        scheduler.step()


@pytest.mark.parametrize(
    ("name", "step", "options", "error", "says"),
    [
        ("step_lr", -1, {"step_size": 3}, ValueError, "step is -1; 0 or more is needed"),
        ("step_lr", 1, {"step_size": 0}, ValueError, "step_size is 0; 1 or more is needed"),
        ("exponential_lr", 1.5, {"gamma": 0.9}, TypeError, "step is 1.5; an int is needed"),
        ("exponential_lr", 1, {"gamma": -0.9}, ValueError, "gamma is -0.9; 0 or more is needed"),
        ("cosine_lr", 1, {"t_max": 0}, ValueError, "t_max is 0; 1 or more is needed"),
        ("cosine_lr", 1, {"t_max": 2.5}, TypeError, "t_max is 2.5; an int is needed"),
        ("cosine_lr", 1, {"t_max": 5, "base_lr": -1}, ValueError, "base_lr is -1; 0 or more is needed"),
    ],
)
def test_what_a_schedule_refuses(name, step, options, error, says):
    with pytest.raises(error) as raised:
        getattr(OPTIM, name)(step, **{"base_lr": 0.1, **options})
    assert says in str(raised.value)
