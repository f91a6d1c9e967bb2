"""Opens a library with the loader in it from Python, alone and beside the tensorflow of Python."""

import os
import pathlib
import subprocess
import sys

import pytest

_PLUGIN = """
import ctypes
plugin = ctypes.CDLL({plugin!r})
plugin.half_plus_two_of_one.restype = ctypes.c_char_p
print(plugin.half_plus_two_of_one({saved_model!r}.encode()).decode())
"""
_TENSORFLOW = """
import tensorflow as tf
model = tf.saved_model.load({saved_model!r})
print(model.signatures["serving_default"](x=tf.constant([1.0]))["y"].numpy())
"""


def lines_of(program: str, libtensorflow: str | None) -> list[str]:
    """What a Python program prints that must succeed."""
    names = {"plugin": os.environ["PLUGIN"], "saved_model": os.environ["SAVED_MODEL"]}
    # The interpreter finds modules where this one did.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    if libtensorflow:
        environment["MODELPARITY_LIBTENSORFLOW"] = libtensorflow
    command = [sys.executable, "-c", program.format(**names)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_a_plugin_alone():
    assert lines_of(_PLUGIN, os.environ["LIBTENSORFLOW"]) == ["2.500000"]


def test_a_plugin_opens_what_tensorflow_takes_afterwards():
    program = _PLUGIN + _TENSORFLOW + _PLUGIN
    assert lines_of(program, os.environ["LIBTENSORFLOW"]) == ["2.500000", "[2.5]", "2.500000"]


@pytest.mark.parametrize("libtensorflow", [None, os.environ["LIBTENSORFLOW"]])
def test_a_plugin_takes_the_libtensorflow_of_python(libtensorflow: str | None):
    program = _TENSORFLOW + _PLUGIN + _TENSORFLOW
    assert lines_of(program, libtensorflow) == ["[2.5]", "2.500000", "[2.5]"]


def test_a_plugin_opens_no_second_libtensorflow(tmp_path: pathlib.Path):
    for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2"):
        (tmp_path / name).touch()
    _, message = lines_of(_TENSORFLOW + _PLUGIN, str(tmp_path))
    assert message.startswith(
        f"libtensorflow: got '{tmp_path}/libtensorflow_cc.so.2', but the process has '"
    )
