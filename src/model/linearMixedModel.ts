/**
 * Linear mixed models: a formula and data, checked and ready for an estimator.
 *
 * @module
 */

import type { ContrastName } from "../data/contrasts.ts";
import type { FactorColumn } from "../data/factor.ts";
import { showAs } from "../data/format.ts";
import { type Table, type TableLike, toTable } from "../data/table.ts";
import {
  ArgumentError,
  checkKind,
  DataError,
  harmless,
  knownOptions,
  ModelError,
  oneOf,
  show,
  type Warning,
} from "../errors.ts";
import { type Formula, parseFormula } from "../formula/terms.ts";
import { updateFormula } from "../formula/update.ts";
import { type CrossProducts, crossProducts } from "./crossProducts.ts";
import { denseZ } from "./dense.ts";
import { type FixedDesign, fixedDesign, fullDesign } from "./design.ts";
import type { Variable } from "./evaluate.ts";
import { checkIdentified, checkSizes } from "./identify.ts";
import { type ModelFrame, modelFrame, type StrataOfRows } from "./modelFrame.ts";
import { responseOfRows } from "./newResponse.ts";
import { type RandomTerm, randomTerms } from "./randomTerms.ts";
import { designFor, type NewDesign, type Recipe } from "./recipe.ts";
import { dateRemarks, repeatedRows } from "./remarks.ts";
import { type RowSummaries, rowSummaries } from "./rowSummaries.ts";
import { type Student, type StudentParts, studentLines, studentParts } from "./student.ts";
import type { ModelSums } from "./sums.ts";
import { unconnectedRows } from "./unconnected.ts";
import { needsRows, withoutRows } from "./withoutRows.ts";

/** Options of {@link lmm}. */
export interface LmmOptions {
  /** The column of prior weights: the residual variance of a row is σ² / weight; defaults to 1 everywhere. */
  readonly weights?: string;
  /**
   * The column of labels by which the residual standard deviation differs: σ_c for label c. Defaults to one σ.
   * nlme: `weights = varIdent(form = ~ 1 | s)`; brms: `sigma ~ 0 + s`.
   */
  readonly sigmaBy?: string;
  /**
   * `student()` for Student-t residuals, σ their scale; needs `gibbs`. Defaults to normal ones. brms: `family = student`.
   */
  readonly residuals?: Student;
  /**
   * `student()` by random term, under the names that priors have (`Subject`, `Subject.1`), for Student-t random effects;
   * needs `gibbs`. Defaults to normal ones. brms: `gr(g, dist = "student")`.
   */
  readonly effects?: Readonly<Record<string, Student>>;
  /** Contrasts by variable; defaults to `"treatment"`, for ordered factors to `"poly"`. */
  readonly contrasts?: Readonly<Record<string, ContrastName>>;
  /** Levels by column, in the order wanted; the first one is the reference. Defaults to the sorted labels. */
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  /** What to do with rows that have missing values; defaults to `"drop"`, with a warning. */
  readonly missing?: "drop" | "error";
  /** What to do with columns that the other columns determine; defaults to `"error"`. */
  readonly collinear?: "error" | "drop";
}

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
  /** What the model was made of, to make it again with another formula. */
  readonly source?: { readonly table: Table; readonly options: LmmOptions };
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
        : withoutRows({ name }, { values: "The response" });
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
    showAs(this, () => this.toString());
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

  /** The levels that the call gave, by column. */
  get levelsGiven(): Readonly<Record<string, readonly string[]>> {
    return this.#parts.source?.options.levels ?? {};
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
    const { table, options } = this.#source();
    return lmm(updateFormula(this.formula, change), table, options);
  }

  /**
   * The model of the same formula and options on other data, with factors and transformations learnt afresh.
   *
   * @throws {ModelError} `needs-rows` when the model does not hold its data; and what `lmm` throws
   * @see R's `update(fit, data = …)`
   */
  withData(data: TableLike): LinearMixedModel {
    return lmm(this.formula, data, this.#source().options);
  }

  #source(): { readonly table: Table; readonly options: LmmOptions } {
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

  toString(): string {
    const count = (k: number, word: string): string => `${k} ${word}${k === 1 ? "" : "s"}`;
    const left = this.inputRows - this.n;
    const lines = [
      `Linear mixed model, not fitted: ${this.formula}`,
      `${count(this.n, "row")}${left > 0 ? ` (${left} of ${this.inputRows} left out)` : ""}, ` +
        `${count(this.p, "fixed coefficient")}: ${this.fixed.names.join(", ")}`,
      ...this.random.map(
        ({ group, levels, columns }) =>
          `by ${group} (${count(levels.length, "level")}): ${columns.join(", ")}`,
      ),
      ...(this.strata === null ? [] : [`sigma by ${this.strata.name}: ${this.strata.levels.join(", ")}`]),
      ...studentLines(this),
      ...this.warnings.map(({ message }) => `Warning: ${message}`),
    ];
    return harmless(lines.join("\n"));
  }
}

