"""Executes docs/saving-and-loading.md: one test for each row, of the same name.

The document says `some-claim`; the test is `test_some_claim`. A row without a test, or a test
without a row, fails `test_the_document_and_the_tests_have_the_same_rows`.
"""

import pathlib
import re
import shutil
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

v1 = tf.compat.v1
_X = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


def test_the_document_and_the_tests_have_the_same_rows():
    document = pathlib.Path(__file__).with_name("saving-and-loading.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", document, re.MULTILINE)
    tests = [name for name in vars(sys.modules[__name__]) if name.startswith("test_")]
    tests.remove("test_the_document_and_the_tests_have_the_same_rows")
    assert sorted(rows) == sorted(name.removeprefix("test_").replace("_", "-") for name in tests)


class _Linear(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2.0)
        self.note = "a Python attribute"

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def scale(self, x):
        return self.factor * x

    def undecorated(self, x):
        return x


def _sequential():
    return keras.Sequential([keras.Input((2,), name="features"), keras.layers.Dense(1)])


def _two_inputs():
    user, item = keras.Input((2,), name="user"), keras.Input((2,), name="item")
    return keras.Model([user, item], keras.layers.Dot(axes=1)([user, item]))


def _saved(tmp_path, module, **options):
    tf.saved_model.save(module, tmp_path / "saved_model", **options)
    return tf.saved_model.load(tmp_path / "saved_model")


# SavedModel


def test_pb_holds_weights(tmp_path):
    model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(1000)])
    model.export(tmp_path / "m", verbose=False)
    weights = model.count_params() * 4
    assert (tmp_path / "m/saved_model.pb").stat().st_size < weights / 10
    shutil.rmtree(tmp_path / "m/variables")
    with pytest.raises(FileNotFoundError, match="variables"):
        tf.saved_model.load(tmp_path / "m")


def test_call_what_was_loaded(tmp_path):
    model = _sequential()
    loaded = _saved(tmp_path, model)
    with pytest.raises(TypeError, match="not callable"):
        loaded(_X)
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(exported.serve(_X), model(_X), rtol=1e-6)


def test_keep_the_function_alone(tmp_path):
    _sequential().export(tmp_path / "m", verbose=False)
    function = tf.saved_model.load(tmp_path / "m").serve
    with pytest.raises(AssertionError, match="variables which have been deleted"):
        function(_X)


def test_fit_what_was_loaded(tmp_path):
    assert not hasattr(_saved(tmp_path, _sequential()), "fit")


def test_signatures_come_by_themselves(tmp_path):
    class NoSignature(tf.Module):
        @tf.function
        def scale(self, x):
            return 2 * x

    assert not _saved(tmp_path, NoSignature()).signatures


def test_a_dummy_call_records_the_shape(tmp_path):
    class NoSignature(tf.Module):
        @tf.function
        def scale(self, x):
            return 2 * x

    module = NoSignature()
    module.scale(tf.zeros([1, 2]))
    loaded = _saved(tmp_path, module)
    assert loaded.scale(tf.zeros([1, 2])).shape == (1, 2)
    with pytest.raises(ValueError, match="Could not find matching concrete function"):
        loaded.scale(tf.zeros([3, 2]))


def test_keras_input_names_survive(tmp_path):
    def names(loaded):
        return sorted(loaded.signatures["serving_default"].structured_input_signature[1])

    assert names(_saved(tmp_path, _two_inputs())) != ["item", "user"]
    _two_inputs().export(tmp_path / "exported", verbose=False)
    assert names(tf.saved_model.load(tmp_path / "exported")) == ["item", "user"]


def test_one_tensor_has_a_name(tmp_path):
    module = _Linear()
    loaded = _saved(tmp_path, module, signatures=module.scale)
    assert list(loaded.signatures["serving_default"](x=_X)) == ["output_0"]


