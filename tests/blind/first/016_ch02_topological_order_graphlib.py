from graphlib import CycleError, TopologicalSorter


def topological_order(nodes):
    graph = {i: list(parents) for i, (_, parents) in enumerate(nodes)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ValueError("the nodes read each other in a circle") from error
