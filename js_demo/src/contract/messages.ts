// Reads and writes the messages of the contract. 64-bit integers are bigint, absent messages are
// null, an absent member of a oneof is undefined, everything else that is absent has its default.

import * as protojson from "protobufjs/ext/protojson.js";
import protobuf from "protobufjs/light.js";

import { descriptors, type MessageTypes } from "./generated.ts";

export type MessageName = keyof MessageTypes;

/** A message to be written: what is left out has its default. */
export type Draft<T> = T extends Uint8Array | bigint | string | number | boolean
  ? T
  : T extends (infer Element)[]
    ? readonly Draft<Element>[]
    : { [Key in keyof T]?: Draft<T[Key]> };

const root = protobuf.Root.fromJSON(descriptors as protobuf.INamespace);

function toPlain<Name extends MessageName>(type: protobuf.Type, message: protobuf.Message) {
  return type.toObject(message, { defaults: true, longs: BigInt }) as MessageTypes[Name];
}

/**
 * `bytes` fields of the result are views into `bytes`. Throws when `bytes` is no message of this
 * type.
 */
export function decode<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
): MessageTypes[Name] {
  const type = root.lookupType(name);
  return toPlain<Name>(type, type.decode(bytes));
}

export function encode<Name extends MessageName>(name: Name, message: Draft<MessageTypes[Name]>) {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(message as Record<string, unknown>)).finish();
}

/** Reads proto JSON; members that this version does not know are left out. */
export function fromJson<Name extends MessageName>(name: Name, json: string): MessageTypes[Name] {
  const type = root.lookupType(name);
  return toPlain<Name>(type, protojson.fromJsonString(type, json, { ignoreUnknownFields: true }));
}
