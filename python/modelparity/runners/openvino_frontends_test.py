"""SavedModels in OpenVINO: the signature that is called is the one that runs."""

import numpy as np
import pytest

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.contract import tensorflow_graph_pb2 as tf
from modelparity.errors import ArtifactInvalidError, FileMissingError, UnsupportedError
from modelparity.runners.openvino_runner import OpenvinoRunner


class _SavedModel:
    """A graph of float32 tensors, of which each signature has an `x` of its own."""

    def __init__(self):
        self.graph = tf.GraphDef()
        self.graph.versions.producer = 1000
        self.signatures: dict[str, tuple[dict[str, str], dict[str, str]]] = {}

    def node(self, name, op, *inputs, dtype_attribute="T"):
        node = self.graph.node.add(name=name, op=op, input=inputs)
        node.attr[dtype_attribute].type = tf.DT_FLOAT
        return node

    def placeholder(self, name, *inputs, op="Placeholder", unknown_rank=False):
        shape = self.node(name, op, *inputs, dtype_attribute="dtype").attr["shape"].shape
        shape.unknown_rank = unknown_rank
        if not unknown_rank:
            shape.dim.add(size=-1)

    def constant(self, name, value):
        tensor = self.node(name, "Const", dtype_attribute="dtype").attr["value"].tensor
        tensor.dtype = tf.DT_FLOAT
        tensor.tensor_shape.SetInParent()
        tensor.float_val.append(value)

    def sign(self, signature, inputs, outputs):
        self.signatures[signature] = (inputs, outputs)

    def load(self, folder, dtype="float32", tags=("serve",)):
        model = tf.SavedModel(saved_model_schema_version=1)
        # One for training comes first, as TensorFlow 1 could write it.
        for tag, graph in (("train", tf.GraphDef()), ("serve", self.graph)):
            meta_graph = model.meta_graphs.add(graph_def=graph)
            meta_graph.meta_info_def.tags.append(tag)
        for name, (inputs, outputs) in self.signatures.items():
            definition = meta_graph.signature_def[name]
            for infos, tensors in ((definition.inputs, inputs), (definition.outputs, outputs)):
                for key, tensor in tensors.items():
                    infos[key].name = tensor
        (folder / "saved_model.pb").write_bytes(model.SerializeToString())

        artifact = manifest_pb2.Artifact(format="saved_model", path=".", tags=tags)
        signatures = []
        for name, (inputs, outputs) in self.signatures.items():
            binding = artifact.bindings.add(signature=name)
            signature = manifest_pb2.Signature(name=name)
            for tensors, bound, specs in (
                (inputs, binding.inputs, signature.inputs),
                (outputs, binding.outputs, signature.outputs),
            ):
                for key, tensor in tensors.items():
                    bound.add(name=key, tensor=tensor)
                    specs.add(name=key, dtype=dtype, shape=[-1])
            signatures.append(signature)
        runner = OpenvinoRunner()
        runner.load(runner_pb2.Load(bundle=str(folder), artifact=artifact, signatures=signatures))
        return runner


def _run(runner, signature, **arrays):
    outputs = runner.run(signature, {name: np.float32(value) for name, value in arrays.items()})
    return {name: value.tolist() for name, value in outputs.items()}


def _two_signatures(first, second):
    """y = 2x, and y = 3x."""
    model = _SavedModel()
    for signature, factor in ((first, 2), (second, 3)):
        model.placeholder(f"{signature}_x")
        model.constant(f"{signature}_factor", factor)
        model.node(f"{signature}_y", "Mul", f"{signature}_x", f"{signature}_factor")
        model.sign(signature, {"x": f"{signature}_x:0"}, {"y": f"{signature}_y:0"})
    return model


@pytest.mark.parametrize("names", [("serving_default", "other"), ("one", "other")])
def test_each_signature_gives_its_own_answers(tmp_path, names):
    runner = _two_signatures(*names).load(tmp_path)
    for _ in range(2):
        assert _run(runner, names[0], x=[1, 2]) == {"y": [2, 4]}
        assert _run(runner, names[1], x=[1, 2]) == {"y": [3, 6]}


