/**
 * CSV text to a table. The only door to d3-dsv.
 *
 * @module
 */

import { dsvFormat } from "d3-dsv";
import { ArgumentError, counted, DataError, show } from "../errors.ts";
import { CsvColumn } from "./csvColumn.ts";
import { repeated } from "./factor.ts";
import { type Column, type Table, tableOf } from "./table.ts";

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
 * @throws {DataError} `bad-csv` for a line with more or fewer cells than names, a name used twice, semicolons or tabs in
 *   place of commas, or quotation marks that do not close
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
  const read = (labels?: ReadonlySet<number>): CsvReader => {
    const reader = new CsvReader(labels);
    reader.add(text);
    reader.end();
    return reader;
  };
  const reader = read();
  return (reader.mistaken ? read(reader.labels) : reader).table();
}

/** Takes the cells of CSV text, record after record. */
export function eachRecord(text: string, take: (cells: readonly string[], record: number) => void): void {
  dsvFormat(",").parseRows(text, (cells, record) => {
    take(cells, record);
    return null;
  });
}

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = 0xfeff;

/** Where in a record the text stands: d3-dsv takes quotation marks as such at the start of a cell only. */
type Place = "cell starts" | "in a cell" | "in quotes" | "after a quote" | "after a return";

/**
 * Reads CSV text that comes in pieces, which may end anywhere, by the rules of {@link parseCsv}. Numbers are kept as
 * numbers from the start; where a later cell shows that they were labels, the reader is {@link mistaken}, and the text
 * must be read once more by a reader that knows the {@link labels}.
 */
export class CsvReader {
  readonly #known: ReadonlySet<number>;
  #names: readonly string[] | undefined;
  #columns: readonly CsvColumn[] = [];
  #rows = 0;
  /** Lines without a character: at the end of the text they count for nothing. */
  #blank = 0;
  /** Text since the last end of a record. */
  #pending: string[] = [];
  #place: Place = "cell starts";
  /** Number of the line the scan is in, and of the first one that is pending; the header is line 1. */
  #line = 1;
  #first = 1;

  /** @param labels - numbers of columns, from 0, that are known to hold labels */
  constructor(labels: ReadonlySet<number> = new Set()) {
    this.#known = labels;
  }

  /** Takes the next piece. @throws as {@link parseCsv} */
  add(piece: string): void {
    const fresh = this.#names === undefined && this.#pending.length === 0;
    const text = fresh && piece.charCodeAt(0) === BYTE_ORDER_MARK ? piece.slice(1) : piece;
    const { end, line } = this.#scan(text);
    if (end < 0) {
      if (text !== "") this.#pending.push(text);
      return;
    }
    this.#pending.push(text.slice(0, end));
    this.#read(this.#pending.join(""));
    this.#pending = end < text.length ? [text.slice(end)] : [];
    this.#first = line;
  }

  /** Says that there are no more pieces. @throws as {@link parseCsv} */
  end(): void {
    if (this.#place === "in quotes")
      throw badCsv(this.#first, "has a quotation mark that is never closed", "Close it, or double it.");
    this.#read(this.#pending.join(""));
    this.#names ??= [];
  }

  /** Whether numbers that stand in columns of labels were given up: `table()` is of no use then. */
  get mistaken(): boolean {
    return this.#columns.some((column) => column.mistaken);
  }

  /** The columns, from 0, that hold labels. */
  get labels(): ReadonlySet<number> {
    return new Set(this.#columns.flatMap((column, j) => (column.isNumeric ? [] : [j])));
  }

  /** What has been read. */
  table(): Table {
    const columns = this.#columns.map((column): Column => column.finish(this.#rows));
    return tableOf(new Map((this.#names ?? []).map((name, j) => [name, columns[j]])), this.#rows);
  }

  /** Where the last record that ends within a piece ends, −1 for none, and in which line the next one begins. */
  #scan(text: string): { end: number; line: number } {
    let place = this.#place;
    let end = -1;
    let line = this.#line;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (place === "after a return") {
        place = "cell starts";
        end = c === NEWLINE ? i + 1 : i;
        line = this.#line;
        if (c === NEWLINE) continue;
      }
      if (place === "in quotes") {
        if (c === QUOTE) place = "after a quote";
        else if (c === NEWLINE) this.#line++;
      } else if (c === NEWLINE) {
        place = "cell starts";
        end = i + 1;
        line = ++this.#line;
      } else if (c === RETURN) {
        place = "after a return";
        this.#line++;
      } else if (c === COMMA) {
        place = "cell starts";
      } else if (c === QUOTE && place !== "in a cell") {
        place = "in quotes";
      } else if (place === "after a quote") {
        throw badCsv(this.#line, "has text after a closing quotation mark", "Double quotes within a cell.");
      } else {
        place = "in a cell";
      }
    }
    this.#place = place;
    return { end, line };
  }

  /** Reads whole records. */
  #read(text: string): void {
    eachRecord(text, (cells, record) => {
      if (this.#names === undefined) {
        this.#names = namesOf(cells);
        this.#columns = this.#names.map((_, j) => new CsvColumn(this.#known.has(j)));
      } else if (cells.length === 1 && cells[0] === "") {
        this.#blank++;
      } else {
        for (; this.#blank > 0; this.#blank--) this.#row([""], text, record);
        this.#row(cells, text, record);
      }
    });
  }

  #row(cells: readonly string[], text: string, record: number): void {
    const columns = this.#columns;
    if (cells.length !== columns.length) {
      const line = this.#lineOf(text, record) - this.#blank;
      if (columns.length === 1 && this.#names?.[0] === "")
        throw badCsv(1, "is empty", "It must have a name for each column.");
      if (this.#blank > 0)
        throw badCsv(line, "is empty", "Take it out; empty lines may stand at the end alone.");
      const [has, wanted] = [counted(cells.length, "cell"), counted(columns.length, "column")];
      throw badCsv(
        line,
        `has ${has}, but there ${columns.length === 1 ? "is" : "are"} ${wanted}`,
        "Check its commas and quotation marks.",
      );
    }
    for (let j = 0; j < columns.length; j++) columns[j].set(this.#rows, cells[j]);
    this.#rows++;
  }

  /** The line in which a record of the pending text begins: cells in quotes may hold several. */
  #lineOf(text: string, record: number): number {
    let line = this.#first;
    eachRecord(text, (cells, k) => {
      if (k < record) line += cells.reduce((lines, cell) => lines + cell.split("\n").length - 1, 1);
    });
    return line;
  }
}

function namesOf(cells: readonly string[]): string[] {
  const names = cells.map((name) => name.trim());
  const separator = /[;\t]/.exec(names.join())?.[0];
  if (names.length === 1 && separator !== undefined) {
    const written = separator === "\t" ? '"\\t"' : '";"';
    throw new DataError(
      "bad-csv",
      `The CSV text has ${separator === "\t" ? "tabs" : "semicolons"} between its cells: ${show(names[0])}.`,
      `Write commas, and points in decimal numbers: parseCsv(text.replaceAll(",", ".").replaceAll(${written}, ",")).`,
    );
  }
  const twice = repeated(names);
  if (twice === undefined) return names;
  const reason = twice === "" ? "Two columns have no name." : `Two columns are called "${twice}".`;
  const remedy = "The first line of the CSV text must have a name of its own for each column.";
  throw new DataError("bad-csv", reason, remedy, { column: twice });
}

function badCsv(line: number, what: string, remedy: string): DataError {
  return new DataError("bad-csv", `Line ${line} of the CSV text ${what}.`, remedy, { line });
}
