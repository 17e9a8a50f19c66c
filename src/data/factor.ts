/**
 * Factors: labels as a list of levels and one code per row.
 *
 * @module
 */

import { ArgumentError, DataError, knownOptions, listOf, show } from "../errors.ts";

/** A column of labels. */
export interface FactorColumn {
  readonly kind: "factor";
  /** The different labels; the first one is the reference of treatment contrasts. */
  readonly levels: readonly string[];
  /** One index into `levels` per row; −1 where the label is missing. */
  readonly codes: Int32Array;
  /** Ordered factors are coded by orthogonal polynomials unless told otherwise. */
  readonly ordered: boolean;
}

/** Options of {@link factor}. */
export interface FactorOptions {
  /** All labels, in the order wanted; defaults to the labels found, sorted. */
  readonly levels?: readonly (string | number | boolean)[];
  /** Whether the order of the levels carries meaning; defaults to `false`. */
  readonly ordered?: boolean;
}

/** Whether a cell holds no value: `null`, `undefined`, `NaN` or an invalid date. */
export function isMissing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "number") return Number.isNaN(value);
  return value instanceof Date && Number.isNaN(value.getTime());
}

/** The label of one cell, as R prints it: numbers as written, `true` as `TRUE`, dates as `2024-05-01`. */
export function labelOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "number") return String(value === 0 ? 0 : value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) {
    const text = value.toISOString();
    return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
  }
  throw new DataError("not-a-label", `${show(value)} cannot be a label.`, "Use text, numbers or booleans.", {
    value,
  });
}

/**
 * Makes a factor column out of labels, to be used as a column of a table.
 *
 * Levels are the labels found, sorted: numbers numerically, `false` before `true`, text by UTF-16 code
 * units (upper case before lower case, the same on every machine, as R does in the C locale).
 *
 * @param values one label per row; `null`, `undefined` and `NaN` are missing
 * @throws {DataError} `level-not-listed` if a value is not among the levels given, `duplicate-level`; {ArgumentError}
 * `invalid-argument` for what is no array, `unknown-option`
 * @see R's `factor()`
 * @example
 * lmm("y ~ dose + (1 | id)", { ...columns, dose: factor(dose, { levels: ["low", "high"] }) });
 */
export function factor(values: ArrayLike<unknown>, options: FactorOptions = {}): FactorColumn {
  knownOptions("factor()", options, ["levels", "ordered"]);
  if (typeof values !== "object" || typeof values?.length !== "number") {
    throw new ArgumentError(
      "invalid-argument",
      `factor() takes an array of labels, got ${show(values)}.`,
      "Pass one label per row.",
    );
  }
  const found = new Map<unknown, number>();
  const first = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const raw = values[i];
    if (isMissing(raw)) {
      first[i] = -1;
      continue;
    }
    const value = raw instanceof Date ? labelOf(raw) : raw;
    let code = found.get(value);
    if (code === undefined) {
      code = found.size;
      found.set(value, code);
    }
    first[i] = code;
  }
  const keys = [...found.keys()];
  const levels = options.levels === undefined ? sortedLabels(keys) : givenLevels(options.levels);
  const position = new Map(levels.map((level, index) => [level, index]));
  const recode = keys.map((key) => position.get(labelOf(key)) ?? -1);
  const strangers = keys.filter((_, index) => recode[index] < 0).map(labelOf);
  if (strangers.length > 0) {
    throw new DataError(
      "level-not-listed",
      `The labels ${listOf(strangers.map(show))} are not among the levels ${listOf(levels.map(show))}.`,
      "Add them to the levels, or leave those rows out.",
      { labels: strangers, levels },
    );
  }
  const codes = first.map((code) => (code < 0 ? -1 : recode[code]));
  return { kind: "factor", levels, codes, ordered: options.ordered ?? false };
}

