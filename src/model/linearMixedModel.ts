/**
 * The model object: a formula and data, checked, with what the estimators read of them.
 *
 * @module
 */

import type { ContrastName } from "../data/contrasts.ts";
import type { FactorColumn } from "../data/factor.ts";
import { showAs } from "../data/format.ts";
import { type Table, type TableLike, toTable } from "../data/table.ts";
import { checkKind, counted, ModelError, type Warning } from "../errors.ts";
import type { Formula } from "../formula/terms.ts";
import { updateFormula } from "../formula/update.ts";
import { type CrossProducts, crossProducts } from "./crossProducts.ts";
import { denseZ } from "./dense.ts";
import type { FixedDesign } from "./design.ts";
import type { Variable } from "./evaluate.ts";
import type { LmmOptions, lmm } from "./lmm.ts";
import type { ModelFrame, StrataOfRows } from "./modelFrame.ts";
import { responseOfRows } from "./newResponse.ts";
import type { RandomTerm } from "./randomTerms.ts";
import { designFor, type NewDesign, type Recipe } from "./recipe.ts";
import { type RowSummaries, rowSummaries } from "./rowSummaries.ts";
import { type StudentParts, studentLines } from "./student.ts";
import type { ModelSums } from "./sums.ts";
import { needsRows, withoutRows } from "./withoutRows.ts";

/** A public matrix: rows of numbers, and the names of its columns. */
export interface NamedMatrix {
  readonly names: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** Rows that stand for those of a model where only relations among its columns matter. */
export interface ModelCells {
  readonly n: number;
  /** The variables of the fixed part. */
  readonly variables: ReadonlyMap<string, Variable>;
}

/** The parts of a {@link LinearMixedModel}. */
export interface ModelParts {
  readonly terms: Formula;
  readonly frame: ModelFrame;
  readonly fixed: FixedDesign;
  readonly random: readonly RandomTerm[];
  readonly recipe: Recipe;
  readonly student: StudentParts | null;
  readonly warnings: readonly Warning[];
  /** In place of rows, for a model made of sums; its frame and terms are those of {@link withoutRows}. */
  readonly sums?: {
    /** All of it as plain data. */
    readonly plain: ModelSums;
    readonly crossProducts: CrossProducts;
    readonly summaries: RowSummaries;
    readonly cells: ModelCells;
  };
  /** Whether the rows are some of many, as those of `sums()` are; defaults to `false`. */
  readonly partial?: boolean;
  /** What the model was made of and by, to make it again with another formula. */
  readonly source?: { readonly table: Table; readonly options: LmmOptions; readonly make: typeof lmm };
}

/**
 * A linear mixed model, y = Xβ + Zb + ε, with nothing fitted yet. Immutable.
 *
 * Rows of everything in it are the rows kept; `rows` says which rows of the data they are.
 */
export class LinearMixedModel {
  /** The formula, with blanks where R puts them. */
  readonly formula: string;
  /** The formula, expanded. */
  readonly terms: Formula;
  /** Rows kept. */
  readonly n: number;
  /** Fixed coefficients. */
  readonly p: number;
  /** Rows of the data. */
  readonly inputRows: number;
  /** The response, in the user's units, offset not taken away. */
  readonly response: { readonly name: string; readonly values: Float64Array };
  /** The strata of `sigmaBy`, each with its own σ; `null` with one σ. */
  readonly strata: StrataOfRows | null;
  readonly fixed: FixedDesign;
  /** Random terms, those with most levels first. */
  readonly random: readonly RandomTerm[];
  /** How to compute the design for new rows. */
  readonly recipe: Recipe;
  /** Which parts are Student-t; `null` where residuals and effects are normal. */
  readonly student: StudentParts | null;
  /** The contrasts in use, by variable. */
  readonly contrasts: ReadonlyMap<string, ContrastName>;
  readonly warnings: readonly Warning[];
  #crossProducts: CrossProducts | undefined;
  #summaries: RowSummaries | undefined;
  readonly #parts: ModelParts;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    const { terms, frame, fixed, random, recipe, student, warnings, sums } = parts;
    this.#crossProducts = sums?.crossProducts;
    this.#summaries = sums?.summaries;
    this.formula = terms.text;
    this.terms = terms;
    this.n = sums?.plain.n ?? frame.rows.length;
    this.p = fixed.names.length;
    this.inputRows = frame.inputRows;
    const name = terms.responseLabel;
    this.response =
      sums === undefined
        ? { name, values: frame.response }
        : withoutRows({ name }, { values: "the response" });
    this.strata = frame.strata;
    this.fixed = fixed;
    this.random = random;
    this.recipe = recipe;
    this.student = student;
    this.contrasts = new Map(
      [...frame.variables.values()].flatMap((v) =>
        v.kind === "factor" ? [[v.label, v.contrasts] as const] : [],
      ),
    );
    this.warnings = warnings;
    showAs(this, () => this.#text());
  }

  /** The rows kept, ascending, counting from 0. */
  get rows(): Int32Array {
    return this.#parts.frame.rows;
  }

  /** Prior weights, n; `null` where all are 1. */
  get weights(): Float64Array | null {
    return this.#parts.frame.weights;
  }

  /** The sum of the offsets, n; `null` without one. */
  get offset(): Float64Array | null {
    return this.#parts.frame.offset;
  }

  /** Whether the model holds its rows; one made of sums does not, and refuses with `needs-rows` what reads them. */
  get hasRows(): boolean {
    return this.#parts.sums === undefined;
  }

