"""Chapters 10 and 12: optimisers and learning rates: mistakes that must be caught, and right answers of another kind."""

import math

import numpy as np

from tests.rejects import right, wrong

# --- sgd ---------------------------------------------------------------------------------------------------------


@wrong("sgd_step", "update_rule")
def goes_uphill(param, grad, state=None, *, lr, weight_decay=0.0):
    return param + lr * (grad + weight_decay * param), None


@wrong("sgd_step", "option")
def forgets_weight_decay(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * grad, None


@wrong("sgd_step", "option", "update_rule")
def decay_without_the_rate(param, grad, state=None, *, lr, weight_decay=0.0):
    return param * (1 - weight_decay) - lr * grad, None


@wrong("sgd_step", "update_rule")
def decay_grows_the_parameter(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * (grad - weight_decay * param), None


@wrong("sgd_step", "mutation")
def changes_the_parameter(param, grad, state=None, *, lr, weight_decay=0.0):
    param -= lr * (grad + weight_decay * param)
    return param, None


@wrong("sgd_step", "mutation")
def changes_the_gradient(param, grad, state=None, *, lr, weight_decay=0.0):
    grad *= lr
    return param - grad, None


@wrong("sgd_step", "structure")
def returns_the_parameter_alone(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * (grad + weight_decay * param)


@wrong("sgd_step", "structure")
def returns_nothing(param, grad, state=None, *, lr, weight_decay=0.0):
    pass


@wrong("sgd_step", "structure")
def returns_one_number(param, grad, state=None, *, lr, weight_decay=0.0):
    return np.sum(param - lr * grad), None


@wrong("sgd_step", "update_rule")
def returns_the_step(param, grad, state=None, *, lr, weight_decay=0.0):
    return lr * (grad + weight_decay * param), None


@wrong("sgd_step", "update_rule")
def returns_the_parameter_unchanged(param, grad, state=None, *, lr, weight_decay=0.0):
    return param.copy(), None


@wrong("sgd_step", "update_rule")
def a_rate_of_its_own(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - 0.1 * (grad + weight_decay * param), None


@wrong("sgd_step", "update_rule")
def divides_by_the_size(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * (grad + weight_decay * param) / 2, None


@wrong("sgd_step", "update_rule")
def sign_of_the_gradient(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * np.sign(grad + weight_decay * param), None


@wrong("sgd_step", "update_rule", "option")
def clips_the_gradient(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * np.clip(grad + weight_decay * param, -1, 1), None


@wrong("sgd_step", "dtype")
def in_float32(param, grad, state=None, *, lr, weight_decay=0.0):
    return (param - lr * (grad + weight_decay * param)).astype(np.float32), None


@wrong("sgd_step", "raises")
def takes_the_state_for_an_array(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * grad, state + 1


@right("sgd_step")
def one_entry_at_a_time(param, grad, state=None, *, lr, weight_decay=0.0):
    new = np.empty_like(param)
    for index in np.ndindex(param.shape):
        new[index] = param[index] - lr * (grad[index] + weight_decay * param[index])
    return new, state


@right("sgd_step")
def shrinks_then_steps(param, grad, state=None, *, lr, weight_decay=0.0):
    return [param * (1 - lr * weight_decay) - lr * grad, "nothing"]


@right("sgd_step")
def with_out_arguments(param, grad, state=None, *, lr, weight_decay=0.0):
    new = np.multiply(param, weight_decay)
    np.add(new, grad, out=new)
    np.multiply(new, -lr, out=new)
    np.add(new, param, out=new)
    return new, None


# --- momentum ----------------------------------------------------------------------------------------------------


def momentum(
    param, grad, state, lr, mu, dampening, decay, nesterov, *, first=1.0, keep=1.0, rate_inside=False, ahead=True
):
    """The rule with pieces to break."""
    grad = grad + decay * param
    if rate_inside:
        grad = lr * grad
    if state is None or mu == 0:
        velocity = first * grad
    else:
        velocity = keep * mu * state + (1 - dampening) * grad
    direction = grad + mu * velocity if nesterov and ahead else velocity
    return param - (1.0 if rate_inside else lr) * direction, velocity


def broken_momentum(name, *codes, **broken):
    @wrong("momentum_step", *codes)
    def step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        return rule(param, grad, state, lr, momentum, dampening, weight_decay, nesterov, **broken)

    rule = momentum
    step.__name__ = name


broken_momentum("rate_inside_the_velocity", "update_rule", rate_inside=True)
broken_momentum("velocity_starts_at_half", "update_rule", first=0.5)
broken_momentum("velocity_starts_at_zero", "update_rule", first=0.0)
broken_momentum("velocity_fades_twice", "update_rule", keep=0.9)
broken_momentum("velocity_turns_around", "update_rule", keep=-1.0)
broken_momentum("velocity_never_fades", "update_rule", keep=1 / 0.9)
broken_momentum("nesterov_ignored", "option", "update_rule", ahead=False)


@wrong("momentum_step", "option", "update_rule")
def no_velocity(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    return param - lr * (grad + weight_decay * param), None


@wrong("momentum_step", "update_rule")
def an_average(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    v = momentum * (0 if state is None else state) + (1 - momentum) * (grad + weight_decay * param)
    return param - lr * v, v


@wrong("momentum_step", "update_rule", "option")
def first_step_dampened(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    grad = grad + weight_decay * param
    v = (momentum * state if state is not None else 0) + (1 - dampening) * grad
    return param - lr * (grad + momentum * v if nesterov else v), v


@wrong("momentum_step", "option")
def dampening_ignored(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    grad = grad + weight_decay * param
    v = grad if state is None else momentum * state + grad
    return param - lr * (grad + momentum * v if nesterov else v), v


@wrong("momentum_step", "update_rule")
def decay_in_the_parameter_only(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    v = grad if state is None or momentum == 0 else momentum * state + (1 - dampening) * grad
    return param * (1 - lr * weight_decay) - lr * (grad + momentum * v if nesterov else v), v


@wrong("momentum_step", "update_rule")
def nesterov_with_the_old_velocity(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    grad = grad + weight_decay * param
    v = grad if state is None or momentum == 0 else momentum * state + (1 - dampening) * grad
    old = v if state is None else state
    return param - lr * (grad + momentum * old if nesterov else v), v


@wrong("momentum_step", "mutation", "nondeterministic")
def velocity_changed_in_place(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    grad = grad + weight_decay * param
    if state is None:
        state = grad.copy()
    else:
        state *= momentum
        state += (1 - dampening) * grad
    return param - lr * (grad + momentum * state if nesterov else state), state


REMEMBERED = {}


@wrong("momentum_step", "nondeterministic", "update_rule")
def velocity_kept_outside(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    grad = grad + weight_decay * param
    old = REMEMBERED.get(param.shape)
    v = grad if old is None or momentum == 0 else momentum * old + (1 - dampening) * grad
    REMEMBERED[param.shape] = v
    return param - lr * (grad + momentum * v if nesterov else v), None


@wrong("momentum_step", "update_rule")
def forgets_to_return_the_new_state(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    grad = grad + weight_decay * param
    v = grad if state is None or momentum == 0 else momentum * state + (1 - dampening) * grad
    return param - lr * (grad + momentum * v if nesterov else v), grad if state is None else state


@right("momentum_step")
def velocity_of_minus_signs(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    grad = grad + weight_decay * param
    v = -grad if state is None or momentum == 0 else momentum * state - (1 - dampening) * grad
    return param + lr * (momentum * v - grad if nesterov else v), v


@right("momentum_step")
def state_in_a_dictionary(
    param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    if weight_decay:
        grad = grad + weight_decay * param
    v = grad if not state or momentum == 0 else momentum * state["v"] + (1 - dampening) * grad
    return param - lr * (grad + momentum * v if nesterov else v), {"v": v}


@right("momentum_step")
def velocity_in_float32(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    grad = (grad + weight_decay * param).astype(np.float32)
    v = grad if state is None or momentum == 0 else np.float32(momentum) * state + np.float32(1 - dampening) * grad
    return param - lr * (grad + momentum * v if nesterov else v), v


# --- adagrad -----------------------------------------------------------------------------------------------------


def adagrad(name, *codes, of=lambda G, eps: np.sqrt(G) + eps, add=lambda G, g: G + g**2, count=0, start=True, decay=1):
    def step(param, grad, state=None, *, lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
        t, G = state or (0, np.full_like(param, initial_accumulator_value * start))
        grad = grad + decay * weight_decay * param
        G = add(G, grad)
        return param - lr / (1 + (t + count) * lr_decay) * grad / of(G, eps), (t + 1, G)

    step.__name__ = name
    return (wrong("adagrad_step", *codes) if codes else right("adagrad_step"))(step)


adagrad("adagrad_in_the_usual_way")
adagrad("with_hypot", add=lambda G, g: G + np.square(g), of=lambda G, eps: G**0.5 + eps)
adagrad("squares_of_this_step_only", "update_rule", add=lambda G, g: g**2)
adagrad("eps_under_the_root", "update_rule", "option", of=lambda G, eps: np.sqrt(G + eps))
adagrad("no_root", "update_rule", of=lambda G, eps: G + eps)
adagrad("no_eps", "option", "update_rule", "stability", of=lambda G, eps: np.sqrt(G))
adagrad("absolute_values_for_squares", "update_rule", add=lambda G, g: G + abs(g))
adagrad("signed_sum", "update_rule", "stability", add=lambda G, g: G + g)
adagrad("an_average_of_squares", "update_rule", add=lambda G, g: 0.9 * G + 0.1 * g**2)
adagrad("decay_counts_from_one", "update_rule", count=1)
adagrad("start_ignored", "option", start=False)
adagrad("weight_decay_ignored", "option", decay=0)
adagrad("weight_decay_with_another_sign", "update_rule", decay=-1)


# --- rmsprop -----------------------------------------------------------------------------------------------------


def rmsprop(
    name,
    *codes,
    square=lambda S, g, a: a * S + (1 - a) * g**2,
    root=lambda s, eps: np.sqrt(s) + eps,
    spread=lambda S, M: S - M**2,
    velocity=lambda v, mu, d: mu * v + d,
    rate_inside=False,
):
    def step(param, grad, state=None, *, lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        S, M, v = state or (np.zeros_like(param),) * 3
        grad = grad + weight_decay * param
        S, M = square(S, grad, alpha), alpha * M + (1 - alpha) * grad
        d = grad / root(np.maximum(spread(S, M), 0) if centered else S, eps)
        v = velocity(v, momentum, lr * d if rate_inside else d)
        return param - (v if rate_inside else lr * v), (S, M, v)

    step.__name__ = name
    return (wrong("rmsprop_step", *codes) if codes else right("rmsprop_step"))(step)


rmsprop("rmsprop_in_the_usual_way")
rmsprop("as_a_running_difference", square=lambda S, g, a: S + (1 - a) * (g * g - S))
rmsprop("rms_eps_under_the_root", "update_rule", "option", root=lambda s, eps: np.sqrt(s + eps))
rmsprop("rms_no_root", "update_rule", root=lambda s, eps: s + eps)
rmsprop("rms_no_eps", "option", "update_rule", "stability", root=lambda s, eps: np.sqrt(s))
rmsprop("alpha_exchanged", "update_rule", square=lambda S, g, a: (1 - a) * S + a * g**2)
rmsprop("new_square_with_factor_one", "update_rule", square=lambda S, g, a: a * S + g**2)
rmsprop("alpha_of_its_own", "option", square=lambda S, g, a: 0.99 * S + 0.01 * g**2)
rmsprop("squares_never_fade", "update_rule", square=lambda S, g, a: S + (1 - a) * g**2)
rmsprop("not_centered", "option", spread=lambda S, M: S)
rmsprop("centered_by_the_mean_itself", "option", spread=lambda S, M: S - abs(M))
rmsprop("no_momentum", "option", velocity=lambda v, mu, d: d)
rmsprop("momentum_as_an_average", "update_rule", velocity=lambda v, mu, d: mu * v + (1 - mu) * d)
rmsprop("rms_rate_inside_the_velocity", "option", "update_rule", rate_inside=True)


# --- adam, adamw -------------------------------------------------------------------------------------------------


def adam(
    name,
    *codes,
    op="adam_step",
    first=lambda b, t: 1 - b**t,
    second=lambda b, t: 1 - b**t,
    root=lambda s, eps: np.sqrt(s) + eps,
    square=lambda s, g, b: b * s + (1 - b) * g**2,
    mean=lambda m, g, b: b * m + (1 - b) * g,
    swap=False,
    start=0,
    in_gradient=None,
    in_parameter=None,
):
    w = op == "adamw_step"
    in_gradient, in_parameter = (
        float(not w) if in_gradient is None else in_gradient,
        float(w) if in_parameter is None else in_parameter,
    )

    def step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01 if w else 0.0):
        t, m, s = state or (start, np.zeros_like(param), np.zeros_like(param))
        b1, b2 = betas[::-1] if swap else betas
        grad = grad + in_gradient * weight_decay * param
        param = param * (1 - in_parameter * lr * weight_decay)
        t, m, s = t + 1, mean(m, grad, b1), square(s, grad, b2)
        return param - lr * (m / first(b1, t)) / root(s / second(b2, t), eps), (t, m, s)

    step.__name__ = name
    return (wrong(op, *codes) if codes else right(op))(step)


for op in ("adam_step", "adamw_step"):
    adam(f"{op}_in_the_usual_way", op=op)
    adam(f"{op}_as_running_differences", op=op, mean=lambda m, g, b: m + (1 - b) * (g - m))
    adam(f"{op}_with_expm1", op=op, first=lambda b, t: -math.expm1(t * math.log(b)))
    adam(f"{op}_uncorrected", "update_rule", op=op, first=lambda b, t: 1, second=lambda b, t: 1)
    adam(f"{op}_first_corrected", "update_rule", op=op, second=lambda b, t: 1)
    adam(f"{op}_second_corrected", "update_rule", op=op, first=lambda b, t: 1)
    adam(f"{op}_corrected_once", "update_rule", op=op, first=lambda b, t: 1 - b, second=lambda b, t: 1 - b)
    adam(f"{op}_corrected_in_the_first_step_only", "update_rule", op=op, first=lambda b, t: 1 - b if t == 1 else 1)
    adam(f"{op}_counts_from_two", "update_rule", op=op, start=1)
    adam(f"{op}_betas_exchanged", "update_rule", op=op, swap=True)
    adam(f"{op}_no_root", "update_rule", op=op, root=lambda s, eps: s + eps)
    adam(f"{op}_eps_under_the_root", "update_rule", "option", op=op, root=lambda s, eps: np.sqrt(s + eps))
    adam(f"{op}_no_eps", "update_rule", "option", "stability", op=op, root=lambda s, eps: np.sqrt(s))
    adam(f"{op}_no_squares", "update_rule", "stability", op=op, square=lambda s, g, b: b * s + (1 - b) * g)
    adam(f"{op}_square_of_the_mean", "update_rule", op=op, square=lambda s, g, b: (b * s**0.5 + (1 - b) * abs(g)) ** 2)
    adam(f"{op}_largest_square", "update_rule", op=op, square=lambda s, g, b: np.maximum(b * s, g**2))
    adam(f"{op}_gradient_itself", "update_rule", op=op, mean=lambda m, g, b: g, first=lambda b, t: 1)
    adam(f"{op}_gradient_with_factor_one", "update_rule", op=op, mean=lambda m, g, b: b * m + g)

adam("decay_as_in_adamw", "update_rule", "option", in_gradient=0.0, in_parameter=1.0)
adam("no_decay", "option", in_gradient=0.0)
adam("decay_twice", "option", in_parameter=1.0)
adam("decay_as_in_adam", "update_rule", op="adamw_step", in_gradient=1.0, in_parameter=0.0)
adam("adamw_without_decay", "update_rule", op="adamw_step", in_parameter=0.0)
adam("adamw_decay_twice", "update_rule", op="adamw_step", in_gradient=1.0)


@wrong("adam_step", "update_rule", "option")
def eps_before_the_correction(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    t, m, s = state or (0, np.zeros_like(param), np.zeros_like(param))
    grad = grad + weight_decay * param
    t, m, s = t + 1, betas[0] * m + (1 - betas[0]) * grad, betas[1] * s + (1 - betas[1]) * grad**2
    rate = lr * math.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return param - rate * m / (np.sqrt(s) + eps), (t, m, s)


@wrong("adamw_step", "update_rule", "option")
def decay_after_the_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    t, m, s = state or (0, np.zeros_like(param), np.zeros_like(param))
    t, m, s = t + 1, betas[0] * m + (1 - betas[0]) * grad, betas[1] * s + (1 - betas[1]) * grad**2
    new = param - lr * m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)
    return new * (1 - lr * weight_decay), (t, m, s)


@wrong("adamw_step", "update_rule", "option")
def decay_without_the_learning_rate(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    t, m, s = state or (0, np.zeros_like(param), np.zeros_like(param))
    t, m, s = t + 1, betas[0] * m + (1 - betas[0]) * grad, betas[1] * s + (1 - betas[1]) * grad**2
    step = lr * m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)
    return param * (1 - weight_decay) - step, (t, m, s)


# --- learning rates ----------------------------------------------------------------------------------------------


@wrong("step_lr", "formula")
def smooth_stairs(step, *, base_lr, step_size, gamma=0.1):
    return base_lr * gamma ** (step / step_size)


@wrong("step_lr", "formula")
def one_step_late(step, *, base_lr, step_size, gamma=0.1):
    return base_lr * gamma ** (max(step - 1, 0) // step_size)


@wrong("step_lr", "option")
def gamma_of_a_tenth(step, *, base_lr, step_size, gamma=0.1):
    return base_lr * 0.1 ** (step // step_size)


@wrong("step_lr", "formula")
def one_stair_only(step, *, base_lr, step_size, gamma=0.1):
    return base_lr * (gamma if step >= step_size else 1.0)


@wrong("step_lr", "formula")
def base_ignored(step, *, base_lr, step_size, gamma=0.1):
    return gamma ** (step // step_size)


@right("step_lr")
def stair_by_stair(step, *, base_lr, step_size, gamma=0.1):
    for _ in range(step_size, step + 1, step_size):
        base_lr *= gamma
    return base_lr


@wrong("exponential_lr", "formula")
def falls_at_once(step, *, base_lr, gamma):
    return base_lr * gamma ** (step + 1)


@wrong("exponential_lr", "formula")
def e_to_the_gamma(step, *, base_lr, gamma):
    return base_lr * math.exp(-gamma * step)


@wrong("exponential_lr", "formula")
def linear_fall(step, *, base_lr, gamma):
    return base_lr * (1 - (1 - gamma) * step)


@right("exponential_lr")
def with_logarithms(step, *, base_lr, gamma):
    return np.exp(math.log(base_lr) + step * math.log(gamma))


@wrong("cosine_lr", "formula")
def whole_wave(step, *, base_lr, t_max, eta_min=0.0):
    return eta_min + (base_lr - eta_min) * (1 + math.cos(2 * math.pi * step / t_max)) / 2


@wrong("cosine_lr", "option", "formula")
def lowest_rate_ignored(step, *, base_lr, t_max, eta_min=0.0):
    return base_lr * (1 + math.cos(math.pi * step / t_max)) / 2


@wrong("cosine_lr", "formula", "option")
def too_high_a_wave(step, *, base_lr, t_max, eta_min=0.0):
    return eta_min + base_lr * (1 + math.cos(math.pi * step / t_max)) / 2


@wrong("cosine_lr", "formula")
def stays_at_the_end(step, *, base_lr, t_max, eta_min=0.0):
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * min(step, t_max) / t_max)) / 2


@wrong("cosine_lr", "formula")
def not_halved(step, *, base_lr, t_max, eta_min=0.0):
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / t_max))


@right("cosine_lr")
def squared_cosine(step, *, base_lr, t_max, eta_min=0.0):
    return eta_min + (base_lr - eta_min) * math.cos(math.pi * step / t_max / 2) ** 2
