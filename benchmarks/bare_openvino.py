"""A runner of OpenVINO as it comes: without what ours refuses, and without the settings that ours asks for.

What it answers wrongly is what a program that calls OpenVINO gets.
"""

from unittest import mock

from modelparity.runners import serve


def _runner():
    from modelparity.runners import openvino_runner

    bare = {"_CONFIG": {}, "_REFUSED": {}, "_NARROWED": (), "_from_openvino": _as_given}
    mock.patch.multiple(openvino_runner, **bare).start()
    return openvino_runner.OpenvinoRunner()


def _as_given(tensor):
    return tensor.data.copy()


if __name__ == "__main__":
    serve.serve(_runner)