def test_outputs_keep_their_order(tmp_path):
    class Outputs(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def both(self, x):
            return {"second": x + 2, "first": x + 1}

    module = Outputs()
    function = _saved(tmp_path, module, signatures=module.both).signatures["serving_default"]
    values = convert_variables_to_constants_v2(function)(tf.constant(0.0))
    assert [value.numpy() for value in values] == [1.0, 2.0]


def test_signatures_take_positional_arguments(tmp_path):
    _two_inputs().export(tmp_path / "m", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "m")
    signature = loaded.signatures["serving_default"]
    with pytest.raises(TypeError):
        signature(tf.constant(_X), tf.constant(_X))
    assert signature(user=tf.constant(_X), item=tf.constant(_X))["output_0"].shape == (2, 1)


def test_signatures_cast_their_inputs(tmp_path):
    module = _Linear()
    loaded = _saved(tmp_path, module, signatures=module.scale)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected to be a float"):
        loaded.signatures["serving_default"](x=tf.constant(_X, tf.float64))


def test_methods_survive(tmp_path):
    loaded = _saved(tmp_path, _Linear())
    assert loaded.scale(_X)[1, 1] == 8
    assert not hasattr(loaded, "undecorated")
    assert not hasattr(loaded, "note")


def test_what_ran_is_what_is_saved(tmp_path):
    class Flagged(tf.Module):
        negate = False

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def call(self, x):
            return -x if self.negate else x

    module = Flagged()
    assert module.call(1.0) == 1
    module.negate = True
    assert module.call(1.0) == 1
    assert _saved(tmp_path, module).call(1.0) == -1


def test_variables_are_shared_by_signatures(tmp_path):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.count = tf.Variable(0)

        @tf.function(input_signature=[])
        def increase(self):
            return {"count": self.count.assign_add(1)}

        @tf.function(input_signature=[])
        def read(self):
            return {"count": self.count.read_value()}

    module = Counter()
    loaded = _saved(tmp_path, module, signatures={"increase": module.increase, "read": module.read})
    loaded.signatures["increase"]()
    assert loaded.signatures["read"]()["count"] == 1


def test_loading_needs_the_classes(tmp_path):
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    model = keras.Sequential([keras.Input((2,)), Doubled()])
    model.export(tmp_path / "exported", verbose=False)
    model.save(tmp_path / "m.keras")
    del Doubled, model
    exported = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_array_equal(exported.serve(_X), 2 * _X)
    with pytest.raises(TypeError, match="Doubled"):
        keras.saving.load_model(tmp_path / "m.keras")


def test_assets_stay_where_they_were(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("zero\none\n")

    class Lookup(tf.Module):
        def __init__(self):
            super().__init__()
            initializer = tf.lookup.TextFileInitializer(
                tf.saved_model.Asset(str(words)),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            )
            self.table = tf.lookup.StaticHashTable(initializer, -1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def look_up(self, word):
            return {"id": self.table.lookup(word)}

    module = Lookup()
    tf.saved_model.save(module, tmp_path / "m", signatures=module.look_up)
    words.unlink()
    moved = shutil.move(tmp_path / "m", tmp_path / "moved")
    loaded = tf.saved_model.load(moved)
    assert loaded.signatures["serving_default"](word=tf.constant(["one"]))[
        "id"
    ].numpy().tolist() == [1]


def test_dropout_is_off(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.9)])
    model.export(tmp_path / "m", verbose=False)
    exported = tf.saved_model.load(tmp_path / "m")
    np.testing.assert_array_equal(exported.serve(_X), _X)


# Keras


def test_save_to_a_folder(tmp_path):
    with pytest.raises(ValueError, match="Invalid filepath extension"):
        _sequential().save(tmp_path / "folder")


def test_keras_is_one_opaque_file(tmp_path):
    _sequential().save(tmp_path / "m.keras")
    names = zipfile.ZipFile(tmp_path / "m.keras").namelist()
    assert {"config.json", "metadata.json", "model.weights.h5"} <= set(names)


def test_keras_knows_the_architecture(tmp_path):
    @keras.saving.register_keras_serializable("saving_and_loading")
    class Needy(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.dense = keras.layers.Dense(units)

        def call(self, inputs):
            return self.dense(inputs)

    model = Needy(3)
    model(_X)
    with pytest.raises(NotImplementedError, match="get_config"):
        model.save(tmp_path / "m.keras")


def test_custom_objects_are_enough(tmp_path):
    class NoKwargs(keras.layers.Layer):
        def __init__(self):
            super().__init__()

        def call(self, inputs):
            return 2 * inputs

    class WithKwargs(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    for layer, works in ((NoKwargs, False), (WithKwargs, True)):
        path = tmp_path / f"{layer.__name__}.keras"
        keras.Sequential([keras.Input((2,)), layer()]).save(path)
        custom_objects = {layer.__name__: layer}
        if works:
            loaded = keras.saving.load_model(path, custom_objects=custom_objects)
            np.testing.assert_array_equal(loaded(_X), 2 * _X)
        else:
            with pytest.raises(TypeError, match="NoKwargs"):
                keras.saving.load_model(path, custom_objects=custom_objects)


def test_lambda_layers_can_be_saved(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="unsafe"):
        keras.saving.load_model(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", safe_mode=False)
    np.testing.assert_array_equal(loaded(_X), 2 * _X)


def test_weights_files_have_any_name(tmp_path):
    with pytest.raises(ValueError, match=r"\.weights\.h5"):
        _sequential().save_weights(tmp_path / "m.h5")


def test_weights_fit_any_model(tmp_path):
    _sequential().save_weights(tmp_path / "m.weights.h5")
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)])
    with pytest.raises(ValueError, match="shape"):
        other.load_weights(tmp_path / "m.weights.h5")


def test_two_arguments(tmp_path):
    model = _two_inputs()
    with pytest.raises((TypeError, ValueError)):
        model(_X, _X)
    assert model([_X, _X]).shape == (2, 1)


def test_a_built_model_can_be_exported(tmp_path):
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    model = Subclassed()
    with pytest.raises(ValueError, match=r"called|built"):
        model.export(tmp_path / "m", verbose=False)
    model(_X)
    model.export(tmp_path / "m", verbose=False)
    exported = tf.saved_model.load(tmp_path / "m")
    assert exported.serve(np.zeros((7, 2), np.float32)).shape == (7, 1)


# Training


def _compiled(loss):
    keras.utils.set_random_seed(1)
    model = _sequential()
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss=loss)
    return model


