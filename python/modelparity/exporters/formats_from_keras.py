"""Writes a `.keras` file's model in Keras' other formats: HDF5, and a checkpoint.

A checkpoint holds values only, so the architecture goes beside it as JSON.
"""

import importlib
import pathlib

import keras
import tensorflow as tf

from modelparity.contract import manifest_pb2
from modelparity.exporters import conversion


def _converter(arguments):
    for module in arguments["python_modules"]:
        importlib.import_module(module)
    model = keras.saving.load_model(arguments["keras"], compile=False)
    bundle = pathlib.Path(arguments["bundle"])

    def convert(format_name: str) -> manifest_pb2.Artifact:
        path = bundle / _PATHS[format_name]
        _WRITERS[format_name](model, path)
        return manifest_pb2.Artifact(format=format_name, path=_PATHS[format_name])

    return convert


def _write_checkpoint(model, path):
    (path / "architecture.json").write_text(model.to_json(), encoding="utf-8")
    tf.train.Checkpoint(model=model).save(str(path / "ckpt"))


_PATHS = {"hdf5": "hdf5/model.h5", "checkpoint": "checkpoint"}
_WRITERS = {"hdf5": lambda model, path: model.save(path), "checkpoint": _write_checkpoint}

if __name__ == "__main__":
    conversion.main(_converter)
