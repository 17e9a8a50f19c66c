/**
 * Columns of labels: how they are grouped by in SQL, and which level a key means.
 *
 * @module
 */

import { type FactorColumn, factor, takeRows } from "../data/factor.ts";
import { DataError, type Warning } from "../errors.ts";
import type { Group } from "../formula/groups.ts";
import { deparse } from "../formula/parser.ts";
import { plainColumn } from "../model/evaluate.ts";
import type { SummedGroup, SummedLabels } from "../model/sums.ts";
import { noteUnused } from "../model/usableRows.ts";
import { isDate, type SqlDialect, type SqlKind } from "./dialect.ts";
import { dataChanged, type ResultRows } from "./rows.ts";

/** A column of labels. */
export interface SqlKey {
  readonly column: string;
  readonly kind: SqlKind;
  /** Its name inside the plan. */
  readonly alias: string;
}

/** A column of labels whose levels are known. */
export interface KnownKey extends SqlKey {
  /** One row per level. */
  readonly factor: FactorColumn;
  /** Rows kept, by level. */
  readonly rows: Float64Array;
  readonly order: SummedLabels["order"];
  /** The literal of each level. */
  readonly literals: readonly string[];
  /** The level of a key as the database returns it. */
  readonly codes: ReadonlyMap<string, number>;
}

/** A grouping factor over its keys. */
export interface KnownGroup {
  readonly group: SummedGroup;
  readonly keys: readonly KnownKey[];
  /** The level by the codes of the keys, joined by a colon. */
  readonly places: ReadonlyMap<string, number>;
}

const DAY = 86_400_000;
const asNumber = (kind: SqlKind): boolean => kind === "number" || isDate(kind);

/** The SQL of a key inside a plan: text, an integer as it is, or a double where the label is made of the number. */
export function keySql(column: string, kind: SqlKind, dialect: SqlDialect): string {
  const quoted = dialect.quote(column);
  if (kind === "boolean") return `CASE WHEN ${quoted} THEN 'TRUE' WHEN NOT ${quoted} THEN 'FALSE' END`;
  if (kind === "date") return dialect.days(quoted, kind);
  // Moments within a millisecond have one label.
  if (kind === "timestamp")
    return `ROUND(${dialect.days(quoted, kind)} * ${dialect.number(DAY)}) / ${dialect.number(DAY)}`;
  if (kind === "integer") return quoted;
  if (kind === "number") return `CAST(${quoted} AS ${dialect.types.double})`;
  return dialect.label?.(quoted) ?? `CAST(${quoted} AS ${dialect.types.text})`;
}

/** The SQL of a key as a plan returns it: integers as text, which holds all of their digits. */
export function keyText({ kind, alias }: SqlKey, dialect: SqlDialect): string {
  return kind === "integer" ? `CAST(${alias} AS ${dialect.types.text})` : alias;
}

/** Whether a key can be NaN. */
export const keyIsDouble = ({ kind }: SqlKey): boolean => kind === "number";

function rawKey({ kind }: SqlKey, cell: unknown): string {
  return asNumber(kind) ? String(Number(cell)) : String(cell);
}

function labelValue(kind: SqlKind, raw: string): unknown {
  if (kind === "integer") return BigInt(raw);
  if (kind === "number") return Number(raw);
  if (kind === "boolean") return raw === "TRUE";
  return asNumber(kind) ? new Date(Math.round(Number(raw) * DAY)) : raw;
}

function literalOf(kind: SqlKind, raw: string, dialect: SqlDialect): string {
  if (kind === "integer") return String(BigInt(raw));
  return asNumber(kind) ? dialect.number(Number(raw)) : dialect.literal(raw);
}

