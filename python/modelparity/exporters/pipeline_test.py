"""Whole exports, few of them, since each starts several processes that import TensorFlow."""

import contextlib
import dataclasses
import functools
import pathlib
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from modelparity import graphs, runtimes
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    SignatureNotFoundError,
    UnsupportedError,
)
from modelparity.exporters import golden, noise, oracle, pipeline
from modelparity.exporters import source as sources
from modelparity.exporters.formats import FORMATS, default_formats
from modelparity.exporters.origin import Origin, obtain
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.tensors import decode_inputs, decode_outputs

v1 = tf.compat.v1
# Of the reference's settings, each is a process that imports TensorFlow; and these tests are of forms, not of values.
_WITHOUT = (
    "boundary",
    "tiny",
    "denormal",
    "halves",
    "nan",
    "infinite",
    "empty",
    noise.PROBE,
    oracle.PROBE,
)
export = functools.partial(pipeline.export, without=_WITHOUT)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    target = tmp_path_factory.mktemp("odd") / "odd.bundle"
    return export("modelparity.exporters.testing.odd_signatures:build", target)


@pytest.fixture(scope="module")
def keras_bundle(tmp_path_factory):
    target = tmp_path_factory.mktemp("keras") / "keras.bundle"
    source = "reference_models.two_inputs_two_outputs:build"
    return export(source, target, formats=FORMATS, seed=5)


def _made(bundle):
    return {
        (artifact.format, binding.signature)
        for artifact in bundle.manifest.artifacts
        for binding in artifact.bindings
    }


def _failures(bundle):
    failures = bundle.manifest.conversion_failures
    return {(failure.format, failure.signature): failure.message for failure in failures}


def _specs(bundle, case):
    signature = bundle.signature(case.signature)
    return [*signature.inputs, *signature.outputs]


@pytest.fixture(scope="module")
def answers():
    """Returns a function that gives the recorded and the new answer of each case, in one format."""
    with contextlib.ExitStack() as stack:
        names = ("tensorflow-python", "onnxruntime-python", "litert-python")
        players = [stack.enter_context(Player(runtimes.find(name), Limits())) for name in names]

        def replay(bundle, format_name):
            player = next(each for each in players if format_name in each.runtime.formats)
            for artifact in bundle.manifest.artifacts:
                if artifact.format != format_name:
                    continue
                cases = [
                    case
                    for binding in artifact.bindings
                    for case in bundle.cases(binding.signature)
                    if all(spec.dtype in player.runtime.dtypes for spec in _specs(bundle, case))
                ]
                if cases:
                    player.load(bundle.path, artifact, bundle.manifest.signatures)
                for case in cases:
                    response, _ = player.run(case.request)
                    yield decode_outputs(case.expected), decode_outputs(response)

        yield replay


def test_an_operator_that_onnx_does_not_have_is_a_conversion_failure_that_names_it(odd):
    message = _failures(odd)["onnx", "inverse_erf"]
    assert message == "ONNX has no operator Erfinv, and tf2onnx wrote it"
    assert ("onnx", "inverse_erf") not in _made(odd)
    assert ("frozen_graph", "inverse_erf") in _made(odd)


def test_what_tf2onnx_gets_wrong_is_repaired_and_said(odd):
    repairs = {
        artifact.bindings[0].signature: list(artifact.repairs)
        for artifact in odd.manifest.artifacts
        if artifact.repairs
    }
    assert repairs == {
        "exact_gelu": ["Erfc as 1 - Erf: PartitionedCall/Gelu/Erfc"],
        "half": ["FloorDiv of integers rounded down: PartitionedCall/floordiv"],
    }


def test_repairs_can_be_left_out(tmp_path):
    source = "modelparity.exporters.testing.odd_signatures:build"
    names = {"formats": ["onnx"], "signatures": ["exact_gelu", "half"]}
    bundle = export(source, tmp_path / "odd.bundle", repairs=False, **names)
    assert _failures(bundle) == {
        ("onnx", "exact_gelu"): "ONNX has no operator Erfc, and tf2onnx wrote it"
    }
    assert not any(artifact.repairs for artifact in bundle.manifest.artifacts)


def test_an_operator_that_litert_does_not_have_is_a_conversion_failure_that_names_it(odd):
    assert _failures(odd)["litert", "three_rows"] == "LiteRT has no operator EnsureShape of f32"
    assert ("litert", "three_rows") not in _made(odd)


