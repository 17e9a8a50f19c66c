/**
 * Tables of tests, printed as R prints them.
 *
 * @module
 */

import {
  formatNumbers,
  formatPValue,
  type PrintedColumn,
  showAs,
  stars,
  textTable,
  wordColumn,
} from "../data/format.ts";
import type { Warning } from "../errors.ts";

/** A row of `fit.anova()`: the F test of one term. */
export interface AnovaRow {
  readonly term: string;
  /** F · σ² · numDf, as lmerTest has it: comparable within a fit only. */
  readonly sumSq: number;
  readonly meanSq: number;
  readonly numDf: number;
  /** Denominator degrees of freedom; ∞ for `"z"`. */
  readonly denDf: number;
  readonly f: number;
  readonly p: number;
}

/** How a column of an {@link AnovaTable} prints. */
export interface AnovaColumn<Row> {
  readonly header: string;
  readonly cells: (rows: readonly Row[]) => readonly string[];
  readonly words?: boolean;
}

/** A table of tests: `rows` for programs, `toString()` as R prints it, `notes` on how to read it. */
export class AnovaTable<Row extends object = AnovaRow> {
  readonly heading: string;
  readonly rows: readonly Row[];
  readonly notes: readonly Warning[];
  readonly #columns: readonly AnovaColumn<Row>[];

  constructor(
    heading: string,
    rows: readonly Row[],
    columns: readonly AnovaColumn<Row>[],
    notes: readonly Warning[] = [],
  ) {
    this.heading = heading;
    this.rows = rows;
    this.notes = notes;
    this.#columns = columns;
    showAs(this, () => this.toString());
  }

  /** The rows with heading and notes, for other programs. */
  toJSON(): Record<string, unknown> {
    return { heading: this.heading, rows: this.rows, notes: this.notes };
  }

  /** The table as R prints it. */
  toString(): string {
    const columns = this.#columns.map(({ header, cells, words }): PrintedColumn => {
      const texts = cells(this.rows);
      return words === true ? wordColumn(header, texts) : { header, cells: texts };
    });
    const lines = [this.heading, textTable(columns)];
    if (columns.some(({ cells }) => cells.some((text) => /^(\*+|\.)$/.test(text)))) {
      lines.push("---", "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1");
    }
    for (const { message } of this.notes) lines.push(message);
    return lines.join("\n");
  }
}

/** Cells of numbers that share their decimals; NaN, a cell without a number, prints as blank. */
export function numberCells(values: readonly number[], digits: number): string[] {
  const texts = formatNumbers(
    values.filter((value) => !Number.isNaN(value)),
    { digits },
  );
  let at = 0;
  return values.map((value) => (Number.isNaN(value) ? "" : texts[at++]));
}

/** The p-values of a table and their stars. */
export function pColumns<Row>(header: string, of: (row: Row) => number): AnovaColumn<Row>[] {
  return [
    { header, cells: (rows) => rows.map((row) => (Number.isNaN(of(row)) ? "" : formatPValue(of(row), 4))) },
    { header: "", words: true, cells: (rows) => rows.map((row) => stars(of(row))) },
  ];
}

/** The columns of a table of F tests, as lmerTest prints them. */
export const fTestColumns: readonly AnovaColumn<AnovaRow>[] = [
  { header: "", words: true, cells: (rows) => rows.map(({ term }) => term) },
  {
    header: "Sum Sq",
    cells: (rows) =>
      numberCells(
        rows.map(({ sumSq }) => sumSq),
        5,
      ),
  },
  {
    header: "Mean Sq",
    cells: (rows) =>
      numberCells(
        rows.map(({ meanSq }) => meanSq),
        5,
      ),
  },
  { header: "NumDF", cells: (rows) => rows.map(({ numDf }) => String(numDf)) },
  {
    header: "DenDF",
    cells: (rows) =>
      numberCells(
        rows.map(({ denDf }) => denDf),
        5,
      ),
  },
  {
    header: "F value",
    cells: (rows) =>
      numberCells(
        rows.map(({ f }) => f),
        5,
      ),
  },
  ...pColumns<AnovaRow>("Pr(>F)", ({ p }) => p),
];
