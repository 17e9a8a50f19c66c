/**
 * Sums as JSON, with every bit.
 *
 * @module
 */

import { hash } from "../data/hash.ts";
import { ArgumentError, show } from "../errors.ts";
import type { ModelSums } from "./sums.ts";

const FORMAT = "blmm-sums@1";

/** What `sums.toJSON()` returns and `sumsFromJson` takes. */
export interface SumsJson {
  readonly format: string;
  /** The sums; typed arrays as `{ f64: [...] }` and `{ i32: [...] }`, with NaN as null and −0 as "-0". */
  readonly sums: unknown;
  /** Of the sums, whatever the order of their keys. */
  readonly checksum: string;
}

/** Writes sums down. */
export function jsonOf(sums: ModelSums): SumsJson {
  const plain = encode(sums);
  return { format: FORMAT, sums: plain, checksum: checksumOf(plain) };
}

/**
 * Reads sums back.
 *
 * @throws {ArgumentError} `invalid-sums` for something else, or what was cut or edited
 */
export function sumsOfJson(json: unknown): ModelSums {
  const given = (typeof json === "string" ? parsed(json) : json) as Partial<SumsJson> | null | undefined;
  if (typeof given !== "object" || given === null) throw invalid(`they are ${show(given)}`);
  if (given.format !== FORMAT) throw invalid(`their format is ${show(given.format)}, not ${FORMAT}`);
  let checksum: string | undefined;
  try {
    checksum = checksumOf(given.sums ?? null);
  } catch {
    throw invalid("they hold what is no JSON");
  }
  if (given.sums === undefined || given.checksum !== checksum) throw invalid("they were cut or edited");
  return decode(given.sums) as ModelSums;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("the text is not JSON, or was cut");
  }
}

function invalid(why: string): ArgumentError {
  return new ArgumentError(
    "invalid-sums",
    `These are not sums that can be read: ${why}.`,
    "Pass what toJSON() returned, unchanged.",
  );
}

function encode(value: unknown): unknown {
  if (value instanceof Float64Array) return { f64: Array.from<number, unknown>(value, writeNumber) };
  if (value instanceof Int32Array) return { i32: Array.from(value) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, encode(own)]));
}

function writeNumber(value: number): unknown {
  if (Object.is(value, -0)) return "-0";
  return Number.isNaN(value) ? null : value;
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const { f64, i32 } = value as { readonly f64?: readonly unknown[]; readonly i32?: readonly number[] };
  if (Array.isArray(f64)) return Float64Array.from(f64, (own) => (own === null ? Number.NaN : Number(own)));
  if (Array.isArray(i32)) return Int32Array.from(i32);
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, decode(own)]));
}

function checksumOf(content: unknown): string {
  const text = JSON.stringify(content, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  const { take, text: digits } = hash();
  take(Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));
  return digits();
}
