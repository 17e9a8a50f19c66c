/**
 * What differs between SQL engines: quoting, types, and the few functions that a plan uses beyond SUM, COUNT, CASE and
 * GROUP BY.
 *
 * @module
 */

/** How a column enters: as `toTable` would read it from rows. */
export type SqlKind = "number" | "integer" | "text" | "boolean" | "date" | "timestamp";

/** Whether a column holds days or moments, which enter as days since 1970-01-01. */
export const isDate = (kind: SqlKind | undefined): boolean => kind === "date" || kind === "timestamp";

/** An engine's way of writing SQL. */
export interface SqlDialect {
  /** `"duckdb"`, `"postgres"`, … */
  readonly name: string;
  /** An identifier in the engine's quotes. */
  quote(identifier: string): string;
  /** Text as a literal. */
  literal(text: string): string;
  /** A double as a literal that reads back as the same double. */
  number(value: number): string;
  /** The type names of doubles and of text. */
  readonly types: { readonly double: string; readonly text: string };
  /** A column as text whose labels are told apart by their letters alone; not given, it is cast to text. */
  label?(column: string): string;
  /** Whether a double is NaN. */
  isNaN(x: string): string;
  /** Days since 1970-01-01 (UTC), as a double, of a date or a timestamp. */
  days(x: string, kind: "date" | "timestamp"): string;
  /** How to ask for a relation's columns; `null` where the schema must be given. */
  readonly catalog: {
    /** A query of the names, as rows of `name` and of `folded`, by which the engine tells names apart. */
    names(relation: string): string;
    /** The name of a column's type, as text. */
    type(column: string): string;
  } | null;
}

/** A dialect that goes by the standard where it is not told otherwise. */
export function standardDialect(own: Pick<SqlDialect, "name" | "days"> & Partial<SqlDialect>): SqlDialect {
  const types = own.types ?? { double: "DOUBLE PRECISION", text: "VARCHAR" };
  return {
    quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
    literal: (text) => `'${text.replaceAll("'", "''")}'`,
    number: (value) => `CAST(${value.toExponential()} AS ${types.double})`,
    catalog: null,
    isNaN: (x) => `${x} = CAST('NaN' AS ${types.double})`,
    ...own,
    types,
  };
}

/** Text in quotes for engines that read backslashes as escapes. */
export function escapedLiteral(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`;
}

const KINDS: readonly (readonly [RegExp, SqlKind])[] = [
  [/^u?(tiny|small|big|huge|medium|byte)?int(eger)?\d*$|^(long|short|byte)$/, "integer"],
  [/^(double( precision)?|float\d*|real|(big)?(decimal|numeric)|number)$/, "number"],
  [/^(varchar|text|n?char|bpchar|character( varying)?|string|name|uuid|enum|citext)$/, "text"],
  [/^bool(ean)?$/, "boolean"],
  [/^date$/, "date"],
  [/^(timestamp|datetime)/, "timestamp"],
];

/** What a type name means; `null` for types that cannot enter a model. */
export function kindOfType(type: string): SqlKind | null {
  const plain = type
    .toLowerCase()
    .replace(/\([\s\S]*\)/, "")
    .trim();
  return KINDS.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}
