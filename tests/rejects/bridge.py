"""Chapter 11: between NumPy and PyTorch: mistakes that must be caught, and right answers of another kind."""

import numpy as np
import torch

from tests.rejects import right, wrong


def compared(measure, ours, theirs, names=None):
    """One error for each name, by another measure or in another order."""
    found = []
    for name in names or theirs:
        a, b = ours.get(name), theirs[name]
        fits = a is not None and b is not None and a.shape == b.shape
        found.append(float(measure(np.float64(a), np.float64(b))) if fits else 1.0)
    return found


def usual(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return np.linalg.norm(a - b) / size if size else 0.0


@wrong("compare_gradients", "channel", "shape")
def by_place(ours, theirs):
    pairs = zip(ours.values(), theirs.values(), strict=False)
    return [float(usual(a, b)) if a is not None and b is not None and a.shape == b.shape else 1.0 for a, b in pairs]


@wrong("compare_gradients", "transpose", "shape")
def in_our_order(ours, theirs):
    return compared(usual, ours, theirs, [name for name in ours if name in theirs])


@wrong("compare_gradients", "transpose")
def sorted_by_name(ours, theirs):
    return compared(usual, ours, theirs, sorted(theirs))


@wrong("compare_gradients", "formula")
def not_relative(ours, theirs):
    return compared(lambda a, b: np.linalg.norm(a - b), ours, theirs)


@wrong("compare_gradients", "formula", "stability")
def relative_to_theirs(ours, theirs):
    return compared(lambda a, b: np.linalg.norm(a - b) / np.linalg.norm(b) if b.any() else 1.0, ours, theirs)


@wrong("compare_gradients", "formula")
def relative_to_the_larger(ours, theirs):
    larger = lambda a, b: max(np.linalg.norm(a), np.linalg.norm(b))  # noqa: E731
    return compared(lambda a, b: np.linalg.norm(a - b) / (larger(a, b) or 1), ours, theirs)


@wrong("compare_gradients", "formula")
def largest_entry(ours, theirs):
    return compared(lambda a, b: np.abs(a - b).max() / (np.abs(b).max() or 1), ours, theirs)


@wrong("compare_gradients", "formula")
def squared(ours, theirs):
    return compared(lambda a, b: usual(a, b) ** 2, ours, theirs)


@wrong("compare_gradients", "stability", "option")
def zero_over_zero(ours, theirs):
    return compared(lambda a, b: np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)), ours, theirs)


@wrong("compare_gradients", "formula", "stability")
def a_floor_below(ours, theirs):
    return compared(lambda a, b: np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-8), ours, theirs)


@wrong("compare_gradients", "shape")
def missing_ones_left_out(ours, theirs):
    return compared(usual, ours, theirs, [name for name in theirs if name in ours])


@wrong("compare_gradients", "raises")
def missing_ones_raise(ours, theirs):
    return [float(usual(np.float64(ours[name]), np.float64(theirs[name]))) for name in theirs]


@wrong("compare_gradients", "shape", "option")
def broadcast(ours, theirs):
    def measure(a, b):
        return 1.0 if a is None or b is None else float(usual(np.float64(a).ravel()[: b.size], np.float64(b).ravel()))

    return [measure(ours.get(name), b) for name, b in theirs.items()]


@wrong("compare_gradients", "structure")
def as_a_dict(ours, theirs):
    return dict(zip(theirs, compared(usual, ours, theirs), strict=True))


@wrong("compare_gradients", "shape", "structure")
def one_number_for_all(ours, theirs):
    return max(compared(usual, ours, theirs), default=0.0)


@right("compare_gradients")
def by_numpy_alone(ours, theirs):
    errors = np.ones(len(theirs))
    for k, (name, b) in enumerate(theirs.items()):
        a = ours.get(name)
        if a is None or b is None or a.shape != b.shape:
            continue
        a, b = a.astype(np.float64), b.astype(np.float64)
        scale = np.sqrt(np.vdot(a, a)) + np.sqrt(np.vdot(b, b))
        errors[k] = 0.0 if scale == 0 else np.sqrt(np.sum((a - b) ** 2)) / scale
    return errors


@right("compare_gradients")
def as_a_tuple(ours, theirs):
    return tuple(compared(usual, ours, theirs))


def made(forward, backward, *, keep=None, read=None, result=None, grads=None):
    """as_autograd_function with one piece exchanged."""

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, options, *tensors):
            y, cache = forward(*(None if t is None else t.detach().numpy() for t in tensors), **options)
            ctx.count = len(tensors)
            (keep or (lambda ctx, cache: setattr(ctx, "cache", cache)))(ctx, cache)
            return (result or torch.tensor)(y)

        @staticmethod
        def backward(ctx, dy):
            found = backward(dy.numpy(), (read or (lambda ctx: ctx.cache))(ctx))
            return (grads or padded)(found, ctx.count)

    return lambda *tensors, **options: Own.apply(options, *tensors)


def padded(found, count):
    found = list(found) if isinstance(found, tuple) else [found]
    return None, *(None if g is None else torch.tensor(g) for g in (*found, *[None] * (count - len(found))))


@wrong("as_autograd_function", "formula")
def one_cache_for_all_calls(forward, backward):
    shelf = []

    def keep(ctx, cache):
        shelf[:] = [cache]

    return made(forward, backward, keep=keep, read=lambda ctx: shelf[0])


@wrong("as_autograd_function", "structure")
def a_gradient_too_few(forward, backward):
    return made(forward, backward, grads=lambda found, count: padded(found, count)[1:])


@wrong("as_autograd_function", "structure")
def every_answer_a_tuple(forward, backward):
    return made(forward, backward, grads=lambda found, count: (None, *map(torch.tensor, found)))


@wrong("as_autograd_function", "structure")
def no_way_back(forward, backward):
    return lambda *tensors, **options: torch.tensor(
        forward(*(None if t is None else t.detach().numpy() for t in tensors), **options)[0]
    )


@wrong("as_autograd_function", "structure")
def arrays_come_back(forward, backward):
    return lambda *tensors, **options: forward(
        *(None if t is None else t.detach().numpy() for t in tensors), **options
    )[0]


@wrong("as_autograd_function", "raises", "structure")
def options_forgotten(forward, backward):
    own = made(forward, backward)
    return lambda *tensors: own(*tensors)


@wrong("as_autograd_function", "sign")
def the_other_way(forward, backward):
    return made(
        forward, backward, grads=lambda found, count: tuple(None if g is None else -g for g in padded(found, count))
    )


@right("as_autograd_function")
def options_in_a_closure(forward, backward):
    def apply(*tensors, **options):
        class Own(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *inputs):
                y, ctx.cache = forward(*(None if t is None else t.numpy(force=True) for t in inputs), **options)
                return torch.as_tensor(y)

            @staticmethod
            def backward(ctx, dy):
                found = backward(dy.numpy(), ctx.cache)
                found = found if isinstance(found, tuple) else (found,)
                grads = [None if g is None else torch.as_tensor(g) for g in found]
                return tuple(grads + [None] * (len(tensors) - len(grads)))

        return Own.apply(*tensors)

    return apply
