/**
 * Predictions of a REML or ML fit with standard errors and intervals.
 *
 * @module
 */

import { type TableLike, toTable } from "../data/table.ts";
import { knownOptions, listOf, oneOf, probabilityOf, type Warning, warning } from "../errors.ts";
import { bilinearForm } from "../linalg/halfSolve.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { countingTerms, newRows, ownRows, type PredictionDesign } from "../model/predictionRows.ts";
import { normalQuantile } from "../stats/normal.ts";
import { conditionalModes, covariances, fixedCovariance, fixedEffects, residualSd } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";
import { halfRowOf, newRowWeights, type RowForms, rowForms, rowWeights } from "./rowForms.ts";

/** Options of `fit.predict()`. */
export interface PredictOptions {
  /** Which random effects count; defaults to `"known"`. */
  readonly groups?: "known" | "new" | "population";
  /** Interval of the mean, or of one new observation (adds σ²/weight); defaults to `"mean"`. */
  readonly interval?: "mean" | "observation";
  /** Coverage; defaults to 0.95. */
  readonly level?: number;
  /**
   * The random terms that count; the others are set to zero, as by lme4's `re.form`. The name of a group
   * (`"cask:batch"`) stands for all its terms, `"Subject.1"` for one further term. Defaults to all.
   */
  readonly terms?: readonly string[];
}

/** One predicted row, in the units of the response; `NaN` throughout where the row has missing cells. */
export interface PredictionRow {
  readonly estimate: number;
  /** Standard error of what the interval is for. */
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
}

/** Rows aligned with the rows of the data, with what there is to say about them. */
export type Predictions = readonly PredictionRow[] & { readonly warnings: readonly Warning[] };

/**
 * Predictions x′β̂ + z′b̂ (+ offset), one row per row of `data`.
 *
 * - `groups: "known"`: every label must be one the model has seen; the standard error is that of
 *   x′(β̂ − β) + z′(b̂ − b), from the joint covariance σ²H⁻¹ of Henderson's equations.
 * - `groups: "new"`: labels the model knows keep their effects; an unseen or missing label has effect 0 and adds
 *   z′Σz to the variance.
 * - `groups: "population"`: b = 0, with the standard error of x′β̂; columns of groups may be absent.
 *
 * `interval: "observation"` adds σ²/w, w the model's column of weights where `data` has it, else 1; with `sigmaBy` σ is
 * that of the row's label. Intervals are
 * normal and take θ and σ as known. Rows with missing cells give `NaN` and a warning `missing-rows`; a number outside
 * the range the model was fitted on gives a warning `extrapolation`, a row that the data cannot estimate because columns
 * were left out (`collinear: "drop"`) a warning `non-estimable`.
 *
 * @param data - new rows; the model's own, aligned with its input, by default
 * @throws {DataError} `unseen-group-level`, `missing-group-label`, `missing-column`, `unseen-level`, `no-rows`,
 * `infinite-value`, `negative-weight`
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`, `unknown-term`
 * @see Henderson 1975, Biometrics 31, 423; lme4 ≥ 1.1-35 `predict(m, se.fit = TRUE)`, of which `"known"` and `"new"`
 * are `re.form = NULL` and `"population"` is `re.form = NA`
 *
 * @example
 * fit.predict([{ Days: 10, Subject: "308" }]); // [{ estimate: 450.3, se: 15.9, lower: 419.3, upper: 481.4 }]
 */
