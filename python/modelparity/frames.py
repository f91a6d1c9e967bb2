"""Frames: a uint32 little-endian length, then that many bytes (proto/modelparity/v1/runner.proto).

write_frame(stream, request.SerializeToString(), peer="tensorflow-c")
answer = read_frame(stream, peer="tensorflow-c")  # None when the stream ended between frames
"""

import struct
from typing import BinaryIO

from modelparity.errors import ProtocolError

MAX_FRAME = 256 << 20
"""Most bytes in a frame. Larger tensors travel in files."""

_LENGTH = struct.Struct("<I")


def read_frame(stream: BinaryIO, *, peer: str, limit: int = MAX_FRAME) -> bytes | None:
    """Returns the next frame's bytes, or None when the stream ended where a frame could begin.

    Args:
        stream: Its `read(n)` returns at most n bytes, and none only at its end.
        peer: Who writes the frames, for the errors.
        limit: Most bytes that the frame may have.

    Raises:
        ProtocolError: The frame is longer than `limit`, or the stream ended inside it.
    """
    header = _read_up_to(stream, _LENGTH.size)
    if not header:
        return None
    if len(header) < _LENGTH.size:
        raise ProtocolError(f"{peer}: the stream ended inside a frame's length ({header!r})")
    (length,) = _LENGTH.unpack(header)
    if length > limit:
        raise ProtocolError(
            f"{peer}: a frame begins with {header!r}, a length of {length} bytes, and at most {limit}"
            " are allowed; only frames may be written to standard output"
        )
    payload = _read_up_to(stream, length)
    if len(payload) < length:
        raise ProtocolError(
            f"{peer}: the stream ended after {len(payload)} bytes of a frame of {length}"
        )
    return payload


def write_frame(stream: BinaryIO, payload: bytes, *, peer: str, limit: int = MAX_FRAME) -> None:
    """Writes one frame and flushes it.

    Raises:
        ProtocolError: `payload` is longer than `limit`; nothing was written.
        OSError: `peer` reads no more.
    """
    if len(payload) > limit:
        raise ProtocolError(
            f"{peer}: a frame of {len(payload)} bytes cannot be sent, at most {limit} are allowed"
        )
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Returns `size` bytes, or fewer at the end of the stream."""
    parts = []
    while size > 0 and (part := stream.read(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
