/**
 * Tables of marginal means, and comparisons of them.
 *
 * @module
 */

import { showAs, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError, knownOptions, listOf, oneOf, probabilityOf, type Warning } from "../errors.ts";
import { tQuantile } from "../stats/distributions.ts";
import { type Adjustment, adjustments } from "./adjust.ts";
import {
  ContrastTable,
  checkedWeights,
  dfColumn,
  estimateColumn,
  type Family,
  type NamedContrast,
  namedWeights,
} from "./contrasts.ts";
import { type GridCell, type GridModel, type GridValues, meanOffset, referenceGrid } from "./grid.ts";
import { type DfMethod, dfMethodName, type Inference } from "./inference.ts";

/** Options of `emmeans`. */
export interface EmmeansOptions {
  /** Columns that split the table; comparisons stay within their combinations. Defaults to none. */
  readonly by?: string | readonly string[];
  /** Values of covariates, or levels of factors; defaults to the mean, and to all levels. */
  readonly at?: GridValues;
  /** Defaults to `"satterthwaite"`. */
  readonly df?: DfMethod;
  /** Coverage of the intervals; defaults to 0.95. */
  readonly level?: number;
}

/** Options of comparisons. */
export interface ContrastOptions {
  /** How p-values and limits allow for several comparisons; defaults to `"tukey"` in `pairs()`, to `"none"` in `contrast()`. */
  readonly adjust?: Adjustment;
  /** Coverage of the intervals; defaults to that of the means, or 0.95. */
  readonly level?: number;
}

/** A row of means: one entry per factor, then these; NaN where the data cannot estimate the mean. */
export type EmmeansRow = {
  readonly mean: number;
  readonly se: number;
  readonly df: number;
  readonly lower: number;
  readonly upper: number;
} & { readonly [factor: string]: string | number };

/** Marginal means: `rows` for programs, `toString()` for readers, `pairs()` and `contrast()` to compare them. */
export class MarginalMeans {
  /** The columns of the cells, those that split the table last. */
  readonly factors: readonly string[];
  readonly by: readonly string[];
  readonly rows: readonly EmmeansRow[];
  readonly level: number;
  readonly notes: readonly Warning[];
  readonly #cells: readonly GridCell[];
  readonly #inference: Inference;
  readonly #constant: number;

  constructor(
    inference: Inference,
    cells: readonly GridCell[],
    options: {
      readonly factors: readonly string[];
      readonly by: readonly string[];
      readonly level: number;
      readonly constant: number;
      readonly notes: readonly Warning[];
    },
  ) {
    this.factors = options.factors;
    this.by = options.by;
    this.level = options.level;
    this.notes = options.notes;
    this.#cells = cells;
    this.#inference = inference;
    this.#constant = options.constant;
    const none = { mean: Number.NaN, se: Number.NaN, df: Number.NaN, lower: Number.NaN, upper: Number.NaN };
    this.rows = cells.map(({ values, weights }): EmmeansRow => {
      if (weights === null) return { ...values, ...none } as EmmeansRow;
      const { estimate, se, df } = inference.single(weights);
      const mean = estimate + options.constant;
      const width = tQuantile((1 + options.level) / 2, df) * se;
      return { ...values, mean, se, df, lower: mean - width, upper: mean + width } as EmmeansRow;
    });
    showAs(this, () => this.#text());
  }

  /**
   * All pairwise differences, earlier minus later, within each combination of `by`. R: emmeans's `pairs`.
   *
   * @param options - `adjust`: `"tukey"` (default; the studentized range), `"holm"`, `"sidak"`, `"bonferroni"` or
   * `"none"`; `level`: of the limits
   * @throws {ArgumentError} `nothing-to-compare`, `unknown-option`, `invalid-argument`
   */
  pairs(options: ContrastOptions = {}): ContrastTable {
    knownOptions("pairs", options, ["adjust", "level"]);
    const families = this.#families((cells) =>
      cells.flatMap((first, i) =>
        cells.slice(i + 1).map((second) => ({
          contrast: `${this.#label(first)} - ${this.#label(second)}`,
          weights: difference(first.weights, second.weights),
        })),
      ),
    );
    if (families.every(({ contrasts }) => contrasts.length === 0)) throw this.#nothingToCompare();
    return this.#table(families, options, "tukey");
  }

