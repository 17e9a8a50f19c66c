/**
 * Criteria and estimates against the marginal normal density y ~ N(Xβ, V) with V written out, for every kind of design.
 *
 * @module
 */

import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { criterionAt, type Method } from "../../reml/criterion.ts";
import { ml, reml } from "../../reml/fit.ts";
import { henderson } from "../../reml/henderson.ts";
import type { LmmFit } from "../../reml/lmmFit.ts";
import { gls, marginalCovariance } from "../../reml/marginal.ts";
import type { Compare } from "./comparison.ts";
import {
  choleskyOf,
  inner,
  inverseFrom,
  logDeterminant,
  matrix,
  product,
  type Rows,
  solved,
  times,
  traceOf,
  transposed,
} from "./dense.ts";
import {
  type Design,
  designRows,
  designs,
  modelOf,
  relativeCovariances,
  relativeV,
  fixedColumns as X,
  response as y,
} from "./designs.ts";

const n = y.length;
const p = X[0].length;

/** What the density gives at V/σ². */
interface Marginal {
  /** LL′ = V/σ². */
  readonly L: Rows;
  readonly criterion: number;
  readonly sigma2: number;
  readonly beta: readonly number[];
  /** (X′V⁻¹X)⁻¹ with V/σ² for V. */
  readonly vcov: Rows;
  /** V⁻¹(y − Xβ̂), with V/σ² for V. */
  readonly weighed: readonly number[];
}

/** −2 log-likelihood, restricted or not, with β and σ profiled out. */
function marginal(V: Rows, method: Method): Marginal {
  const L = choleskyOf(V);
  const columns = transposed(X);
  const VX = columns.map((column) => solved(L, column));
  const information = product(columns, transposed(VX));
  const half = choleskyOf(information);
  const vcov = inverseFrom(half);
  const beta = times(vcov, times(VX, y));
  const fitted = times(X, beta);
  const weighed = solved(
    L,
    y.map((value, i) => value - fitted[i]),
  );
  const squares = inner(y, weighed);
  const df = method === "REML" ? n - p : n;
  const ofX = method === "REML" ? logDeterminant(half) : 0;
  const criterion = logDeterminant(L) + ofX + df * (1 + Math.log((2 * Math.PI * squares) / df));
  return { L, criterion, sigma2: squares / df, beta, vcov, weighed };
}

/** Sums of n logarithms and squares, and a factorisation on either side: some hundred roundings, 1e-12 of the sum. */
const SUMS = 1e-12;
/** Estimates at one and the same θ: solutions of systems whose condition is below 10⁴. */
const SOLVED = 1e-10;

/** Criteria at given θ, and estimates at the θ of the fit. */
export function compareLikelihoods(compare: Compare): void {
  for (const design of designs) {
    const model = modelOf(design);
    for (const method of ["REML", "ML"] as const) {
      compareCriteria(compare, design, model, method);
      compareFit(compare, design, model, method);
    }
  }
}

function compareCriteria(compare: Compare, design: Design, model: LinearMixedModel, method: Method): void {
  const points = [
    ["at a point", design.theta],
    // The edge of what is possible; V is still positive definite.
    ["at a variance of zero", [0, ...design.theta.slice(1)]],
  ] as const;
  for (const [words, theta] of points) {
    const { criterion } = marginal(relativeV(design, theta), method);
    const value = criterionAt(model, theta, method);
    compare(`${design.name}: ${method} criterion ${words}`, value, criterion, SUMS * Math.abs(criterion));
  }
}

function compareFit(compare: Compare, design: Design, model: LinearMixedModel, method: Method): void {
  const fit = (method === "REML" ? reml : ml)(model);
  const at = marginal(relativeV(design, fit.theta), method);
  const what = `${design.name}, ${method} fit`;
  compare(`${what}: criterion`, fit.criterion, at.criterion, SUMS * Math.abs(at.criterion));
  compare(`${what}: sigma`, fit.sigma, Math.sqrt(at.sigma2), SOLVED * fit.sigma);
  const covariance = fit.vcov();
  Object.entries(fit.fixef()).forEach(([name, value], i) => {
    const se = Math.sqrt(at.sigma2 * at.vcov[i][i]);
    compare(`${what}: ${name}`, value, at.beta[i], SOLVED * (se + Math.abs(value)));
    compare(`${what}: standard error of ${name}`, Math.sqrt(covariance[i][i]), se, SOLVED * se);
  });
  if (method === "ML") return;
  // The search stops where no figure would move by 1e-6 of its standard error any more.
  const slope = largestSlope(design, fit.theta, at);
  compare(`${what}: largest slope of the criterion in standard errors of theta`, slope, 0, 1e-5);
  compareModes(compare, design, fit, at);
}