/** Reads the levels of a key from rows of `k` and of `used`, the number of rows kept. */
export function knownKey(
  key: SqlKey,
  rows: ResultRows,
  levels: readonly string[] | undefined,
  dialect: SqlDialect,
  warnings: Warning[],
): KnownKey {
  const raws = Array.from({ length: rows.length }, (_, i) => rawKey(key, rows.cell(i, "k")));
  const values = raws.map((raw) => labelValue(key.kind, raw));
  const whole = factor(values, levels === undefined ? {} : { levels });
  const used = Int32Array.from(raws.keys()).filter((i) => rows.number(i, "used") > 0);
  const { column, unused } = takeRows(whole, used);
  noteUnused(warnings, key.column, unused);
  const codes = new Map(Array.from(used, (row, i) => [raws[row], column.codes[i]]));
  const literals: string[] = [];
  for (const [raw, code] of codes) literals[code] = literalOf(key.kind, raw, dialect);
  const kept = new Float64Array(literals.length);
  used.forEach((row, i) => {
    kept[column.codes[i]] += rows.number(row, "used");
  });
  const order = levels ?? (key.kind === "number" || key.kind === "integer" ? "number" : "text");
  return { ...key, factor: column, rows: kept, order, literals, codes };
}

/** The levels of a group, from rows of `l0`, `l1`, … where it has several keys. */
export function knownGroup(
  group: Group,
  keys: ReadonlyMap<string, KnownKey>,
  combinations: ResultRows | undefined,
): KnownGroup {
  const own = group.factors.map((node) => keys.get(plainColumn(node) as string) as KnownKey);
  const { codes } = combinationsOf(own, combinations, 0);
  const places = new Map(Array.from(codes[0], (_, level) => [codes.map((of) => of[level]).join(":"), level]));
  return { group: { label: group.label, columns: group.factors.map(deparse), codes }, keys: own, places };
}

/**
 * The combinations of labels that occur, in ascending order of their levels: for each key its level in each of them, and
 * the rows of each.
 *
 * @param results - rows of `l0`, `l1`, … and of their number `n`, where there are several keys
 * @param n - the rows of all, where there is no key
 */
export function combinationsOf(
  keys: readonly KnownKey[],
  results: ResultRows | undefined,
  n: number,
): { readonly codes: readonly Int32Array[]; readonly rows: Float64Array } {
  if (results === undefined) {
    const codes = keys.map(({ rows }) => Int32Array.from(rows.keys()));
    return { codes, rows: keys[0]?.rows ?? Float64Array.of(n) };
  }
  const tuples = Array.from({ length: results.length }, (_, row) => ({
    row,
    codes: keys.map((key, j) => levelOf(key, results.cell(row, `l${j}`))),
  })).sort((a, b) => {
    const j = a.codes.findIndex((code, at) => code !== b.codes[at]);
    return j < 0 ? 0 : a.codes[j] - b.codes[j];
  });
  return {
    codes: keys.map((_, j) => Int32Array.from(tuples, ({ codes }) => codes[j])),
    rows: Float64Array.from(tuples, ({ row }) => results.number(row, "n")),
  };
}

/**
 * The level that a row of a result belongs to.
 *
 * @throws {DataError} `data-changed`
 */
export function groupLevel(
  { group, keys, places }: KnownGroup,
  rows: ResultRows,
  row: number,
  prefix: string,
): number {
  const cells = keys.map((key, j) => levelOf(key, rows.cell(row, `${prefix}${j}`)));
  const level = places.get(cells.join(":"));
  if (level !== undefined) return level;
  throw dataChanged(`${group.label} has a new combination of labels`);
}

/** The level of one key. */
export function levelOf(key: KnownKey, cell: unknown): number {
  const code = key.codes.get(rawKey(key, cell));
  if (code !== undefined) return code;
  throw dataChanged(`${key.column} has a new label, ${String(cell)}`);
}

/** Refuses columns of types that cannot enter a model. */
export function kindOfColumn(column: string, type: string, kind: SqlKind | null): SqlKind {
  if (kind !== null) return kind;
  throw new DataError(
    "unsupported-column",
    `Column "${column}" is of the type ${type}.`,
    "Columns hold numbers, text, booleans or dates: cast it in a query.",
    { column, type },
  );
}
