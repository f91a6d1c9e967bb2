// Reads and writes the messages of the contract. 64-bit integers are bigint, absent messages are
// null, an absent member of a oneof is undefined, everything else that is absent has its default.

/** How a message is read and written: what generate_contract.js makes, functions of protobufjs. */
export interface Message<T> {
  /** By name: a nested message, "map", or true for a value. */
  readonly fields: Readonly<Record<string, (() => Message<unknown>) | "map" | true>>;
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(plain: object): object;
  toObject(message: object, options: object): T;
}

/** A message to be written: what is left out has its default. */
export type Draft<T> = T extends Uint8Array | bigint | string | number | boolean
  ? T
  : T extends (infer Element)[]
    ? readonly Draft<Element>[]
    : { [Key in keyof T]?: Draft<T[Key]> };

const PLAIN = { defaults: true, longs: BigInt };

/** `bytes` fields of the result are views into `bytes`. Throws when `bytes` is no such message. */
export function decode<T>(message: Message<T>, bytes: Uint8Array): T {
  return message.toObject(message.decode(bytes), PLAIN);
}

export function encode<T>(message: Message<T>, draft: Draft<T>): Uint8Array {
  return message.encode(message.fromObject(draft as object)).finish();
}

/** Reads proto JSON; members that this version does not know are left out. */
export function fromJson<T>(message: Message<T>, json: string): T {
  const plain = withJsNames(JSON.parse(json), message) as object;
  return message.toObject(message.fromObject(plain), PLAIN);
}

/** Proto JSON may write a field's name as the .proto file does, with underscores. */
function withJsNames(value: unknown, message: Message<unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => withJsNames(element, message));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = key.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
      const field = Object.hasOwn(message.fields, name) ? message.fields[name] : undefined;
      return [name, typeof field === "function" ? withJsNames(member, field()) : member];
    }),
  );
}
