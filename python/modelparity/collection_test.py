"""What counts as a model below a folder."""

from modelparity.collection import find_models


def _touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def _names(*arguments, **options):
    return [model.name for model in find_models(*arguments, **options)]


def test_every_kind_of_model_is_one(tmp_path):
    _touch(
        tmp_path,
        "b/manifest.json",
        "b/onnx/inside.onnx",
        "deep/er/saved_model.pb",
        "deep/er/fingerprint.pb",
        "deep/text/saved_model.pbtxt",
        "serving/1/saved_model.pb",
        "serving/00012/saved_model.pb",
        "m.keras",
        "m.h5",
        "m.tflite",
        "frozen.pb",
        "training/checkpoint",
        "training/ckpt-1.index",
        "training/ckpt-1.data-00000-of-00001",
        "README.md",
        ".hidden/m.onnx",
    )
    assert _names(tmp_path) == [
        *("b", "deep/er", "deep/text", "frozen.pb", "m.h5", "m.keras", "m.tflite", "serving"),
        "training/ckpt-1",
    ]


def test_a_folder_that_is_a_model_has_its_own_name(tmp_path):
    _touch(tmp_path, "half/saved_model.pb")
    (model,) = find_models(tmp_path / "half")
    assert (model.name, model.path) == ("half", tmp_path / "half")


def test_the_folder_of_the_results_is_left_out(tmp_path):
    _touch(tmp_path, "m.onnx", "results/m.onnx/kept.onnx")
    assert _names(tmp_path, leave_out=tmp_path / "results") == ["m.onnx"]


def test_a_link_to_a_folder_does_not_lead_in_a_circle(tmp_path):
    _touch(tmp_path, "a/m.onnx")
    (tmp_path / "a/up").symlink_to(tmp_path)
    assert _names(tmp_path) == ["a/m.onnx"]
