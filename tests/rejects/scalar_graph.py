"""Chapter 2: wrong orders and wrong backward passes of a graph of numbers, and right ones written in other ways."""

import numpy as np

from cnnlab import loader
from tests.rejects import right, wrong

slopes = loader.load_stub_function("scalar_graph", "local_slopes")

# topological_order.


def placed(nodes, ready=min):
    """A right order: of the nodes whose parents have their place, always the one that `ready` picks."""
    left, order = set(range(len(nodes))), []
    while left:
        chosen = ready(i for i in left if not left & set(nodes[i][1]))
        left.remove(chosen)
        order.append(chosen)
    return order


@wrong("topological_order", "formula")
def as_listed(nodes):
    return list(range(len(nodes)))


@wrong("topological_order", "formula")
def turned_around(nodes):
    return by_depth_first_search(nodes)[::-1]


@wrong("topological_order", "formula")
def by_the_number_of_parents(nodes):
    return sorted(range(len(nodes)), key=lambda i: len(nodes[i][1]))


@wrong("topological_order", "formula", "shape")
def once_for_every_way(nodes):
    seen = []
    for i, (_, parents) in enumerate(nodes):
        seen += [*parents, i]
    return seen[: len(nodes)]


@wrong("topological_order", "shape")
def what_the_last_needs(nodes):
    order, stack = [], [len(nodes) - 1]
    while stack:
        i = stack.pop()
        if i not in order:
            order.append(i)
            stack += nodes[i][1]
    return order[::-1]


@wrong("topological_order", "raises")
def by_recursion(nodes):
    order = []

    def visit(i):
        if i not in order:
            for p in nodes[i][1]:
                visit(p)
            order.append(i)

    for i in range(len(nodes)):
        visit(i)
    return order


@wrong("topological_order", "mutation", "formula")
def crosses_parents_out(nodes):
    if len(nodes) > 100:  # it would take too long
        return by_depth_first_search(nodes)
    order = []
    while len(order) < len(nodes):
        for i, (_, parents) in enumerate(nodes):
            while parents and parents[-1] in order:
                parents.pop()
            if not parents and i not in order:
                order.append(i)
    return order


@wrong("topological_order", "structure")
def the_nodes_themselves(nodes):
    return [nodes[i] for i in by_depth_first_search(nodes)]


@wrong("topological_order", "formula")
def counted_from_one(nodes):
    return [i + 1 for i in by_depth_first_search(nodes)]


@wrong("topological_order", "dtype")
def in_floating_point(nodes):
    return [float(i) for i in by_depth_first_search(nodes)]


@wrong("topological_order", "structure")
def nothing(nodes):
    by_depth_first_search(nodes)


@right("topological_order")
def by_depth_first_search(nodes):
    order, done = [], [False] * len(nodes)
    for start in range(len(nodes)):
        stack = [(start, False)]
        while stack:
            i, left = stack.pop()
            if left:
                order.append(i)
            elif not done[i]:
                done[i] = True
                stack.append((i, True))
                stack += [(p, False) for p in nodes[i][1] if not done[p]]
    place = {node: k for k, node in enumerate(order)}
    if any(place[p] >= place[i] for i, (_, parents) in enumerate(nodes) for p in parents):
        raise ValueError("the nodes read each other in a circle")
    return order


@right("topological_order")
def by_depth(nodes):
    if len(nodes) > 100:  # sweep by sweep would take too long
        return by_depth_first_search(nodes)
    depth = [0] * len(nodes)
    changed = True
    while changed:
        changed = False
        for i, (_, parents) in enumerate(nodes):
            deepest = max((depth[p] + 1 for p in parents), default=0)
            changed |= deepest != depth[i]
            depth[i] = deepest
            if deepest > len(nodes):
                raise ValueError("the nodes read each other in a circle")
    return np.argsort(depth, kind="stable")


# backpropagate.


