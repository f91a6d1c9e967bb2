import json

from modelparity import check, runtimes
from modelparity.check import rendering
from modelparity.check.testing import model_of, node


def _model(folder):
    nodes = [node("x", "Placeholder", dtype="float32"), node("y", "Erf", "x", T="float32")]
    return model_of(folder / "model", nodes)


def _named(*names):
    return [runtimes.find(name) for name in names]


def test_text(tmp_path):
    model = _model(tmp_path)
    chosen = _named("tensorflow-c", "litert-python")
    assert rendering.to_text(model, check.predict(model, chosen)) == (
        f"{model.path}: SavedModel, 1 signature, 2 operators\n"
        "\n"
        "runtime        format\n"
        "tensorflow-c   saved_model   works\n"
        "tensorflow-c   frozen_graph  works\n"
        "litert-python  litert        will not: LiteRT has no operator Erf of float32\n"
        "\n"
        "What stands in the way\n"
        "- LiteRT has no operator Erf of float32\n"
        "  at y\n"
        "  way round: use gelu(approximate=True) where it comes from GELU\n"
    )


def test_json(tmp_path):
    model = _model(tmp_path)
    read = json.loads(rendering.to_json(model, check.predict(model, _named("litert-python"))))
    assert read["kind"] == "SavedModel"
    assert {"tf2onnx", "ai-edge-litert", "@tensorflow/tfjs", "tensorflow"} <= set(read["knowledge"])
    (said,) = read["predictions"]
    assert (said["runtime"], said["format"], said["signature"]) == (
        "litert-python",
        "litert",
        "serve",
    )
    assert said["verdict"] == "will_not"
    (obstacle,) = said["obstacles"]
    assert obstacle["stops"] is True
    assert obstacle["places"] == [{"node": "y", "function": "", "line": ""}]
