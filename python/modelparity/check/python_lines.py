"""The lines of Python that made the nodes of a graph, where its file says so.

A SavedModel does when it was saved with `tf.saved_model.SaveOptions(save_debug_info=True)`.
"""

import pathlib

from google.protobuf.message import DecodeError

from modelparity.contract import tensorflow_debug_pb2

# Frames of those who called for the user's code.
_LIBRARIES = ("/site-packages/", "/dist-packages/", "/lib/python", "<")
# Debug information is a help, and not worth reading a large file twice.
_LARGE = 64 << 20  # bytes


class PythonLines:
    """Answers for one graph."""

    def __init__(self, info: tensorflow_debug_pb2.GraphDebugInfo | None = None):
        self._info = info

    @classmethod
    def of_saved_model(cls, folder: pathlib.Path) -> "PythonLines":
        path = folder / "debug" / "saved_model_debug_info.pb"
        return cls._read(path, tensorflow_debug_pb2.GraphDebugInfo)

    @classmethod
    def of_graph(cls, path: pathlib.Path) -> "PythonLines":
        return cls._read(path, tensorflow_debug_pb2.GraphWithDebugInfo)

    @classmethod
    def _read(cls, path: pathlib.Path, message: type) -> "PythonLines":
        if not path.is_file() or path.stat().st_size > _LARGE:
            return cls()
        try:
            read = message.FromString(path.read_bytes())
        except DecodeError:
            return cls()
        return cls(getattr(read, "debug_info", read))

    def of(self, node: str, function: str) -> str:
        """Returns "file.py:12", the user's own innermost line; empty: nobody knows."""
        if self._info is None:
            return ""
        key = f"{node}@{function}"
        if key in self._info.name_to_trace_id:
            trace = self._info.traces_by_id[self._info.name_to_trace_id[key]]
        elif key in self._info.traces:
            trace = self._info.traces[key]
        else:
            return ""
        frames = [self._info.frames_by_id[frame] for frame in trace.frame_id]
        lines = [
            (self._info.files[frame.file_index], frame.line)
            for frame in (frames or trace.file_line_cols)
            if 0 <= frame.file_index < len(self._info.files)
        ]
        own = [line for line in lines if not any(word in line[0] for word in _LIBRARIES)]
        chosen = (own or lines)[-1:]
        return f"{chosen[0][0]}:{chosen[0][1]}" if chosen else ""
