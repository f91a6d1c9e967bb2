// Writes src/contract/generated*.ts from the .proto files: a TypeScript type for each message and
// enum, and protobufjs' functions that read and write it. So JavaScript reads the same files as
// Python and C++.
//
// protobufjs would make these functions when they are first called, by evaluating text: pages with
// a strict Content-Security-Policy forbid that. So that text is written here.
//
//   node build/generate_contract.js ../proto src/contract

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

const FILES = [
  "inference.proto",
  "modelparity/v1/manifest.proto",
  "modelparity/v1/case.proto",
  "modelparity/v1/runner.proto",
  "tensorflow_graph.proto",
];

// The messages that are read or written here, with all that is in them. Only their code is written,
// each part to a file of its own: pages download what they use.
const PARTS = {
  "generated.ts": [
    "modelparity.v1.Manifest",
    "modelparity.v1.Case",
    "modelparity.v1.RunnerRequest",
    "modelparity.v1.RunnerResponse",
    "modelparity.tensorflow.DataType",
  ],
  "generated_graph.ts": ["modelparity.tensorflow.GraphDef"],
};

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

function declarationOf(type) {
  const name = nameOf(type);
  if (type instanceof protobuf.Enum) {
    return `export const ${name} = ${JSON.stringify(type.values)} as const;
export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
  }
  const members = type.fieldsArray.map((field) => `  ${memberOf(field)}\n`);
  return `export interface ${name} {\n${members.join("")}}`;
}

// A message with all that is in it, enums too.
function typesWithin(type, found = new Set()) {
  if (!type || found.has(type)) return found;
  found.add(type);
  for (const field of type.fieldsArray ?? []) typesWithin(field.resolve().resolvedType, found);
  return found;
}

// Defaults are the prototype's, as protobufjs wants them. Nested types are looked up when they are
// needed, since messages may hold each other.
function codecOf(type) {
  const { fieldsArray: fields } = type;
  const isMessage = ({ resolvedType }) => resolvedType instanceof protobuf.Type;
  const nested = fields.flatMap((field, index) =>
    isMessage(field) ? [`get ${index}() { return ${nameOf(field.resolvedType)}; }`] : [],
  );
  const defaults = fields
    .filter((field) => !field.repeated && !field.map)
    .map((field) => `${field.name}: ${literal(field.defaultValue)}`);
  const kindOf = (field) => {
    if (field.map) return '"map"';
    return isMessage(field) ? `() => ${nameOf(field.resolvedType)}` : "true";
  };
  return `export const ${nameOf(type)}: Message<${nameOf(type)}> = /* @__PURE__ */ (() => {
const C = ${protobuf.Type.generateConstructor(type)};
C.prototype = { ${defaults.join(", ")} };
const types = { ${nested.join(", ")} };
return {
fields: { ${fields.map((field) => `${field.name}: ${kindOf(field)}`).join(", ")} },
encode: ${protobuf.encoder(type)},
decode: ${protobuf.decoder(type)},
fromObject: ${protobuf.converter.fromObject(type)},
toObject: ${protobuf.converter.toObject(type)},
};
})();`;
}

function literal(value) {
  return value instanceof protobuf.util.Long ? value.toString() : JSON.stringify(value);
}

const [protoFolder, output] = process.argv.slice(2);
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(protoFolder, target);
root.loadSync(FILES).resolveAll();

mkdirSync(output, { recursive: true });
const written = new Map();
for (const [file, names] of Object.entries(PARTS)) {
  const found = new Set();
  for (const name of names) typesWithin(root.lookupTypeOrEnum(name), found);
  const types = [...found].filter((type) => !written.has(type));
  const imports = [...found].filter((type) => written.has(type));
  for (const type of types) written.set(type, file);
  const lines = [
    "// Written by build/generate_contract.js from the .proto files. Do not edit.",
    "// @ts-nocheck: the functions are protobufjs'.",
    'import { Reader, util, Writer } from "protobufjs/minimal.js";',
    'import type { Message } from "./messages.ts";',
    ...imports.map((type) => `import type { ${nameOf(type)} } from "./${written.get(type)}";`),
    ...types.map(declarationOf),
    ...types.filter((type) => type instanceof protobuf.Type).map(codecOf),
  ];
  writeFileSync(join(output, file), `${lines.join("\n")}\n`);
}
