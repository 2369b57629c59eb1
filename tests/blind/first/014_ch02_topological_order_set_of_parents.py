from collections import deque


def topological_order(nodes):
    waiting = [len(parents) for _, parents in nodes]
    children = [set() for _ in nodes]
    for i, (_, parents) in enumerate(nodes):
        for p in parents:
            children[p].add(i)
    ready = deque(i for i, n in enumerate(waiting) if n == 0)
    order = []
    while ready:
        i = ready.popleft()
        order.append(i)
        for c in children[i]:
            waiting[c] -= 1
            if waiting[c] == 0:
                ready.append(c)
    if len(order) < len(nodes):
        raise ValueError("the nodes read each other in a circle")
    return order