def test_a_signature_that_fails_costs_no_other(tmp_path):
    model = _two_signatures("serving_default", "other")
    next(node for node in model.graph.node if node.name == "other_y").op = "NoSuchOperator"
    runner = model.load(tmp_path)
    with pytest.raises(UnsupportedError, match=r"No conversion rule .* NoSuchOperator"):
        _run(runner, "other", x=[1])
    assert _run(runner, "serving_default", x=[1]) == {"y": [2]}


def test_outputs_with_the_names_of_the_other_inputs(tmp_path):
    model = _SavedModel()
    model.placeholder("a")
    model.placeholder("b")
    model.node("turned_a", "Neg", "b")
    model.node("turned_b", "Neg", "a")
    model.sign("swapped", {"a": "a:0", "b": "b:0"}, {"a": "turned_a:0", "b": "turned_b:0"})
    assert _run(model.load(tmp_path), "swapped", a=[1], b=[2]) == {"a": [-2], "b": [-1]}


def test_two_outputs_that_are_one_tensor(tmp_path):
    model = _SavedModel()
    model.placeholder("x")
    model.node("negative", "Neg", "x")
    model.sign("twice", {"x": "x:0"}, {"y": "negative:0", "z": "negative:0"})
    assert _run(model.load(tmp_path), "twice", x=[1, -2]) == {"y": [-1, 2], "z": [-1, 2]}


def test_an_input_with_a_default_value_is_an_input(tmp_path):
    model = _SavedModel()
    model.constant("default", 7)
    model.placeholder("x", "default", op="PlaceholderWithDefault")
    model.node("negative", "Neg", "x")
    model.sign("serving_default", {"x": "x:0"}, {"y": "negative:0"})
    assert _run(model.load(tmp_path), "serving_default", x=[1, -2]) == {"y": [-1, 2]}


def test_a_placeholder_of_unknown_rank_has_the_rank_of_the_signature(tmp_path):
    model = _SavedModel()
    model.placeholder("x", unknown_rank=True)
    model.node("negative", "Neg", "x")
    model.sign("serving_default", {"x": "x:0"}, {"y": "negative:0"})
    assert _run(model.load(tmp_path), "serving_default", x=[1, -2]) == {"y": [-1, 2]}


def test_what_a_signature_does_not_need_is_not_converted(tmp_path):
    model = _two_signatures("serving_default", "other")
    model.placeholder("unused")
    model.node("broken", "NoSuchOperator", "unused")
    assert _run(model.load(tmp_path), "serving_default", x=[1]) == {"y": [2]}


def test_a_constant_output_is_unsupported(tmp_path):
    model = _SavedModel()
    model.placeholder("x")
    model.node("negative", "Neg", "x")
    model.constant("seven", 7)
    model.sign("serving_default", {"x": "x:0"}, {"y": "negative:0", "z": "seven:0"})
    with pytest.raises(UnsupportedError, match=r"output 'z': .* drops what is constant"):
        model.load(tmp_path)


def test_a_graph_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    model = _two_signatures("serving_default", "other")
    runner = model.load(tmp_path, dtype="int32")
    with pytest.raises(ArtifactInvalidError, match="input 'x': got float32 in OpenVINO's"):
        runner.run("other", {"x": np.int32([1])})


def test_tags_that_no_graph_has_are_invalid(tmp_path):
    runner = _two_signatures("serving_default", "other").load(tmp_path, tags=["gpu"])
    with pytest.raises(ArtifactInvalidError, match="got 0 graphs tagged gpu"):
        _run(runner, "other", x=[1])


def test_a_folder_without_saved_model_pb_is_missing(tmp_path):
    runner = _two_signatures("serving_default", "other").load(tmp_path)
    (tmp_path / "saved_model.pb").unlink()
    with pytest.raises(FileMissingError):
        _run(runner, "other", x=[1])