/**
 * Makes a linear mixed model from a formula in lme4's grammar and data; fits nothing.
 *
 * @param formula for example `"y ~ x * treatment + (x | subject)"`
 * @param data an array of row objects, an object of columns, an Arrow-like table or a `Table`
 * @throws {FormulaError} when the formula cannot be read; `no-random-term` when it has no random term
 * @throws {DataError} when the data cannot be used: `unknown-column`, `text-response`, `infinite-value`, …
 * @throws {ModelError} when the data do not identify the model: `one-group`, `collinear-columns`, …
 * @throws {ArgumentError} `unknown-option`; `invalid-argument` for residuals or effects that are not of `student()`
 * @see R's `lme4::lFormula()`
 * @example
 * const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
 * model.fixed.names; // ["(Intercept)", "Days"]
 */
export function lmm(formula: string, data: TableLike, options: LmmOptions = {}): LinearMixedModel {
  return modelOfRows("lmm()", formula, data, options, false);
}

/**
 * As {@link lmm}; or of rows that are some of many, which alone need not identify anything: nothing is refused or dropped
 * for want of variation, so that X may lack rank.
 */
export function modelOfRows(
  call: string,
  formula: string,
  data: TableLike,
  options: LmmOptions,
  partial: boolean,
): LinearMixedModel {
  if (typeof formula !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The formula must be text, got ${show(formula)}.`,
      "Write it in quotes.",
    );
  }
  const {
    weights,
    sigmaBy,
    residuals,
    effects,
    contrasts,
    levels,
    missing = "drop",
    collinear = "error",
  } = checkOptions(call, options);
  const terms = parseFormula(formula);
  if (terms.response === null) {
    throw new ModelError(
      "no-response",
      "The formula has no response.",
      "Write one like y ~ x + (1 | group).",
    );
  }
  if (terms.random.length === 0) {
    throw new ModelError(
      "no-random-term",
      `${terms.text} has no random term.`,
      "For an ordinary linear model use lm(); for a random intercept add (1 | group).",
      { formula: terms.text },
    );
  }
  const table = toTable(data);
  const frame = modelFrame(terms, table, {
    missing,
    partial,
    ...(weights === undefined ? {} : { weights }),
    ...(sigmaBy === undefined ? {} : { sigmaBy }),
    ...(contrasts === undefined ? {} : { contrasts }),
    ...(levels === undefined ? {} : { levels }),
  });
  const n = frame.rows.length;
  const warnings = [...frame.warnings];
  const { terms: random, recipes } = randomTerms(terms.random, frame.variables, frame.groups, n);
  const fixed = partial
    ? fullDesign(terms.fixed, frame.variables, n)
    : fixedDesign(terms.fixed, frame.variables, n, collinear, warnings);
  checkSizes(terms, frame, fixed, random);
  if (!partial) warnings.push(...checkIdentified(terms, frame, fixed, random));
  warnings.push(...dateRemarks(terms, table, frame));
  if (!partial) warnings.push(...repeatedRows(table), ...unconnectedRows(frame, random));
  const recipe: Recipe = {
    fixed: terms.fixed,
    kept: fixed.kept,
    names: fixed.names,
    variables: frame.recipes,
    random: recipes,
    weights: weights ?? null,
  };
  const student = studentParts(random, residuals, effects);
  const source = { table, options };
  return new LinearMixedModel({ terms, frame, fixed, random, recipe, student, warnings, source, partial });
}

function checkOptions(call: string, options: LmmOptions): LmmOptions {
  knownOptions(call, options, [
    ...["weights", "sigmaBy", "residuals", "effects"],
    ...["contrasts", "levels", "missing", "collinear"],
  ]);
  if (options.missing !== undefined) oneOf("missing", options.missing, ["drop", "error"]);
  if (options.collinear !== undefined) oneOf("collinear", options.collinear, ["error", "drop"]);
  for (const name of ["weights", "sigmaBy"] as const) {
    if (options[name] === undefined || typeof options[name] === "string") continue;
    throw new DataError(
      "unknown-column",
      `"${name}" is ${show(options[name])}.`,
      "Pass the name of a column.",
    );
  }
  return options;
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
