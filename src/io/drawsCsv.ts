/**
 * Draws as CSV text.
 *
 * @module
 */

import { eachRecord } from "../data/csv.ts";
import { ArgumentError, DataError, show } from "../errors.ts";
import type { Draws } from "../posterior/draws.ts";
import {
  checkPlace,
  type DrawsSource,
  drawsOfColumns,
  numberIn,
  numberText,
  PLACE,
  runOf,
} from "./drawsFile.ts";

/**
 * One line per draw: `chain`, `iteration`, `draw` (all from 0), then the variables, with the fewest digits that read
 * back to the same double. NaN is written `NaN`, infinities `Inf` and `-Inf`, which R reads as such.
 *
 * @example
 * drawsToCsv(posterior); // "chain,iteration,draw,b_Intercept,…"
 */
export function drawsToCsv(source: DrawsSource): string {
  const { draws } = runOf(source);
  const header = [...PLACE, ...draws.variables].map(csvCell).join(",");
  const columns = draws.variables.map((name) => draws.get(name));
  const lines = Array.from({ length: draws.size }, (_, draw) => {
    const place = `${Math.floor(draw / draws.iterations)},${draw % draws.iterations},${draw}`;
    return columns.reduce((line, values) => `${line},${numberText(values[draw])}`, place);
  });
  return `${[header, ...lines].join("\n")}\n`;
}

/**
 * Reads what {@link drawsToCsv} wrote. What each variable is follows from its name, as in `drawsFrom`.
 *
 * @throws {DataError} `bad-csv` for ragged lines or an end within a line; `not-a-number`; `bad-draws` for other columns
 *   or rows out of order; `unequal-chains`, `no-draws`
 * @throws {ArgumentError} `duplicate-variable`, `reserved-name`
 * @example
 * const draws = drawsFromCsv(await (await fetch("draws.csv")).text());
 */
export function drawsFromCsv(text: string): Draws {
  checkEnd(text, "");
  let names: readonly string[] = [];
  let lines = 1;
  const rows: Float64Array[] = [];
  eachRecord(text.replace(/^\uFEFF/, ""), (cells, record) => {
    if (record > 0) {
      rows.push(numbersIn(cells, names, `line ${lines + record}`));
      return;
    }
    checkPlace(cells);
    names = cells;
    lines = cells.join("").split("\n").length;
  });
  const columns = names.map((_, j) => Float64Array.from(rows, (row) => row[j]));
  return drawsOfColumns(names, columns, new Map(), (row) => `line ${lines + 1 + row}`);
}

/** The numbers of a line, one per column. @throws `bad-csv`, `not-a-number` */
export function numbersIn(cells: readonly string[], names: readonly string[], line: string): Float64Array {
  if (cells.length !== names.length) {
    throw new DataError(
      "bad-csv",
      `There are ${cells.length} cells in ${line}, but ${names.length} columns.`,
      "The file may have been cut short or edited; write it again.",
    );
  }
  const numbers = new Float64Array(cells.length);
  for (let j = 0; j < cells.length; j++)
    numbers[j] = numberIn(cells[j], () => `column "${names[j]}" of ${line}`);
  return numbers;
}

/**
 * Refuses what is not text, or ends within a line, where a number may have lost its last digits.
 *
 * @throws `invalid-argument`, `bad-csv`
 */
export function checkEnd(text: unknown, whose: string): asserts text is string {
  if (typeof text !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The text${whose} is ${show(text)}.`,
      "Pass the content of a file as text.",
    );
  }
  if (text.endsWith("\n")) return;
  throw new DataError(
    "bad-csv",
    `The text${whose} ends within line ${text.split("\n").length}, where a number may be incomplete.`,
    "Write the file again; or add a line break if it is whole.",
  );
}

/** A cell of CSV, in quotation marks where it needs them. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
