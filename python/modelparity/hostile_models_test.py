"""Model files that were made to do harm: the commands that only look at a model refuse them soon, in our words."""

import json
import random
import time
import zipfile

import h5py
import pytest

from modelparity.cli import DIFFERENT, WRONG_CALL, main

_DEEP = 100_000


def _field(number, content):
    """A length-delimited field of a protobuf message."""
    size, encoded = len(content), b""
    while size > 127:
        encoded += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + content


def _nested(levels, wrap):
    content = b""
    for _ in range(levels):
        content = wrap(content)
    return content


def _graph(path):
    # NodeDef.attr -> AttrValue.func -> NameAttrList.attr -> AttrValue.func ...
    deep = _nested(500, lambda inner: _field(10, _field(2, _field(2, inner))))
    path.write_bytes(_field(1, _field(1, b"n") + _field(2, b"NoOp") + _field(5, _field(2, deep))))


def _onnx(path):
    # GraphProto.node -> NodeProto.attribute -> AttributeProto.g -> GraphProto.node ...
    deep = _nested(500, lambda inner: _field(1, _field(5, _field(6, inner))))
    path.write_bytes(b"\x08\x08" + _field(7, deep))


def _keras(config):
    def make(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
            archive.writestr("config.json", config)

    return make


def _hdf5(config):
    def make(path):
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = config

    return make


def _bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("metadata.json", "{}")
        with archive.open("config.json", "w") as file:
            for _ in range(1024):
                file.write(b" " * (1 << 20))


def _random(beginning):
    def make(path):
        path.write_bytes(beginning + random.Random(0).randbytes(4096))

    return make


@pytest.mark.parametrize("command", ["inspect", "check"])
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("deep.pb", _graph),
        ("deep.onnx", _onnx),
        ("deep.keras", _keras('{"config":' * _DEEP)),
        ("deeper.keras", _keras("[" * _DEEP + "]" * _DEEP)),
        ("list.keras", _keras("[]")),
        ("odd.keras", _keras('{"config": [1, {"layers": 3}], "class_name": {}}')),
        ("bomb.keras", _bomb),
        ("none.keras", _random(b"PK\x03\x04")),
        ("deep.h5", _hdf5("[" * 10_000)),
        ("odd.h5", _hdf5("[1]")),
        ("none.h5", _random(b"\x89HDF\r\n\x1a\n")),
        ("none.pb", _random(b"")),
        ("none.onnx", _random(b"")),
        ("none.tflite", _random(b"\x1c\x00\x00\x00TFL3")),
        ("loop.tflite", lambda path: path.write_bytes(b"\x08\x00\x00\x00TFL3" * 512)),
    ],
)
def test_it_is_refused_soon_in_our_words(tmp_path, capsys, command, name, make):
    make(tmp_path / name)
    start = time.monotonic()
    assert main([command, str(tmp_path / name)]) in (DIFFERENT, WRONG_CALL)
    assert time.monotonic() - start < 20
    said = capsys.readouterr().err
    assert "this is a bug" not in said and "Traceback" not in said, said