/** max_i |∂d/∂θ_i| (2 h_i)^−½ of the REML criterion d, h_i the expected curvature: how far θ_i is from the minimum in standard errors. */
function largestSlope(design: Design, theta: readonly number[], at: Marginal): number {
  const P = inverseFrom(at.L);
  const VX = transposed(X).map((column) => solved(at.L, column));
  const part = product(transposed(VX), product(at.vcov, VX));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) P[i][j] -= part[i][j];
  // V is a quadratic in every θ_i of a term, of which a central difference is the derivative.
  const step = 1e-4;
  const slopes = theta.map((_, i) => {
    const moved = (by: number): Rows =>
      relativeV(
        design,
        theta.map((value, j) => (j === i ? value + by : value)),
      );
    const [up, down] = [moved(step), moved(-step)];
    const D = matrix(n, n, (a, b) => (up[a][b] - down[a][b]) / (2 * step));
    const PD = product(P, D);
    const slope = traceOf(P, D) - inner(at.weighed, times(D, at.weighed)) / at.sigma2;
    // A θ_i of exactly 0 ends on the edge, where V does not move with it.
    const curvature = traceOf(PD, PD);
    return curvature === 0 ? 0 : Math.abs(slope) / Math.sqrt(2 * curvature);
  });
  return Math.max(...slopes);
}

/** b̂ = GZ′V⁻¹(y − Xβ̂) and var(b | y) = G − GZ′V⁻¹ZG for the level that row 0 belongs to. */
function compareModes(compare: Compare, design: Design, fit: LmmFit, at: Marginal): void {
  const S = relativeCovariances(design, fit.theta);
  const rows = fit.ranef();
  design.terms.forEach(({ level, columns }, t) => {
    const own = level(designRows[0]);
    const Z = transposed(
      designRows.map((row) => columns(row).map((value) => (level(row) === own ? value : 0))),
    );
    const modes = times(S[t], times(Z, at.weighed));
    const SZ = product(S[t], Z);
    fit.model.random[t].columns.forEach((term, c) => {
      const { group } = fit.model.random[t];
      const row = rows.find((one) => one.group === group && one.level === own && one.term === term);
      const sd = Math.sqrt(at.sigma2 * (S[t][c][c] - inner(SZ[c], solved(at.L, SZ[c]))));
      const what = `${design.name}: ${term} of ${group} ${own}`;
      compare(`${what}, mode`, row?.mode, modes[c], SOLVED * (Math.abs(modes[c]) + sd));
      compare(`${what}, conditional SD`, row?.sd, sd, SOLVED * Math.sqrt(at.sigma2 * S[t][c][c]));
    });
  });
}

/** Henderson's equations, V and generalised least squares as the library offers them, against those made here. */
export function compareEquations(compare: Compare): void {
  const design = designs.find(({ name }) => name === "weighted slopes") as Design;
  const fit = reml(modelOf(design));
  const V = relativeV(design, fit.theta);
  const { sigma2, beta, vcov } = marginal(V, "REML");
  const ours = marginalCovariance(fit);
  // Covariances of a row with itself, of rows of one group, of one plate and of rows that share nothing.
  for (const j of [0, 8, 16, 1, 2, 3]) {
    compare(`V[0, ${j}]`, ours[0][j], sigma2 * V[0][j], SOLVED * sigma2 * V[0][0]);
  }
  const squares = gls(fit.model.response.values, fit.model.X(), ours);
  const { lhs, rhs, beta: blue, u } = henderson(fit);
  const solution = [...blue, ...u];
  const left = times(lhs, solution);
  rhs.forEach((value, i) => {
    const size = inner(lhs[i].map(Math.abs), solution.map(Math.abs));
    compare(`Henderson's equation ${i}`, left[i], value, SOLVED * size);
  });
  beta.forEach((value, i) => {
    const se = Math.sqrt(sigma2 * vcov[i][i]);
    compare(`Henderson's beta ${i}`, blue[i], value, SOLVED * (Math.abs(value) + se));
    compare(`gls() beta ${i}`, squares.beta[i], value, SOLVED * (Math.abs(value) + se));
    compare(`gls() variance ${i}`, squares.vcov[i][i], se * se, SOLVED * se * se);
  });
}
