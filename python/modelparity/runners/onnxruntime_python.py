"""The runner `onnxruntime-python`."""

from modelparity.runners.serve import serve


def _runner():
    from modelparity.runners.onnxruntime_runner import OnnxruntimeRunner

    return OnnxruntimeRunner()


if __name__ == "__main__":
    serve(_runner)
