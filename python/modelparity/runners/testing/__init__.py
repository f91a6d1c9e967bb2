"""Model files that only tests use, made without a converter, so that they can be wrong in any way."""

import pathlib
from collections.abc import Mapping, Sequence

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

_ONNX_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def write_onnx(
    path: pathlib.Path,
    dtype: str = "float32",
    shape: Sequence[int | None] | None = (None,),
    *,
    operator: str = "Identity",
    nodes: Sequence[onnx.NodeProto] = (),
    constants: Mapping[str, object] | None = None,
    outputs: Sequence[str] = ("y",),
) -> None:
    """Writes an ONNX file with the input `x` and outputs, all of one dtype and shape.

    Args:
        path: Where.
        dtype: As the manifest names it.
        shape: None where any size will do; None: not even the rank is known.
        operator: With one input and one output.
        nodes: Instead of `operator`.
        constants: What else they take, by name.
        outputs: What they give.
    """
    kind = _ONNX_TYPES.get(dtype) or TensorProto.DataType.Value(dtype.upper())
    graph = helper.make_graph(
        nodes or [helper.make_node(operator, ["x"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(name, kind, shape) for name in outputs],
        [
            numpy_helper.from_array(np.array(value), name)
            for name, value in (constants or {}).items()
        ],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 2)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


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
