/**
 * CSV text to a table. The only door to d3-dsv.
 *
 * @module
 */

import { csvParseRows } from "d3-dsv";
import { ArgumentError, DataError, show } from "../errors.ts";
import { type Column, isPlainNumber, type Table, tableOf } from "./table.ts";

const NON_FINITE = new Map([
  ["Inf", Infinity],
  ["+Inf", Infinity],
  ["-Inf", -Infinity],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/**
 * Reads CSV text whose first line holds the column names.
 *
 * Rules, per column, on the raw cells with blanks around them cut off:
 * - an empty cell, `NA` and `NaN` are missing;
 * - numbers, if every other cell is a plain decimal number (`Inf` and `-Inf` count);
 * - true/false, if every other cell is `TRUE`/`FALSE`, or every one `true`/`false`, or every one `T`/`F`
 *   with both present;
 * - text otherwise. Numbers with leading zeros (`01`, codes rather than amounts) and whole numbers beyond
 *   2⁵³ make the column text, so that no digit of a label is lost.
 *
 * @throws {DataError} `bad-csv` for a line with more or fewer cells than names, or a name used twice
 * @see R's `read.csv()`
 * @example
 * parseCsv("y,g\n1.5,a\nNA,b").columns.get("y"); // { kind: "number", values: [1.5, NaN] }
 */
export function parseCsv(text: string): Table {
  if (typeof text !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `parseCsv() takes text, got ${show(text)}.`,
      "Pass the contents of the file; rows and columns go to lmm() as they are.",
    );
  }
  const lines = csvParseRows(text.replace(/^\uFEFF/, ""));
  while (lines.length > 1 && lines[lines.length - 1].length === 1 && lines[lines.length - 1][0] === "")
    lines.pop();
  const names = (lines.shift() ?? []).map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new DataError("bad-csv", `Two columns are called "${twice}".`, "Give each column its own name.", {
      column: twice,
    });
  }
  lines.forEach((cells, index) => {
    if (cells.length === names.length) return;
    throw new DataError(
      "bad-csv",
      `Line ${index + 2} of the CSV text has ${cells.length} cells, but there are ${names.length} columns.`,
      "Check its commas and quotation marks.",
      { line: index + 2 },
    );
  });
  const columns = new Map<string, Column>();
  names.forEach((name, j) => {
    columns.set(
      name,
      typedCells(
        lines.map((cells) => {
          const cell = cells[j].trim();
          return cell === "" || cell === "NA" || cell === "NaN" ? null : cell;
        }),
      ),
    );
  });
  return tableOf(columns, lines.length);
}

function typedCells(cells: readonly (string | null)[]): Column {
  const there = cells.filter((cell) => cell !== null);
  if (there.every(isAmount)) {
    const values = Float64Array.from(cells, (cell) =>
      cell === null ? NaN : (NON_FINITE.get(cell) ?? Number(cell)),
    );
    return { kind: "number", values };
  }
  const seen = new Set(there);
  for (const [yes, no] of [
    ["TRUE", "FALSE"],
    ["true", "false"],
    ["T", "F"],
  ]) {
    const only = [...seen].every((cell) => cell === yes || cell === no);
    // A lone "T" is more likely a label than a truth value.
    if (only && (yes !== "T" || seen.size === 2)) {
      return { kind: "boolean", values: cells.map((cell) => (cell === null ? null : cell === yes)) };
    }
  }
  return { kind: "text", values: cells };
}

function isAmount(cell: string): boolean {
  if (NON_FINITE.has(cell)) return true;
  if (!isPlainNumber(cell)) return false;
  return !/^[+-]?\d+$/.test(cell) || Number.isSafeInteger(Number(cell));
}