export function predict(
  model: LinearMixedModel,
  optimum: Optimum,
  data?: TableLike,
  options: PredictOptions = {},
): Predictions {
  knownOptions("predict", options, ["groups", "interval", "level", "terms"]);
  const groups = oneOf("groups", options.groups ?? "known", ["known", "new", "population"]);
  const interval = oneOf("interval", options.interval ?? "mean", ["mean", "observation"]);
  const z = normalQuantile(0.5 + probabilityOf("level", options.level ?? 0.95) / 2);
  const named = countingTerms(model, options.terms);
  const counts = named.map((counted) => counted && groups !== "population");
  const warnings: Warning[] = [];
  const own = data === undefined;
  const rows = own
    ? ownRows(model, counts, rowWeights(model, optimum))
    : newRows(model, toTable(data), counts, groups, warnings);
  const { estimates, variances } = meansOf(model, optimum, rows);
  const variance = residualSd(optimum) ** 2;
  const weights =
    own || interval === "mean" ? rows.weights : newRowWeights(model, optimum, toTable(data), rows.weights);
  const out: PredictionRow[] = Array.from(estimates, (estimate, i) => {
    const noise = interval === "mean" ? 0 : variance / (weights?.[i] ?? 1);
    const se = Math.sqrt(variances[i] + noise);
    if (Number.isNaN(estimate + se)) return nothing;
    return { estimate, se, lower: estimate - z * se, upper: estimate + z * se };
  });
  if (!own) noteMissing(out, warnings);
  const aligned = own ? spread(model, out) : out;
  return Object.defineProperty(aligned, "warnings", { value: warnings }) as unknown as Predictions;
}

const nothing: PredictionRow = { estimate: Number.NaN, se: Number.NaN, lower: Number.NaN, upper: Number.NaN };

function noteMissing(rows: readonly PredictionRow[], warnings: Warning[]): void {
  const gone = rows.flatMap(({ estimate }, i) => (Number.isNaN(estimate) ? [i] : []));
  if (gone.length === 0) return;
  const text = `${gone.length} of ${rows.length} rows have missing cells and no prediction (rows ${listOf(gone)}, counting from 0).`;
  warnings.push(warning("missing-rows", text, { rows: gone }));
}

/** Estimates and variances of their means. */
function meansOf(
  model: LinearMixedModel,
  optimum: Optimum,
  { m, X, offset, terms }: PredictionDesign,
): { estimates: Float64Array; variances: Float64Array } {
  const beta = fixedEffects(optimum);
  const modes = conditionalModes(optimum);
  const between = covariances(optimum);
  const variance = residualSd(optimum) ** 2;
  const p = beta.length;
  const estimates = new Float64Array(m);
  const variances = new Float64Array(m);
  const V = fixedCovariance(optimum);
  const anyGroup = terms.some((term) => term !== null);
  const forms: RowForms | null = anyGroup ? rowForms(optimum) : null;
  for (let i = 0; i < m; i++) {
    let value = offset === null ? 0 : offset[i];
    for (let c = 0; c < p; c++) value += X[c * m + i] * beta[c];
    let spread = 0;
    let isKnown = false;
    terms.forEach((term, t) => {
      if (term === null) return;
      const k = model.random[t].columns.length;
      const code = term.codes[i];
      if (code >= 0) isKnown = true;
      for (let c = 0; c < k; c++) {
        const zc = term.z[c * m + i];
        // A missing cell of z must show, although 0 · effect would hide it.
        value += code >= 0 ? zc * modes[t][code * k + c] : 0 * zc;
        if (code < 0) for (let d = 0; d < k; d++) spread += zc * between[t][c + d * k] * term.z[d * m + i];
      }
    });
    estimates[i] = value;
    if (Number.isNaN(value)) variances[i] = Number.NaN;
    else if (forms !== null && isKnown) {
      const half = halfRowOf(forms, i, m, X, terms);
      variances[i] = variance * bilinearForm(forms.solver, half, half) + spread;
    } else {
      for (let c = 0; c < p; c++)
        for (let d = 0; d < p; d++) spread += X[c * m + i] * V[c + d * p] * X[d * m + i];
      variances[i] = spread;
    }
  }
  return { estimates, variances };
}

function spread(model: LinearMixedModel, rows: readonly PredictionRow[]): PredictionRow[] {
  const out: PredictionRow[] = new Array(model.inputRows).fill(nothing);
  for (let i = 0; i < rows.length; i++) out[model.rows[i]] = rows[i];
  return out;
}
