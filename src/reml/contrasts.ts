/**
 * Named linear functions of the coefficients, tested.
 *
 * @module
 */

import {
  fixed,
  formatNumbers,
  formatPValue,
  type PrintedColumn,
  showAs,
  textTable,
  wordColumn,
} from "../data/format.ts";
import { ArgumentError, didYouMean, listOf, show, type Warning } from "../errors.ts";
import { type Adjustment, adjustedP, adjustmentText, criticalValue } from "./adjust.ts";
import { dfMethodName, type Inference } from "./inference.ts";

/** A row of a {@link ContrastTable}; with `by`, also one entry per column that splits it. */
export type ContrastRow = {
  readonly contrast: string;
  readonly estimate: number;
  readonly se: number;
  readonly df: number;
  readonly t: number;
  /** Two-sided, adjusted as the table says. */
  readonly p: number;
  readonly lower: number;
  readonly upper: number;
} & { readonly [by: string]: string | number };

/** A contrast before it is tested. */
export interface NamedContrast {
  readonly contrast: string;
  /** p weights of the coefficients; `null` when the data cannot estimate it. */
  readonly weights: Float64Array | null;
  /** What is added to the estimate, such as a mean offset. */
  readonly constant?: number;
}

/** Contrasts tested together. */
export interface Family {
  /** Values of the columns that split the table. */
  readonly by: Readonly<Record<string, string | number>>;
  readonly contrasts: readonly NamedContrast[];
  /** Means behind pairwise differences. */
  readonly means: number;
}

/** Tests of named contrasts: `rows` for programs, `toString()` for readers; the adjustment is stated in both. */
export class ContrastTable {
  readonly rows: readonly ContrastRow[];
  readonly adjust: Adjustment;
  readonly level: number;
  readonly notes: readonly Warning[];
  /** How p-values, limits and degrees of freedom were found, as printed below the table. */
  readonly footer: string;

  constructor(
    inference: Inference,
    families: readonly Family[],
    options: { readonly adjust: Adjustment; readonly level: number; readonly notes: readonly Warning[] },
  ) {
    const { adjust, level, notes } = options;
    this.adjust = adjust;
    this.level = level;
    this.notes = notes;
    this.rows = families.flatMap((family) => testFamily(inference, family, adjust, level));
    const count = Math.max(0, ...families.map(({ contrasts }) => contrasts.length));
    const means = Math.max(0, ...families.map((family) => family.means));
    this.footer = [
      `Tests and limits with ${dfMethodName(inference.df)}; confidence level ${level}.`,
      adjustmentText(adjust, count, means),
    ].join("\n");
    showAs(this, () => this.#text());
  }

  /** Rows, adjustment and notes, for other programs. */
  toJSON(): Record<string, unknown> {
    return { rows: this.rows, adjust: this.adjust, level: this.level, notes: this.notes };
  }

  /** The table, its adjustment and its notes. */
  #text(): string {
    const splits = Object.keys(this.rows[0] ?? {}).filter((name) => !columnNames.includes(name));
    const columns: PrintedColumn[] = [
      wordColumn(
        "contrast",
        this.rows.map(({ contrast }) => contrast),
      ),
      ...splits.map((name) =>
        wordColumn(
          name,
          this.rows.map((row) => String(row[name])),
        ),
      ),
      estimateColumn(
        "estimate",
        this.rows.map(({ estimate }) => estimate),
      ),
      estimateColumn(
        "se",
        this.rows.map(({ se }) => se),
      ),
      dfColumn(this.rows.map(({ df }) => df)),
      { header: "t", cells: this.rows.map(({ t }) => (Number.isNaN(t) ? "" : fixed(t, 3))) },
      { header: "p", cells: this.rows.map(({ p }) => (Number.isNaN(p) ? "" : formatPValue(p, 4))) },
      estimateColumn(
        "lower",
        this.rows.map(({ lower }) => lower),
      ),
      estimateColumn(
        "upper",
        this.rows.map(({ upper }) => upper),
      ),
    ];
    return [textTable(columns), this.footer, ...this.notes.map(({ message }) => message)].join("\n");
  }
}

const columnNames = ["contrast", "estimate", "se", "df", "t", "p", "lower", "upper"];

/** A column of estimates; what cannot be estimated prints `nonEst`, as in emmeans. */
export function estimateColumn(header: string, values: readonly number[]): PrintedColumn {
  const shown = values.filter((value) => !Number.isNaN(value));
  const texts = formatNumbers(shown, { digits: 5 });
  const blank = header === "estimate" || header === "mean" ? "nonEst" : "";
  let at = 0;
  return { header, cells: values.map((value) => (Number.isNaN(value) ? blank : texts[at++])) };
}

