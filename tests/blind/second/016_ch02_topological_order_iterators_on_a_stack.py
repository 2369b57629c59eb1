def topological_order(nodes):
    order, placed, opened = [], set(), set()

    def place(i):
        todo = [(i, iter(nodes[i][1]))]
        opened.add(i)
        while todo:
            node, parents = todo[-1]
            parent = next(parents, None)
            if parent is None:
                todo.pop()
                opened.discard(node)
                placed.add(node)
                order.append(node)
            elif parent in opened:
                raise ValueError("a circle")
            elif parent not in placed:
                opened.add(parent)
                todo.append((parent, iter(nodes[parent][1])))

    for i in range(len(nodes)):
        if i not in placed:
            place(i)
    return order
