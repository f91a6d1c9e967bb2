"""Reads the symbols of what is shipped: it needs neither TensorFlow nor protobuf, and shows its interface only."""

import os
import re
import subprocess

import pytest

_ARCHIVE = os.environ["STATIC_LIBRARY"]
_LIBRARY = os.environ["SHARED_LIBRARY"]
_RUNNER = os.environ["RUNNER"]

# A line of nm; others name the members of an archive.
_ENTRY = re.compile(r"(?P<name>.+) (?P<kind>[A-Zuvw])( [0-9a-f]+)* *")
_INTERFACE = re.compile(r"((typeinfo|typeinfo name|vtable) for )?modelparity::(?!internal::)")
# A program that links any of these cannot use another version of it.
_FOREIGN_LIBRARY = re.compile(r"tensorflow|protobuf|grpc|absl")
_FOREIGN_SYMBOL = re.compile(r"TF_|TFE_|tensorflow::|tsl::|google::protobuf::|grpc|absl::")


def output_of(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def symbols_of(file: str, *options: str) -> dict[str, str]:
    """The names that nm lists, demangled, and their types."""
    lines = output_of("nm", "--demangle", "--format=posix", *options, file)
    entries = [_ENTRY.fullmatch(line) for line in lines]
    return {entry["name"]: entry["kind"] for entry in entries if entry}


@pytest.mark.parametrize("file", [_LIBRARY, _RUNNER])
def test_links_neither_tensorflow_nor_protobuf(file: str):
    needed = [
        line for line in output_of("readelf", "--wide", "--dynamic", file) if "NEEDED" in line
    ]
    assert any("libstdc++" in line for line in needed)
    assert not [line for line in needed if _FOREIGN_LIBRARY.search(line)]
    undefined = symbols_of(file, "--dynamic", "--undefined-only")
    assert any("__cxa_throw" in name for name in undefined)
    assert not [name for name in undefined if _FOREIGN_SYMBOL.match(name)]


def test_shared_library_shows_its_interface_only():
    shown = symbols_of(_LIBRARY, "--dynamic", "--defined-only")
    assert any(name.startswith("modelparity::Model::load(") for name in shown)
    assert not [name for name in shown if not _INTERFACE.match(name)]


def test_static_library_shows_its_interface_only():
    shown = symbols_of(_ARCHIVE, "--extern-only", "--defined-only")
    assert any(name.startswith("modelparity::Model::load(") for name in shown)
    # 'u': static data of the C++ library's own templates, one for the whole process.
    others = [name for name, kind in shown.items() if not _INTERFACE.match(name) and kind != "u"]
    assert not others
