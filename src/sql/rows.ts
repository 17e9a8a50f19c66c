/**
 * Rows that an engine returned, read with suspicion.
 *
 * @module
 */

import { isPlainNumber } from "../data/table.ts";
import { DataError, show } from "../errors.ts";

/** Sums that do not depend on how they were taken agree to this, relative to the sizes of what they sum. */
export const AGREE = 1e-8;

/** Rows of a result, as objects. */
export type SqlRows = readonly object[];

/** Rows of a result by names in lower case, which engines may have changed to capitals. */
export class ResultRows {
  readonly #rows: readonly Readonly<Record<string, unknown>>[];
  readonly #names: ReadonlyMap<string, string>;

  /** @throws {DataError} `bad-result` */
  constructor(rows: SqlRows) {
    const isRow = (row: unknown): boolean => typeof row === "object" && row !== null;
    if (!Array.isArray(rows) || !rows.every(isRow)) {
      throw new DataError(
        "bad-result",
        "The database returned something other than rows as objects.",
        "Nothing was loaded. Check what the query function returns, and whether the connection is alive.",
      );
    }
    this.#rows = rows;
    this.#names = new Map(Object.keys(rows[0] ?? {}).map((name) => [name.toLowerCase(), name]));
  }

  get length(): number {
    return this.#rows.length;
  }

  /** A cell; `undefined` where there is no such column. */
  cell(row: number, name: string): unknown {
    return this.#rows[row]?.[this.#names.get(name) ?? name];
  }

  /**
   * A finite number.
   *
   * @throws {DataError} `bad-result`, `infinite-sum`
   */
  number(row: number, name: string): number {
    const value = this.cell(row, name);
    const isNumeral = typeof value === "bigint" || (typeof value === "string" && isPlainNumber(value));
    const number = typeof value === "number" || isNumeral ? Number(value) : undefined;
    if (number === undefined) {
      throw new DataError(
        "bad-result",
        `The database returned ${show(value)} where a number was asked for (${name}).`,
        "Check that the result is that of the plan's query.",
        { column: name, value },
      );
    }
    if (Number.isFinite(number)) return number;
    throw new DataError(
      "infinite-sum",
      `A sum of the database is not finite (${name}).`,
      "Bring the columns to a smaller scale.",
      { column: name, value },
    );
  }
}

/** The error for data that are not what they were a query before. */
export function dataChanged(what: string): DataError {
  return new DataError(
    "data-changed",
    `The data changed while they were read: ${what}.`,
    "Nothing was loaded. Read a table at rest, or inside one REPEATABLE READ transaction.",
  );
}
