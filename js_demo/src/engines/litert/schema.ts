// The part of TensorFlow Lite's schema, version 3, that is read and written here: fields by number.

import type { NumericDtype } from "../../dtypes.ts";
import { type Kind, NewTable, type Table, type Value } from "./flatbuffer.ts";

export const IDENTIFIER = "TFL3";

export const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 };
export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 };
export const TENSOR = { shape: 0, type: 1, buffer: 2, declared: 7 };
export const OPERATOR = { outputs: 2 };
export const BUFFER = { data: 0 };
export const SIGNATURE = { inputs: 0, outputs: 1, key: 2, subgraph: 4 };
export const TENSOR_MAP = { name: 0, tensor: 1 };

/** The kinds of all fields, of tables that are copied. */
const KINDS = {
  model: kindsOf("iooooooooo"),
  subgraph: kindsOf("oooooi"),
  tensor: kindsOf("obiooboobo"),
  signature: kindsOf("ooooi"),
  tensorMap: kindsOf("oi"),
};

function kindsOf(letters: string): Kind[] {
  const kinds = { b: "byte", i: "int32", o: "reference" } as const;
  return Array.from(letters, (letter) => kinds[letter as keyof typeof kinds]);
}

/** By the schema's number. Strings have no fixed size, which LiteRT.js needs. */
export const DTYPES: ReadonlyMap<number, NumericDtype> = new Map([
  [0, "float32"],
  [1, "float16"],
  [2, "int32"],
  [3, "uint8"],
  [4, "int64"],
  [6, "bool"],
  [7, "int16"],
  [9, "int8"],
  [10, "float64"],
  [12, "uint64"],
  [15, "uint32"],
  [16, "uint16"],
  [18, "bfloat16"],
]);
export const INT32 = 2;

/** A table of the file with some fields changed; `undefined` takes a field away. */
export function changed(
  table: Table,
  type: keyof typeof KINDS,
  changes: Readonly<Record<number, Value | undefined>>,
): NewTable {
  return new NewTable(
    KINDS[type].map((kind, field) =>
      Object.hasOwn(changes, field) ? changes[field] : table.value(field, kind),
    ),
  );
}

/** A tensor without a constant value; `type` is a number of DTYPES. */
export function tensor(shape: readonly number[], type: number): NewTable {
  return new NewTable([[...shape], type, 0]);
}

export interface Builtin {
  readonly code: number;
  readonly optionsType: number;
}

/** Its option is the type of its answer. */
export const SHAPE: Builtin = { code: 77, optionsType: 55 };
export const ADD: Builtin = { code: 0, optionsType: 11 };
/** Its option is the new shape. */
export const RESHAPE: Builtin = { code: 22, optionsType: 17 };

/** Version 1 of it. Its code stands twice: readers of old files know the first place only. */
export function operatorCode({ code }: Builtin): NewTable {
  return new NewTable([code, undefined, 1, code]);
}

/** `code` is the place of its operatorCode; inputs and outputs are tensors by number. */
export function operator(
  { optionsType }: Builtin,
  code: number,
  inputs: number[],
  outputs: number[],
  options: Value[],
): NewTable {
  return new NewTable([code, inputs, outputs, optionsType, new NewTable(options)]);
}
