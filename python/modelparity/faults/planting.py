"""The faults of a file, whatever its format."""

import os
from collections.abc import Iterator

from modelparity.faults import tensorflow_mutants
from modelparity.faults.mutant import Mutant
from modelparity.graphs import read_graph


def planted(path: str | os.PathLike, format_name: str) -> Iterator[Mutant]:
    """Yields an ONNX file or a frozen graph with each fault that can be planted, kind by kind.

    Args:
        path: The file.
        format_name: "onnx" or "frozen_graph".
    """
    if format_name == "frozen_graph":
        return tensorflow_mutants.mutants(read_graph(path))
    import onnx

    from modelparity.faults import onnx_mutants

    return onnx_mutants.mutants(onnx.load(path))
