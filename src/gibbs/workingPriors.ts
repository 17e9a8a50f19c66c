/**
 * Priors in working units: response, columns and coefficients as the samplers see them.
 *
 * @module
 */

import { choleskyInto } from "../linalg/cholesky.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { type BetaPrior, isPriorOf, SD_PRIORS, type SdPrior, type TermPrior } from "./priors.ts";
import type { ResolvedPriors } from "./resolvePriors.ts";

/** Prior of one random term in working units. */
export type WorkingTermPrior =
  /** Λ with Σ = ΛΛ′ known. */
  | { readonly kind: "fixed"; readonly lambda: Float64Array }
  | { readonly kind: "inverseWishart"; readonly df: number; readonly scale: Float64Array }
  | { readonly kind: "huangWand"; readonly df: number; readonly scale: Float64Array }
  | { readonly kind: "sds"; readonly eta: number; readonly sds: readonly SdPrior[] }
  /** One SD, and one correlation flat over its range. */
  | { readonly kind: "symmetric"; readonly sd: SdPrior };

/** Priors in working units, as the samplers take them. */
export interface WorkingPriors {
  /** Prior precision of the working coefficients, p × p; null when all are flat. */
  readonly betaPrecision: Float64Array | null;
  /** Precision times mean, p. */
  readonly betaShift: Float64Array;
  /** m′Pm. */
  readonly betaConstant: number;
  readonly sigma: SdPrior | { readonly type: "fixed"; readonly value: number };
  readonly terms: readonly WorkingTermPrior[];
}

/** The prior in working units: y over yScale, column i of z over zScale_i, β in the coordinates of Q. */
export function workingPriors(model: LinearMixedModel, resolved: ResolvedPriors): WorkingPriors {
  const cross = model.crossProducts;
  const sigma =
    resolved.sigma.type === "fixed"
      ? { type: "fixed" as const, value: (resolved.sigma.value as number) / cross.yScale }
      : scaledSd(resolved.sigma, 1 / cross.yScale);
  const terms = resolved.terms.map(({ prior }, t) => {
    const { factor, offset, k, structure } = cross.places[t];
    const units = Array.from({ length: k }, (_, i) => cross.zScale[factor][offset + i] / cross.yScale);
    if (structure === "cs" && isSdPrior(prior))
      return { kind: "symmetric" as const, sd: scaledSd(prior, units[0]) };
    return workingTermPrior(prior, k, units);
  });
  const { betaPrecision, betaShift, betaConstant } = workingBeta(model, cross, resolved.beta);
  // No spread here or below: engines forget the shape of an object that was copied from another, and compiled code with it.
  return { betaPrecision, betaShift, betaConstant, sigma, terms };
}

function workingTermPrior(prior: TermPrior, k: number, units: readonly number[]): WorkingTermPrior {
  switch (prior.type) {
    case "huangWand": {
      const { scale } = prior;
      const each = units.map((unit, i) => unit * (typeof scale === "number" ? scale : scale[i]));
      return { kind: "huangWand", df: prior.df, scale: Float64Array.from(each) };
    }
    case "inverseWishart":
      return { kind: "inverseWishart", df: prior.df, scale: scaledMatrix(prior.scale, units) };
    case "fixed": {
      const matrix = typeof prior.value === "number" ? [[prior.value * prior.value]] : prior.value;
      const lambda = scaledMatrix(matrix, units);
      choleskyInto(lambda, k);
      for (let j = 1; j < k; j++) for (let i = 0; i < j; i++) lambda[i + j * k] = 0;
      return { kind: "fixed", lambda };
    }
    case "lkj": {
      const each = units.map((unit, i) =>
        scaledSd(Array.isArray(prior.sds) ? prior.sds[i] : prior.sds, unit),
      );
      return { kind: "sds", eta: prior.eta, sds: each };
    }
    default:
      return { kind: "sds", eta: 1, sds: Array.from({ length: k }, (_, i) => scaledSd(prior, units[i])) };
  }
}

function scaledMatrix(matrix: readonly (readonly number[])[], units: readonly number[]): Float64Array {
  const k = units.length;
  const out = new Float64Array(k * k);
  for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) out[i + j * k] = matrix[i][j] * units[i] * units[j];
  return out;
}

/** The prior of unit · τ when `prior` is that of τ. */
function scaledSd(prior: SdPrior, unit: number): SdPrior {
  switch (prior.type) {
    case "halfT":
      return { type: "halfT", df: prior.df, scale: prior.scale * unit };
    case "halfNormal":
      return { type: "halfNormal", scale: prior.scale * unit };
    case "exponential":
      return { type: "exponential", rate: prior.rate / unit };
    case "inverseGamma":
      return { type: "inverseGamma", shape: prior.shape, scale: prior.scale * unit * unit };
    case "uniformSd":
      return prior;
  }
}

/**
 * Independent normals on β as precision P and shift P m on the working coefficients β_w, where
 * β = R⁻¹(yScale β_w + β_ols): P_w = yScale² R⁻ᵀ P R⁻¹, P_w m_w = yScale R⁻ᵀ P (m − R⁻¹ β_ols).
 */
function workingBeta(
  model: LinearMixedModel,
  cross: CrossProducts,
  beta: ReadonlyMap<string, BetaPrior>,
): Pick<WorkingPriors, "betaPrecision" | "betaShift" | "betaConstant"> {
  const { p, R, betaOls, yScale } = cross;
  const betaShift = new Float64Array(p);
  let betaConstant = 0;
  const list = model.fixed.names.map((name) => beta.get(name) as BetaPrior);
  if (list.every(({ type }) => type === "flat")) return { betaPrecision: null, betaShift, betaConstant };
  const inverse = new Float64Array(p * p);
  const origin = new Float64Array(p);
  for (let c = 0; c <= p; c++) {
    for (let i = p - 1; i >= 0; i--) {
      let value = c === p ? betaOls[i] : i === c ? 1 : 0;
      for (let l = i + 1; l < p; l++) value -= R[i + l * p] * (c === p ? origin[l] : inverse[l + c * p]);
      value /= R[i + i * p];
      if (c === p) origin[i] = value;
      else inverse[i + c * p] = value;
    }
  }
  const betaPrecision = new Float64Array(p * p);
  list.forEach((prior, l) => {
    if (prior.type !== "normal") return;
    const precision = 1 / (prior.sd * prior.sd);
    const distance = prior.mean - origin[l];
    betaConstant += precision * distance * distance;
    for (let j = 0; j < p; j++) {
      betaShift[j] += yScale * precision * inverse[l + j * p] * distance;
      for (let i = 0; i < p; i++) {
        betaPrecision[i + j * p] += yScale * yScale * precision * inverse[l + i * p] * inverse[l + j * p];
      }
    }
  });
  return { betaPrecision, betaShift, betaConstant };
}

function isSdPrior(prior: TermPrior): prior is SdPrior {
  return isPriorOf(prior, SD_PRIORS);
}
