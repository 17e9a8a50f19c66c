/**
 * Standard errors and intervals of everything a REML or ML fit estimates, by the curvature of the criterion.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables } from "../model/variables.ts";
import { normalQuantile } from "../stats/normal.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { gradientOfPwrss } from "./criterion.ts";
import {
  covariances,
  fixedCovariance,
  fixedEffects,
  relativeFactors,
  residualSd,
  residualSds,
} from "./estimates.ts";
import type { Optimum } from "./optimum.ts";

/** An estimate with its standard error and interval, in the units of the data. */
export interface ParameterEstimate {
  readonly variable: string;
  readonly estimate: number;
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
  /** Whether the estimate lies on the edge of its range: an SD of 0, a correlation of ±1. */
  readonly boundary: boolean;
}

/**
 * Wald estimates of β, SDs, correlations and σ, in the order of `parameterVariables`.
 *
 * β: normal intervals. Variance parameters: with H the Hessian of the profiled criterion, Var θ = 2H⁻¹ and
 * Var log σ = 1/(2 df) + g′(2H⁻¹)g, g = ∂ log σ/∂θ; SDs get their interval on the log scale, correlations on
 * Fisher's z scale; the one correlation of compound symmetry on that of log((1 + (k − 1)ρ)/(1 − ρ)). An SD on the
 * boundary gets [0, z·se], a known σ has standard error 0, a correlation on the edge of its range or without SDs the whole range.
 *
 * @param level - coverage, between 0 and 1
 */
export function waldEstimates(model: LinearMixedModel, optimum: Optimum, level: number): ParameterEstimate[] {
  const z = normalQuantile(0.5 + level / 2);
  const names = parameterVariables(model).map(({ name }) => name);
  const out: ParameterEstimate[] = [];
  const beta = fixedEffects(optimum);
  const V = fixedCovariance(optimum);
  for (let j = 0; j < beta.length; j++) {
    const se = Math.sqrt(V[j + j * beta.length]);
    out.push({
      variable: names[out.length],
      estimate: beta[j],
      se,
      lower: beta[j] - z * se,
      upper: beta[j] + z * se,
      boundary: false,
    });
  }
  const { sds, correlations, sigmas } = variationEstimates(model, optimum, z);
  for (const estimate of [...sds, ...correlations, ...sigmas])
    out.push({ variable: names[out.length], ...estimate });
  return out;
}

/** Estimates alone, in the order of `parameterVariables`; a correlation without SDs is NaN. */
export function parameterEstimates(
  model: LinearMixedModel,
  optimum: Optimum,
): { readonly variable: string; readonly estimate: number }[] {
  const values = [...fixedEffects(optimum)];
  const matrices = covariances(optimum);
  // Under compound symmetry the first SD and the first correlation stand for all.
  matrices.forEach((S, t) => {
    const k = Math.round(Math.sqrt(S.length));
    for (let i = 0; i < (isSymmetric(model, t) ? 1 : k); i++) values.push(Math.sqrt(S[i + i * k]));
  });
  matrices.forEach((S, t) => {
    const k = Math.round(Math.sqrt(S.length));
    for (let i = 1; i < (isSymmetric(model, t) ? 2 : k); i++) {
      for (let j = 0; j < i; j++) values.push(S[i + j * k] / Math.sqrt(S[i + i * k] * S[j + j * k]));
    }
  });
  values.push(...residualSds(optimum));
  return parameterVariables(model).map(({ name }, v) => ({ variable: name, estimate: values[v] }));
}

type Estimate = Omit<ParameterEstimate, "variable">;

function isSymmetric(model: LinearMixedModel, t: number): boolean {
  return model.random[t].structure === "cs";
}

