"""What freezing makes of operators, which every format but the SavedModel starts from."""

from modelparity.check.facts import Node

# Operator to what it becomes, and the attributes that change their names.
_BECOMES = {
    "ReadVariableOp": ("Identity", {"dtype": "T"}),
    "ResourceGather": ("GatherV2", {"dtype": "Tparams"}),
    "ResourceGatherNd": ("GatherNd", {"dtype": "Tparams"}),
    "VariableV2": ("Const", {}),
    "Variable": ("Const", {}),
    "VarHandleOp": ("Const", {}),
    "PlaceholderWithDefault": ("Placeholder", {}),
}

STRUCTURE = frozenset(
    (
        *("Const", "Placeholder", "Identity", "IdentityN", "NoOp", "StopGradient"),
        *("While", "StatelessWhile", "If", "StatelessIf"),
        *("PartitionedCall", "StatefulPartitionedCall"),
    )
)
"""Every converter takes these."""


def as_frozen(node: Node) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Returns the operator and dtypes of a node in the frozen graph."""
    op, names = _BECOMES.get(node.op, (node.op, {}))
    return op, {names.get(name, name): dtypes for name, dtypes in node.dtypes.items()}
