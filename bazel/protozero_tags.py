"""Generates the C++ headers with which protozero reads and writes the messages of `proto/`.

    python protozero_tags.py PROTO_ROOT OUTPUT_FOLDER

protozero has no code generator: a program names each field by its number. So that no number is
written twice, every `a/b.proto` below PROTO_ROOT becomes OUTPUT_FOLDER/a/b.tags.h, with one
namespace for each message that holds the field numbers, `modelparity::v1::tags::RunnerRequest::kId`,
and one `enum class` for each enum, `modelparity::v1::ErrorKind`.
"""

import pathlib
import sys
import tempfile
from collections.abc import Iterator

import grpc_tools
from google.protobuf import descriptor_pb2
from grpc_tools import protoc


def constant(name: str) -> str:
    """`raw_input_contents`, `RAW_INPUT_CONTENTS` -> `kRawInputContents`."""
    return "k" + "".join(word.capitalize() for word in name.split("_"))


def enum_lines(enum: descriptor_pb2.EnumDescriptorProto) -> Iterator[str]:
    """The enum without the prefix that its values share, such as ERROR_KIND_."""
    first, *others = [value.name for value in enum.value]
    ends = [place + 1 for place, letter in enumerate(first) if letter == "_"]
    shared = max(
        (end for end in ends if all(name[:end] == first[:end] for name in others)), default=0
    )
    yield f"enum class {enum.name} : std::int32_t {{"
    yield from (f"  {constant(value.name[shared:])} = {value.number}," for value in enum.value)
    yield "};"


def message_lines(message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    """A namespace with the field numbers, and those of the messages and enums within."""
    yield f"namespace {message.name} {{"
    if message.field:
        yield "enum : std::uint32_t {"
        yield from (f"  {constant(field.name)} = {field.number}," for field in message.field)
        yield "};"
    for enum in message.enum_type:
        yield from enum_lines(enum)
    for nested in message.nested_type:
        yield from message_lines(nested)
    yield f"}}  // namespace {message.name}"


def header(file: descriptor_pb2.FileDescriptorProto) -> str:
    """The text of one header."""
    words = file.package.split(".")
    namespace = "::".join(words if words[0] == "modelparity" else ["modelparity", *words])
    lines = [f"// Made from {file.name} by bazel/protozero_tags.py.", "#pragma once", ""]
    lines += ["#include <cstdint>", ""]
    if file.enum_type:
        lines.append(f"namespace {namespace} {{")
        for enum in file.enum_type:
            lines += enum_lines(enum)
        lines += [f"}}  // namespace {namespace}", ""]
    lines.append(f"namespace {namespace}::tags {{")
    for message in file.message_type:
        lines += message_lines(message)
    lines.append(f"}}  // namespace {namespace}::tags")
    return "\n".join(lines) + "\n"


def generate(proto_root: pathlib.Path, output_folder: pathlib.Path) -> None:
    """Writes one header for each .proto file.

    Raises:
        RuntimeError: protoc refused a file; it said why on stderr.
    """
    sources = sorted(str(source) for source in proto_root.rglob("*.proto"))
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder, "descriptors")
        arguments = ["protoc", f"-I{proto_root}", f"-I{well_known}", *sources]
        if protoc.main([*arguments, f"--descriptor_set_out={descriptors}"]) != 0:
            raise RuntimeError(f"protoc failed on {proto_root}; its message stands above")
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes())
    for file in files.file:
        target = output_folder / pathlib.PurePosixPath(file.name).with_suffix(".tags.h")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(header(file))


if __name__ == "__main__":
    generate(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
