"""Generates the contract's message classes and builds the comparator's kernel; the rest is in pyproject.toml."""

import pathlib
import runpy

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

_ROOT = pathlib.Path(__file__).parent
_CONTRACT = pathlib.Path("modelparity", "contract")


class _BuildWithContract(build_py):
    def run(self):
        super().run()
        generator = runpy.run_path(str(_ROOT / "python" / _CONTRACT / "generate.py"))
        # An editable install has no build folder: the classes go beside the sources then.
        target = _ROOT / "python" if self.editable_mode else pathlib.Path(self.build_lib)
        generator["generate"](_ROOT / "proto", target / _CONTRACT)


# Without a C++ compiler there is none, and numpy does its work.
_KERNEL = Extension(
    "modelparity.compare._kernel",
    ["python/modelparity/compare/kernel.cc"],
    extra_compile_args=[
        "-std=c++17",
        "-O3",
        "-fopenmp-simd",
        "-ffp-contract=off",
        "-fno-math-errno",
        "-fno-trapping-math",
    ],
    optional=True,
)

setup(ext_modules=[_KERNEL], cmdclass={"build_py": _BuildWithContract})
