"""The runner `openvino-python`."""

from modelparity.runners.serve import serve


def _runner():
    from modelparity.runners.openvino_runner import OpenvinoRunner

    return OpenvinoRunner()


if __name__ == "__main__":
    serve(_runner)