def test_what_the_runtime_at_hand_refuses_is_no_failure_of_the_conversion(odd):
    # LiteRT in Python has no bfloat16.
    assert ("litert", "brain_float") in _made(odd)


def test_what_converts_without_a_complaint_and_cannot_be_run_is_a_conversion_failure(odd):
    assert "got float16 in the ONNX file" in _failures(odd)["onnx", "brain_float"]
    assert ("onnx", "brain_float") not in _made(odd)
    assert not (odd.path / "onnx/brain_float.onnx").exists()


def test_a_key_may_name_an_input_and_an_output(odd):
    formats = {format_name for format_name, signature in _made(odd) if signature == "same_key"}
    assert formats == {"saved_model", "frozen_graph", "onnx", "litert"}


def test_a_function_that_is_compiled_as_a_whole_becomes_its_operators(odd):
    formats = {name for name, signature in _made(odd) if signature == "compiled_groups"}
    assert formats == {"saved_model", "frozen_graph", "onnx", "litert"}
    graph = graphs.read_graph(odd.path / "frozen_graph/compiled_groups.pb")
    assert "Conv2D" in {node.op for node in graph.node}


@pytest.mark.parametrize("format_name", ["onnx", "litert"])
def test_an_input_that_nothing_uses_stays_an_input(odd, format_name):
    (binding,) = (
        binding
        for artifact in odd.manifest.artifacts
        for binding in artifact.bindings
        if (artifact.format, binding.signature) == (format_name, "unused_input")
    )
    assert [entry.name for entry in binding.inputs] == ["a", "b"]


def test_complex_numbers_are_described_and_refused(odd):
    assert odd.signature("complex_numbers").inputs[0].dtype == "complex64"
    refused = {(case.signature, case.message.split(":")[0]) for case in odd.manifest.refused_cases}
    assert {name for name, _ in refused} == {"complex_numbers", "complex_answer", "three_rows"}
    assert not list(odd.cases("complex_numbers"))
    assert not list(odd.cases("complex_answer"))


def test_what_the_reference_refuses_is_refused_and_the_rest_recorded(odd):
    assert [case.name for case in odd.cases("three_rows")]
    refused = [case for case in odd.manifest.refused_cases if case.signature == "three_rows"]
    assert all("\n" not in case.message and case.message for case in refused)


@pytest.mark.parametrize("format_name", ["frozen_graph", "onnx", "litert"])
def test_every_converted_signature_gives_the_recorded_answers(odd, answers, format_name):
    replayed = list(answers(odd, format_name))
    assert len(replayed) > 10
    for want, got in replayed:
        assert want.keys() == got.keys()
        for name in want:
            assert got[name].dtype == want[name].dtype
            np.testing.assert_allclose(
                got[name].astype(float), want[name].astype(float), rtol=1e-5, atol=1e-6
            )


def test_every_format_of_a_keras_model(keras_bundle):
    assert {format_name for format_name, _ in _made(keras_bundle)} == set(FORMATS)
    assert not _failures(keras_bundle)
    # Keras writes its function twice, as `serve` too.
    assert [entry.name for entry in keras_bundle.manifest.signatures] == ["serving_default"]
    assert keras_bundle.manifest.producer.source == "reference_models.two_inputs_two_outputs:build"
    assert keras_bundle.manifest.producer.package_versions["tensorflow"] == tf.__version__


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_format_mixes_up_inputs_or_outputs(keras_bundle, answers, format_name):
    replayed = list(answers(keras_bundle, format_name))
    assert replayed
    for want, got in replayed:
        assert want["rating"].shape[1:] == (1,) and want["category"].shape[1:] == (3,)
        for name in want:
            np.testing.assert_allclose(got[name], want[name], rtol=1e-4, atol=1e-5)


def test_cases_say_who_answered(keras_bundle):
    for case in keras_bundle.cases():
        assert (case.reference, case.reference_version) == ("tensorflow-python", tf.__version__)
        assert case.seed == 5 and case.request.model_name == "two_inputs_two_outputs"


def test_the_same_seed_gives_the_same_inputs(keras_bundle, tmp_path):
    source = sources.find(str(keras_bundle.path / "saved_model"))
    origin = obtain(source, tmp_path, ["serving_default"], ())

    def inputs(seed):
        cases, _ = golden.collect(origin, None, seed, _WITHOUT)
        return {case.name: decode_inputs(case.request)["text_features"] for case in cases}

    recorded = {
        case.name: decode_inputs(case.request)["text_features"] for case in keras_bundle.cases()
    }
    same, other = inputs(5), inputs(6)
    assert same.keys() == recorded.keys()
    assert all(np.array_equal(same[name], recorded[name]) for name in same)
    assert not all(np.array_equal(same[name], other[name]) for name in same)


