"""Keras files that hold Python code: none of it is ever run, in an export, a runner, or a look into the file."""

import contextlib
import pathlib

import keras
import pytest

from modelparity.contract import manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.exporters import conversion
from modelparity.inspection import inspect, render
from modelparity.runners.tensorflow_runner import TensorflowRunner


@pytest.fixture(params=["model.keras", "model.h5"])
def model(request, tmp_path):
    """A file whose Lambda layer writes the file `ran` beside it whenever it is called."""
    ran = str(tmp_path / "ran")
    # Of a lambda, Keras stores the bytecode.
    layer = keras.layers.Lambda(lambda x: (__import__("pathlib").Path(ran).touch(), x)[1])
    inputs = keras.Input((2,))
    keras.Model(inputs, layer(inputs)).save(tmp_path / request.param)
    pathlib.Path(ran).unlink()
    return tmp_path / request.param


def _formats(path):
    return "keras" if path.suffix == ".keras" else "hdf5"


def test_the_file_does_harm_where_it_is_trusted(model):
    """Else the tests below would say nothing."""
    keras.saving.load_model(model, compile=False, safe_mode=False)
    assert model.with_name("ran").exists()


def test_an_export_does_not_run_it(model, tmp_path):
    (tmp_path / "made").mkdir()
    arguments = {
        "source": str(model),
        "folder": str(tmp_path / "made"),
        "python_modules": [],
        "choice": {},
    }
    ((_, outcome),) = conversion.convert("model_from_source", ["model"], arguments)
    assert isinstance(outcome, str) and "Lambda" in outcome
    assert not model.with_name("ran").exists()


def test_a_runner_does_not_run_it(model):
    artifact = manifest_pb2.Artifact(format=_formats(model), path=model.name)
    with pytest.raises(Exception, match="Lambda"):
        TensorflowRunner().load_model(model, artifact, [])
    assert not model.with_name("ran").exists()


def test_a_look_into_it_does_not_run_it(model):
    # An .h5 may be refused, since it has no signature that could be read.
    with contextlib.suppress(ModelParityError):
        render(inspect(model))
    assert not model.with_name("ran").exists()
