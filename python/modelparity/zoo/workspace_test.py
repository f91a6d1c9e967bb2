import os

import pytest

from modelparity import cli


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Stands beside a checkout with what is read of one."""
    monkeypatch.chdir(tmp_path)
    _touch("checkout/bazel/portability_zoo.bzl", "models/")
    (tmp_path / "checkout/.bazelversion").write_text("7.7.1\n")


def _touch(*paths):
    for path in paths:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not path.endswith("/"):
            open(path, "w").close()


def _write(*options):
    return cli.main(["zoo", "models", "-o", "zoo", "--modelparity", "checkout", *options])


def test_every_model_is_named_with_the_files_that_it_reads(tmp_path, capsys):
    _touch(
        "models/vision/a.onnx",
        "models/vision/a.onnx.data",
        "models/vision/a.onnx_old.onnx",
        "models/b/saved_model.pb",
        "models/c.bundle/manifest.json",
        "models/ckpt-1.index",
    )
    assert _write("--shards", "2") == cli.OK
    assert (tmp_path / "zoo/BUILD").read_text() == (
        "# Written by `modelparity zoo`, which writes it anew.\n"
        'load("@modelparity//bazel:portability_zoo.bzl", "portability_zoo")\n'
        "\n"
        "portability_zoo(\n"
        '    name = "zoo",\n'
        "    bundles = [\n"
        '        "models/c.bundle",\n'
        "    ],\n"
        "    data = {\n"
        '        "models/vision/a.onnx": [\n'
        '            "models/vision/a.onnx.data",\n'
        "        ],\n"
        "    },\n"
        "    models = [\n"
        '        "models/b",\n'
        '        "models/vision/a.onnx",\n'
        '        "models/vision/a.onnx_old.onnx",\n'
        "    ],\n"
        "    shards = 2,\n"
        ")\n"
    )
    assert (tmp_path / "zoo/models/vision/a.onnx").exists()
    assert f'path = "{tmp_path}/checkout"' in (tmp_path / "zoo/WORKSPACE").read_text()
    assert f"import {tmp_path}/checkout/bazel/" in (tmp_path / "zoo/.bazelrc").read_text()
    assert (tmp_path / "zoo/.bazelversion").read_text() == "7.7.1\n"
    out = capsys.readouterr().out
    assert "left out: ckpt-1: a checkpoint holds values only" in out
    assert "zoo: 4 models; next: cd zoo && bazel test //:zoo" in out


def test_runtimes_are_chosen_as_elsewhere_without_versions_or_backends(tmp_path, capsys):
    _touch("models/a.onnx")
    assert _write("--runtime", "tfjs-*", "--runtime", "onnx-reference") == cli.OK
    chosen = '    runtimes = [\n        "onnx-reference",\n        "tfjs-chromium",\n        "tfjs-node",\n    ],\n'
    assert chosen in (tmp_path / "zoo/BUILD").read_text()
    for pattern in ("tfjs-chromium/webgl", "tensorflow-python@2.16.2", "nothing"):
        assert _write("--runtime", pattern) == cli.WRONG_CALL
        assert f"--runtime '{pattern}'" in capsys.readouterr().err
    assert chosen in (tmp_path / "zoo/BUILD").read_text()


def test_what_is_below_tmp_is_shown_to_actions(tmp_path, monkeypatch):
    _touch("models/a.onnx")
    monkeypatch.setattr("modelparity.zoo.workspace._TMP", tmp_path / "elsewhere")
    assert _write() == cli.OK
    assert "mount" not in (tmp_path / "zoo/.bazelrc").read_text()
    monkeypatch.setattr("modelparity.zoo.workspace._TMP", tmp_path)
    assert _write() == cli.OK
    lines = (tmp_path / "zoo/.bazelrc").read_text().splitlines()
    for folder in ("checkout", "models"):
        assert f"build --sandbox_add_mount_pair={tmp_path}/{folder}" in lines


def test_a_second_call_writes_the_list_anew(tmp_path):
    _touch("models/a.onnx")
    assert _write() == cli.OK
    _touch("models/b.onnx")
    assert _write() == cli.OK
    assert '"models/b.onnx"' in (tmp_path / "zoo/BUILD").read_text()


def test_models_may_be_in_the_workspace_already(tmp_path):
    _touch("zoo/models/a.onnx")
    arguments = ["zoo", "zoo/models", "-o", "zoo", "--modelparity", "checkout"]
    assert cli.main(arguments) == cli.OK == cli.main(arguments)
    assert not (tmp_path / "zoo/models").is_symlink()


def test_the_checkout_is_found(tmp_path, monkeypatch):
    _touch("models/a.onnx")
    package = tmp_path / "checkout/python/modelparity/__init__.py"
    monkeypatch.setattr("modelparity.__file__", str(package))
    assert cli.main(["zoo", "models", "-o", "zoo"]) == cli.OK
    monkeypatch.setattr(
        "modelparity.__file__", str(tmp_path / "lib/site-packages/modelparity/x.py")
    )
    assert cli.main(["zoo", "models", "-o", "zoo"]) == cli.WRONG_CALL


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ([], [], "'models' has no model in it"),
        (["models/ckpt-1.index"], [], "'models' has checkpoints only"),
        (["models/saved_model.pb"], [], "'models' is a model itself"),
        (["models/a b.onnx"], [], "model 'a b.onnx': Bazel takes letters"),
        (["models/a.onnx", "zoo/BUILD"], [], "'zoo/BUILD' was not written by `modelparity zoo`"),
        (
            ["models/a.onnx"],
            ["--modelparity", "models"],
            "'models' has no bazel/portability_zoo.bzl",
        ),
        (["models/a.onnx", "zoo"], [], "'zoo' cannot be written"),
    ],
)
def test_a_wrong_call_is_one_sentence(capsys, files, options, message):
    for file in files:
        _touch(f"./{file}")
    assert _write(*options) == cli.WRONG_CALL
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
