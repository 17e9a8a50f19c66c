/**
 * Henderson's mixed model equations, written out and solved.
 *
 * @module
 */

import { ArgumentError, checkKind, knownOptions, ModelError, show } from "../errors.ts";
import { choleskyInto, inverseFromCholeskyInto } from "../linalg/cholesky.ts";
import { solveGeneral } from "../linalg/lu.ts";
import { checkDense } from "../model/dense.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { groupVariables } from "../model/variables.ts";
import type { LmmFit } from "./lmmFit.ts";
import { isFit, modelWithVariances, type Variances } from "./marginal.ts";

type Rows = readonly (readonly number[])[];

/** Matrices of a mixed model y = Xβ + Zu + e, u ~ N(0, G), e ~ N(0, R). */
export interface MixedMatrices {
  /** n. */
  readonly y: ArrayLike<number>;
  /** n × p, of full column rank, by rows. */
  readonly X: Rows;
  /** n × q, by rows. */
  readonly Z: Rows;
  /** q × q. */
  readonly G: Rows;
  /** Residual variance of every row, or one for each; R is diagonal. */
  readonly R: number | readonly number[];
}

/** Henderson's equations `lhs · (β, u) = rhs` and what solves them. */
export interface HendersonEquations {
  /** [X′R⁻¹X, X′R⁻¹Z; Z′R⁻¹X, Z′R⁻¹Z + G⁻¹], (p + q) × (p + q). */
  readonly lhs: number[][];
  /** (X′R⁻¹y, Z′R⁻¹y). */
  readonly rhs: number[];
  /** Best linear unbiased estimate of β. */
  readonly beta: number[];
  /** Best linear unbiased prediction of u, in the order of the columns of Z. */
  readonly u: number[];
  /** Names of (β, u): coefficients, then `r_Subject[308,Days]`; numbered for plain matrices. */
  readonly names: readonly string[];
  /** `lhs`⁻¹, the joint covariance of (β̂ − β, û − u). */
  readonly covariance: number[][];
}

/**
 * Henderson's mixed model equations
 *
 *   [X′R⁻¹X   X′R⁻¹Z      ] [β̂]   [X′R⁻¹y]
 *   [Z′R⁻¹X   Z′R⁻¹Z + G⁻¹] [û] = [Z′R⁻¹y]
 *
 * and their solution, dense, for small models: β̂ is the BLUE, û the BLUP, and the inverse of the left side is the
 * covariance of (β̂ − β, û − u). At the variances of a fit they are its fixed effects and conditional modes. G⁻¹ acts
 * as the penalty of a ridge regression on u.
 *
 * @param source - a fit (at its own variances, or at `variances`), a model with `variances`, or plain matrices
 * @param variances - `{ sigma2, G }`; see {@link Variances}
 * @throws {ModelError} `singular-covariance` when G has no inverse (a singular fit), `collinear-columns`, `too-large`
 * @throws {ArgumentError} `missing-variances`, `wrong-length`, `invalid-argument`
 * @see Henderson 1950, Ann. Math. Statist. 21, 309; 1975, Biometrics 31, 423; Robinson 1991, Statist. Sci. 6, 15
 *
 * @example
 * henderson(fit).beta; // the fixed effects
 * henderson(model, { sigma2: 655, G: { Subject: [[612, 10], [10, 35]] } }).u;
 */
export function henderson(
  source: LmmFit | LinearMixedModel | MixedMatrices,
  variances?: Variances,
): HendersonEquations {
  const isModel = typeof source === "object" && source !== null && "crossProducts" in source;
  if (!isFit(source) && !isModel) {
    checkKind(
      "henderson()",
      source,
      ["y", "X", "Z", "G", "R"],
      "a fit, a model or matrices",
      "Pass a fit of reml() or ml(), a model with variances, or { y, X, Z, G, R }.",
    );
    return solved(source, null);
  }
  const { model, sigma2, G } = modelWithVariances("henderson", source, variances);
  const Z = model.Z();
  const q = Z.names.length;
  checkDense("The left side", model.p + q, model.p + q);
  const full = Array.from({ length: q }, () => new Array<number>(q).fill(0));
  let at = 0;
  model.random.forEach(({ columns, levels, name }, t) => {
    const k = columns.length;
    const S = G[t];
    const L = S.slice();
    // Far below any covariance that rounding produces, far above what rounding leaves of a singular one.
    const failed = choleskyInto(L, k);
    let smallest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++) smallest = Math.min(smallest, L[c + c * k] ** 2 / S[c + c * k]);
    if (failed >= 0 || !(smallest > 1e-12)) {
      throw new ModelError(
        "singular-covariance",
        `The covariance matrix of ${name} has no inverse, which Henderson's equations need.`,
        "Leave out the direction without variance, or take β and b from fixef() and ranef(), which do not need it.",
        { term: name },
      );
    }
    for (let j = 0; j < levels.length; j++, at += k) {
      for (let c = 0; c < k; c++) for (let d = 0; d < k; d++) full[at + c][at + d] = S[c + d * k];
    }
  });
  const y = model.response.values.map((value, i) => value - (model.offset === null ? 0 : model.offset[i]));
  const R = Array.from(
    { length: model.n },
    (_, i) => sigma2 / (model.weights === null ? 1 : model.weights[i]),
  );
  const names = [...model.fixed.names, ...groupVariables(model).map(({ name }) => name)];
  return solved({ y, X: model.X().rows, Z: Z.rows, G: full, R }, names);
}

