/**
 * The marginal form of a mixed model, y ~ N(Xβ, V) with V = ZGZ′ + R, and generalised least squares.
 *
 * @module
 */

import { ArgumentError, checkKind, knownOptions, listOf, ModelError, show } from "../errors.ts";
import { choleskyInto, inverseFromCholeskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import { checkDense } from "../model/dense.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { requireNormal } from "../model/student.ts";
import type { LmmFit } from "./lmmFit.ts";

/** Variances to put into a model: σ² and the covariance matrix of the effects of each random term. */
export interface Variances {
  /** Residual variance. */
  readonly sigma2: number;
  /**
   * One k × k matrix per random term, in the order of `model.random` (a number stands for a 1 × 1 matrix); or a record
   * of them by the name of the term (`"Subject"`, a further term of the group `"Subject.1"`).
   */
  readonly G: readonly TermCovariance[] | Readonly<Record<string, TermCovariance>>;
}

/** The covariance matrix of one random term: a number for a single column. */
export type TermCovariance = number | readonly (readonly number[])[];

/** Whether a value is a fit; by its methods, so that fits of another copy of the library count too. */
export function isFit(value: unknown): value is LmmFit {
  return typeof value === "object" && value !== null && "varCorr" in value && "model" in value;
}

/** The model behind an argument, with the variances to use: those given, or those of the fit. */
export function modelWithVariances(
  call: string,
  source: LinearMixedModel | LmmFit,
  variances: Variances | undefined,
): { model: LinearMixedModel; sigma2: number; G: Float64Array[] } {
  const own = isFit(source) ? source.model : source;
  checkModel(`${call}()`, own);
  requireNormal(`${call}()`, own);
  if (own.strata !== null) {
    throw new ModelError(
      "one-sigma",
      `${call} is made for one residual variance, and this model has one for each ${own.strata.name}.`,
      "Make the model without sigmaBy, with weights in place of it: 1 / variance.",
      { sigmaBy: own.strata.name },
    );
  }
  if (isFit(source) && variances === undefined) {
    return { model: source.model, sigma2: source.sigma ** 2, G: covariancesOf(source) };
  }
  const model = isFit(source) ? source.model : source;
  if (variances === undefined) {
    throw new ArgumentError(
      "missing-variances",
      `${call} needs the variances of a model that is not fitted.`,
      "Pass a fit, or { sigma2, G } with one covariance matrix per random term.",
    );
  }
  knownOptions(call, variances, ["sigma2", "G"]);
  const { sigma2, G } = variances;
  if (!(typeof sigma2 === "number" && sigma2 > 0 && Number.isFinite(sigma2))) {
    throw new ArgumentError(
      "invalid-argument",
      `"sigma2" must be a positive number, got ${show(sigma2)}.`,
      "Pass the residual variance.",
      { name: "sigma2", value: sigma2 },
    );
  }
  const byName = Array.isArray(G) ? null : (G as Readonly<Record<string, TermCovariance>>);
  if (byName !== null) {
    knownOptions(
      `"G" of ${call}`,
      byName,
      model.random.map(({ name }) => name),
    );
  }
  const matrices = model.random.map(({ name, columns }, t) => {
    const given = byName === null ? (G as readonly TermCovariance[])[t] : byName[name];
    return checkedCovariance(name, given, columns);
  });
  return { model, sigma2, G: matrices };
}

function checkedCovariance(
  name: string,
  given: TermCovariance | undefined,
  columns: readonly string[],
): Float64Array {
  const k = columns.length;
  const rows: readonly (readonly number[])[] = typeof given === "number" ? [[given]] : (given ?? []);
  const isSquare = rows.length === k && rows.every((row) => row.length === k);
  if (!isSquare) {
    throw new ArgumentError(
      "wrong-length",
      `The covariance matrix of ${name} must be ${k} × ${k}, for ${listOf(columns)}.`,
      k === 1 ? "Pass its variance." : "Pass an array of rows.",
      { term: name, k },
    );
  }
  const S = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) S[i + j * k] = rows[i][j];
  const isCovariance = rows.every((row, i) =>
    row.every((value, j) => Number.isFinite(value) && value === rows[j][i] && rows[i][i] >= 0),
  );
  if (isCovariance) return S;
  throw new ArgumentError(
    "invalid-argument",
    `The covariance matrix of ${name} is not a symmetric matrix with variances of at least 0.`,
    "Pass finite numbers, the same above and below the diagonal.",
    { term: name },
  );
}

/** Σ of each random term, k × k, read off `varCorr()`. */
function covariancesOf(fit: LmmFit): Float64Array[] {
  const rows = fit.varCorr();
  let at = 0;
  return fit.model.random.map(({ columns }) => {
    const k = columns.length;
    const S = new Float64Array(k * k);
    for (let i = 0; i < k; i++) S[i + i * k] = rows[at++].covariance;
    for (let j = 0; j < k; j++) {
      for (let i = j + 1; i < k; i++) {
        S[i + j * k] = rows[at].covariance;
        S[j + i * k] = rows[at++].covariance;
      }
    }
    return S;
  });
}

/**
 * The marginal covariance matrix V = ZGZ′ + R of the response, R = σ² diag(1/w).
 *
 * @param source - a fit, whose variances are used; or a model with `variances`
 * @param options - `variances`: `{ sigma2, G }` instead of those of the fit; `rows`: which rows of the data, counting
 * from 0, defaults to all rows used
 * @returns one array per row, in the order of `rows`
 * @throws {ArgumentError} `missing-variances`, `wrong-length`, `invalid-argument`, `unknown-option`
 * @throws {ModelError} `too-large` beyond 10⁷ entries; `row-not-used`; `needs-rows`, `needs-gibbs` for Student-t parts,
 * `one-sigma` with `sigmaBy`
 * @see Laird & Ware 1982, Biometrics 38, 963
 *
 * @example
 * marginalCovariance(model, { variances: { sigma2: 1, G: [4] }, rows: [0, 1] }); // [[5, 4], [4, 5]]
 */