def _train(model, epochs):
    targets = np.array([[1.0], [-1.0]], np.float32)
    return model.fit(_X, targets, epochs=epochs, shuffle=False, verbose=0).history["loss"]


def test_keras_resumes_training(tmp_path):
    uninterrupted = _train(_compiled("mse"), 6)
    model = _compiled("mse")
    _train(model, 3)
    model.save(tmp_path / "m.keras")
    assert _train(keras.saving.load_model(tmp_path / "m.keras"), 3) == uninterrupted[3:]


def test_checkpoints_resume_training(tmp_path):
    uninterrupted = _train(_compiled("mse"), 6)
    model = _compiled("mse")
    _train(model, 3)
    path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(tmp_path / "ckpt")
    resumed = _compiled("mse")
    resumed.optimizer.build(resumed.trainable_variables)
    checkpoint = tf.train.Checkpoint(model=resumed, optimizer=resumed.optimizer)
    checkpoint.restore(path).assert_consumed()
    assert _train(resumed, 3) == uninterrupted[3:]


def test_hdf5_resumes_training(tmp_path):
    model = _compiled(keras.losses.MeanSquaredError())
    _train(model, 3)
    model.save(tmp_path / "m.h5")
    loaded = keras.saving.load_model(tmp_path / "m.h5")
    np.testing.assert_array_equal(loaded(_X), model(_X))
    with pytest.raises(ValueError, match="Unknown variable"):
        _train(loaded, 3)


def test_hdf5_loads_what_it_saved(tmp_path):
    _compiled("mse").save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="Could not deserialize"):
        keras.saving.load_model(tmp_path / "m.h5")
    assert keras.saving.load_model(tmp_path / "m.h5", compile=False)(_X).shape == (2, 1)


def test_weights_alone_resume_training(tmp_path):
    uninterrupted = _train(_compiled("mse"), 6)
    model = _compiled("mse")
    _train(model, 3)
    model.save_weights(tmp_path / "m.weights.h5")
    resumed = _compiled("mse")
    resumed.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(resumed(_X), model(_X))
    assert _train(resumed, 3) != uninterrupted[3:]


# Checkpoints


def test_checkpoints_hold_values_only(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).save(tmp_path / "ckpt")
    reader = tf.train.load_checkpoint(path)
    assert reader.get_tensor("v/.ATTRIBUTES/VARIABLE_VALUE").tolist() == [1.0, 2.0]
    assert not [file for file in tmp_path.iterdir() if file.suffix == ".pb"]


def test_restore_complains(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable(1.0)).save(tmp_path / "ckpt")
    other = tf.Variable(5.0)
    status = tf.train.Checkpoint(other=other).restore(path)
    assert other == 5
    with pytest.raises(AssertionError):
        status.assert_consumed()


def test_restore_takes_the_name_that_was_saved(tmp_path):
    variable = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(v=variable)
    checkpoint.save(tmp_path / "ckpt")
    with pytest.raises(tf.errors.NotFoundError):
        checkpoint.restore(str(tmp_path / "ckpt"))
    variable.assign(9.0)
    checkpoint.restore(tf.train.latest_checkpoint(tmp_path)).assert_consumed()
    assert variable == 1


# Frozen graphs


def test_freeze_by_tensor_name():
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        tf.add(v1.get_variable("v", initializer=1.0, use_resource=False), 1, name="y")
        session.run(v1.global_variables_initializer())
        freeze = v1.graph_util.convert_variables_to_constants
        with pytest.raises(AssertionError, match="y:0"):
            freeze(session, graph.as_graph_def(), ["y:0"])
        frozen = freeze(session, graph.as_graph_def(), ["y"])
    assert not [node for node in frozen.node if node.op.startswith("Variable")]


def test_frozen_graphs_need_tensorflow_1():
    module = _Linear()
    frozen = convert_variables_to_constants_v2(module.scale.get_concrete_function())
    assert not frozen.variables
    module.factor.assign(100.0)
    assert frozen(tf.constant(_X))[0][1, 1] == 8


def test_freezing_keeps_tables():
    class Lookup(tf.Module):
        def __init__(self):
            super().__init__()
            entries = tf.lookup.KeyValueTensorInitializer(["a"], [1])
            self.table = tf.lookup.StaticHashTable(entries, -1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
        def look_up(self, word):
            return self.table.lookup(word)

    module = Lookup()
    frozen = convert_variables_to_constants_v2(module.look_up.get_concrete_function())
    word, hidden = frozen.inputs
    assert word.name == "word:0"
    assert hidden.dtype == tf.resource


def test_frozen_graphs_keep_the_names_of_outputs(tmp_path):
    class Named(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
        def call(self, x):
            return {"doubled": 2 * x}

    module = Named()
    loaded = _saved(tmp_path, module, signatures=module.call)
    frozen = convert_variables_to_constants_v2(loaded.signatures["serving_default"])
    assert [tensor.name for tensor in frozen.inputs] == ["x:0"]
    assert [tensor.name for tensor in frozen.outputs] == ["Identity:0"]
