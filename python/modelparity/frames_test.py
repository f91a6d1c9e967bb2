import io
import struct

import pytest

from modelparity.errors import ProtocolError
from modelparity.frames import read_frame, write_frame


class _Trickle(io.BytesIO):
    """A stream that gives one byte at a time, as a pipe may."""

    def read(self, size=-1):
        return super().read(min(size, 1))


def test_frames_come_back_in_order_and_then_the_end():
    stream = io.BytesIO()
    for payload in (b"one", b"", b"three" * 1000):
        write_frame(stream, payload, peer="test")
    stream = _Trickle(stream.getvalue())
    assert [read_frame(stream, peer="test") for _ in range(4)] == [
        b"one",
        b"",
        b"three" * 1000,
        None,
    ]


def test_length_is_little_endian():
    stream = io.BytesIO()
    write_frame(stream, b"abc", peer="test")
    assert stream.getvalue() == b"\x03\x00\x00\x00abc"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x01\x00", r"peer: the stream ended inside a frame's length"),
        (b"\x05\x00\x00\x00abc", r"peer: the stream ended after 3 bytes of a frame of 5"),
        (b"\x05\x00\x00\x00", r"peer: the stream ended after 0 bytes of a frame of 5"),
        (
            struct.pack("<I", 101) + bytes(101),
            r"a length of 101 bytes, and at most 100 are allowed",
        ),
        (b"Hello", r"a frame begins with b'Hell'"),
    ],
)
def test_what_is_no_frame_is_a_protocol_error(data, message):
    with pytest.raises(ProtocolError, match=message):
        read_frame(io.BytesIO(data), peer="peer", limit=100)


def test_nothing_is_written_of_a_frame_that_is_too_long():
    stream = io.BytesIO()
    with pytest.raises(ProtocolError, match="a frame of 101 bytes cannot be sent, at most 100"):
        write_frame(stream, bytes(101), peer="peer", limit=100)
    assert stream.getvalue() == b""
