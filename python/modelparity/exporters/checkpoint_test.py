"""Checkpoints of both versions of TensorFlow, and what of them does not fit a model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.exporters.checkpoint import restore

v1 = tf.compat.v1


def _model(units=4, more=()):
    layers = [keras.layers.Dense(units, name="a"), keras.layers.Dense(2, name="b"), *more]
    return keras.Sequential([keras.Input((3,)), *layers], name="net")


@pytest.fixture(scope="module")
def trained():
    model = _model()
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


def _save(model, folder, how):
    """Returns the prefix of a checkpoint that was written in one of the usual ways."""
    if how == "attribute":
        return tf.train.Checkpoint(net=model, optimizer=model.optimizer).save(f"{folder}/ckpt")
    if how == "root":
        return tf.train.Checkpoint(model).write(f"{folder}/root")
    values = [(variable.path, variable.numpy()) for variable in model.variables]
    with tf.Graph().as_default(), v1.Session() as session:
        for path, value in values:
            # TensorFlow 1 has no name of the model.
            v1.get_variable(path.removeprefix("net/"), initializer=value)
        v1.get_variable("global_step", initializer=3)
        session.run(v1.global_variables_initializer())
        return v1.train.Saver().save(session, f"{folder}/model")


@pytest.mark.parametrize("how", ["attribute", "root", "names"])
def test_every_way_to_save_gives_the_values_back(trained, tmp_path, how):
    prefix = _save(trained, tmp_path, how)
    model = _model()
    notes = restore(model, f"{prefix}.index" if how == "root" else prefix)
    for got, want in zip(model.variables, trained.variables, strict=True):
        np.testing.assert_array_equal(got.numpy(), want.numpy())
    rest = "1 values more: global_step" if how == "names" else "values more: optimizer/_iterations"
    assert len(notes) == 1 and rest in notes[0]


def test_of_a_folder_the_latest_is_taken(trained, tmp_path):
    _save(trained, tmp_path, "attribute")
    model = _model()
    restore(model, tmp_path)
    np.testing.assert_array_equal(model.variables[0].numpy(), trained.variables[0].numpy())


def test_a_module(tmp_path):
    module = tf.Module()
    module.v = tf.Variable(3.0)
    prefix = tf.train.Checkpoint(module=module).save(str(tmp_path / "ckpt"))
    module.v.assign(0.0)
    assert restore(module, prefix) == ["the checkpoint has 1 values more: save_counter"]
    assert module.v.numpy() == 3


@pytest.mark.parametrize("how", ["attribute", "names"])
def test_what_the_checkpoint_lacks_is_an_error(trained, tmp_path, how):
    prefix = _save(trained, tmp_path, how)
    with pytest.raises(
        ArtifactInvalidError, match=r"lacks 2 of the model's 6 variables: net/c/bias"
    ):
        restore(_model(more=[keras.layers.Dense(2, name="c")]), prefix)


@pytest.mark.parametrize("how", ["attribute", "names"])
def test_another_shape_is_an_error(trained, tmp_path, how):
    prefix = _save(trained, tmp_path, how)
    with pytest.raises(ArtifactInvalidError, match="4"):
        restore(_model(units=5), prefix)


def test_no_checkpoint(tmp_path):
    with pytest.raises(FileMissingError, match=r"no file '.*ckpt\.index'"):
        restore(_model(), tmp_path / "ckpt")
    with pytest.raises(FileMissingError, match="the folder names none"):
        restore(_model(), tmp_path)
    (tmp_path / "bad.index").write_bytes(b"no checkpoint")
    with pytest.raises(ArtifactInvalidError, match=r"bad' cannot be read"):
        restore(_model(), tmp_path / "bad")
