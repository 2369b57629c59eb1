import numpy as np


def as_autograd_function(forward, backward):
    import torch

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, options, *tensors):
            arrays = [None if t is None else t.detach().numpy() for t in tensors]
            y, ctx.cache = forward(*arrays, **options)
            ctx.count = len(tensors)
            return torch.from_numpy(y)

        @staticmethod
        def backward(ctx, dy):
            grads = backward(dy.numpy(), ctx.cache)
            grads = list(grads) if isinstance(grads, tuple) else [grads]
            grads = [None if g is None else torch.tensor(g) for g in grads]
            return (None, *grads, *[None] * (ctx.count - len(grads)))

    return lambda *tensors, **options: Own.apply(options, *tensors)
