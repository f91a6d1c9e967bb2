// Writes src/contract/generated.ts from the .proto files: the descriptors that protobufjs needs at
// run time, and a TypeScript type for every message and enum. So JavaScript reads the same files as
// Python and C++.
//
//   node build/generate_contract.js ../proto src/contract/generated.ts

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import protobuf from "protobufjs";

const FILES = [
  "inference.proto",
  "modelparity/v1/manifest.proto",
  "modelparity/v1/case.proto",
  "modelparity/v1/runner.proto",
  "tensorflow_graph.proto",
];

const SCALARS = {
  bool: "boolean",
  bytes: "Uint8Array",
  double: "number",
  float: "number",
  int32: "number",
  int64: "bigint",
  string: "string",
  uint32: "number",
  uint64: "bigint",
};

function typeOf(field) {
  const scalar = SCALARS[field.type];
  if (scalar) return scalar;
  if (!field.resolvedType) {
    throw new Error(`${field.fullName}: no TypeScript type for ${field.type}`);
  }
  return nameOf(field.resolvedType);
}

// Nested names are joined: ModelInferRequest.InferInputTensor ->
// ModelInferRequest_InferInputTensor.
function nameOf(type) {
  return type.parent instanceof protobuf.Type ? `${nameOf(type.parent)}_${type.name}` : type.name;
}

function memberOf(field) {
  const type = typeOf(field);
  if (field.map) return `${field.name}: Record<string, ${type}>;`;
  if (field.repeated) return `${field.name}: ${type}[];`;
  if (field.partOf) return `${field.name}?: ${type};`;
  if (field.resolvedType instanceof protobuf.Type) return `${field.name}: ${type} | null;`;
  return `${field.name}: ${type};`;
}

function* declarations(object) {
  if (object instanceof protobuf.Enum) {
    const name = nameOf(object);
    yield `export const ${name} = ${JSON.stringify(object.values)} as const;`;
    yield `export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
  } else if (object instanceof protobuf.Type) {
    const members = object.fieldsArray.map((field) => `  ${memberOf(field.resolve())}\n`);
    yield `export interface ${nameOf(object)} {\n${members.join("")}}`;
  }
  for (const child of object.nestedArray ?? []) yield* declarations(child);
}

function* messageNames(object) {
  if (object instanceof protobuf.Type) yield [object.fullName.slice(1), nameOf(object)];
  for (const child of object.nestedArray ?? []) yield* messageNames(child);
}

const [protoFolder, output] = process.argv.slice(2);
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(protoFolder, target);
root.loadSync(FILES).resolveAll();

const lines = [
  "// Written by build/generate_contract.js from the .proto files. Do not edit.",
  ...declarations(root),
  `export interface MessageTypes {\n${[...messageNames(root)].map(([full, name]) => `  "${full}": ${name};\n`).join("")}}`,
  `export const descriptors = ${JSON.stringify(root.toJSON())};`,
];
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${lines.join("\n")}\n`);