/** Whether a value is a factor column. */
export function isFactor(value: unknown): value is FactorColumn {
  if (typeof value !== "object" || value === null) return false;
  const column = value as Partial<FactorColumn>;
  return column.kind === "factor" && Array.isArray(column.levels) && column.codes instanceof Int32Array;
}

/** The column, if its levels are different texts and its codes among them. @throws {DataError} `bad-factor` */
export function checkFactor(name: string, column: FactorColumn): FactorColumn {
  const { levels, codes } = column;
  const texts = new Set(levels.filter((level) => typeof level === "string"));
  const stranger = codes.findIndex((code) => code < -1 || code >= levels.length);
  if (texts.size === levels.length && stranger < 0) return column;
  throw new DataError(
    "bad-factor",
    stranger < 0
      ? `The levels of "${name}" are not different texts.`
      : `The factor "${name}" has the code ${codes[stranger]} in row ${stranger}, but ${levels.length} levels.`,
    "Make the column with factor().",
    { column: name },
  );
}

/**
 * The rows `rows` of a factor, with the levels that no row uses left out.
 *
 * @returns the factor and the labels left out
 */
export function takeRows(column: FactorColumn, rows: Int32Array): { column: FactorColumn; unused: string[] } {
  const used = new Uint8Array(column.levels.length);
  for (const row of rows) if (column.codes[row] >= 0) used[column.codes[row]] = 1;
  const recode = new Int32Array(column.levels.length).fill(-1);
  const levels: string[] = [];
  const unused: string[] = [];
  column.levels.forEach((level, index) => {
    if (used[index] === 0) unused.push(level);
    else recode[index] = levels.push(level) - 1;
  });
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]];
    codes[i] = code < 0 ? -1 : recode[code];
  }
  return { column: { ...column, levels, codes }, unused };
}

/**
 * Crosses factors: one level for each combination that occurs, labels joined by a colon, the first factor
 * varying slowest. A row with a missing label in any of them has code −1.
 *
 * @see R's `a:b` on factors
 */
export function cross(factors: readonly FactorColumn[]): FactorColumn {
  let { levels, codes } = factors[0];
  for (const next of factors.slice(1)) {
    const width = next.levels.length;
    const pairs = new Map<number, number>();
    const joined = new Float64Array(codes.length);
    for (let i = 0; i < codes.length; i++) {
      joined[i] = codes[i] < 0 || next.codes[i] < 0 ? -1 : codes[i] * width + next.codes[i];
      if (joined[i] >= 0) pairs.set(joined[i], 0);
    }
    const sorted = [...pairs.keys()].sort((a, b) => a - b);
    sorted.forEach((pair, index) => {
      pairs.set(pair, index);
    });
    const left = levels;
    levels = sorted.map((pair) => `${left[Math.floor(pair / width)]}:${next.levels[pair % width]}`);
    codes = Int32Array.from(joined, (pair) => (pair < 0 ? -1 : (pairs.get(pair) as number)));
  }
  return { kind: "factor", levels, codes, ordered: false };
}

function givenLevels(levels: readonly (string | number | boolean)[]): string[] {
  if (!Array.isArray(levels)) {
    throw new ArgumentError(
      "invalid-argument",
      `"levels" must be an array of labels, got ${show(levels)}.`,
      "Pass all labels, in the order wanted.",
    );
  }
  const labels = levels.map(labelOf);
  const twice = repeated(labels);
  if (twice === undefined) return labels;
  throw new DataError("duplicate-level", `The level ${show(twice)} is listed twice.`, "List it once.", {
    level: twice,
  });
}

/** The first text that is there twice. */
export function repeated(texts: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return texts.find((text) => seen.size === seen.add(text).size);
}

function sortedLabels(keys: readonly unknown[]): string[] {
  const numeric = keys.every((key) => typeof key === "number" || typeof key === "bigint");
  const sorted = numeric
    ? (keys as readonly (number | bigint)[]).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(labelOf)
    : keys.map(labelOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [...new Set(sorted)];
}
