import pytest

from modelparity import errors
from modelparity.contract import runner_pb2


def test_every_kind_has_one_class_and_every_class_a_kind():
    kinds = set(runner_pb2.ErrorKind.keys()) - {errors.ModelParityError.kind}
    classes = errors.ModelParityError.__subclasses__()
    assert {error.kind for error in classes} == kinds
    assert len(classes) == len(kinds)


@pytest.mark.parametrize("kind", sorted(set(runner_pb2.ErrorKind.values()) - {0}))
def test_error_of_gives_back_kind_and_message(kind):
    error = errors.error_of(kind, "input 'x': got nothing")
    assert error.kind == runner_pb2.ErrorKind.Name(kind)
    assert str(error) == "input 'x': got nothing"


def test_error_of_an_unknown_kind_says_so():
    error = errors.error_of(99, "novel")
    assert isinstance(error, errors.ProtocolError)
    assert str(error) == "error of the unknown kind 99: novel"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("\n  first  \nsecond", "first"),
        ("", ""),
        (
            "Graph execution error:\n\nDetected at node X:\n<stack>\nNode: 'X'\nNo Op registered for Foo",
            "No Op registered for Foo",
        ),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'",
            "KeyError: 'x'",
        ),
        (
            "Exception encountered when calling Conv2D.call().\n\n\x1b[1mIncompatible shapes\x1b[0m\n\nArguments",
            "Incompatible shapes",
        ),
        ("only a preamble:", "only a preamble:"),
        ("x" * 1000, "x" * 597 + "..."),
    ],
)
def test_one_line(text, line):
    assert errors.one_line(text) == line
