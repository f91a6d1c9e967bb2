"""The runner `onnx-reference`."""

from modelparity.runners.serve import serve


def _runner():
    from modelparity.runners.onnx_reference_runner import OnnxReferenceRunner

    return OnnxReferenceRunner()


if __name__ == "__main__":
    serve(_runner)
