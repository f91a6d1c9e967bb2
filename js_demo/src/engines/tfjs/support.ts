// Says before anything runs what of a graph TensorFlow.js lacks: operators, and dtypes.
//
// A dtype that travels in a carrier (see carriers.ts) is only safe where an operator hands on
// values, compares them, or uses them as indices: arithmetic of int64 could leave int32, and of
// float16 would be rounded differently, with nobody to notice. So such arithmetic is refused.

import { DataType } from "../../contract/generated.ts";
import type { GraphDef, NodeDef } from "../../contract/generated_graph.ts";
import { type Dtype, dtypeOfTensorflow } from "../../dtypes.ts";
import { UnsupportedError } from "../../errors.ts";
import { carrierOf, isNative } from "./carriers.ts";

/**
 * Their outputs hold values of their inputs, or truths and indices about them: exact in any
 * carrier.
 */
const VALUE_KEEPING_OPERATORS = new Set(
  `ArgMax ArgMin BatchToSpaceND BroadcastArgs BroadcastTo Concat ConcatV2 Const DepthToSpace
   EmptyTensorList EnsureShape Enter Equal Exit ExpandDims Fill Gather GatherNd GatherV2 Greater
   GreaterEqual HashTable HashTableV2 Identity IdentityN If LogicalAnd Less LessEqual ListDiff
   LookupTableFind LookupTableFindV2 LookupTableImport LookupTableImportV2 LoopCond LowerBound
   Max Maximum Merge Min Minimum MirrorPad NextIteration NotEqual OneHot Ones OnesLike Pack Pad
   PadV2 Placeholder PlaceholderWithDefault Range Rank Reshape Reverse ReverseV2 Select SelectV2
   Shape ShapeN Size Slice Snapshot SpaceToBatchND Split SplitV Squeeze StatelessIf
   StatelessWhile StopGradient StridedSlice Switch TensorArrayConcatV3 TensorArrayGatherV3
   TensorArrayReadV3 TensorArrayScatterV3 TensorArraySplitV3 TensorArrayV3 TensorArrayWriteV3
   TensorListConcat TensorListConcatV2 TensorListFromTensor TensorListGather TensorListGetItem
   TensorListPopBack TensorListPushBack TensorListReserve TensorListScatter TensorListScatterV2
   TensorListSetItem TensorListSplit TensorListStack TensorScatterUpdate Tile TopKV2 Transpose
   Unique UniqueV2 Unpack UpperBound Where While Zeros ZerosLike`.split(/\s+/),
);

/** The dtype of indices, sizes or axes: whatever the operator computes, those stay as they are. */
const INDEX_ATTRIBUTES = new Set(
  `Index TI Taxis Tblock_shape Tcrops Tdim Tdims Tidx Tindices Tlen Tmultiples Tnumsegments
   Tpaddings Tperm Tseg Tsegmentids Tshape Tshift index_type out_idx output_type`.split(/\s+/),
);

/** Throws UnsupportedError with everything that is lacking. */
export function checkSupport(
  graph: GraphDef,
  hasOperator: (operator: string) => boolean,
  runtime: string,
) {
  const nodes = [
    ...graph.node,
    ...(graph.library?.function ?? []).flatMap(({ nodeDef }) => nodeDef),
  ];
  const operators = new Set(nodes.map(({ op }) => op).filter((op) => !hasOperator(op)));
  const dtypes = new Set(nodes.filter(({ op }) => !operators.has(op)).flatMap(lackingDtypes));
  if (operators.size + dtypes.size === 0) return;
  const lacks = [
    ...(operators.size > 0 ? [`operators [${[...operators].sort().join(", ")}]`] : []),
    ...(dtypes.size > 0 ? [`dtypes [${[...dtypes].sort().join(", ")}]`] : []),
  ];
  throw new UnsupportedError(
    `${runtime} lacks ${lacks.join(" and ")}; use another runtime for this model`,
  );
}

/** Such as "AddV2 of int64". */
function lackingDtypes(node: NodeDef): string[] {
  if (node.op === "Cast") {
    return isExactCast(node)
      ? []
      : [`Cast of ${dtypeText(node, "SrcT")} to ${dtypeText(node, "DstT")}`];
  }
  const types = Object.entries(node.attr).flatMap(([name, { type, list }]) =>
    [...(type === undefined ? [] : [type]), ...(list?.type ?? [])]
      .filter((dtype) => !isExact(node.op, name, dtype))
      .map((dtype) => `${node.op} of ${nameOf(dtype)}`),
  );
  return [...types, ...lackingValues(node)];
}

/** Values of attributes that TensorFlow.js takes for other ones. */
function lackingValues({ op, attr }: NodeDef): string[] {
  if (op === "StringToHashBucketFast" && (attr.num_buckets?.i ?? 0n) > 2n ** 31n) {
    return [`${op} of int64`];
  }
  // It reads the equation in lower case.
  const letters = new Set(new TextDecoder().decode(attr.equation?.s).match(/[a-z]/gi));
  const lower = new Set([...letters].map((letter) => letter.toLowerCase()));
  return op === "Einsum" && lower.size < letters.size ? [`${op} of axes in both cases`] : [];
}

function isExact(operator: string, attribute: string, type: DataType): boolean {
  // Lists of tensors and tables are TensorFlow.js's own objects.
  if (type === DataType.DT_VARIANT || type === DataType.DT_RESOURCE) return true;
  const dtype = dtypeOfTensorflow(type);
  if (!dtype || !carrierOf(dtype)) return false;
  return (
    isNative(dtype) || INDEX_ATTRIBUTES.has(attribute) || VALUE_KEEPING_OPERATORS.has(operator)
  );
}

/** The integers that a dtype holds without a gap. */
const INTEGERS: Readonly<Record<Dtype, readonly [number, number]>> = {
  bool: [0, 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, 2 ** 64],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  float16: [-(2 ** 11), 2 ** 11],
  bfloat16: [-(2 ** 8), 2 ** 8],
  float32: [-(2 ** 24), 2 ** 24],
  float64: [-(2 ** 53), 2 ** 53],
  string: [0, 0],
};

/**
 * To a native dtype TensorFlow.js casts as TensorFlow does; to another one only where every value
 * is kept.
 */
function isExactCast(node: NodeDef): boolean {
  const [source, target] = [castType(node, "SrcT"), castType(node, "DstT")];
  if (!source || !target || !carrierOf(source) || !carrierOf(target)) return false;
  if (source === target || isNative(target)) return true;
  const isInteger = carrierOf(source) !== "float32" && source !== "string";
  return (
    isInteger &&
    INTEGERS[target][0] <= INTEGERS[source][0] &&
    INTEGERS[source][1] <= INTEGERS[target][1]
  );
}

function castType(node: NodeDef, attribute: "SrcT" | "DstT"): Dtype | undefined {
  return dtypeOfTensorflow(node.attr[attribute]?.type ?? DataType.DT_INVALID);
}

function dtypeText(node: NodeDef, attribute: "SrcT" | "DstT"): string {
  return nameOf(node.attr[attribute]?.type ?? DataType.DT_INVALID);
}

function nameOf(type: DataType): string {
  const name = Object.entries(DataType).find(([, value]) => value === type)?.[0];
  return dtypeOfTensorflow(type) ?? name ?? `DataType ${type}`;
}
