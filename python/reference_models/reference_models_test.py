"""Answers worked out by hand, the accuracy of what was trained, and resumed training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from reference_models import (
    custom_layer,
    digits_cnn,
    dtypes,
    frozen_v1,
    linear_regression,
    lstm,
    multiple_signatures,
    recommender,
    resumed_training,
    shapes,
    subclassed_model,
    two_inputs_two_outputs,
    vocabulary_lookup,
)


def _answers(module, *arguments):
    """Returns {(signature, case): outputs} of a module's own cases."""
    _, signatures = module.build(*arguments)
    return {
        (signature, name): {
            key: value.numpy()
            for key, value in signatures[signature](
                **{key: tf.constant(array) for key, array in arrays.items()}
            ).items()
        }
        for signature, by_name in module.cases().items()
        for name, arrays in by_name.items()
    }


def test_linear_regression():
    answers = _answers(linear_regression)
    np.testing.assert_array_equal(answers["serving_default", "zero"]["y"], [[0.5]])
    np.testing.assert_array_equal(
        answers["serving_default", "unit-vectors"]["y"], [[1.5], [2.5], [-2.5]]
    )
    np.testing.assert_array_equal(answers["serving_default", "by-hand"]["y"], [[-3.5]])


def test_multiple_signatures():
    answers = _answers(multiple_signatures)
    assert answers["serving_default", "by-hand"]["tripled"].tolist() == [3, -6]
    assert answers["my_custom_signature", "by-hand"]["sum"].tolist() == [11, 18]
    assert answers["my_custom_signature", "by-hand"]["weighted"].tolist() == [-7, -26]
    assert answers["subgraph_a", "by-hand"]["a"].tolist() == [11, 8]
    assert answers["subgraph_b", "by-hand"]["b"].tolist() == [101, 98]


def test_shapes():
    answers = _answers(shapes)
    positive = [answers["by_values", name]["positive"].tolist() for name in ("none", "one", "all")]
    assert positive == [[], [2], [1, 2, 3]]
    assert answers["nothing_computed", "one"]["same"].tolist() == [-1, 2]
    assert answers["nothing_computed", "one"]["constant"].tolist() == [1, 2]
    assert answers["swapped", "one"]["a"].tolist() == [[10, 20, 30]]
    assert answers["swapped", "one"]["sum"].tolist() == [[11, 22, 33]]
    assert answers["other_ranks", "two-rows"]["total"] == 0
    assert answers["other_ranks", "two-rows"]["turned"].tolist() == [[1, -1], [2, -2], [3, -3]]


def test_the_subgraphs_share_no_variable():
    _, signatures = multiple_signatures.build()
    a, b = (
        {id(variable) for variable in signatures[name].get_concrete_function().variables}
        for name in ("subgraph_a", "subgraph_b")
    )
    assert a and b and a.isdisjoint(b)


def test_vocabulary_lookup(tmp_path):
    answers = _answers(vocabulary_lookup, tmp_path)
    assert answers["serving_default", "words"]["ids"].tolist() == [0, 3, -1, 4, -1]
    assert answers["serving_default", "no-words"]["ids"].shape == (0,)


def test_dtypes_give_back_what_they_get():
    answers = _answers(dtypes)
    for (signature, name), outputs in answers.items():
        given = dtypes.cases()[signature][name]["x"]
        got = np.asarray(outputs["y"])
        assert got.shape == given.shape
        assert got.tolist() == given.tolist() or got.tobytes() == given.tobytes()
    assert {"bfloat16", "uint64", "bool", "string", "scalar"} <= {name for name, _ in answers}


