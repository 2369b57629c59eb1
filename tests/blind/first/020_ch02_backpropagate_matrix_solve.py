import numpy as np

from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    n = len(nodes)
    a = np.zeros((n, n))
    for i, (op, parents) in enumerate(nodes):
        slopes = local_slopes(op, [float(values[p]) for p in parents])
        np.add.at(a, (i, np.asarray(parents, int)), slopes)
    # g = A^T g + e, solved backwards along the order (A^T is triangular in it)
    g = np.zeros(n)
    done = []
    for i in list(order)[::-1]:
        g[i] = (1.0 if i == output else 0.0) + sum(a[c, i] * g[c] for c in done if a[c, i] != 0)
        done.append(i)
    return [float(value) for value in g]
