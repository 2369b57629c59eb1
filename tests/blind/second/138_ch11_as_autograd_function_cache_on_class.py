def as_autograd_function(forward, backward):
    import torch

    class Op(torch.autograd.Function):
        @staticmethod
        def forward(ctx, options, *tensors):
            arrays = [None if t is None else t.detach().numpy() for t in tensors]
            y, Op.cache = forward(*arrays, **options)
            ctx.count = len(tensors)
            return torch.tensor(y)

        @staticmethod
        def backward(ctx, dy):
            grads = backward(dy.detach().numpy(), Op.cache)
            grads = list(grads) if isinstance(grads, tuple) else [grads]
            grads = [None if g is None else torch.tensor(g) for g in grads]
            return None, *grads, *[None] * (ctx.count - len(grads))

    def op(*tensors, **options):
        return Op.apply(options, *tensors)

    return op
