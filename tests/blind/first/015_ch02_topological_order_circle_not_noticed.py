def topological_order(nodes):
    order = []
    placed = set()
    while len(order) < len(nodes):
        ready = [i for i, (_, ps) in enumerate(nodes) if i not in placed and all(p in placed for p in ps)]
        if not ready:
            break
        order += ready
        placed.update(ready)
    return order
