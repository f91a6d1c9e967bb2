"""`./bazelw run //:demo`: the whole road once, on models that are trained while you watch.

Each model is trained, exported as a bundle, and verified in every runtime. The bundles stay, so that
what comes next can be tried on them.
"""

import os
import pathlib
import sys
import tempfile

from modelparity import cli

_MODELS = {
    "linear_regression": "answers that can be worked out by hand",
    "digits_cnn": "a convolutional network, trained now on scikit-learn's digits",
    "two_inputs_two_outputs": "a Keras model whose inputs and outputs converters like to rename",
    "multiple_signatures": "one module with four signatures",
}


def _next_steps(bundle: pathlib.Path) -> str:
    command = "./bazelw run //:modelparity --"
    return f"""
Every runtime gives the answers of TensorFlow in Python. What next?

  what is in a bundle        {command} inspect {bundle}
  one runtime, every case    {command} verify {bundle} --runtime tfjs-chromium --verbose
  your own model             {command} verify path/to/saved_model
  the runtimes here          {command} runtimes
  from C++, from JavaScript  README.md, "Load a bundle"
"""


def main() -> int:
    folder = pathlib.Path(tempfile.gettempdir()) / f"modelparity-demo-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    worst = 0
    for name, what in _MODELS.items():
        print(f"\n=== {name}: {what}", flush=True)
        bundle = folder / f"{name}.bundle"
        source = f"reference_models.{name}:build"
        status = cli.main(["verify", source, "--output", str(bundle), "--overwrite", "--no-cache"])
        worst = max(worst, status)
    if worst == 0:
        print(_next_steps(folder / "digits_cnn.bundle"))
    return worst


if __name__ == "__main__":
    sys.exit(main())