function solved(matrices: MixedMatrices, names: readonly string[] | null): HendersonEquations {
  const { y, X, Z, G, R } = matrices;
  if (names === null) knownOptions("henderson", matrices, ["y", "X", "Z", "G", "R"]);
  const n = y.length;
  const p = X[0]?.length ?? 0;
  const q = Z[0]?.length ?? 0;
  checkShapes(matrices, n, p, q);
  const size = p + q;
  checkDense("The left side", size, size);
  const precision = Float64Array.from({ length: n }, (_, i) => 1 / (typeof R === "number" ? R : R[i]));
  const bad = precision.findIndex((value) => !(value > 0 && Number.isFinite(value)));
  if (bad >= 0) {
    throw new ArgumentError(
      "invalid-argument",
      `"R" must hold positive variances, but row ${bad} has ${show(typeof R === "number" ? R : R[bad])}.`,
      "Pass σ², or one variance per row.",
      { row: bad },
    );
  }
  const C = new Float64Array(size * size);
  const rhs = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const row = [...X[i], ...Z[i]];
    const used = row.flatMap((value, c) => (value === 0 ? [] : [c]));
    for (const a of used) {
      const left = row[a] * precision[i];
      rhs[a] += left * y[i];
      for (const b of used) C[a + b * size] += left * row[b];
    }
  }
  const penalty = inverseOf(G, q);
  if (penalty === null) {
    throw new ModelError(
      "singular-covariance",
      "G has no inverse, which Henderson's equations need.",
      "Leave out the effects without variance.",
    );
  }
  for (let j = 0; j < q; j++) for (let i = 0; i < q; i++) C[p + i + (p + j) * size] += penalty[i + j * q];
  const L = C.slice();
  const failed = choleskyInto(L, size);
  const solution = failed >= 0 ? null : solveGeneral(C, rhs, size);
  if (solution === null) {
    throw new ModelError(
      "collinear-columns",
      `The equations have no unique solution${failed >= 0 && failed < p ? `: column ${failed} of X is determined by the columns before it` : ""}.`,
      "Leave out columns of X that the others determine.",
      { column: failed },
    );
  }
  const inverse = new Float64Array(size * size);
  inverseFromCholeskyInto(inverse, L, size, size);
  // One step of refinement: the residual of the equations, solved again.
  const rest = rhs.slice();
  for (let j = 0; j < size; j++) for (let i = 0; i < size; i++) rest[i] -= C[i + j * size] * solution[j];
  for (let j = 0; j < size; j++)
    for (let i = 0; i < size; i++) solution[i] += inverse[i + j * size] * rest[j];
  const square = (M: Float64Array): number[][] =>
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => M[i + j * size]));
  const all = Array.from(solution);
  return {
    lhs: square(C),
    rhs: Array.from(rhs),
    beta: all.slice(0, p),
    u: all.slice(p),
    names: names ?? all.map((_, c) => (c < p ? `beta[${c}]` : `u[${c - p}]`)),
    covariance: square(inverse),
  };
}

function checkShapes({ X, Z, G, R }: MixedMatrices, n: number, p: number, q: number): void {
  const faults = [
    ["X", X.length !== n || X.some((row) => row.length !== p)],
    ["Z", Z.length !== n || Z.some((row) => row.length !== q) || q === 0],
    ["G", G.length !== q || G.some((row) => row.length !== q)],
    ["R", typeof R !== "number" && R.length !== n],
  ] as const;
  const fault = faults.find(([, isWrong]) => isWrong);
  if (fault === undefined) return;
  throw new ArgumentError(
    "wrong-length",
    `The shape of ${fault[0]} does not fit: y has ${n} rows, X ${p} columns and Z ${q}.`,
    "X is n × p, Z n × q, G q × q, and R one number or n.",
    { matrix: fault[0], n, p, q },
  );
}

/** Inverse of a symmetric positive-definite matrix by rows; `null` if it is not. */
function inverseOf(M: Rows, n: number): Float64Array | null {
  const L = new Float64Array(n * n);
  for (let j = 0; j < n; j++) for (let i = j; i < n; i++) L[i + j * n] = M[i][j];
  if (choleskyInto(L, n) >= 0) return null;
  const out = new Float64Array(n * n);
  inverseFromCholeskyInto(out, L, n, n);
  return out;
}
