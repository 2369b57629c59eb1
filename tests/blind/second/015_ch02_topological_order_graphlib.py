from graphlib import TopologicalSorter


def topological_order(nodes):
    reads = {i: list(parents) for i, (_, parents) in enumerate(nodes)}
    return [int(i) for i in TopologicalSorter(reads).static_order()]
