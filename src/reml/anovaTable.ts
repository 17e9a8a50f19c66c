/**
 * Tables of tests, printed as R prints them.
 *
 * @module
 */

import {
  fixed,
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
  /** Whether the rows need it; defaults to always. */
  readonly shown?: (rows: readonly Row[]) => boolean;
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
    showAs(this, () => this.#text());
  }

  /** The rows with heading and notes, for other programs. */
  toJSON(): Record<string, unknown> {
    return { heading: this.heading, rows: this.rows, notes: this.notes };
  }

  /** The table as R prints it. */
  #text(): string {
    const shown = this.#columns.filter((column) => column.shown?.(this.rows) ?? true);
    const columns = shown.map(({ header, cells, words }): PrintedColumn => {
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

/** A column of numbers that share their decimals, to five significant digits as R prints them; NaN is blank. */
export function valueColumn<Row>(header: string, of: (row: Row) => number): AnovaColumn<Row> {
  return {
    header,
    cells: (rows) => {
      const values = rows.map(of);
      const texts = formatNumbers(
        values.filter((value) => !Number.isNaN(value)),
        { digits: 5 },
      );
      let at = 0;
      return values.map((value) => (Number.isNaN(value) ? "" : texts[at++]));
    },
  };
}

/** A column of test statistics, with four decimals as R prints them. */
export function statisticColumn<Row>(header: string, of: (row: Row) => number): AnovaColumn<Row> {
  return { header, cells: (rows) => rows.map((row) => (Number.isNaN(of(row)) ? "" : fixed(of(row), 4))) };
}

/** A column of whole numbers. */
export function countColumn<Row>(header: string, of: (row: Row) => number): AnovaColumn<Row> {
  return { header, cells: (rows) => rows.map((row) => (Number.isNaN(of(row)) ? "" : String(of(row)))) };
}

/** A column of words. */
export function labelColumn<Row>(header: string, of: (row: Row, index: number) => string): AnovaColumn<Row> {
  return { header, words: true, cells: (rows) => rows.map(of) };
}

/** The p-values of a table and their stars. */
export function pColumns<Row>(header: string, of: (row: Row) => number): AnovaColumn<Row>[] {
  return [
    { header, cells: (rows) => rows.map((row) => (Number.isNaN(of(row)) ? "" : formatPValue(of(row), 4))) },
    labelColumn("", (row) => stars(of(row))),
  ];
}

/** What a likelihood-ratio table ends with; the mixture and the naive p-value only where a mixture is in use. */
export function ratioColumns<
  Row extends { readonly reference: string; p: number; pNaive: number },
>(): AnovaColumn<Row>[] {
  const mixed = (rows: readonly Row[]): boolean => rows.some(({ reference }) => reference.includes("½"));
  return [
    { ...labelColumn<Row>("Reference", ({ reference }) => reference), shown: mixed },
    { ...pColumns<Row>("Pr(naive)", ({ pNaive }) => pNaive)[0], shown: mixed },
    ...pColumns<Row>("Pr(>Chisq)", ({ p }) => p),
  ];
}

/** The columns of a table of F tests, as lmerTest prints them. */
export const fTestColumns: readonly AnovaColumn<AnovaRow>[] = [
  labelColumn("", ({ term }) => term),
  valueColumn("Sum Sq", ({ sumSq }) => sumSq),
  valueColumn("Mean Sq", ({ meanSq }) => meanSq),
  countColumn("NumDF", ({ numDf }) => numDf),
  valueColumn("DenDF", ({ denDf }) => denDf),
  statisticColumn("F value", ({ f }) => f),
  ...pColumns<AnovaRow>("Pr(>F)", ({ p }) => p),
];
