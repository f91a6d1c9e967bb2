"""The runner `tensorflow-python`."""

import os

from modelparity.runners.serve import serve


def _runner():
    # Read while TensorFlow is imported: errors only, and no look at graphics cards.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    from modelparity.runners.tensorflow_runner import TensorflowRunner

    return TensorflowRunner()


if __name__ == "__main__":
    serve(_runner)
