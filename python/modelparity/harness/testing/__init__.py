"""Runners and bundles that the harness is tested with."""

import sys

from modelparity.runtimes import Launch, Runtime, python_environment


def stub_runtime(
    mode: str, name: str = "stub", formats: tuple[str, ...] = ("frozen_graph",)
) -> Runtime:
    """Returns a row for the stub runner in one of its modes, see stub_runner.py."""
    command = (sys.executable, "-m", "modelparity.harness.testing.stub_runner", mode)
    return Runtime(name, formats, ("float32",), lambda: Launch(command, python_environment()))
