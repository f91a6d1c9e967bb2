import pytest

from modelparity import errors, signature_file
from modelparity.contract import tensorflow_graph_pb2 as tf
from modelparity.harness.testing import stub_bundle
from modelparity.runners.testing import write_litert

_HEADING = "# modelparity contract 1\n"


def _saved_model(folder, *tags, key="y", dtype=tf.DT_FLOAT, size=10):
    saved_model = tf.SavedModel()
    for tag in tags or ["serve"]:
        meta_graph = saved_model.meta_graphs.add()
        meta_graph.meta_info_def.tags.append(tag)
        definition = meta_graph.signature_def["serving_default"]
        for name in ("b", "a"):
            definition.inputs[name].dtype = dtype
            definition.inputs[name].tensor_shape.dim.add(size=-1)
            definition.inputs[name].tensor_shape.dim.add(size=size)
        definition.outputs[key].dtype = tf.DT_BOOL
        definition.outputs[key].tensor_shape.unknown_rank = True
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    return folder


def test_it_is_sorted_and_says_what_a_caller_needs(tmp_path):
    assert signature_file.of_model(_saved_model(tmp_path / "model")) == _HEADING + (
        "serving_default\n"
        "  in  a: float32 [?,10]\n"
        "  in  b: float32 [?,10]\n"
        "  out y: bool of any rank\n"
    )


def test_where_a_model_lies_does_not_matter(tmp_path):
    one = signature_file.of_model(_saved_model(tmp_path / "model"))
    _saved_model(tmp_path / "served" / "17")
    assert signature_file.of_model(tmp_path / "served") == one


def test_each_graph_of_several_is_named(tmp_path):
    lines = signature_file.of_model(_saved_model(tmp_path / "m", "train", "serve")).splitlines()
    graphs = ["# graph tagged serve", "# graph tagged train"]
    assert [line for line in lines if line.startswith("# graph")] == graphs


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, []),
        ({"key": "output_0"}, ["-  out y: bool of any rank", "+  out output_0: bool of any rank"]),
        ({"dtype": tf.DT_DOUBLE}, ["-  in  a: float32 [?,10]", "+  in  a: float64 [?,10]"]),
        ({"size": 11}, ["-  in  b: float32 [?,10]", "+  in  b: float32 [?,11]"]),
    ],
)
def test_what_changes_is_told(tmp_path, change, lines):
    kept = signature_file.of_model(_saved_model(tmp_path / "one"))
    now = signature_file.of_model(_saved_model(tmp_path / "two", **change))
    told = signature_file.difference(kept, now, "contract.txt", "two")
    assert bool(told) == bool(lines)
    assert set(lines) <= set(told.splitlines())


def test_a_bundle_and_its_file_have_one_contract(tmp_path):
    bundle = stub_bundle(tmp_path / "half.bundle")
    assert signature_file.of_model(bundle.path) == _HEADING + (
        "s\n  in  x: float32 [?]\n  out y: float32 [?]\n"
        "t\n  in  x: float32 [?]\n  out y: float32 [?]\n"
    )
    write_litert(tmp_path / "m.tflite", signatures=("t", "s"))
    assert signature_file.of_model(tmp_path / "m.tflite") == signature_file.of_model(bundle.path)


def test_a_name_is_one_line(tmp_path):
    text = signature_file.of_model(_saved_model(tmp_path / "m", key="y\n# z"))
    assert "  out y\\n# z: bool of any rank\n" in text


def test_no_signature_is_no_contract(tmp_path):
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "ckpt-1"\n')
    (tmp_path / "ckpt-1.index").write_bytes(b"")
    with pytest.raises(errors.UnsupportedError, match="no signature is stored"):
        signature_file.of_model(tmp_path)


def test_what_is_no_contract(tmp_path):
    path = tmp_path / "contract.txt"
    with pytest.raises(errors.FileMissingError, match="contract write"):
        signature_file.read(path)
    for data in (b"", b"# modelparity contract 2\n", b"\xff"):
        path.write_bytes(data)
        with pytest.raises(errors.ArtifactInvalidError, match="is no contract"):
            signature_file.read(path)
    path.write_text(_HEADING)
    assert signature_file.read(path) == _HEADING
