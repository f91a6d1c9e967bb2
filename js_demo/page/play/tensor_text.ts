// Tensors as text that people write: nested lists, or a plain list that takes its shape from the
// signature.
//
//   parseTensor("1, 2, 3, 4", { dtype: "float32", shape: [-1n, 2n] })   float32 [2,2]
//   parseTensor('["a b", "c"]', { dtype: "string", shape: [-1n] })      string [2]

import type { TensorSpec } from "../../src/contract/generated.ts";
import { type Dtype, dtypeNamed } from "../../src/dtypes.ts";
import { InputDtypeError, InputShapeError } from "../../src/errors.ts";
import { sizeOf, type Tensor, tensor } from "../../src/tensors.ts";
import { bfloat16Bits, elementText, float16Bits } from "./numbers.ts";

type Nested = string | Nested[];

/** Brackets, quoted text, and words up to a space, a comma or a bracket. */
const TOKENS = /[[\]]|"(?:[^"\\]|\\.)*"|[^\s,[\]]+/g;

/** Throws InputDtypeError and InputShapeError, which name the input. */
export function parseTensor(text: string, spec: TensorSpec): Tensor {
  const subject = `input '${spec.name}'`;
  const dtype = dtypeNamed(spec.dtype, subject);
  const nested = nest(text, subject);
  const words = wordsOf(nested);
  const shape = shapeFor(shapeOf(nested, subject), words.length, spec, subject);
  return tensor(
    dtype,
    shape,
    words.map((word, index) => element(word, dtype, `${subject}, value ${index + 1}`)),
  );
}

/** Text that parseTensor reads back. Throws InputDtypeError for strings that are no text. */
export function textOf(tensor: Tensor): string {
  const { dtype, shape, data } = tensor;
  const wordOf = (index: number) =>
    dtype === "string"
      ? JSON.stringify(decoded(data[index] as Uint8Array))
      : elementText(tensor, index);
  const listText = (axis: number, start: number): string => {
    const size = shape[axis];
    if (size === undefined) return wordOf(start);
    const step = sizeOf(shape.slice(axis + 1));
    const parts = Array.from({ length: size }, (_, index) =>
      listText(axis + 1, start + index * step),
    );
    // One line for each list of single values.
    const isRow = shape.slice(axis + 1).every((dimension) => dimension === 1);
    return `[${parts.join(isRow ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return listText(0, 0);
}

function nest(text: string, subject: string): Nested {
  const open: Nested[][] = [[]];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "[") {
      open.push([]);
    } else if (token === "]") {
      const closed = open.pop() as Nested[];
      if (open.length === 0) throw new InputShapeError(`${subject}: a ] closes nothing; remove it`);
      open.at(-1)?.push(closed);
    } else {
      open.at(-1)?.push(token);
    }
  }
  const [values = []] = open;
  if (open.length > 1) throw new InputShapeError(`${subject}: a [ is not closed; add a ]`);
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : values;
}

function wordsOf(nested: Nested): string[] {
  return Array.isArray(nested) ? nested.flatMap(wordsOf) : [nested];
}

function shapeOf(nested: Nested, subject: string): number[] {
  if (!Array.isArray(nested)) return [];
  const [first, ...rest] = nested.map((part) => shapeOf(part, subject));
  for (const [index, shape] of rest.entries()) {
    if (`${shape}` !== `${first}`) {
      throw new InputShapeError(
        `${subject}: part ${index + 2} of a list is [${shape}], the first is [${first}]; ` +
          "make the parts of a list equally long",
      );
    }
  }
  return [nested.length, ...(first ?? [])];
}

/** Nested lists say their shape; a plain list takes the signature's, where it fits in one way. */
function shapeFor(written: number[], count: number, spec: TensorSpec, subject: string): number[] {
  if (spec.unknownRank || written.length > 1 || written.length === spec.shape.length) {
    return written;
  }
  const shape = spec.shape.map(Number);
  const unknown = shape.filter((size) => size === -1).length;
  const known = sizeOf(shape.filter((size) => size !== -1));
  const wants = `[${shape.map((size) => (size === -1 ? "?" : size))}]`;
  if (unknown > 1) {
    throw new InputShapeError(
      `${subject}: a plain list fits ${wants} in several ways; write nested lists, such as [[1, 2], [3, 4]]`,
    );
  }
  if (unknown === 0 ? count !== known : count % known !== 0) {
    const wanted = unknown === 0 ? `${known}` : `a multiple of ${known}`;
    throw new InputShapeError(`${subject}: got ${count} values, ${wants} takes ${wanted}`);
  }
  return shape.map((size) => (size === -1 ? count / known : size));
}

function element(word: string, dtype: Dtype, subject: string): number | bigint | boolean | string {
  const refuse = (wanted: string): never => {
    throw new InputDtypeError(`${subject}: got ${word}, wanted ${wanted}`);
  };
  switch (dtype) {
    case "string":
      return word.startsWith('"') ? unquoted(word, refuse) : word;
    case "bool":
      if (/^(true|1)$/i.test(word)) return true;
      return /^(false|0)$/i.test(word) ? false : refuse("true or false");
    case "float16":
    case "bfloat16":
    case "float32":
    case "float64": {
      const value = float(word) ?? refuse(`a number (${dtype})`);
      if (dtype === "float16") return float16Bits(value);
      return dtype === "bfloat16" ? bfloat16Bits(value) : value;
    }
    default:
      return integer(word, dtype, refuse);
  }
}

function unquoted(word: string, refuse: (wanted: string) => never): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    return refuse("text in double quotes, with JSON's escapes");
  }
}

const SPECIAL: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, infinity: Infinity };

function float(word: string): number | undefined {
  const [, sign, name] = /^([+-]?)([a-z]+)$/i.exec(word) ?? [];
  if (name === undefined) return Number.isNaN(Number(word)) ? undefined : Number(word);
  const value = SPECIAL[name.toLowerCase()];
  return sign === "-" && value !== undefined ? -value : value;
}

function integer(word: string, dtype: Dtype, refuse: (wanted: string) => never): number | bigint {
  const unsigned = dtype.startsWith("u");
  const bits = BigInt(dtype.replace(/\D/g, ""));
  const least = unsigned ? 0n : -(1n << (bits - 1n));
  const most = (1n << (unsigned ? bits : bits - 1n)) - 1n;
  const value = /^[+-]?\d+$/.test(word) ? BigInt(word.replace("+", "")) : undefined;
  if (value === undefined || value < least || value > most) {
    return refuse(`a whole number from ${least} to ${most} (${dtype})`);
  }
  return bits === 64n ? value : Number(value);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputDtypeError("a string in it is no UTF-8 text, and cannot be edited here");
  }
}
