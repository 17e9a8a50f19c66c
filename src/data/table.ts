/**
 * Tables: named, typed columns of equal length, made from whatever holds the user's data.
 *
 * @module
 */

import { AWAIT, BlmmError, DataError, didYouMean, listOf, show } from "../errors.ts";
import { arrowCells, isArrowColumn } from "./arrow.ts";
import { checkFactor, type FactorColumn, factor, isFactor, isMissing } from "./factor.ts";

/** A column of numbers; `NaN` is missing. */
export interface NumberColumn {
  readonly kind: "number";
  readonly values: Float64Array;
}
/** A column of dates as days since 1970-01-01 (UTC); `NaN` is missing. */
export interface DateColumn {
  readonly kind: "date";
  readonly values: Float64Array;
}
/** A column of text; `null` is missing. */
export interface TextColumn {
  readonly kind: "text";
  readonly values: readonly (string | null)[];
}
/** A column of `true` and `false`; `null` is missing. */
export interface BooleanColumn {
  readonly kind: "boolean";
  readonly values: readonly (boolean | null)[];
}
/** Any column. */
export type Column = NumberColumn | DateColumn | TextColumn | BooleanColumn | FactorColumn;

/** Named columns of equal length. */
export interface Table {
  readonly rowCount: number;
  /** Column names in the order of the source. */
  readonly names: readonly string[];
  readonly columns: ReadonlyMap<string, Column>;
}

/** An array of row objects, optionally saying more about its columns. */
export type Rows = readonly object[] & {
  /** Column names, as d3-dsv writes them. */
  readonly columns?: readonly string[];
  /** Levels of columns of labels, in the order wanted. */
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  /** Columns whose levels are ordered. */
  readonly ordered?: readonly string[];
  /** Where the data come from. */
  readonly source?: string;
};

/** Columns by name: arrays, typed arrays or columns made by `factor()`. */
export type Columns = Readonly<Record<string, ArrayLike<unknown> | FactorColumn>>;

/** A table of Arquero, by its methods. */
export interface ArqueroLike {
  columnNames(): string[];
  array(name: string): ArrayLike<unknown>;
  /** The column as it is stored, where the table has all its rows in their order. */
  column?(name: string): unknown;
  isFiltered?(): boolean;
  isOrdered?(): boolean;
}
/** A table of Arrow, by its fields. */
export interface ArrowLike {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChild(name: string): Iterable<unknown> | null;
}

/** What can be used as data. */
export type TableLike = Rows | Columns | ArqueroLike | ArrowLike | Table;

const DAY = 86_400_000;

/**
 * Reads rows, columns, an Arrow-like or Arquero-like table, or a table into a {@link Table}.
 *
 * Each column becomes numbers, dates (days since 1970-01-01), text, true/false or a factor. `null`,
 * `undefined` and `NaN` are missing; text is never turned into numbers. Big integers become numbers, or
 * labels when one of them lies beyond 2⁵³. `Float64Array`s are kept, not copied, as are an Arrow table's doubles without
 * nulls in one batch.
 *
 * @throws {DataError} `not-a-table`, `mixed-column`, `unequal-lengths`, `unsupported-column`, `bad-factor`;
 * `unreadable-data` where reading them fails, in a getter for example
 * @example
 * toTable([{ x: 1, g: "a" }, { x: 2, g: "b" }]).names; // ["x", "g"]
 */
