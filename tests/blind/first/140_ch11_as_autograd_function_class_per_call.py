import numpy as np


def as_autograd_function(forward, backward):
    import torch

    def call(*tensors, **options):
        kept = []

        class OneCall(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *inputs):
                y, cache = forward(*(None if t is None else t.detach().numpy() for t in inputs), **options)
                kept.append(cache)
                return torch.as_tensor(np.array(y))

            @staticmethod
            def backward(ctx, dy):
                result = backward(dy.detach().numpy(), kept[0])
                result = result if isinstance(result, tuple) else (result,)
                tensors_back = [None if g is None else torch.as_tensor(np.array(g)) for g in result]
                return tuple(tensors_back + [None] * (len(tensors) - len(tensors_back)))

        return OneCall.apply(*tensors)

    return call
