import numpy as np


def as_autograd_function(forward, backward):
    import torch

    def call(*tensors, **options):
        class Once(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *inputs):
                y, kept = forward(*(None if t is None else t.detach().cpu().numpy() for t in inputs), **options)
                ctx.kept, ctx.n = kept, len(inputs)
                return torch.as_tensor(np.array(y))

            @staticmethod
            def backward(ctx, dy):
                found = backward(dy.numpy(), ctx.kept)
                if not isinstance(found, tuple):
                    found = (found,)
                out = [None] * ctx.n
                for k, g in enumerate(found):
                    if g is not None:
                        out[ctx.n - len(found) + k] = torch.from_numpy(np.array(g))
                return tuple(out)

        return Once.apply(*tensors)

    return call
