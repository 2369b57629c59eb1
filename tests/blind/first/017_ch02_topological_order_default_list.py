def topological_order(nodes, order=[]):
    finished, open_nodes = set(), set()
    for root in range(len(nodes)):
        stack = [(root, False)]
        while stack:
            i, parents_done = stack.pop()
            if parents_done:
                open_nodes.discard(i)
                finished.add(i)
                order.append(i)
            elif i in finished:
                continue
            elif i in open_nodes:
                raise ValueError("the nodes read each other in a circle")
            else:
                open_nodes.add(i)
                stack.append((i, True))
                stack.extend((p, False) for p in set(nodes[i][1]) if p not in finished)
    return order