  /** The sums that the model was made of; `undefined` when it holds its rows. */
  get sums(): ModelSums | undefined {
    return this.#parts.sums?.plain;
  }

  /** The variables of the fixed part over the rows; over rows that stand for them in a model made of sums. */
  get cells(): ModelCells {
    return this.#parts.sums?.cells ?? { n: this.n, variables: this.variables };
  }

  /** What is read of the rows beside the cross-products; computed once. */
  get summaries(): RowSummaries {
    this.#summaries ??= rowSummaries(this);
    return this.#summaries;
  }

  /**
   * All that the estimators need of the data; computed once.
   *
   * @throws {ModelError} `needs-rows` for Student-t residuals, whose sums change with every draw
   */
  get crossProducts(): CrossProducts {
    if (!this.hasRows && this.student?.residuals) throw needsRows("What Student-t residuals ask for");
    this.#crossProducts ??= crossProducts({
      n: this.n,
      p: this.p,
      y: this.response.values,
      X: this.fixed.values,
      weights: this.weights,
      offset: this.offset,
      random: this.random,
      strata: this.strata?.codes ?? null,
      student: this.student,
      partial: this.#parts.partial ?? false,
    });
    return this.#crossProducts;
  }

  /** The variables of the fixed part and of the random terms over the rows kept, by label. */
  get variables(): ReadonlyMap<string, Variable> {
    return this.#parts.frame.variables;
  }

  /** The columns of labels that random terms group by over the rows kept, by label. */
  get groups(): ReadonlyMap<string, FactorColumn> {
    return this.#parts.frame.groups;
  }

  /** The table the model was made of, all rows; `undefined` when the model does not hold it. */
  get table(): Table | undefined {
    return this.#parts.source?.table;
  }

  /** The options that the call gave. */
  get optionsGiven(): LmmOptions {
    return this.#parts.source?.options ?? {};
  }

  /** The fixed design matrix, one array per row kept. */
  X(): NamedMatrix {
    const { names, values } = this.fixed;
    const rows = Array.from({ length: this.n }, (_, i) => names.map((_, j) => values[j * this.n + i]));
    return { names, rows };
  }

  /**
   * The random design matrix Z, one array per row kept, its columns named as the draws of b are.
   *
   * @throws {ModelError} `too-large` beyond 10⁷ entries
   * @see lme4 `getME(m, "Z")`
   */
  Z(): NamedMatrix {
    return denseZ(this);
  }

  /**
   * The same model for another response.
   *
   * @param y one number per row of the data (those of rows left out are not read), or one per row kept; on the scale
   * of the left side of the formula, so logarithms where that says `log(y)`
   * @throws {DataError} `wrong-length`, `infinite-value`, `not-a-number`, `constant-response`
   * @throws {ModelError} `needs-rows`
   */
  withResponse(y: ArrayLike<number>): LinearMixedModel {
    const response = responseOfRows(y, this);
    return new LinearMixedModel({ ...this.#parts, frame: { ...this.#parts.frame, response } });
  }

  /**
   * The model of a changed formula on the same data with the same options.
   *
   * @param change for example `". ~ . - Days"`; a `.` stands for that side of this model's formula
   * @throws {ModelError} `needs-rows` when the model does not hold its data
   * @throws {FormulaError} `term-not-found`; and what `lmm` throws
   * @see R's `update()`
   */
  update(change: string): LinearMixedModel {
    const { table, options, make } = this.#source();
    return make(updateFormula(this.formula, change), table, options);
  }

  /**
   * The model of the same formula and options on other data, with factors and transformations learnt afresh.
   *
   * @throws {ModelError} `needs-rows` when the model does not hold its data; and what `lmm` throws
   * @see R's `update(fit, data = …)`
   */
  withData(data: TableLike): LinearMixedModel {
    const { options, make } = this.#source();
    return make(this.formula, data, options);
  }

  #source(): NonNullable<ModelParts["source"]> {
    const { source } = this.#parts;
    if (source !== undefined) return source;
    throw new ModelError(
      "needs-rows",
      "The model does not hold the data it was made from.",
      "Make the new model with lmm() and the data.",
    );
  }

  /**
   * The design for new rows, with what the model learnt from its own.
   *
   * @see designFor
   */
  designFor(data: TableLike, options: { readonly random?: boolean } = {}): NewDesign {
    return designFor(this.recipe, toTable(data), options);
  }

  #text(): string {
    const left = this.inputRows - this.n;
    const lines = [
      `Linear mixed model, not fitted: ${this.formula}`,
      `${counted(this.n, "row")}${left > 0 ? ` (${left} of ${this.inputRows} left out)` : ""}, ` +
        `${counted(this.p, "fixed coefficient")}: ${this.fixed.names.join(", ")}`,
      ...this.random.map(
        ({ group, levels, columns }) =>
          `by ${group} (${counted(levels.length, "level")}): ${columns.join(", ")}`,
      ),
      ...(this.strata === null ? [] : [`sigma by ${this.strata.name}: ${this.strata.levels.join(", ")}`]),
      ...studentLines(this),
      ...this.warnings.map(({ message }) => `Warning: ${message}`),
    ];
    return lines.join("\n");
  }
}

/** Refuses what is not a model of {@link lmm}: a formula, a fit, a promise. */
export function checkModel(call: string, value: unknown): void {
  checkKind(
    call,
    value,
    ["terms", "random", "crossProducts"],
    "a model of lmm()",
    `Pass lmm(formula, data), or the model of a fit: fit.model.`,
  );
}