def test_a_given_case_takes_the_place_of_a_seeded_one(keras_bundle, tmp_path):
    source = sources.find(str(keras_bundle.path / "saved_model"))
    origin = obtain(source, tmp_path, ["serving_default"], ())
    ones = {"text_features": np.ones((1, 4), "f"), "image_features": np.ones((1, 3), "f")}
    given = {f"serving_default/batch-1/{name}": array for name, array in ones.items()}
    np.savez(tmp_path / "given.npz", **given)
    cases, _ = golden.collect(origin, tmp_path / "given.npz", 0)
    (case,) = (case for case in cases if case.name == "batch-1")
    assert decode_inputs(case.request)["text_features"].tolist() == [[1, 1, 1, 1]]
    assert not case.HasField("seed")


@pytest.fixture(scope="module")
def version_1(tmp_path_factory):
    """A SavedModel as TensorFlow 1 wrote them: tables, shared tensors, two sets of tags."""
    folder = tmp_path_factory.mktemp("version_1")
    words = folder / "words.txt"
    words.write_text("zero\none\n")
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        word = v1.placeholder(tf.string, [None], name="word")
        x = v1.placeholder(tf.float32, [None], name="x")
        doubled = 2 * x * v1.get_variable("one", initializer=1.0, use_resource=False)
        in_graph = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b"], [3, 4]), default_value=-1
        ).lookup(word)
        in_file = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            default_value=-1,
        ).lookup(word)  # fmt: skip
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, tf.constant(str(words)))

        def signature(inputs, outputs):
            return v1.saved_model.signature_def_utils.predict_signature_def(inputs, outputs)

        builder = v1.saved_model.Builder(str(folder / "saved_model"))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {
                "doubled": signature({"x": x}, {"y": doubled}),
                "added": signature({"x": x, "doubled": doubled}, {"y": doubled + x}),
                "table": signature({"word": word}, {"id": in_graph}),
                "file": signature({"word": word}, {"id": in_file}),
            },
            main_op=v1.tables_initializer(),
        )
        builder.add_meta_graph(["serve", "gpu"])
        builder.save()
    target = folder / "version_1.bundle"
    given = folder / "given.npz"
    np.savez(given, **{"table/words/word": np.array(["b", "?"])})
    return export(str(folder / "saved_model"), target, cases=given)


def test_tensorflow_1_tables(version_1):
    assert list(version_1.manifest.artifacts[0].tags) == ["serve"]
    (case,) = (case for case in version_1.cases("table") if case.name == "words")
    assert decode_outputs(case.expected)["id"].tolist() == [4, -1]
    frozen = {
        artifact.bindings[0].signature: artifact
        for artifact in version_1.manifest.artifacts
        if artifact.format == "frozen_graph"
    }
    assert frozen.keys() == {"doubled", "added", "table"}
    assert len(frozen["table"].initializers) == 1
    assert not frozen["doubled"].initializers
    failures = _failures(version_1)
    assert "fills a table from a file" in failures["frozen_graph", "file"]
    assert "fills a table from a file" in failures["litert", "file"]
    assert failures["litert", "table"].startswith("LiteRT has no operator HashTableV2")


@pytest.mark.parametrize("format_name", ["frozen_graph", "onnx", "litert"])
def test_tensorflow_1_signatures_may_share_tensors(version_1, answers, format_name):
    # `doubled` is fed in one signature and computed in the other.
    assert {(format_name, "added"), (format_name, "doubled")} <= _made(version_1)
    for want, got in answers(version_1, format_name):
        for name in want:
            np.testing.assert_array_equal(got[name], want[name])


def test_what_only_computes_an_input_is_cut_off(version_1):
    graph = graphs.read_graph(version_1.path / "frozen_graph/added.pb")
    ops = {node.name: node.op for node in graph.node if node.op not in ("Const", "Identity")}
    assert sorted(ops.values()) == ["AddV2", "Placeholder", "Placeholder"]


