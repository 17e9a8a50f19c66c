/**
 * Sums of data: taken where the rows are, added up elsewhere.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { TableLike } from "../data/table.ts";
import { ArgumentError, checkKind, counted, knownOptions, oneOf } from "../errors.ts";
import { addSums } from "./addSums.ts";
import { checkedModel } from "./checkedModel.ts";
import { checkModel, type LinearMixedModel } from "./linearMixedModel.ts";
import { type LmmOptions, modelOfRows } from "./lmm.ts";
import { subtractSums } from "./subtractSums.ts";
import { type ModelSums, sumsOf } from "./sums.ts";
import { jsonOf, type SumsJson, sumsOfJson } from "./sumsJson.ts";
import { needsRows } from "./withoutRows.ts";

/** Options of {@link sums}: those of `lmm` that need no rows afterwards. */
export type SumsOptions = Omit<LmmOptions, "residuals" | "collinear">;

/**
 * The counts and cross-products of some rows: all that a model needs of them. Immutable.
 *
 * Sums over few rows tell what those rows were: a level with one row is that row.
 */
export class Sums {
  /** The sums as plain data. */
  readonly data: ModelSums;

  constructor(data: ModelSums) {
    this.data = data;
    showAs(this, () => this.#text());
  }

  /** Rows added up. */
  get n(): number {
    return this.data.n;
  }

  /** The formula. */
  get formula(): string {
    return this.data.formula;
  }

  /**
   * The sums of the rows of both.
   *
   * Labels are united: those of groups, and those of factors as long as their order is known, by sorting or by `levels`.
   *
   * @throws {ModelError} `different-formula`, `different-option`, `different-kind`, `different-levels`,
   * `different-basis`, `different-columns`
   * @example
   * const total = sums(formula, north).add(sums(formula, south));
   */
  add(other: Sums): Sums {
    checkSums("add()", other);
    return new Sums(addSums(this.data, other.data));
  }

  /**
   * The sums without the rows of `other`, which were among them. Labels without a row left go too.
   *
   * @throws {ModelError} `not-contained`, `nothing-left`; and what `add` throws
   * @example
   * const left = total.subtract(sums(formula, rowsOf(withdrawn)));
   */
  subtract(other: Sums): Sums {
    checkSums("subtract()", other);
    return new Sums(subtractSums(this.data, other.data));
  }

  /** As plain JSON with every bit and no row; `sumsFromJson` reads it. */
  toJSON(): SumsJson {
    return jsonOf(this.data);
  }

  #text(): string {
    const { formula, n, groups } = this.data;
    const sizes = groups.map(({ label, codes }) => `${label} ${codes[0].length}`);
    return `Sums of ${counted(n, "row")}: ${formula}\ngroups: ${sizes.join(", ")}`;
  }
}

/**
 * Takes the sums of data, which may be a part of all: one group, one row. What they do not identify is not refused before
 * `lmmFromSums` makes a model of them.
 *
 * @param formula - as for `lmm`; `poly()`, `scale()` and `center()` take numbers from the rows at hand, so that sums with
 * them cannot be added
 * @param data - as for `lmm`
 * @param options - those of `lmm` but for `residuals` and `collinear`
 * @throws what `lmm` throws of formula, columns and values; {ModelError} `needs-rows` for Student-t residuals
 * @example
 * const model = lmmFromSums(sums(formula, north, options).add(sums(formula, south, options)));
 */
export function sums(formula: string, data: TableLike, options?: SumsOptions): Sums;
/**
 * The sums of a model, with the very bits that its estimators work on.
 *
 * @param model - of `lmm`, or of a fit: `fit.model`, `posterior.model`
 * @throws {ModelError} `needs-rows` for Student-t residuals
 */
export function sums(model: LinearMixedModel): Sums;
export function sums(first: string | LinearMixedModel, data?: TableLike, options: SumsOptions = {}): Sums {
  if (typeof first !== "string") {
    checkModel("sums()", first);
    if (first.student?.residuals) throw needsRows(STUDENT);
    return new Sums(sumsOf(first));
  }
  for (const name of ["residuals", "collinear"] as const) {
    if ((options as LmmOptions | null)?.[name] === undefined) continue;
    if (name === "residuals") throw needsRows(STUDENT);
    throw new ArgumentError(
      "invalid-argument",
      "Which columns determine others is seen once all sums are added.",
      `Pass "collinear" to lmmFromSums().`,
    );
  }
  return new Sums(sumsOf(modelOfRows("sums()", first, data as TableLike, options, true)));
}

/**
 * The model of sums, for every estimator. What reads rows (fitted values, residuals, row-wise likelihoods, …) refuses with
 * `needs-rows`.
 *
 * @param options.collinear - what to do with columns that the other columns determine; defaults to `"error"`
 * @throws {ModelError} `one-group`, `too-few-rows`, `collinear-columns`, `one-level`, … as `lmm`
 * @throws {DataError} `constant-response`, `perfect-fit`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @example
 * reml(lmmFromSums(total));
 */
export function lmmFromSums(
  total: Sums,
  options: { readonly collinear?: "error" | "drop" } = {},
): LinearMixedModel {
  checkSums("lmmFromSums()", total);
  knownOptions("lmmFromSums()", options, ["collinear"]);
  const { collinear = "error" } = options;
  return checkedModel(total.data, oneOf("collinear", collinear, ["error", "drop"]));
}

/**
 * Reads sums that `toJSON` wrote.
 *
 * @param json - the text, or what `JSON.parse` made of it
 * @throws {ArgumentError} `invalid-sums` for something else, or what was cut or edited
 * @example
 * const south = sumsFromJson(await (await fetch(url)).text());
 */
export function sumsFromJson(json: string | object): Sums {
  return new Sums(sumsOfJson(json));
}

const STUDENT = "What Student-t residuals ask for";

function checkSums(call: string, value: unknown): void {
  checkKind(call, value, ["data", "subtract"], "sums", `Pass what sums() returned.`);
}
