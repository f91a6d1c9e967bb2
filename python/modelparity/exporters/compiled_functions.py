"""Functions that TensorFlow compiles as a whole with XLA (`jit_compile=True`), or keeps as they are.

Keras compiles convolutions in groups. Freezing leaves calls of such functions in the graph, which only
TensorFlow and LiteRT follow.
"""

from collections.abc import Sequence

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow.python.grappler import tf_optimizer

from modelparity import graphs

v1 = tf.compat.v1

_MARKS = ("_XlaMustCompile", "_noinline")


def inlined(graph_def: v1.GraphDef, inputs: Sequence[str], outputs: Sequence[str]) -> v1.GraphDef:
    """Returns a frozen graph with the operators of such functions in place of their calls.

    Args:
        graph_def: May be changed.
        inputs: Names of tensors, which stay as they are.
        outputs: The same.
    """
    parts = (*graph_def.library.function, *graphs.all_nodes(graph_def))
    marked = [(part, mark) for part in parts for mark in _MARKS if mark in part.attr]
    if not marked:
        return graph_def
    for part, mark in marked:
        del part.attr[mark]
    meta_graph = meta_graph_pb2.MetaGraphDef(graph_def=graph_def)
    # By this the optimizer knows what it has to keep.
    meta_graph.collection_def["train_op"].node_list.value.extend([*inputs, *outputs])
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.min_graph_nodes = -1  # no graph is too small
    config.graph_options.rewrite_options.optimizers.append("function")
    return tf_optimizer.OptimizeGraph(config, meta_graph)
