from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(list(order)):
        op, parents = nodes[i]
        slopes = local_slopes(op, [values[p] for p in parents])
        for p, slope in zip(parents, slopes):
            grads[p] = grads[i] * slope
    return [float(g) for g in grads]
