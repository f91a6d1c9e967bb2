"""Lookup tables of TensorFlow 1 graphs, which operators have to fill before the first call."""

from collections.abc import Collection

from modelparity.errors import ConversionFailedError
from modelparity.graphs import source_node

_FROM_CONSTANTS = (
    "InitializeTable",
    "InitializeTableV2",
    "LookupTableImport",
    "LookupTableImportV2",
)
_FROM_FILES = ("InitializeTableFromTextFile", "InitializeTableFromTextFileV2")


def table_initializers(graph_def, used: Collection[str]) -> list[str]:
    """Returns the names of the operators that fill the tables among the nodes `used`.

    Args:
        graph_def: A GraphDef, TensorFlow's class or ours.
        used: Names of nodes.

    Raises:
        ConversionFailedError: A table is filled from a file, which a frozen graph has no place for.
    """
    names = []
    for node in graph_def.node:
        if node.op not in _FROM_CONSTANTS + _FROM_FILES or source_node(node.input[0]) not in used:
            continue
        if node.op in _FROM_FILES:
            raise ConversionFailedError(
                f"{node.op} '{node.name}' fills a table from a file, which a frozen graph has no"
                " place for; use the saved_model"
            )
        names.append(node.name)
    return names
