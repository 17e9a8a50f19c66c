/**
 * The marginal posterior of the variance parameters, β and b integrated out, at relative coordinates t and σ.
 *
 * Σ = σ² Λ Λ′ with Λ = diag(s) C(z); t holds log s_i and atanh z_ij of every term. Up to a constant,
 *
 *   log p(t, σ | y) = −½ log|L_Z|² − ½ log|L_X|² − (n − p) log σ − r²/(2σ²)
 *                     + the part of a normal prior on β + log p(σ) + Σ log p(t | σ) over the terms.
 *
 * @module
 */

import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import { ln, lnInto } from "../stats/special.ts";
import type { SdPrior } from "./priors.ts";
import { slopeOf, type TermPart } from "./termPart.ts";
import type { WorkingPriors } from "./workingPriors.ts";

/** What is left of the data at one t, β and b integrated out. */
export interface Reduced {
  /** log |L_Z|² and log |L_X|². */
  logZ: number;
  logX: number;
  /** r², the penalised residual sum of squares. */
  pwrss: number;
  /** Upper factor U of S_XX = U′U, p × p, and U′⁻¹ S_Xy, p. */
  readonly U: Float64Array;
  readonly r: Float64Array;
}

/** Allocates a {@link Reduced} for p coefficients. */
export function reduced(p: number): Reduced {
  return { logZ: 0, logX: 0, pwrss: 0, U: new Float64Array(p * p), r: new Float64Array(p) };
}

/**
 * The inverse-gamma that σ² is proposed from, IG(shape, ½(r² + extra(t))): the conjugate parts of all priors
 * absorbed. 2·shape + 1 = n − p + Σ, with ν k of an inverse-Wishart, 2a of an inverse-gamma, −1 for any other SD of
 * a term, 2a + 1 of an inverse-gamma on σ².
 */
export function sigmaShape(n: number, p: number, priors: WorkingPriors): number {
  let twice = n - p;
  for (const prior of priors.terms) {
    if (prior.kind === "inverseWishart") twice += prior.df * Math.round(Math.sqrt(prior.scale.length));
    if (prior.kind === "huangWand") twice -= prior.scale.length;
    if (prior.kind === "sds") {
      for (const sd of prior.sds) twice += sd.type === "inverseGamma" ? 2 * sd.shape : -1;
    }
  }
  if (priors.sigma.type === "inverseGamma") twice += 2 * priors.sigma.shape + 1;
  return Math.max((twice - 1) / 2, 0.5);
}

/** What the conjugate priors add to r² at one t: Σ traces, 2b Σ e^(−2t_i) and 2b of σ². */
export function conjugateExtra(priors: WorkingPriors, parts: readonly TermPart[]): number {
  let extra = priors.sigma.type === "inverseGamma" ? 2 * priors.sigma.scale : 0;
  for (let t = 0; t < parts.length; t++) {
    const prior = priors.terms[t];
    if (prior.kind === "inverseWishart") extra += parts[t].trace;
    if (prior.kind !== "sds") continue;
    for (let i = 0; i < prior.sds.length; i++) {
      const sd = prior.sds[i];
      if (sd.type === "inverseGamma") extra += (2 * sd.scale) / parts[t].squares[i];
    }
  }
  return extra;
}

/**
 * The target of n rows and p coefficients under the given priors, times σ^power; buffers of its own.
 *
 * Beside powers of σ the priors are Σ c ln(a): the arguments a are gathered first, those of equal c as a product, then
 * their logarithms taken in one go.
 */
export class Target {
  readonly #correction: ((data: Reduced, sigma: number) => number) | undefined;
  readonly #sigma: SdTerm | null;
  readonly #terms: readonly TargetTerm[];
  /** Of σ, in all. */
  readonly #powers: number;
  /** The a, and c of each. */
  readonly #values: Float64Array;
  readonly #factors: Float64Array;
  #count = 0;

