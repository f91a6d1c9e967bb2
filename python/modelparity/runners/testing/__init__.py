"""Model files that only tests use, made without a converter, so that they can be wrong in any way."""

import pathlib
from collections.abc import Sequence

import flatbuffers
from ai_edge_litert import schema_py_generated as schema


def write_litert(
    path: pathlib.Path,
    dtype: str = "float32",
    shape: Sequence[int] = (-1,),
    *,
    operator: str = "",
    custom_operator: str = "",
    signatures: Sequence[str] = ("serving_default",),
) -> None:
    """Writes a LiteRT file with the input `x` and the output `y`, of one dtype and shape.

    Args:
        path: Where.
        dtype: As the manifest names it.
        shape: -1 where any size will do.
        operator: A name of schema.BuiltinOperator with one input and one output and no options;
            empty: the output is the input.
        custom_operator: Instead of `operator`, one of somebody's own.
        signatures: Their keys; each has a graph of its own.
    """
    known = [1 if size < 0 else size for size in shape]
    tensors = [
        schema.TensorT(
            name=f"tensor_{name}",
            type=getattr(schema.TensorType, dtype.upper()),
            shape=known,
            shapeSignature=list(shape) if known != list(shape) else None,
            hasRank=True,
        )
        for name in ("x", "y")
    ]
    graph = schema.SubGraphT(tensors=tensors, inputs=[0], outputs=[0], operators=[])
    codes = []
    if operator or custom_operator:
        code = getattr(schema.BuiltinOperator, operator or "CUSTOM")
        codes.append(
            schema.OperatorCodeT(
                builtinCode=code,
                deprecatedBuiltinCode=min(code, 127),
                customCode=custom_operator or None,
            )
        )
        graph.operators.append(schema.OperatorT(inputs=[0], outputs=[1]))
        graph.outputs = [1]
    model = schema.ModelT(
        version=3,
        description="a test",
        operatorCodes=codes,
        subgraphs=[graph] * max(1, len(signatures)),
        buffers=[schema.BufferT()],
        signatureDefs=[
            schema.SignatureDefT(
                signatureKey=key,
                subgraphIndex=index,
                inputs=[schema.TensorMapT(name="x", tensorIndex=0)],
                outputs=[schema.TensorMapT(name="y", tensorIndex=graph.outputs[0])],
            )
            for index, key in enumerate(signatures)
        ],
    )
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