export function toTable(data: TableLike): Table {
  try {
    return checkedTable(read(data));
  } catch (cause) {
    if (cause instanceof BlmmError) throw cause;
    // Getters, iterators and proxies are code of others.
    throw new DataError(
      "unreadable-data",
      `The data cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      "Pass plain arrays of numbers, text, booleans or dates.",
      { cause },
    );
  }
}

function read(data: TableLike): Table {
  if (isTable(data)) return data;
  if (Array.isArray(data)) return fromRows(data as Rows);
  if (typeof data !== "object" || data === null) {
    throw new DataError(
      "not-a-table",
      `The data are ${show(data)}, not a table.`,
      typeof data === "string"
        ? "Pass rows or columns: parseCsv(text) has those of a text, readTable(path) of blmm/node those of a file."
        : "Pass an array of row objects or an object of columns.",
    );
  }
  if (data instanceof Promise) throw new DataError("not-a-table", "The data are a promise.", AWAIT);
  const other = data as Partial<ArqueroLike> & Partial<ArrowLike>;
  if (typeof other.columnNames === "function" && typeof other.array === "function") {
    const table = data as ArqueroLike;
    return fromColumns(table.columnNames().map((name) => [name, arqueroCells(table, name)]));
  }
  if (typeof other.getChild === "function" && Array.isArray(other.schema?.fields)) {
    const table = data as ArrowLike;
    return fromColumns(table.schema.fields.map(({ name }) => [name, arrowCells(table.getChild(name) ?? [])]));
  }
  return fromColumns(Object.entries(data));
}

/** A column of an Arquero table: as it is stored where that will do, a copy of the rows wanted otherwise. */
function arqueroCells(table: ArqueroLike, name: string): unknown {
  const whole = table.isFiltered?.() === false && table.isOrdered?.() === false;
  const stored = whole ? table.column?.(name) : undefined;
  if (isArrowColumn(stored)) return arrowCells(stored);
  return ArrayBuffer.isView(stored) ? stored : table.array(name);
}

/** Makes a table of columns that are typed already. */
export function tableOf(columns: ReadonlyMap<string, Column>, rowCount: number): Table {
  return { rowCount, names: [...columns.keys()], columns };
}

/**
 * The column called `name`.
 *
 * @throws {DataError} `unknown-column`, with the nearest name there is
 */
export function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column !== undefined) return column;
  if (typeof name !== "string") {
    throw new DataError(
      "unknown-column",
      `The name of a column is ${show(name)}, not text.`,
      "Pass the name of a column.",
    );
  }
  const near = didYouMean(name, table.names);
  const known =
    table.names.length === 0
      ? "There are no columns: the data are empty."
      : `Columns: ${listOf(table.names, 12)}.`;
  throw new DataError(
    "unknown-column",
    `No column "${name}" in the data.`,
    near === undefined ? known : `Did you mean "${near}"? ${known}`,
    { column: name, columns: table.names },
  );
}

/** A column as labels: a factor as it is, everything else through `factor()`. */
export function asFactor(column: Column): FactorColumn {
  if (column.kind === "factor") return column;
  if (column.kind === "date")
    return factor(Array.from(column.values, (d) => (Number.isNaN(d) ? null : new Date(Math.round(d * DAY)))));
  return factor(column.values);
}

// What R, JavaScript and people write for an amount. "01", "1,5", "0x1F" and "1_000" stay text.
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Whether text is a plain decimal number. */
export function isPlainNumber(text: string): boolean {
  return NUMBER.test(text);
}

function isTable(data: unknown): data is Table {
  if (typeof data !== "object" || data === null) return false;
  const table = data as Partial<Table>;
  return table.columns instanceof Map && Array.isArray(table.names) && typeof table.rowCount === "number";
}

/** Refuses what only looks like a table: one made by hand, or columns named by something other than text. */
function checkedTable(table: Table): Table {
  const { names, columns, rowCount } = table;
  const whole = ([name, column]: readonly [string, Column], j: number): boolean =>
    typeof name === "string" &&
    name === names[j] &&
    (column?.kind === "factor" ? column.codes : column?.values)?.length === rowCount;
  const [name] = [...columns].find((entry, j) => !whole(entry, j)) ?? [];
  if (name === undefined && names.length === columns.size) return table;
  throw new DataError(
    "not-a-table",
    `The table has no column ${show(name ?? names[columns.size])} of ${rowCount} values.`,
    "Pass rows, or columns by name.",
    { column: name },
  );
}

function fromRows(rows: Rows): Table {
  const names = new Set<string>(rows.columns ?? []);
  rows.forEach((row, index) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new DataError(
        "not-a-table",
        `Row ${index} of the data is ${show(row)}, not an object.`,
        'Pass rows like { y: 1.5, x: 2, group: "a" }.',
        { row: index },
      );
    }
    if (rows.columns === undefined) for (const name of Object.keys(row)) names.add(name);
  });
  const levels = new Map(Object.entries(rows.levels ?? {}));
  const ordered = new Set(rows.ordered ?? []);
  const columns = new Map<string, Column>();
  for (const name of names) {
    // Own properties only: a column may be called "constructor" and be absent from some rows.
    const cells = rows.map((row) =>
      Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : null,
    );
    const given = levels.get(name);
    const isOrdered = ordered.has(name);
    columns.set(
      name,
      given !== undefined || isOrdered
        ? factor(cells, given === undefined ? { ordered: isOrdered } : { levels: given, ordered: isOrdered })
        : typed(name, cells),
    );
  }
  return tableOf(columns, rows.length);
}

function fromColumns(entries: readonly (readonly [string, unknown])[]): Table {
  const columns = new Map<string, Column>();
  let rowCount = 0;
  let firstName: string | undefined;
  for (const [name, cells] of entries) {
    const column = isFactor(cells) ? checkFactor(name, cells) : typed(name, arrayLike(name, cells));
    const length = column.kind === "factor" ? column.codes.length : column.values.length;
    if (firstName === undefined) {
      firstName = name;
      rowCount = length;
    } else if (length !== rowCount) {
      throw new DataError(
        "unequal-lengths",
        `Column "${name}" has ${length} values and column "${firstName}" has ${rowCount}.`,
        "Give every column one value per row.",
        { column: name, length, expected: rowCount },
      );
    }
    columns.set(name, column);
  }
  return tableOf(columns, rowCount);
}

function arrayLike(name: string, cells: unknown): ArrayLike<unknown> {
  if (Array.isArray(cells) || (ArrayBuffer.isView(cells) && !(cells instanceof DataView))) {
    return cells as unknown as ArrayLike<unknown>;
  }
  throw new DataError(
    "unsupported-column",
    `Column "${name}" is ${show(cells)}, not an array.`,
    "Pass an object of arrays, or an array of row objects.",
    { column: name },
  );
}

/** Typed arrays other than those of big integers. */
function isNumbers(cells: ArrayLike<unknown>): cells is ArrayLike<number> {
  if (!ArrayBuffer.isView(cells)) return false;
  return !(cells instanceof BigInt64Array || cells instanceof BigUint64Array);
}

function kindOf(value: unknown): string {
  return value instanceof Date ? "date" : typeof value;
}

function typed(name: string, cells: ArrayLike<unknown>): Column {
  if (cells instanceof Float64Array) return { kind: "number", values: cells };
  if (isNumbers(cells)) return { kind: "number", values: new Float64Array(cells) };
  let kind: string | undefined;
  let first = 0;
  for (let i = 0; i < cells.length; i++) {
    if (isMissing(cells[i])) continue;
    const here = kindOf(cells[i]);
    if (kind === undefined) {
      kind = here;
      first = i;
    } else if (here !== kind) {
      throw new DataError(
        "mixed-column",
        `Column "${name}" mixes ${words(kind)} (${show(cells[first])} in row ${first}) and ` +
          `${words(here)} (${show(cells[i])} in row ${i}, counting from 0).`,
        "Make all its values of one kind; use null for missing ones.",
        { column: name, rows: [first, i] },
      );
    }
  }
  switch (kind) {
    case undefined:
    case "number":
      return {
        kind: "number",
        values: Float64Array.from(cells, (v) => (isMissing(v) ? NaN : (v as number))),
      };
    case "string":
      return { kind: "text", values: Array.from(cells, (v) => (isMissing(v) ? null : (v as string))) };
    case "boolean":
      return { kind: "boolean", values: Array.from(cells, (v) => (isMissing(v) ? null : (v as boolean))) };
    case "date":
      return {
        kind: "date",
        values: Float64Array.from(cells, (v) => (isMissing(v) ? NaN : (v as Date).getTime() / DAY)),
      };
    case "bigint": {
      const exact = Array.from(cells).every((v) => isMissing(v) || Number.isSafeInteger(Number(v)));
      if (!exact) return factor(cells);
      return { kind: "number", values: Float64Array.from(cells, (v) => (isMissing(v) ? NaN : Number(v))) };
    }
    default:
      throw new DataError(
        "unsupported-column",
        `Column "${name}" holds ${show(cells[first])} in row ${first}.`,
        "Columns hold numbers, text, booleans or dates.",
        { column: name, row: first },
      );
  }
}

function words(kind: string): string {
  return kind === "string" ? "text" : kind === "boolean" ? "true/false" : `${kind}s`;
}
