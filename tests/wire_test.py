"""The contract's messages against those of the programs that we exchange files and calls with.

Our classes live in a descriptor pool of their own, so that they and tritonclient's and TensorFlow's can
be held side by side in this one process.
"""

import pytest
from google.protobuf.descriptor import FieldDescriptor
from tensorflow.core.framework import graph_debug_info_pb2, graph_pb2
from tensorflow.core.protobuf import config_pb2, saved_model_pb2
from tritonclient.grpc import service_pb2 as triton

from modelparity.contract import (
    inference_pb2,
    tensorflow_config_pb2,
    tensorflow_debug_pb2,
    tensorflow_graph_pb2,
)

_SCALARS = {
    FieldDescriptor.CPPTYPE_BOOL: (True, False),
    FieldDescriptor.CPPTYPE_STRING: ("zürich", "x"),
    FieldDescriptor.CPPTYPE_FLOAT: (1.5, -0.0),
    FieldDescriptor.CPPTYPE_DOUBLE: (1e300, -2.5),
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 7),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**40),
    FieldDescriptor.CPPTYPE_UINT32: (2**32 - 1, 3),
    FieldDescriptor.CPPTYPE_UINT64: (2**64 - 1, 5),
}


def _values(field):
    if field.type == FieldDescriptor.TYPE_BYTES:
        return (b"\x00\xff", b"")
    return _SCALARS[field.cpp_type]


def _is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _fill(message, choice):
    """Sets every field of a message; `choice` says which member of each oneof."""
    for field in message.DESCRIPTOR.fields:
        group = field.containing_oneof
        if group is not None and group.fields[choice % len(group.fields)] is not field:
            continue
        target = getattr(message, field.name)
        if _is_map(field):
            for key in ("a", "b"):
                _fill(target[key], choice)
        elif field.is_repeated:
            if field.message_type is not None:
                for _ in range(2):
                    _fill(target.add(), choice)
            else:
                target.extend(_values(field))
        elif field.message_type is not None:
            target.SetInParent()
            _fill(target, choice)
        else:
            setattr(message, field.name, _values(field)[0])
    return message


def _assert_same(ours, theirs):
    """Every field that one of the two has is the other's, by name, with an equal value."""
    assert {f.name for f in ours.DESCRIPTOR.fields} == {f.name for f in theirs.DESCRIPTOR.fields}
    for field in ours.DESCRIPTOR.fields:
        mine, other = getattr(ours, field.name), getattr(theirs, field.name)
        if _is_map(field):
            assert sorted(mine) == sorted(other) == ["a", "b"]
            for key in mine:
                _assert_same(mine[key], other[key])
        elif field.is_repeated:
            assert len(mine) == len(other) == 2
            for left, right in zip(mine, other, strict=True):
                if field.message_type is not None:
                    _assert_same(left, right)
                else:
                    assert left == right
        elif field.message_type is not None:
            assert ours.HasField(field.name) == theirs.HasField(field.name)
            if ours.HasField(field.name):
                _assert_same(mine, other)
        else:
            assert mine == other


_MESSAGES = sorted(inference_pb2.DESCRIPTOR.message_types_by_name)


@pytest.mark.parametrize("choice", range(5))
@pytest.mark.parametrize("name", _MESSAGES)
def test_a_message_of_ours_parses_in_tritonclient_and_back(name, choice):
    ours = _fill(getattr(inference_pb2, name)(), choice)
    theirs = getattr(triton, name).FromString(ours.SerializeToString())
    _assert_same(ours, theirs)
    assert not theirs.DESCRIPTOR.fields or theirs.ByteSize() == ours.ByteSize()

    theirs = _fill(getattr(triton, name)(), choice)
    ours = getattr(inference_pb2, name).FromString(theirs.SerializeToString())
    _assert_same(ours, theirs)


def test_every_call_has_the_name_and_messages_of_tritonclient():
    ours = inference_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    theirs = triton.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    assert ours.full_name == theirs.full_name
    assert len(ours.methods) == 9
    for method in ours.methods:
        other = theirs.methods_by_name[method.name]
        assert method.input_type.full_name == other.input_type.full_name
        assert method.output_type.full_name == other.output_type.full_name


def _tensorflow_messages():
    """Yields (ours, TensorFlow's) for every message reachable from these."""
    pairs, seen = (
        [
            (tensorflow_graph_pb2.SavedModel.DESCRIPTOR, saved_model_pb2.SavedModel.DESCRIPTOR),
            (tensorflow_config_pb2.ConfigProto.DESCRIPTOR, config_pb2.ConfigProto.DESCRIPTOR),
            (
                tensorflow_debug_pb2.GraphDebugInfo.DESCRIPTOR,
                graph_debug_info_pb2.GraphDebugInfo.DESCRIPTOR,
            ),
            (tensorflow_debug_pb2.GraphWithDebugInfo.DESCRIPTOR, graph_pb2.GraphDef.DESCRIPTOR),
            (tensorflow_config_pb2.RunOptions.DESCRIPTOR, config_pb2.RunOptions.DESCRIPTOR),
        ],
        set(),
    )
    while pairs:
        ours, theirs = pairs.pop()
        if ours.full_name in seen:
            continue
        seen.add(ours.full_name)
        yield ours, theirs
        for field in ours.fields:
            if field.message_type is not None:
                pairs.append((field.message_type, theirs.fields_by_name[field.name].message_type))


def test_fields_are_those_of_tensorflow():
    compared = 0
    for ours, theirs in _tensorflow_messages():
        for field in ours.fields:
            other = theirs.fields_by_name[field.name]
            assert (field.number, field.type, field.is_repeated) == (
                other.number,
                other.type,
                other.is_repeated,
            ), f"{ours.full_name}.{field.name}"
            compared += 1
    assert compared > 80


def test_element_types_are_those_of_tensorflow():
    theirs = saved_model_pb2.SavedModel.DESCRIPTOR.file.pool.FindEnumTypeByName(
        "tensorflow.DataType"
    )
    ours = tensorflow_graph_pb2.DataType
    assert len(ours.items()) == 24
    for name, number in ours.items():
        assert theirs.values_by_name[name].number == number
