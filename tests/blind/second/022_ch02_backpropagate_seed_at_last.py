from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[order[-1]] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        slopes = local_slopes(op, [float(values[p]) for p in parents])
        for p, slope in zip(parents, slopes, strict=True):
            grads[p] += grads[i] * slope
    return grads
