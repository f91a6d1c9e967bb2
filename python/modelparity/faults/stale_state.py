"""Frozen graphs that remember: the first call is answered rightly, each later one with the answer to the call before.

Every other fault is in each answer; this one is in the calls that follow.
"""

import copy
from collections.abc import Iterator

from modelparity.contract import tensorflow_graph_pb2
from modelparity.faults.mutant import Mutant
from modelparity.graphs import source_node

KIND = "stale state between calls"


def mutants(graph: tensorflow_graph_pb2.GraphDef) -> Iterator[Mutant]:
    """Yields the graph with each output behind a queue: a call puts its answer in twice, and takes one out."""
    read = {source_node(name) for node in graph.node for name in node.input}
    for place, node in enumerate(graph.node):
        if node.op == "Identity" and node.name not in read:
            changed = copy.deepcopy(graph)
            _queue(changed, changed.node[place])
            yield Mutant(KIND, f"{node.name}:0", changed)


def _queue(graph: tensorflow_graph_pb2.GraphDef, node: tensorflow_graph_pb2.NodeDef) -> None:
    name, value, dtype = node.name, node.input[0], node.attr["T"].type
    del graph.node[list(graph.node).index(node)]
    queue = graph.node.add(name=f"{name}/queue", op="FIFOQueueV2")
    queue.attr["component_types"].list.type.append(dtype)
    queue.attr["capacity"].i = -1
    queue.attr["shared_name"].s = queue.name.encode()
    puts = [f"{name}/put", f"{name}/put_again"]
    for put in puts:
        enqueue = graph.node.add(name=put, op="QueueEnqueueV2", input=[queue.name, value])
        enqueue.attr["Tcomponents"].list.type.append(dtype)
    after = [f"^{put}" for put in puts]
    dequeue = graph.node.add(name=name, op="QueueDequeueV2", input=[queue.name, *after])
    dequeue.attr["component_types"].list.type.append(dtype)