def test_a_frozen_graph_is_exported_as_it_is(tmp_path, answers):
    source = "reference_models.frozen_v1:build"
    bundle = export(source, tmp_path / "b", formats=["frozen_graph", "saved_model", "litert"])
    frozen, litert = bundle.manifest.artifacts
    assert frozen.bindings[0].outputs[0].tensor == "prediction:0"
    assert litert.bindings[0].outputs[0].tensor == "prediction"
    replayed = list(answers(bundle, "litert"))
    assert len(replayed) == len(bundle.manifest.cases)
    for want, got in replayed:
        np.testing.assert_array_equal(got["prediction"], want["prediction"])
    assert list(bundle.signature("serving_default").outputs[0].shape) == [-1, 2]
    (case,) = (case for case in bundle.cases() if case.name == "by-hand")
    assert decode_outputs(case.expected)["prediction"].tolist() == [[0, 1], [0, 0]]
    assert "frozen graph" in _failures(bundle)["saved_model", ""]


def test_every_output_of_the_last_node_of_a_frozen_graph_is_an_output(tmp_path, answers):
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
        tf.math.top_k(x, k=2, name="best")
    (tmp_path / "best.pb").write_bytes(graph.as_graph_def().SerializeToString())
    bundle = export(str(tmp_path / "best.pb"), tmp_path / "b", formats=["frozen_graph", "litert"])
    outputs = bundle.signature("serving_default").outputs
    assert [(spec.name, spec.dtype) for spec in outputs] == [
        ("best:0", "float32"),
        ("best:1", "int32"),
    ]
    assert [list(spec.shape) for spec in outputs] == [[-1, 2], [-1, 2]]
    assert all(decode_outputs(case.expected)["best:1"].dtype == np.int32 for case in bundle.cases())
    replayed = list(answers(bundle, "litert"))
    assert len(replayed) == len(bundle.manifest.cases)
    for want, got in replayed:
        np.testing.assert_array_equal(got["best:1"], want["best:1"])