export function marginalCovariance(
  source: LinearMixedModel | LmmFit,
  options: { readonly variances?: Variances; readonly rows?: readonly number[] } = {},
): number[][] {
  knownOptions("marginalCovariance", options, ["variances", "rows"]);
  const { model, sigma2, G } = modelWithVariances("marginalCovariance", source, options.variances);
  const at = options.rows === undefined ? null : options.rows.map((row) => placeOf(model, row));
  const m = at?.length ?? model.n;
  checkDense("V", m, m);
  const rows = at ?? Array.from({ length: m }, (_, i) => i);
  const { n } = model;
  return rows.map((i, a) =>
    rows.map((j, b) => {
      let sum = 0;
      model.random.forEach(({ codes, z, columns }, t) => {
        if (codes[i] !== codes[j]) return;
        const k = columns.length;
        for (let c = 0; c < k; c++)
          for (let d = 0; d < k; d++) sum += z[c * n + i] * G[t][c + d * k] * z[d * n + j];
      });
      return a === b ? sum + sigma2 / (model.weights === null ? 1 : model.weights[i]) : sum;
    }),
  );
}

/** The place of a row of the data among those used. */
function placeOf(model: LinearMixedModel, row: number): number {
  const place = model.rows.indexOf(row);
  if (place >= 0) return place;
  const exists = Number.isInteger(row) && row >= 0 && row < model.inputRows;
  throw new ModelError(
    "row-not-used",
    exists
      ? `Row ${row} was left out of the model.`
      : `There is no row ${show(row)}; the data have ${model.inputRows}, counting from 0.`,
    "Choose among model.rows.",
    { row },
  );
}

/**
 * Generalised least squares: β̂ = (X′V⁻¹X)⁻¹X′V⁻¹y with its covariance (X′V⁻¹X)⁻¹, for a known V.
 *
 * @param y - n numbers
 * @param X - n rows of p numbers, or what `model.X()` returns
 * @param V - n × n covariance matrix, as from `marginalCovariance`
 * @throws {ArgumentError} `wrong-length`, `invalid-argument`; {ModelError} `not-positive-definite`, `collinear-columns`, `too-large`
 * @see Aitken 1935; R: `nlme::gls`, `MASS::lm.gls`
 *
 * @example
 * gls(model.response.values, model.X(), marginalCovariance(fit)).beta; // the fixed effects of the fit
 */
export function gls(
  y: ArrayLike<number>,
  X: { readonly rows: readonly (readonly number[])[] } | readonly (readonly number[])[],
  V: readonly (readonly number[])[],
): { readonly beta: number[]; readonly vcov: number[][] } {
  checkKind("gls()", X, [], "a matrix X", "Pass y, model.X() and marginalCovariance(fit).");
  const rows = "rows" in X ? X.rows : X;
  if (![y?.length, rows.length, V?.length].every(Number.isInteger)) {
    throw new ArgumentError(
      "invalid-argument",
      "gls() takes y, a matrix X and a matrix V.",
      "Pass y, model.X() and marginalCovariance(fit).",
    );
  }
  const n = y.length;
  const p = rows[0]?.length ?? 0;
  checkDense("V", n, n);
  const fits = rows.length === n && V.length === n && rows.every((row) => row.length === p);
  if (!fits || V.some((row) => row.length !== n)) {
    throw new ArgumentError(
      "wrong-length",
      `y has ${n} entries, X ${rows.length} rows and V ${V.length}: they must agree, and V must be square.`,
      "Pass y, X and V of the same rows.",
      { n, X: rows.length, V: V.length },
    );
  }
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) L[i + j * n] = V[i][j];
  const failed = choleskyInto(L, n);
  if (failed >= 0) {
    throw new ModelError(
      "not-positive-definite",
      `V is not positive definite: row ${failed} is determined by the rows before it.`,
      "Give every row a residual variance above 0.",
      { row: failed },
    );
  }
  // L⁻¹[X y], then least squares on it.
  const W = new Float64Array(n * (p + 1));
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < p; c++) W[c * n + i] = rows[i][c];
    W[p * n + i] = y[i];
  }
  solveLowerInto(W, 0, L, 0, n, p + 1);
  const A = new Float64Array(p * p);
  const b = new Float64Array(p);
  for (let c = 0; c < p; c++) {
    for (let d = 0; d <= c; d++) {
      for (let i = 0; i < n; i++) A[c + d * p] += W[c * n + i] * W[d * n + i];
    }
    for (let i = 0; i < n; i++) b[c] += W[c * n + i] * W[p * n + i];
  }
  const dependent = choleskyInto(A, p);
  if (dependent >= 0) {
    throw new ModelError(
      "collinear-columns",
      `Column ${dependent} of X is determined by the columns before it.`,
      "Leave it out.",
      { column: dependent },
    );
  }
  const inverse = new Float64Array(p * p);
  inverseFromCholeskyInto(inverse, A, p, p);
  const index = Array.from({ length: p }, (_, c) => c);
  return {
    beta: index.map((c) => index.reduce((sum, d) => sum + inverse[c + d * p] * b[d], 0)),
    vcov: index.map((c) => index.map((d) => inverse[c + d * p])),
  };
}
