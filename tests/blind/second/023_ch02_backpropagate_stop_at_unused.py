from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        if grads[i] == 0.0:
            break
        op, parents = nodes[i]
        slopes = local_slopes(op, [float(values[p]) for p in parents])
        for p, slope in zip(parents, slopes, strict=True):
            grads[p] += grads[i] * slope
    return grads