  /**
   * Contrasts by name, each a list of weights of the means in their order, within each combination of `by`.
   *
   * @param contrasts - for example `{ linear: [-3, -1, 1, 3] }`
   * @param options - `adjust`: defaults to `"none"`; `"tukey"` only for all pairwise differences
   * @throws {ArgumentError} `wrong-length`, `tukey-needs-pairs`, `unknown-option`, `invalid-argument`
   */
  contrast(
    contrasts: Readonly<Record<string, readonly number[]>>,
    options: ContrastOptions = {},
  ): ContrastTable {
    knownOptions("contrast", options, ["adjust", "level"]);
    const size = this.#groups()[0].length;
    const lists = namedWeights(contrasts, "{ linear: [-3, -1, 1, 3] }").map(([name, given]) => ({
      name,
      weights: checkedWeights(name, given, size, "means"),
    }));
    if (options.adjust === "tukey")
      refuseTukey(
        lists.map(({ weights }) => weights),
        size,
      );
    const families = this.#families((cells) =>
      lists.map(({ name, weights }): NamedContrast => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        return {
          contrast: name,
          weights: combine(cells, weights),
          constant: Math.abs(total) < 1e-12 ? 0 : total * this.#constant,
        };
      }),
    );
    return this.#table(families, options, "none");
  }

  /** Rows and notes, for other programs. */
  toJSON(): Record<string, unknown> {
    return { factors: this.factors, by: this.by, rows: this.rows, level: this.level, notes: this.notes };
  }

  /** The table of means. */
  #text(): string {
    const columns = [
      ...this.factors.map((name) =>
        wordColumn(
          name,
          this.rows.map((row) => String(row[name])),
        ),
      ),
      estimateColumn(
        "mean",
        this.rows.map(({ mean }) => mean),
      ),
      estimateColumn(
        "se",
        this.rows.map(({ se }) => se),
      ),
      dfColumn(this.rows.map(({ df }) => df)),
      estimateColumn(
        "lower",
        this.rows.map(({ lower }) => lower),
      ),
      estimateColumn(
        "upper",
        this.rows.map(({ upper }) => upper),
      ),
    ];
    const lines = [
      textTable(columns),
      `Limits with ${dfMethodName(this.#inference.df)}; confidence level ${this.level}.`,
      ...this.notes.map(({ message }) => message),
    ];
    return lines.join("\n");
  }

  #table(families: readonly Family[], options: ContrastOptions, usual: Adjustment): ContrastTable {
    const adjust = oneOf("adjust", options.adjust ?? usual, adjustments);
    const level = probabilityOf("level", options.level ?? this.level);
    return new ContrastTable(this.#inference, families, { adjust, level, notes: this.notes });
  }

  #nothingToCompare(): ArgumentError {
    const own = this.factors.filter((name) => !this.by.includes(name));
    const { values } = this.#cells[0];
    const [name] = own;
    return new ArgumentError(
      "nothing-to-compare",
      `There is one mean of ${listOf(own)}, at ${listOf(own.map((factor) => String(values[factor])))}, and pairs are of two.`,
      typeof values[name] === "number"
        ? `Ask for the means at several values of ${name} by at, or test its slope by contrast() of the fit.`
        : "Give at least two levels to the means.",
      { factors: own, values },
    );
  }

  #groups(): GridCell[][] {
    const groups = new Map<string, GridCell[]>();
    for (const cell of this.#cells) {
      const key = JSON.stringify(this.by.map((name) => cell.values[name]));
      groups.set(key, [...(groups.get(key) ?? []), cell]);
    }
    return [...groups.values()];
  }

  #families(contrasts: (cells: readonly GridCell[]) => NamedContrast[]): Family[] {
    return this.#groups().map((cells) => ({
      by: Object.fromEntries(this.by.map((name) => [name, cells[0].values[name]])),
      contrasts: contrasts(cells),
      means: cells.length,
    }));
  }

  /** The values of a cell; numbers carry the name of their factor, as in emmeans. */
  #label({ values }: GridCell): string {
    return this.factors
      .filter((name) => !this.by.includes(name))
      .map((name) => {
        const value = String(values[name]);
        return value.trim() !== "" && Number.isFinite(Number(value)) ? `${name}${value}` : value;
      })
      .join(" ");
  }
}

/**
 * The means of a linear or mixed model by given tests.
 *
 * @throws {ArgumentError} `unknown-factor`, `unknown-level`, `unknown-option`, `invalid-argument`; {ModelError} `needs-at`
 */
export function marginalMeans(
  model: GridModel,
  inference: Inference,
  factors: string | readonly string[],
  options: Omit<EmmeansOptions, "df">,
): MarginalMeans {
  knownOptions("emmeans", options, ["by", "at", "level"]);
  const by = options.by === undefined ? [] : typeof options.by === "string" ? [options.by] : options.by;
  const own = typeof factors === "string" ? [factors] : Array.isArray(factors) ? factors : [];
  const all = [...own.filter((name) => !by.includes(name)), ...by];
  if (all.length === by.length || new Set(all).size < all.length) {
    throw new ArgumentError(
      "invalid-argument",
      "emmeans needs at least one factor besides those of by, each once.",
      'Name it, e.g. emmeans("nitrogen", { by: "variety" }).',
      { factors: own, by },
    );
  }
  const { cells, notes } = referenceGrid(model, all, options.at ?? {});
  return new MarginalMeans(inference, cells, {
    factors: all,
    by,
    level: probabilityOf("level", options.level ?? 0.95),
    constant: meanOffset(model),
    notes,
  });
}

/** Tukey's distribution is that of the largest of all pairwise differences, and of nothing else. */
export function refuseTukey(lists: readonly Float64Array[], means: number): void {
  const pairs = new Set<string>();
  const all = lists.every((weights) => {
    const up = weights.indexOf(1);
    const down = weights.indexOf(-1);
    const others = weights.filter((weight) => weight !== 0).length;
    pairs.add([up, down].sort((a, b) => a - b).join());
    return up >= 0 && down >= 0 && others === 2;
  });
  if (means > 1 && all && pairs.size === lists.length && pairs.size === (means * (means - 1)) / 2) return;
  throw new ArgumentError(
    "tukey-needs-pairs",
    "Tukey's adjustment fits all pairwise differences of a set of means only.",
    'Use adjust: "holm" or "sidak", or pairs().',
  );
}

function difference(a: Float64Array | null, b: Float64Array | null): Float64Array | null {
  return a === null || b === null ? null : a.map((weight, j) => weight - b[j]);
}

function combine(cells: readonly GridCell[], weights: Float64Array): Float64Array | null {
  let sum: Float64Array | null = null;
  for (let i = 0; i < cells.length; i++) {
    if (weights[i] === 0) continue;
    const own = cells[i].weights;
    if (own === null) return null;
    const before: Float64Array = sum ?? new Float64Array(own.length);
    sum = before.map((value, j) => value + weights[i] * own[j]);
  }
  return sum;
}
