"""Generates the Python message classes of `proto/`.

    python generate.py PROTO_ROOT OUTPUT_FOLDER

Every .proto below PROTO_ROOT becomes OUTPUT_FOLDER/<name>_pb2.py, a module of `modelparity.contract`
whose classes live in the pool of `_pool.py`. Bazel and setup.py both call this.

protoc lets a module refuse every protobuf that is older than protoc itself. Our runners run beside old
frameworks, which want protobuf 4 (runtimes.py, `tensorflow-python@2.16.2`), so that check is left out. It
stands guard over the few calls that follow it, which are the same from protobuf 4.25 to 7; what is
beneath them, a serialized descriptor, has one form in every version.
"""

import pathlib
import re
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

_POOL_IMPORT = "from google.protobuf import descriptor_pool as _descriptor_pool"
_OWN_POOL_IMPORT = "from modelparity.contract import _pool as _descriptor_pool"
_VERSION_CHECK = re.compile(
    r"^from google\.protobuf import runtime_version as _runtime_version\n|"
    r"^_runtime_version\.ValidateProtobufRuntimeVersion\([^)]*\)\n",
    re.MULTILINE,
)
_LOCAL_IMPORT = re.compile(r"^(?:from modelparity\.v1 )?import (\w+_pb2) as", re.MULTILINE)


def generate(proto_root: pathlib.Path, output_folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes one module for each .proto file and returns their paths.

    Raises:
        RuntimeError: protoc refused a file, or its output has no longer the form that we rewrite.
    """
    sources = sorted(proto_root.rglob("*.proto"))
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    written = []
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["protoc", f"-I{proto_root}", f"-I{well_known}", f"--python_out={folder}"]
        if protoc.main(arguments + [str(source) for source in sources]) != 0:
            raise RuntimeError(f"protoc failed on {proto_root}; its message stands above")
        for module in sorted(pathlib.Path(folder).rglob("*_pb2.py")):
            code = module.read_text()
            if _POOL_IMPORT not in code:
                raise RuntimeError(
                    f"{module.name}: got no line '{_POOL_IMPORT}'; adapt generate.py to this protoc"
                )
            code, removed = _VERSION_CHECK.subn("", code)
            if removed != 2 or "_runtime_version" in code:
                raise RuntimeError(
                    f"{module.name}: got another check of protobuf's version than the two statements"
                    " that are left out; adapt generate.py to this protoc"
                )
            code = code.replace(_POOL_IMPORT, _OWN_POOL_IMPORT)
            code = _LOCAL_IMPORT.sub(r"from modelparity.contract import \1 as", code)
            target = output_folder / module.name
            target.write_text(code)
            written.append(target)
    return written


if __name__ == "__main__":
    generate(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