def test_a_keras_file_is_exported_as_it_is(tmp_path):
    model = keras.Sequential([keras.Input((2,), name="features"), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.save(tmp_path / "m.keras")
    bundle = export(str(tmp_path / "m.keras"), tmp_path / "b", formats=["keras"])
    copy = bundle.path / "keras/model.keras"
    # Loaded and saved again it would have lost its optimizer.
    assert copy.read_bytes() == (tmp_path / "m.keras").read_bytes()
    assert bundle.manifest.producer.source == "m.keras"


def test_a_keras_model_that_cannot_be_a_keras_file_is_not_left_out():
    saved_model = manifest_pb2.Artifact(format="saved_model")
    origin = Origin(pathlib.Path(), saved_model, [], "no get_config", [], {})
    assert "keras" in default_formats(origin)
    assert "keras" not in default_formats(dataclasses.replace(origin, keras=sources.NOT_KERAS))


def test_one_signature_alone(keras_bundle, tmp_path):
    source = str(keras_bundle.path / "saved_model")
    bundle = export(source, tmp_path / "b", formats=["saved_model"], signatures=["serve"])
    assert [entry.name for entry in bundle.manifest.signatures] == ["serve"]
    assert {case.signature for case in bundle.manifest.cases} == {"serve"}


def test_an_unknown_signature(keras_bundle, tmp_path):
    source = sources.find(str(keras_bundle.path / "saved_model"))
    with pytest.raises(SignatureNotFoundError, match="serving_default"):
        obtain(source, tmp_path, ["other"], ())


def test_an_unknown_format(tmp_path):
    with pytest.raises(UnsupportedError, match="saved_model"):
        export("a.b:c", tmp_path / "b", formats=["pickle"])


def test_a_graph_over_2_gb_is_refused_at_once(tmp_path):
    with open(tmp_path / "frozen.pb", "wb") as sparse:
        sparse.truncate(3 << 30)
    start = time.monotonic()
    with pytest.raises(ArtifactTooLargeError):
        export(str(tmp_path / "frozen.pb"), tmp_path / "b")
    assert time.monotonic() - start < 1


def test_a_function_that_returns_no_model(tmp_path):
    source = sources.find("modelparity.exporters.testing.odd_signatures:no_model")
    with pytest.raises(ArtifactInvalidError, match="returned int"):
        obtain(source, tmp_path, None, ())


def test_tags_that_leave_a_choice(tmp_path):
    saved_model = tensorflow_graph_pb2.SavedModel()
    for tags in (["serve", "gpu"], ["train"]):
        saved_model.meta_graphs.add().meta_info_def.tags.extend(tags)
    (tmp_path / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    with pytest.raises(ArtifactInvalidError, match=r"'gpu'.* and .*'train'"):
        obtain(sources.find(str(tmp_path)), tmp_path, None, ())


@pytest.fixture(scope="module")
def text_with_two_graphs(tmp_path_factory):
    """A SavedModel in text, with x * 2 tagged `train` and x * 4 tagged `serve` and `tpu`."""
    folder = tmp_path_factory.mktemp("text") / "m"
    builder = v1.saved_model.Builder(str(folder))
    for factor, tags in ((1, ["train"]), (2, ["serve", "tpu"])):
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.placeholder(tf.float32, [None], name="x")
            y = factor * x * v1.get_variable("two", initializer=2.0)
            session.run(v1.global_variables_initializer())
            signature = v1.saved_model.signature_def_utils.predict_signature_def({"x": x}, {"y": y})
            if factor == 1:
                builder.add_meta_graph_and_variables(session, tags, {"serving_default": signature})
            else:
                builder.add_meta_graph(tags, {"serving_default": signature})
    builder.save(as_text=True)
    return folder


@pytest.mark.parametrize(("tags", "factor"), [(["train"], 2), (["tpu", "serve"], 4)])
def test_a_saved_model_in_text_and_the_graph_with_the_tags(
    text_with_two_graphs, tmp_path, tags, factor
):
    bundle = export(str(text_with_two_graphs), tmp_path / "b", formats=["saved_model"], tags=tags)
    (artifact,) = bundle.manifest.artifacts
    assert set(artifact.tags) == set(tags)
    files = {file.path for file in bundle.manifest.files}
    assert "saved_model/saved_model.pb" in files and "saved_model/saved_model.pbtxt" not in files
    for case in bundle.cases():
        x, y = decode_inputs(case.request)["x"], decode_outputs(case.expected)["y"]
        assert y.tolist() == (factor * x).tolist()


def test_without_a_graph_for_serving_the_tags_are_listed(text_with_two_graphs, tmp_path):
    for tags in ((), ("serve",)):
        with pytest.raises(ArtifactInvalidError, match=r"\['train'\] and .*'tpu'.*--tag"):
            obtain(
                sources.find(str(text_with_two_graphs)),
                tmp_path / str(len(tags)),
                None,
                (),
                sources.Choice(tags=tags),
            )


def test_a_frozen_graph_between_the_tensors_that_the_user_names(tmp_path):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, name="x")
        tf.square(tf.negative(x, name="inner"), name="squared")
    (tmp_path / "g.pb").write_bytes(graph.as_graph_def().SerializeToString())
    bundle = export(
        str(tmp_path / "g.pb"),
        tmp_path / "b",
        formats=["frozen_graph"],
        feeds=["inner[?,2]"],
        fetches=["squared:0"],
    )
    (signature,) = bundle.manifest.signatures
    assert [(spec.name, list(spec.shape)) for spec in signature.inputs] == [("inner", [-1, 2])]
    for case in bundle.cases():
        want = decode_inputs(case.request)["inner"] ** 2
        assert decode_outputs(case.expected)["squared"].tolist() == want.tolist()


def test_of_a_model_that_cannot_be_loaded_there_is_no_bundle(tmp_path):
    module = tf.Module()
    module.v = tf.Variable(1.0)
    function = tf.function(lambda: {"y": module.v + 0}, input_signature=[])
    tf.saved_model.save(module, tmp_path / "m", signatures={"f": function})
    (tmp_path / "m/variables/variables.index").unlink()
    with pytest.raises(FileMissingError, match="variables"):
        export(str(tmp_path / "m"), tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_the_noise_of_the_reference_and_the_answer_in_float64_are_recorded(tmp_path):
    source = "reference_models.linear_regression:build"
    bundle = pipeline.export(source, tmp_path / "m.bundle", formats=["frozen_graph"])
    for case in bundle.cases():
        for name, expected in decode_outputs(case.expected).items():
            assert list(case.noise[name].settings) == [*noise.SETTINGS, noise.FLOAT64]
            assert case.noise[name].max_abs < 1e-5 * max(
                1.0, np.nanmax(np.abs(expected), initial=0)
            )
            exact = decode_outputs(case.oracle)[name]
            assert exact.dtype == np.float64
            np.testing.assert_allclose(expected, exact, rtol=1e-5, atol=1e-5)
