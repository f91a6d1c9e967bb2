"""Inputs and outputs of a frozen graph, named by the user."""

import numpy as np
import pytest
import tensorflow as tf

from modelparity.errors import ArtifactInvalidError
from modelparity.exporters.graph_cut import cut

v1 = tf.compat.v1


@pytest.fixture(scope="module")
def graph_def():
    with tf.Graph().as_default() as graph:
        image = v1.placeholder(tf.float32, [None, 4], name="image")
        keep = v1.placeholder(tf.float32, [], name="keep")
        logits = tf.matmul(tf.divide(image, 255.0, name="norm"), tf.eye(4, 2), name="logits")
        tf.multiply(logits, keep, name="kept")
        tf.math.top_k(logits, name="best")
    return graph.as_graph_def()


def _run(made, *values):
    with tf.Graph().as_default() as graph, v1.Session() as session:
        tf.graph_util.import_graph_def(made.graph_def, name="")
        shapes = [graph.get_tensor_by_name(name).shape.as_list() for name in made.inputs]
        return session.run(made.outputs, dict(zip(made.inputs, values, strict=True))), shapes


def test_an_inner_tensor_becomes_an_input_of_the_given_shape(graph_def):
    made = cut(graph_def, ["norm:0[3, 4]"], ["logits", "best:1"])
    assert (made.inputs, made.outputs) == (["norm:0"], ["logits:0", "best:1"])
    assert {node.name for node in made.graph_def.node}.isdisjoint({"image", "keep", "kept"})
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    (logits, best), shapes = _run(made, x)
    assert shapes == [[3, 4]]
    assert logits.tolist() == x[:, :2].tolist() and best.tolist() == [[1], [1], [1]]


def test_without_inputs_the_outputs_tell_what_they_need(graph_def):
    assert cut(graph_def, [], ["logits"]).inputs == ["image:0"]
    assert sorted(cut(graph_def, [], ["kept:0"]).inputs) == ["image:0", "keep:0"]


def test_a_node_is_all_that_comes_out_of_it(graph_def):
    assert cut(graph_def, [], ["best"]).outputs == ["best:0", "best:1"]


def test_an_input_that_no_output_needs_stays_one(graph_def):
    made = cut(graph_def, ["image", "keep"], ["logits"])
    assert made.inputs == ["image:0", "keep:0"]
    assert "keep" in {node.name for node in made.graph_def.node}


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (["image"], ["kept"], "the outputs need 'keep:0', and --feed names image only"),
        (["imagee"], ["kept"], "no node 'imagee'; near it are image"),
        ([], ["log"], "no node 'log'; near it are logits"),
        ([], ["zzz"], "no node 'zzz'; `modelparity inspect`"),
        ([], ["best:2"], "which is TopKV2, has 2 outputs"),
        ([], ["best:x"], "has 2 outputs"),
        (["image[?,x]"], ["logits"], r"wants NAME or NAME\[SHAPE\]"),
        (["image[?,5]"], ["logits"], r"the graph says \(None, 4\) of it"),
        (["best:1"], ["logits"], "not the first output of TopKV2"),
    ],
)
def test_what_does_not_fit_the_graph(graph_def, inputs, outputs, message):
    with pytest.raises(ArtifactInvalidError, match=message):
        cut(graph_def, inputs, outputs)