/** Degrees of freedom: whole ones without decimals. */
export function dfColumn(values: readonly number[]): PrintedColumn {
  const whole = values.every(
    (value) => !Number.isFinite(value) || Math.abs(value - Math.round(value)) < 1e-4,
  );
  return {
    header: "df",
    cells: values.map((value) => (Number.isNaN(value) ? "" : fixed(value, whole ? 0 : 2))),
  };
}

function testFamily(
  inference: Inference,
  { by, contrasts, means }: Family,
  adjust: Adjustment,
  level: number,
): ContrastRow[] {
  const none = { estimate: Number.NaN, se: Number.NaN, df: Number.NaN };
  const results = contrasts.map(({ weights, constant = 0 }) => {
    if (weights === null) return { ...none, t: Number.NaN };
    const { estimate, se, df } = inference.single(weights);
    return { estimate: estimate + constant, se, df, t: (estimate + constant) / se };
  });
  const p = adjustedP(results, adjust, means);
  const count = results.filter(({ estimate }) => !Number.isNaN(estimate)).length;
  // Rows mostly share their degrees of freedom, and a quantile of the studentized range takes milliseconds.
  const critical = new Map<number, number>();
  return results.map(({ estimate, se, df, t }, i): ContrastRow => {
    const width =
      critical.get(df) ?? (Number.isNaN(df) ? Number.NaN : criticalValue(adjust, level, df, count, means));
    critical.set(df, width);
    const limits = { lower: estimate - width * se, upper: estimate + width * se };
    return { contrast: contrasts[i].contrast, ...by, estimate, se, df, t, p: p[i], ...limits } as ContrastRow;
  });
}

/** Weights of coefficients by position or by name. */
export type CoefficientWeights = readonly number[] | Readonly<Record<string, number>>;

/**
 * Reads named weights of coefficients.
 *
 * @throws {ArgumentError} `wrong-length`, `unknown-coefficient`, `invalid-argument`
 */
export function coefficientContrasts(
  contrasts: Readonly<Record<string, CoefficientWeights>>,
  names: readonly string[],
): NamedContrast[] {
  return namedWeights(contrasts, "{ b: { Days: 1 } }").map(([contrast, given]) => {
    if (isList(given))
      return { contrast, weights: checkedWeights(contrast, given, names.length, "coefficients") };
    const weights = new Float64Array(names.length);
    for (const [name, weight] of Object.entries(given)) {
      const at = names.indexOf(name);
      if (at < 0) {
        const near = didYouMean(name, names);
        throw new ArgumentError(
          "unknown-coefficient",
          `${contrast} weighs ${name}, which is not a coefficient.`,
          near === undefined ? `The coefficients are ${listOf(names, 12)}.` : `Did you mean "${near}"?`,
          { name },
        );
      }
      weights[at] = weight;
    }
    return { contrast, weights: checkedWeights(contrast, Array.from(weights), names.length, "coefficients") };
  });
}

/** The contrasts of a call, by name. @param example - of the argument @throws {ArgumentError} `invalid-argument` */
export function namedWeights<T extends object>(
  contrasts: Readonly<Record<string, T>>,
  example: string,
): [name: string, weights: T][] {
  const named = typeof contrasts === "object" && contrasts !== null && !Array.isArray(contrasts);
  const entries = named ? Object.entries(contrasts) : [];
  if (entries.length > 0 && entries.every(([, given]) => typeof given === "object" && given !== null))
    return entries;
  throw new ArgumentError(
    "invalid-argument",
    `contrast() takes weights under names of contrasts, got ${show(contrasts)}.`,
    `Write them like ${example}.`,
  );
}

/** Checks a list of weights for its length and for numbers. */
export function checkedWeights(
  contrast: string,
  given: readonly number[],
  length: number,
  what: string,
): Float64Array {
  if (given.length !== length) {
    throw new ArgumentError(
      "wrong-length",
      `The contrast ${contrast} has ${given.length} weights for ${length} ${what}.`,
      "Give one weight each, in their order.",
      { got: given.length, expected: length },
    );
  }
  const odd = given.findIndex((weight) => typeof weight !== "number" || !Number.isFinite(weight));
  if (odd >= 0) {
    throw new ArgumentError(
      "invalid-argument",
      `Weight ${odd} of the contrast ${contrast} is ${show(given[odd])}.`,
      "Give finite numbers.",
      { contrast, index: odd },
    );
  }
  return Float64Array.from(given);
}

function isList(given: CoefficientWeights): given is readonly number[] {
  return Array.isArray(given);
}