def test_frozen_v1(tmp_path):
    path = frozen_v1.build(tmp_path)
    graph_def = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    assert not [node for node in graph_def.node if node.op.startswith("Variable")]
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(graph_def, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        given = frozen_v1.cases()["serving_default"]["by-hand"]["x"]
        assert session.run("prediction:0", {"x:0": given}).tolist() == [[0, 1], [0, 0]]


def test_the_digits_network_reads_digits():
    model = digits_cnn.build()
    _, (images, labels) = digits_cnn.digits()
    accuracy = np.mean(model.predict(images, verbose=0).argmax(axis=1) == labels)
    assert accuracy > 0.93


@pytest.mark.parametrize("module", [custom_layer, subclassed_model])
def test_registered_objects_come_back_from_a_keras_file(module, tmp_path):
    model = module.build()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(3, 5 if module is custom_layer else 4))
    np.testing.assert_array_equal(model(x), loaded(x))


def test_custom_layer_computes_what_it_says():
    layer = custom_layer.ScaledResidual(0.5)
    assert layer(np.array([[0.0, 100.0]])).numpy().tolist() == [[0.0, 100.5]]


def test_recommender_scores_lie_between_minus_one_and_one():
    _, signatures = recommender.build()
    random = np.random.default_rng(0)
    scores = signatures["predict"](
        user_features=tf.constant(random.normal(size=(50, 6)), tf.float32),
        item_features=tf.constant(random.normal(size=(50, 3)), tf.float32),
    )["score"].numpy()
    assert scores.shape == (50, 1)
    # Cosines of two unit vectors.
    assert 0.1 < np.abs(scores).max() <= 1.0 + 1e-6


def test_two_outputs_are_told_apart():
    model = two_inputs_two_outputs.build()
    outputs = model({"text_features": np.ones((2, 4)), "image_features": np.ones((2, 3))})
    assert outputs["rating"].shape == (2, 1)
    np.testing.assert_allclose(outputs["category"].numpy().sum(axis=1), 1, rtol=1e-6)


def test_the_recurrent_network_takes_any_batch_and_length():
    model = lstm.build()
    for batch, length in ((1, 1), (3, 9)):
        assert model(np.zeros((batch, length, 4))).shape == (batch, 2)


def test_training_resumed_from_keras_is_training_uninterrupted(tmp_path):
    uninterrupted = resumed_training.new_model()
    losses = resumed_training.train(uninterrupted, 6)
    resumed = resumed_training.build(tmp_path)
    for got, want in zip(resumed.get_weights(), uninterrupted.get_weights(), strict=True):
        np.testing.assert_array_equal(got, want)
    assert losses[-1] < losses[0]


def test_training_resumed_from_a_checkpoint_is_training_uninterrupted(tmp_path):
    uninterrupted = resumed_training.new_model()
    losses = resumed_training.train(uninterrupted, 6)
    first = resumed_training.new_model()
    resumed_training.train(first, 3)
    path = tf.train.Checkpoint(model=first, optimizer=first.optimizer).save(tmp_path / "ckpt")

    second = resumed_training.new_model()
    second.optimizer.build(second.trainable_variables)
    tf.train.Checkpoint(model=second, optimizer=second.optimizer).restore(path).assert_consumed()
    assert resumed_training.train(second, 3) == losses[3:]


def test_training_cannot_be_resumed_from_hdf5(tmp_path):
    losses = resumed_training.train(resumed_training.new_model(), 6)
    first = resumed_training.new_model()
    resumed_training.train(first, 3)
    first.save(tmp_path / "model.h5")

    second = keras.saving.load_model(tmp_path / "model.h5")
    for got, want in zip(second.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(got, want)
    # Adam's moments are lost (its step and learning rate are not), and it refuses to go on.
    assert len(first.optimizer.variables) == 10
    assert len(second.optimizer.variables) == 2
    with pytest.raises(ValueError, match="Unknown variable"):
        resumed_training.train(second, 3)

    # With a new optimizer training goes on, elsewhere.
    second.compile(optimizer=keras.optimizers.Adam(0.01), loss=keras.losses.MeanSquaredError())
    assert resumed_training.train(second, 3) != losses[3:]
