import numpy as np


def as_autograd_function(forward, backward):
    import torch

    class Op(torch.autograd.Function):
        @staticmethod
        def forward(ctx, options, *inputs):
            arrays = [t.detach().numpy() if t is not None else None for t in inputs]
            y, cache = forward(*arrays)
            ctx.cache, ctx.inputs = cache, len(inputs)
            return torch.tensor(y)

        @staticmethod
        def backward(ctx, dy):
            found = backward(dy.numpy(), ctx.cache)
            if not isinstance(found, tuple):
                found = (found,)
            out = [None] * (1 + max(ctx.inputs, len(found)))
            for k, g in enumerate(found, start=1):
                out[k] = g if g is None else torch.tensor(g)
            return tuple(out)

    def call(*tensors, **options):
        return Op.apply(options, *tensors)

    return call
