"""What people write by hand: python plain_comparison.py BUNDLE INPUT_SIZE

Imports TensorFlow and ONNX Runtime, runs a SavedModel and its ONNX file, and compares the answers.
"""

import pathlib
import sys

import numpy as np
import onnxruntime
import tensorflow as tf

bundle = pathlib.Path(sys.argv[1])
x = np.random.default_rng(0).standard_normal((2, int(sys.argv[2])), np.float32)
saved_model = tf.saved_model.load(str(bundle / "saved_model"))
wanted = saved_model.signatures["serving_default"](tf.constant(x))
session = onnxruntime.InferenceSession(bundle / "onnx" / "serving_default.onnx")
(name,) = (entry.name for entry in session.get_inputs())
for entry, value in zip(session.get_outputs(), session.run(None, {name: x}), strict=True):
    np.testing.assert_allclose(value, wanted[entry.name].numpy(), rtol=1e-4, atol=1e-5)
