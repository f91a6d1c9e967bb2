"""A TensorFlow 1 graph, frozen as in TensorFlow 1: variables are constants, outputs are named."""

import pathlib

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def build(folder):
    """Writes `folder`/frozen_v1.pb and returns its path. prediction = relu(2 * x - 1)."""
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        scale = v1.get_variable("scale", initializer=2.0, use_resource=False)
        offset = v1.get_variable("offset", initializer=-1.0, use_resource=False)
        tf.nn.relu(scale * x + offset, name="prediction")
        session.run(v1.global_variables_initializer())
        frozen = v1.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), ["prediction"]
        )
    path = pathlib.Path(folder) / "frozen_v1.pb"
    path.write_bytes(frozen.SerializeToString())
    return path


def cases():
    """0, 1; 0, 0."""
    return {"serving_default": {"by-hand": {"x": np.array([[0.5, 1.0], [-1.0, 0.0]], np.float32)}}}
