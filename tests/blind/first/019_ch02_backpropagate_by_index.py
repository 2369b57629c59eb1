from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    gradient = [0.0 for _ in nodes]
    gradient[output] = 1.0
    for i in range(len(nodes) - 1, -1, -1):
        op, parents = nodes[i]
        inputs = [float(values[p]) for p in parents]
        for p, s in zip(parents, local_slopes(op, inputs), strict=True):
            gradient[p] += s * gradient[i]
    return gradient
