"""Starts a runner where everything is installed but modelparity itself:

    python -P in_environment.py tensorflow_python [FOLDER ...]

modelparity's folder cannot stand on the path of such an environment (environments.py): beside it, in
site-packages, are the other versions of the packages that the environment is there to have. So the
package alone is put in its place. The folders, with a user's own modules, come last on the path.
"""

import importlib.util
import pathlib
import runpy
import sys


def _main(runner: str, *folders: str) -> None:
    package = pathlib.Path(__file__).parents[1]
    spec = importlib.util.spec_from_file_location(
        "modelparity", package / "__init__.py", submodule_search_locations=[str(package)]
    )
    sys.modules["modelparity"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["modelparity"])
    sys.path.extend(folders)
    try:
        runpy.run_module(f"modelparity.runners.{runner}", run_name="__main__", alter_sys=True)
    except ImportError as error:
        # An old package may say that it takes any NumPy, and be compiled for NumPy 1.
        sys.exit(
            f"{type(error).__name__}: {error}; if the packages do not fit together, name the version of"
            " another, as in `@1.17,numpy@1.26`"
        )


if __name__ == "__main__":
    _main(*sys.argv[1:])
