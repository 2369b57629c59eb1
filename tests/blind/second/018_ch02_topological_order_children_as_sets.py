from collections import deque


def topological_order(nodes):
    children = [set() for _ in nodes]
    missing = [len(parents) for _, parents in nodes]
    for i, (_, parents) in enumerate(nodes):
        for p in parents:
            children[p].add(i)
    ready = deque(i for i, count in enumerate(missing) if count == 0)
    order = []
    while ready:
        i = ready.popleft()
        order.append(i)
        for child in children[i]:
            missing[child] -= 1
            if missing[child] == 0:
                ready.append(child)
    if len(order) < len(nodes):
        raise ValueError("nodes read each other in a circle")
    return order
