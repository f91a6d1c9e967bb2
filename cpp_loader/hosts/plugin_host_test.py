"""Opens a library with the loader in it from Python, alone and beside the tensorflow of Python."""

import os
import subprocess
import sys

import pytest

_OPEN = """
import ctypes
plugin = ctypes.CDLL({plugin!r})
plugin.half_plus_two.restype = ctypes.c_float
plugin.half_plus_two.argtypes = [ctypes.c_char_p, ctypes.c_float]
assert plugin.half_plus_two({saved_model!r}.encode(), 1) == 2.5
"""
_TENSORFLOW = """
import tensorflow as tf
assert tf.reduce_sum(tf.constant([1.0, 2.0])).numpy() == 3
model = tf.saved_model.load({saved_model!r})
assert model.signatures["serving_default"](x=tf.constant([1.0]))["y"].numpy() == [2.5]
"""


@pytest.mark.parametrize(
    "program",
    [_OPEN, _TENSORFLOW + _OPEN + _TENSORFLOW, _OPEN + _TENSORFLOW + _OPEN],
    ids=["alone", "after_tensorflow", "before_tensorflow"],
)
def test_a_plugin_runs_a_model(program: str):
    names = {"plugin": os.environ["PLUGIN"], "saved_model": os.environ["SAVED_MODEL"]}
    command = [sys.executable, "-c", program.format(**names)]
    # The interpreter finds modules where this one did.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
