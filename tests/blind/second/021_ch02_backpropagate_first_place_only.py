from cnnlab.ops.scalar_graph import local_slopes


def backpropagate(nodes, values, order, output):
    uses = {i: [] for i in range(len(nodes))}
    for child, (op, parents) in enumerate(nodes):
        for place, parent in enumerate(parents):
            uses[parent].append((child, place))
    grads = [0.0 for _ in nodes]
    for i in list(order)[::-1]:
        total = 1.0 if i == output else 0.0
        for child, place in uses[i]:
            op, parents = nodes[child]
            slopes = local_slopes(op, [float(values[p]) for p in parents])
            total += grads[child] * slopes[parents.index(i)]
        grads[i] = total
    return grads