function variationEstimates(
  model: LinearMixedModel,
  optimum: Optimum,
  z: number,
): { sds: Estimate[]; correlations: Estimate[]; sigmas: Estimate[] } {
  const { problem, theta, pwrss } = optimum;
  const d = theta.length;
  const covariance = pseudoInverse(optimum.hessian, d, 2);
  // log σ(θ) = ½ log(r²/df), or known.
  const known = problem.variance !== null;
  const logSigma = gradientOfPwrss(problem, theta).map((g) => (known ? 0 : g / (2 * pwrss)));
  const quadratic = (a: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) sum += a[i] * covariance[i + j * d] * a[j];
    return sum;
  };
  const sigmaValue = residualSd(optimum);
  const freeLogVariance = known ? 0 : 1 / (2 * problem.df);
  const sds: Estimate[] = [];
  const correlations: Estimate[] = [];
  const factors = relativeFactors(optimum);
  let first = 0;
  model.random.forEach((_, t) => {
    const L = factors[t];
    const k = Math.round(Math.sqrt(L.length));
    if (isSymmetric(model, t)) {
      const { factor, offset } = problem.cross.places[t];
      const [alpha, beta] = [theta[first], theta[first + 1]];
      const sum = alpha * alpha + (k - 1) * beta * beta;
      const estimate = (sigmaValue * Math.sqrt(sum / k)) / problem.cross.zScale[factor][offset];
      const towards = (byAlpha: number, byBeta: number, g: Float64Array): number => {
        g[first] += byAlpha;
        g[first + 1] += byBeta;
        return Math.sqrt(quadratic(g));
      };
      if (sum < 1e-8) {
        const unit = Math.sqrt(covariance[first * (d + 1)] + (k - 1) * covariance[(first + 1) * (d + 1)]);
        const se = (sigmaValue * unit) / Math.sqrt(k) / problem.cross.zScale[factor][offset];
        sds.push({ estimate, se, lower: 0, upper: estimate + z * se, boundary: true });
      } else {
        const logSe = towards(alpha / sum, ((k - 1) * beta) / sum, logSigma.slice());
        sds.push(onLogScale(estimate, Math.sqrt(logSe * logSe + freeLogVariance), z));
      }
      const rho = (alpha * alpha - beta * beta) / sum;
      const edge = alpha < 1e-4 || beta < 1e-4;
      const slope = (2 * k * alpha * beta) / (sum * sum);
      // On the scale of log((1 + (k − 1)ρ)/(1 − ρ)) = 2 log(α/β), which is Fisher's for k = 2.
      const width = edge ? Number.POSITIVE_INFINITY : z * towards(2 / alpha, -2 / beta, new Float64Array(d));
      const back = (odds: number): number =>
        odds === Number.POSITIVE_INFINITY ? 1 : (odds - 1) / (odds + k - 1);
      const odds = edge ? 1 : (alpha / beta) ** 2;
      correlations.push({
        estimate: rho,
        se: edge ? Number.NaN : towards(slope * beta, -slope * alpha, new Float64Array(d)),
        lower: back(odds * Math.exp(-width)),
        upper: back(odds * Math.exp(width)),
        boundary: edge,
      });
      first += 2;
      return;
    }
    const scale = problem.cross.zScale[problem.cross.places[t].factor];
    const offset = problem.cross.places[t].offset;
    // Position of L(i, c) in θ, and L in working units, where θ lives.
    const at = (i: number, c: number): number => first + c * k - (c * (c - 1)) / 2 + i - c;
    const W = (i: number, c: number): number => L[i + c * k] * scale[offset + i];
    const rowNorm = (i: number): number => {
      let sum = 0;
      for (let c = 0; c <= i; c++) sum += W(i, c) ** 2;
      return Math.sqrt(sum);
    };
    for (let i = 0; i < k; i++) {
      const norm = rowNorm(i);
      const estimate = (sigmaValue * norm) / scale[offset + i];
      if (norm < 1e-4) {
        const se = (sigmaValue * Math.sqrt(covariance[at(i, i) * (d + 1)])) / scale[offset + i];
        sds.push({ estimate, se, lower: 0, upper: estimate + z * se, boundary: true });
        continue;
      }
      const g = logSigma.slice();
      for (let c = 0; c <= i; c++) g[at(i, c)] += W(i, c) / (norm * norm);
      sds.push(onLogScale(estimate, Math.sqrt(quadratic(g) + freeLogVariance), z));
    }
    for (let i = 1; i < k; i++) {
      for (let j = 0; j < i; j++) {
        const ni = rowNorm(i);
        const nj = rowNorm(j);
        let product = 0;
        for (let c = 0; c <= j; c++) product += W(i, c) * W(j, c);
        const rho = product / (ni * nj);
        const g = new Float64Array(d);
        for (let c = 0; c <= i; c++) {
          const other = c <= j ? W(j, c) : 0;
          g[at(i, c)] += other / (ni * nj) - (rho * W(i, c)) / (ni * ni);
          if (c <= j) g[at(j, c)] += W(i, c) / (ni * nj) - (rho * W(j, c)) / (nj * nj);
        }
        const se = Math.sqrt(quadratic(g));
        const edge = !(1 - rho * rho > 1e-8) || ni < 1e-4 || nj < 1e-4;
        const width = edge ? Number.POSITIVE_INFINITY : (z * se) / (1 - rho * rho);
        const centre = edge ? 0 : Math.atanh(rho);
        correlations.push({
          estimate: rho,
          se: edge ? Number.NaN : se,
          lower: Math.tanh(centre - width),
          upper: Math.tanh(centre + width),
          boundary: edge,
        });
      }
    }
    first += (k * (k + 1)) / 2;
  });
  const sigmas = residualSds(optimum).map((value, c) => {
    const g = logSigma.slice();
    if (c > 0) g[problem.ofTerms + c - 1] += 1;
    return onLogScale(value, Math.sqrt(quadratic(g) + freeLogVariance), z);
  });
  return { sds, correlations, sigmas };
}

/** Interval on the log scale; on the natural scale, cut at 0, where the log scale says nothing. */
function onLogScale(estimate: number, logSe: number, z: number): Estimate {
  const se = estimate * logSe;
  if (logSe > 1) {
    return { estimate, se, lower: Math.max(0, estimate - z * se), upper: estimate + z * se, boundary: false };
  }
  return {
    estimate,
    se,
    lower: estimate * Math.exp(-z * logSe),
    upper: estimate * Math.exp(z * logSe),
    boundary: false,
  };
}

/** factor · H⁺ with flat and negative directions left out. */
function pseudoInverse(H: Float64Array, d: number, factor: number): Float64Array {
  const { values, vectors } = symmetricEigen(H, d);
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const out = new Float64Array(d * d);
  for (let e = 0; e < d; e++) {
    if (!(values[e] > 1e-9 * largest)) continue;
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++)
        out[i + j * d] += (factor * vectors[i + e * d] * vectors[j + e * d]) / values[e];
    }
  }
  return out;
}
