/**
 * Trees of plain values with typed arrays in them, as bytes and back: the file format `blmm@1`.
 *
 *     "blmm@1 \n"             8 bytes
 *     length of the header    uint32
 *     header                  JSON in UTF-8: { sections: [[kind, count], …], tree }
 *     sections                one after the other, kinds f64 and i32
 *     checksum                2 × uint32, of all before it
 *
 * Numbers are little-endian on every machine. In the tree a text that starts with "@" stands for something that JSON
 * lacks: "@3" for section 3, "@NaN", "@Infinity", "@-Infinity" and "@-0" for these numbers, "@@…" for a text with an "@"
 * of its own.
 *
 * @module
 */

import { hash } from "../data/hash.ts";
import { ArgumentError, show } from "../errors.ts";

const NAME = "blmm@";
const VERSION = 1;
const MAGIC = new TextEncoder().encode(`${NAME}${VERSION} \n`);
/** Bytes before the header, and of the checksum. */
const HEAD = MAGIC.length + 4;
const TAIL = 8;
/** What JSON would write as null, or as 0. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => [`@${value}`, value]),
).set("@-0", -0);

type Section = Float64Array | Int32Array;
type Kind = "f64" | "i32";

const KINDS: Readonly<Record<Kind, { readonly size: number; readonly make: (count: number) => Section }>> = {
  f64: { size: 8, make: (count) => new Float64Array(count) },
  i32: { size: 4, make: (count) => new Int32Array(count) },
};

interface Header {
  readonly sections: readonly (readonly [kind: Kind, count: number])[];
  readonly tree: unknown;
}

/** Writes a tree of texts, numbers, booleans, null, arrays, plain objects, `Float64Array`s and `Int32Array`s. */
export function bytesOf(tree: unknown): Uint8Array {
  const arrays: Section[] = [];
  const written = JSON.stringify(tree, (_, value: unknown) => {
    if (typeof value === "string") return value.startsWith("@") ? `@${value}` : value;
    if (typeof value === "number") {
      return Object.is(value, -0) ? "@-0" : Number.isFinite(value) ? value : `@${value}`;
    }
    if (value instanceof Float64Array || value instanceof Int32Array) return `@${arrays.push(value) - 1}`;
    if (typeof value === "function" || (typeof value === "object" && value !== null && !isPlain(value))) {
      throw new TypeError("Trees hold plain values, Float64Arrays and Int32Arrays.");
    }
    return value;
  });
  const sections = arrays.map((array) => [array instanceof Float64Array ? "f64" : "i32", array.length]);
  const header = new TextEncoder().encode(`{"sections":${JSON.stringify(sections)},"tree":${written}}`);
  const length = arrays.reduce((sum, { byteLength }) => sum + byteLength, HEAD + header.length + TAIL);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(MAGIC.length, header.length, true);
  bytes.set(header, HEAD);
  let at = HEAD + header.length;
  for (const array of arrays) {
    writeSection(view, at, array);
    at += array.byteLength;
  }
  checksumOf(bytes.subarray(0, at)).forEach((word, i) => {
    view.setUint32(at + 4 * i, word, true);
  });
  return bytes;
}

/**
 * Reads a tree back. Nothing is reserved before it is known that the bytes are there.
 *
 * @throws {ArgumentError} `unknown-format` for something else, and for formats of the future; `invalid-save` for what was
 *   cut or edited
 */
export function treeOf(bytes: Uint8Array): unknown {
  checkFormat(bytes);
  const end = bytes.length - TAIL;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (end < HEAD) throw invalidSave("it was cut or edited");
  const checksum = checksumOf(bytes.subarray(0, end));
  if (checksum.some((word, i) => word !== view.getUint32(end + 4 * i, true))) {
    throw invalidSave("it was cut or edited");
  }
  const start = HEAD + view.getUint32(MAGIC.length, true);
  const { sections, tree } = headerOf(bytes.subarray(HEAD, start));
  const total = sections.reduce((sum, [kind, count]) => sum + KINDS[kind].size * count, start);
  if (total !== end) throw invalidSave(`its numbers should end at byte ${total}, not ${end}`);
  let at = start;
  const arrays = sections.map(([kind, count]) => {
    const array = KINDS[kind].make(count);
    readSection(array, view, at);
    at += array.byteLength;
    return array;
  });
  return restored(tree, arrays);
}

/** The error for what cannot be read back. */
export function invalidSave(why: string): ArgumentError {
  return new ArgumentError(
    "invalid-save",
    `This is not a save that can be loaded: ${why}.`,
    "Pass what save() returned, unchanged.",
  );
}

function checkFormat(bytes: Uint8Array): void {
  const found = /^blmm@(\d+) *\n/.exec(String.fromCharCode(...bytes.subarray(0, MAGIC.length)));
  if (found?.[1] === String(VERSION)) return;
  if (found === null) {
    throw new ArgumentError(
      "unknown-format",
      "These bytes do not come from save().",
      "Pass what save() returned.",
    );
  }
  throw new ArgumentError(
    "unknown-format",
    `The save has the format ${NAME}${found[1]}, and this version reads ${NAME}${VERSION}.`,
    "Load it with the version of blmm that saved it.",
    { format: `${NAME}${found[1]}` },
  );
}

function headerOf(bytes: Uint8Array): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalidSave("its header is not JSON");
  }
  const sections: unknown = header?.sections;
  const known = (one: unknown): boolean =>
    Array.isArray(one) && Object.hasOwn(KINDS, one[0]) && Number.isSafeInteger(one[1]) && one[1] >= 0;
  if (!Array.isArray(sections) || !sections.every(known)) throw invalidSave("its sections are not listed");
  return header as Header;
}

/** The tree with everything in place that JSON lacks. */
function restored(value: unknown, arrays: readonly Section[]): unknown {
  if (typeof value === "string" && value.startsWith("@")) {
    if (value.startsWith("@@")) return value.slice(1);
    const found = NUMBERS.get(value) ?? arrays[Number(value.slice(1))];
    if (found === undefined) throw invalidSave(`it has no section ${show(value)}`);
    return found;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => restored(one, arrays));
  // Defines keys and assigns none, so that "__proto__" is a key like others.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, restored(one, arrays)]));
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function writeSection(view: DataView, at: number, array: Section): void {
  if (array instanceof Float64Array) {
    for (let i = 0; i < array.length; i++) view.setFloat64(at + 8 * i, array[i], true);
  } else {
    for (let i = 0; i < array.length; i++) view.setInt32(at + 4 * i, array[i], true);
  }
}

function readSection(array: Section, view: DataView, at: number): void {
  if (array instanceof Float64Array) {
    for (let i = 0; i < array.length; i++) array[i] = view.getFloat64(at + 8 * i, true);
  } else {
    for (let i = 0; i < array.length; i++) array[i] = view.getInt32(at + 4 * i, true);
  }
}

function checksumOf(bytes: Uint8Array): readonly [number, number] {
  const { take, bits } = hash();
  take(bytes);
  return bits();
}