  constructor(n: number, p: number, priors: WorkingPriors, power = 0) {
    this.#correction = priors.betaPrecision === null ? undefined : betaCorrection(p, priors);
    this.#sigma = priors.sigma.type === "fixed" ? null : sdTerm(priors.sigma);
    this.#terms = Array.from(priors.terms, (prior) => ({
      wishart: prior.kind === "inverseWishart",
      sds: prior.kind === "sds" ? prior.sds.map(sdTerm) : null,
      df: prior.kind === "huangWand" ? prior.df : 0,
      precisions: prior.kind === "huangWand" ? prior.scale.map((scale) => 1 / (scale * scale)) : null,
    }));
    const sds = this.#terms.flatMap((term) => term.sds ?? []);
    const logs = sds.reduce((sum, sd) => sum + sd.logs, this.#sigma?.logs ?? 0);
    this.#powers = priors.terms.reduce((sum, prior) => sum + slopeOf(prior), power - (n - p) - logs);
    const most = 1 + this.#terms.length + sds.length;
    this.#values = new Float64Array(most);
    this.#factors = new Float64Array(most);
  }

  #add(factor: number, value: number): void {
    const factors = this.#factors;
    const count = this.#count;
    if (count > 0 && factors[count - 1] === factor) this.#values[count - 1] *= value;
    else {
      factors[count] = factor;
      this.#values[count] = value;
      this.#count = count + 1;
    }
  }

  /** log p(t, σ | y) + power log σ, up to a constant. */
  logDensity(data: Reduced, parts: readonly TermPart[], sigma: number, logSigma: number): number {
    const own = this.#sigma;
    const terms = this.#terms;
    const variance = sigma * sigma;
    const precision = 1 / variance;
    let sum = this.#powers * logSigma - 0.5 * (data.logZ + data.logX + data.pwrss * precision);
    this.#count = 0;
    if (own !== null) {
      sum += sdPart(own, variance, sigma);
      if (own.outer !== 0) this.#add(own.outer, 1 + variance * own.inner);
    }
    for (let t = 0; t < terms.length; t++) {
      const { wishart, sds, df, precisions } = terms[t];
      const { base, trace, each, squares } = parts[t];
      sum += base;
      if (precisions !== null) {
        let product = 1;
        for (let i = 0; i < each.length; i++) product *= df * each[i] * precision + precisions[i];
        this.#add(-0.5 * (df + each.length), product);
      } else if (wishart) sum -= 0.5 * trace * precision;
      else if (sds !== null) {
        for (let i = 0; i < sds.length; i++) {
          const square = variance * squares[i];
          sum += sdPart(sds[i], square, Math.sqrt(square)) - sds[i].logs * each[i];
          if (sds[i].outer !== 0) this.#add(sds[i].outer, 1 + square * sds[i].inner);
        }
      }
    }
    const count = this.#count;
    lnInto(this.#values, 0, count);
    for (let i = 0; i < count; i++) sum += this.#factors[i] * this.#values[i];
    return this.#correction === undefined ? sum : sum + this.#correction(data, sigma);
  }
}

/** What {@link Target} needs of a term's prior. */
interface TargetTerm {
  readonly wishart: boolean;
  readonly sds: readonly SdTerm[] | null;
  readonly df: number;
  readonly precisions: Float64Array | null;
}

/** The log density of any SD prior: −linear·τ − square·τ² − inverse/τ² − logs·ln τ + outer·ln(1 + inner·τ²). */
interface SdTerm {
  readonly linear: number;
  readonly square: number;
  readonly inverse: number;
  readonly logs: number;
  readonly outer: number;
  readonly inner: number;
}

function sdTerm(prior: SdPrior): SdTerm {
  const linear = prior.type === "exponential" ? prior.rate : 0;
  const square = prior.type === "halfNormal" ? 0.5 / (prior.scale * prior.scale) : 0;
  const [logs, inverse] = prior.type === "inverseGamma" ? [2 * prior.shape + 1, prior.scale] : [0, 0];
  const [outer, inner] =
    prior.type === "halfT" ? [-0.5 * (prior.df + 1), 1 / (prior.df * prior.scale * prior.scale)] : [0, 0];
  return { linear, square, inverse, logs, outer, inner };
}

/** What an SD prior has beside logarithms at τ. */
function sdPart({ linear, square, inverse }: SdTerm, variance: number, tau: number): number {
  return -linear * tau - square * variance - (inverse === 0 ? 0 : inverse / variance);
}

/**
 * What a normal prior N(m, P⁻¹) on β adds once β is integrated out; P is singular where β is flat. With
 * S = S_XX and C = S + σ²P,
 *
 *   ½ log|S| − ½ log|C| + [(S_Xy + σ²Pm)′C⁻¹(S_Xy + σ²Pm) − S_Xy′S⁻¹S_Xy]/(2σ²),
 *
 * m′Pm being constant.
 */
function betaCorrection(p: number, priors: WorkingPriors): (data: Reduced, sigma: number) => number {
  const C = new Float64Array(p * p);
  const v = new Float64Array(p);
  const P = priors.betaPrecision as Float64Array;
  return ({ U, r, logX }, sigma) => {
    const variance = sigma * sigma;
    let squares = 0;
    for (let j = 0; j < p; j++) {
      squares += r[j] * r[j];
      let linear = 0;
      for (let l = 0; l <= j; l++) linear += U[l + j * p] * r[l];
      v[j] = linear + variance * priors.betaShift[j];
      for (let i = j; i < p; i++) {
        let sum = variance * P[i + j * p];
        for (let l = 0; l <= j; l++) sum += U[l + i * p] * U[l + j * p];
        C[i + j * p] = sum;
      }
    }
    choleskyInto(C, p);
    solveLowerInto(v, 0, C, 0, p);
    let half = 0;
    let quadratic = 0;
    for (let j = 0; j < p; j++) {
      half += ln(C[j + j * p]);
      quadratic += v[j] * v[j];
    }
    return 0.5 * logX - half + (0.5 * (quadratic - squares)) / variance;
  };
}
