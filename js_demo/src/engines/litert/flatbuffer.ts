// Reads FlatBuffers, and writes new ones around them.
//
// A FlatBuffer is made of tables, whose fields may be absent, and vectors. They refer to each other
// by the distance to a later place. So what is changed can be written before an old file as it is:
// new tables may refer to the old ones.

/** How often each 4 bytes of a file may be given out as an element: its tables are looked at several times. */
const READS = 8;

/** What may still be given out: a small file can refer to one long vector from each element of another. */
interface Budget {
  elements: number;
}

/**
 * A table in a file, by the field numbers of its schema. What leads out of the file, or around in
 * it, throws RangeError.
 */
export class Table {
  readonly #view: DataView;
  readonly #budget: Budget;
  /** Where it is in the file. */
  readonly position: number;

  private constructor(view: DataView, budget: Budget, position: number) {
    this.#view = view;
    this.#budget = budget;
    this.position = position;
  }

  /** The table that a file begins with. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const budget = { elements: (READS * bytes.byteLength) / 4 };
    return new Table(view, budget, view.getUint32(0, true));
  }

  uint32(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : this.#view.getUint32(at, true);
  }

  byte(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  string(field: number): string {
    return new TextDecoder().decode(this.bytes(field));
  }

  /** A view. */
  bytes(field: number): Uint8Array {
    const { start, length } = this.#vector(field, 1);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }

  int32s(field: number): number[] {
    const { start, length } = this.#elements(field);
    return Array.from({ length }, (_, index) => this.#view.getInt32(start + 4 * index, true));
  }

  tables(field: number): Table[] {
    const { start, length } = this.#elements(field);
    return Array.from(
      { length },
      (_, index) => new Table(this.#view, this.#budget, this.#follow(start + 4 * index)),
    );
  }

  /** A field as it can be written again; undefined: it is absent. */
  value(field: number, kind: Kind): Value | undefined {
    const at = this.#at(field);
    if (at === undefined) return undefined;
    if (kind === "byte") return this.#view.getUint8(at);
    if (kind === "int32") return this.#view.getUint32(at, true);
    return { position: this.#follow(at) };
  }

  /** Where a field is. A table begins with the distance back to its list of fields. */
  #at(field: number): number | undefined {
    const fields = this.position - this.#view.getInt32(this.position, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(fields, true)) return undefined;
    const offset = this.#view.getUint16(fields + entry, true);
    return offset === 0 ? undefined : this.position + offset;
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  #elements(field: number): { start: number; length: number } {
    const vector = this.#vector(field, 4);
    this.#budget.elements -= vector.length;
    if (this.#budget.elements < 0) throw new RangeError("its tables refer to each other too often");
    return vector;
  }

  #vector(field: number, elementBytes: number): { start: number; length: number } {
    const at = this.#at(field);
    if (at === undefined) return { start: 0, length: 0 };
    const vector = this.#follow(at);
    const length = this.#view.getUint32(vector, true);
    const start = vector + 4;
    if (start + length * elementBytes > this.#view.byteLength) {
      throw new RangeError(`a vector of ${length} elements ends outside of the file`);
    }
    return { start, length };
  }
}

export type Kind = "byte" | "int32" | "reference";

/** A number; something new; or what is in the old file. */
export type Value = number | NewTable | NewText | Value[] | { readonly position: number };

/** By field number; undefined: absent. */
export class NewTable {
  readonly fields: readonly (Value | undefined)[];

  constructor(fields: readonly (Value | undefined)[]) {
    this.fields = fields;
  }
}

export class NewText {
  readonly bytes: Uint8Array;

  constructor(text: string) {
    this.bytes = new TextEncoder().encode(text);
  }
}

type New = NewTable | NewText | Value[];

const HEADER_BYTES = 8;
/** Buffers in a file are aligned to 16 bytes at most. */
const ALIGNMENT = 16;

/** A file that begins with `root`, and has all of `old` after what is new. */
export function writeBefore(old: Uint8Array, root: NewTable): Uint8Array<ArrayBuffer> {
  const { places, end } = layOut(root);
  const start = roundUp(end, ALIGNMENT);
  const bytes = new Uint8Array(start + old.byteLength);
  bytes.set(old, start);
  // The identifier, which follows the reference to the root.
  bytes.set(old.subarray(4, HEADER_BYTES), 4);
  const view = new DataView(bytes.buffer);
  const write = (at: number, value: Value) => {
    if (typeof value === "number") view.setUint32(at, value, true);
    else if (isNew(value)) view.setUint32(at, (places.get(value) as number) - at, true);
    else view.setUint32(at, start + value.position - at, true);
  };
  write(0, root);
  for (const [value, at] of places) {
    if (value instanceof NewText) {
      view.setUint32(at, value.bytes.byteLength, true);
      bytes.set(value.bytes, at + 4);
    } else if (value instanceof NewTable) {
      const list = at - listBytes(value);
      view.setInt32(at, at - list, true);
      view.setUint16(list, 4 + 2 * value.fields.length, true);
      view.setUint16(list + 2, 4 + 4 * value.fields.length, true);
      value.fields.forEach((member, index) => {
        if (member === undefined) return;
        view.setUint16(list + 4 + 2 * index, 4 + 4 * index, true);
        write(at + 4 + 4 * index, member);
      });
    } else {
      view.setUint32(at, value.length, true);
      value.forEach((member, index) => write(at + 4 + 4 * index, member));
    }
  }
  return bytes;
}

/** Where everything new goes: before what it refers to. Each value has one place only. */
function layOut(root: NewTable): { places: ReadonlyMap<New, number>; end: number } {
  const places = new Map<New, number>();
  let end = HEADER_BYTES;
  const place = (value: New) => {
    if (value instanceof NewText) {
      places.set(value, end);
      // A NUL ends it.
      end += 4 + roundUp(value.bytes.byteLength + 1, 4);
      return;
    }
    const list = value instanceof NewTable ? listBytes(value) : 0;
    const members = value instanceof NewTable ? value.fields : value;
    places.set(value, end + list);
    end += list + 4 + 4 * members.length;
    for (const member of members) if (isNew(member)) place(member);
  };
  place(root);
  return { places, end };
}

function isNew(value: Value | undefined): value is New {
  return value instanceof NewTable || value instanceof NewText || Array.isArray(value);
}

/** Of the list of a table's fields, which stands before the table. */
function listBytes({ fields }: NewTable): number {
  return roundUp(4 + 2 * fields.length, 4);
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}