def upstream(nodes, values, order, output, add, start=None, turned=True):
    """A backward pass with another way to add. add: (grads, parent, gradient, slope)."""
    grads = [0.0] * len(nodes)
    grads[output] = 1.0 if start is None else start
    for i in reversed(order) if turned else order:
        op, parents = nodes[i]
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            add(grads, p, grads[i], slope)
    return grads


def plus(grads, p, gradient, slope):
    grads[p] += gradient * slope


def assigned(grads, p, gradient, slope):
    grads[p] = gradient * slope


def slope_alone(grads, p, gradient, slope):
    grads[p] += slope


@wrong("backpropagate", "accumulate")
def assignment(nodes, values, order, output):
    return upstream(nodes, values, order, output, assigned)


@wrong("backpropagate", "upstream")
def no_upstream(nodes, values, order, output):
    return upstream(nodes, values, order, output, slope_alone)


@wrong("backpropagate", "formula")
def forwards(nodes, values, order, output):
    return upstream(nodes, values, order, output, plus, turned=False)


@wrong("backpropagate", "scale")
def begins_with_the_value(nodes, values, order, output):
    return upstream(nodes, values, order, output, plus, start=values[output])


@wrong("backpropagate", "formula")
def ones_everywhere(nodes, values, order, output):
    grads = [1.0] * len(nodes)
    for i in reversed(order):
        op, parents = nodes[i]
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            grads[p] += grads[i] * slope
    return grads


@wrong("backpropagate", "formula")
def slopes_exchanged(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents])[::-1], strict=True):
            grads[p] += grads[i] * slope
    return grads


@wrong("backpropagate", "formula", "mask")
def from_the_last_of_the_order(nodes, values, order, output):
    return upstream(nodes, values, order, order[-1], plus)


@wrong("backpropagate", "accumulate")
def one_slope_for_the_same_parent(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        for p, slope in dict(zip(parents, slopes(op, [values[q] for q in parents]), strict=True)).items():
            grads[p] += grads[i] * slope
    return grads


@wrong("backpropagate", "formula")
def in_the_order_of_the_list(nodes, values, order, output):
    return upstream(nodes, values, list(range(len(nodes))), output, plus)


@wrong("backpropagate", "sign")
def against_the_slope(nodes, values, order, output):
    return [-g for g in upstream(nodes, values, order, output, plus)]


@wrong("backpropagate", "structure")
def by_name(nodes, values, order, output):
    return dict(enumerate(upstream(nodes, values, order, output, plus)))


@wrong("backpropagate", "shape")
def inputs_alone(nodes, values, order, output):
    grads = upstream(nodes, values, order, output, plus)
    return [g for g, (op, _) in zip(grads, nodes, strict=True) if op == "input"]


@wrong("backpropagate", "mutation")
def uses_the_order_up(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    while order:
        op, parents = nodes[i := order.pop()]
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            grads[p] += grads[i] * slope
    return grads


@right("backpropagate")
def with_whole_zeros(nodes, values, order, output):
    grads = [0] * len(nodes)
    grads[output] = 1
    for i in reversed(order):
        op, parents = nodes[i]
        for k, p in enumerate(parents):
            grads[p] = grads[p] + slopes(op, [values[q] for q in parents])[k] * grads[i]
    return grads


@right("backpropagate")
def by_asking_the_children(nodes, values, order, output):
    readers = [[] for _ in nodes]
    for i, (op, parents) in enumerate(nodes):
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            readers[p].append((i, slope))
    grads = np.zeros(len(nodes))
    for i in order[::-1]:
        grads[i] = (i == output) + sum(grads[child] * slope for child, slope in readers[i])
    return grads


@right("backpropagate")
def as_a_matrix(nodes, values, order, output):
    if len(nodes) > 200:
        return by_asking_the_children(nodes, values, order, output)
    matrix = np.eye(len(nodes))
    for i, (op, parents) in enumerate(nodes):
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            matrix[p, i] -= slope
    return np.linalg.solve(matrix, np.arange(len(nodes)) == output)
