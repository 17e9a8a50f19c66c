/**
 * Priors as values: constructors that check their own arguments. Scales are in the units of the response (for
 * SDs of a slope: response per unit of the column).
 *
 * @module
 */

import { knownOptions, PriorError, show } from "../errors.ts";
import { choleskyInto } from "../linalg/cholesky.ts";

/** Improper uniform prior on a coefficient. */
export interface Flat {
  readonly type: "flat";
}
/** Normal prior on a coefficient. */
export interface Normal {
  readonly type: "normal";
  readonly mean: number;
  readonly sd: number;
}
/** |t_df| times a scale, on a standard deviation. */
export interface HalfT {
  readonly type: "halfT";
  readonly df: number;
  readonly scale: number;
}
/** |N(0, scale²)| on a standard deviation. */
export interface HalfNormal {
  readonly type: "halfNormal";
  readonly scale: number;
}
/** Exponential on a standard deviation. */
export interface Exponential {
  readonly type: "exponential";
  readonly rate: number;
}
/** Inverse-gamma on a variance v: density ∝ v^(−shape−1) e^(−scale/v). */
export interface InverseGamma {
  readonly type: "inverseGamma";
  readonly shape: number;
  readonly scale: number;
}
/** Flat on a standard deviation from 0 to ∞; improper. */
export interface UniformSd {
  readonly type: "uniformSd";
}
/** A known standard deviation, or a known covariance matrix. */
export interface Fixed {
  readonly type: "fixed";
  readonly value: number | readonly (readonly number[])[];
}
/** Inverse-Wishart on a covariance matrix: density ∝ |Σ|^(−(df+k+1)/2) e^(−tr(SΣ⁻¹)/2). */
export interface InverseWishart {
  readonly type: "inverseWishart";
  readonly df: number;
  readonly scale: readonly (readonly number[])[];
}
/** Huang & Wand: half-t SDs, every single correlation uniform when df = 2. */
export interface HuangWand {
  readonly type: "huangWand";
  readonly df: number;
  readonly scale: number | readonly number[];
}
/** LKJ on the correlation matrix, |R|^(eta−1), with independent priors on the SDs. */
export interface Lkj {
  readonly type: "lkj";
  readonly eta: number;
  readonly sds: SdPrior | readonly SdPrior[];
}

/** Priors on one standard deviation. */
export type SdPrior = HalfT | HalfNormal | Exponential | InverseGamma | UniformSd;
/** Priors on the covariance matrix of a random term. */
export type TermPrior = SdPrior | Fixed | InverseWishart | HuangWand | Lkj;
/** Priors on a coefficient. */
export type BetaPrior = Flat | Normal;

/** What `gibbs({ priors })` takes; what is left out follows `default@1`. */
export interface Priors {
  /** One prior for all coefficients, or one by coefficient name; the others stay flat. */
  readonly beta?: BetaPrior | Readonly<Record<string, BetaPrior>>;
  /** On the residual SD; with `sigmaBy` on each, independently. `fixed(value)` for one that is known. */
  readonly sigma?: SdPrior | Fixed;
  /**
   * By group as printed (`"cask:batch"`); a second term of the same group is `"Subject.1"`. A prior of one SD holds for
   * every column of the term, independently, with correlation matrices uniform.
   */
  readonly terms?: Readonly<Record<string, TermPrior>>;
}

/** Improper uniform prior on a coefficient; the default. */
export function flat(): Flat {
  return { type: "flat" };
}

/**
 * Normal prior on a coefficient, in units of the response per unit of its column. A prior on `Intercept` is on the mean
 * where all predictors are zero.
 *
 * @throws {PriorError} `invalid-prior` for a mean that is not finite or an sd that is not positive
 * @example
 * gibbs(model, { priors: { beta: { Days: normal(0, 10) } } });
 */
export function normal(mean: number, sd: number): Normal {
  return { type: "normal", mean: finite("normal", "mean", mean), sd: positive("normal", "sd", sd) };
}

/**
 * Half-t on a standard deviation s: density ∝ (1 + s²/(df · scale²))^(−(df + 1)/2), s > 0.
 *
 * @param df - degrees of freedom, above 0
 * @param scale - in units of the response (of a slope: per unit of its column)
 * @throws {PriorError} `invalid-prior`
 * @example
 * gibbs(model, { priors: { sigma: halfT(3, 50) } });
 */
export function halfT(df: number, scale: number): HalfT {
  return { type: "halfT", df: positive("halfT", "df", df), scale: positive("halfT", "scale", scale) };
}

/** Half-Cauchy on a standard deviation: {@link halfT} with one degree of freedom, the scale its median. @throws {PriorError} `invalid-prior` */
export function halfCauchy(scale: number): HalfT {
  return { type: "halfT", df: 1, scale: positive("halfCauchy", "scale", scale) };
}

/** Half-normal on a standard deviation s: density ∝ exp(−s²/(2 scale²)), s > 0. @throws {PriorError} `invalid-prior` */
export function halfNormal(scale: number): HalfNormal {
  return { type: "halfNormal", scale: positive("halfNormal", "scale", scale) };
}

/** Exponential on a standard deviation s: density ∝ exp(−rate · s), with mean 1/rate. @throws {PriorError} `invalid-prior` */
export function exponential(rate: number): Exponential {
  return { type: "exponential", rate: positive("exponential", "rate", rate) };
}

/**
 * Inverse-gamma on the variance v = s²: density ∝ v^(−shape − 1) exp(−scale/v).
 *
 * @param shape - above 0
 * @param scale - in squared units of the response
 * @throws {PriorError} `invalid-prior`
 */
export function inverseGamma(shape: number, scale: number): InverseGamma {
  return {
    type: "inverseGamma",
    shape: positive("inverseGamma", "shape", shape),
    scale: positive("inverseGamma", "scale", scale),
  };
}

/**
 * Flat on a standard deviation from 0 to ∞. Improper: `gibbs` refuses it (`improper-posterior`) for a term with too few
 * levels (docs/priors.md says how many it needs), or for σ with fewer than two rows more than coefficients.
 */
export function uniformSd(): UniformSd {
  return { type: "uniformSd" };
}

/**
 * A known standard deviation, or the known covariance matrix of a term (k × k, by rows).
 *
 * @throws {PriorError} `invalid-prior`
 * @example
 * gibbs(model, { priors: { sigma: fixed(1), terms: { Subject: fixed([[600, 0], [0, 36]]) } } });
 */
export function fixed(value: number | readonly (readonly number[])[]): Fixed {
  if (typeof value === "number") return { type: "fixed", value: positive("fixed", "value", value) };
  return { type: "fixed", value: squareMatrix("fixed", value) };
}

/**
 * Inverse-Wishart on the covariance matrix of a random term. Its scale is in squared units of the response, and
 * it ties SDs and correlations together: see docs/priors.md before choosing it.
 *
 * @param df - above k − 1 for a term with k columns
 * @param scale - k × k, symmetric positive definite
 * @throws {PriorError} `invalid-prior`
 */
export function inverseWishart(df: number, scale: readonly (readonly number[])[]): InverseWishart {
  const matrix = squareMatrix("inverseWishart", scale);
  if (!(typeof df === "number" && df > matrix.length - 1)) {
    throw invalid(
      "inverseWishart",
      `df must be above ${matrix.length - 1} for a ${matrix.length} × ${matrix.length} scale`,
      df,
    );
  }
  return { type: "inverseWishart", df: finite("inverseWishart", "df", df), scale: matrix };
}

/**
 * Huang–Wand prior on the covariance matrix of a random term: SDs half-t(df, scale_i), correlations uniform for
 * df = 2. Huang & Wand 2013, Bayesian Analysis 8(2).
 *
 * @param options - `df` defaults to 2; `scale`: one for all columns or one each, in units of the response (of a slope: per
 * unit of its column)
 * @throws {PriorError} `invalid-prior`
 * @example
 * gibbs(model, { priors: { terms: { Subject: huangWand({ scale: [50, 15] }) } } });
 */
export function huangWand(options: {
  readonly df?: number;
  readonly scale: number | readonly number[];
}): HuangWand {
  const { df = 2, scale } = (options ?? {}) as Partial<typeof options>;
  return {
    type: "huangWand",
    df: positive("huangWand", "df", df),
    scale:
      typeof scale === "number"
        ? positive("huangWand", "scale", scale)
        : Array.from(Array.isArray(scale) ? scale : [scale], (value) =>
            positive("huangWand", "scale", value),
          ),
  };
}

/**
 * LKJ(eta) on the correlations with independent priors on the SDs. Lewandowski, Kurowicka & Joe 2009.
 *
 * @param eta - 1 is uniform over correlation matrices, a larger one leans towards small correlations
 * @param sds - one prior for all SDs or one each
 * @throws {PriorError} `invalid-prior`
 * @example
 * gibbs(model, { priors: { terms: { Subject: lkj(2, [halfT(3, 50), halfT(3, 15)]) } } });
 */
export function lkj(eta: number, sds: SdPrior | readonly SdPrior[]): Lkj {
  const all: readonly unknown[] = Array.isArray(sds) ? sds : [sds];
  if (all.length === 0 || all.some((prior) => typeof prior !== "object" || prior === null)) {
    throw invalid("lkj", "sds must be priors on standard deviations, such as halfT(3, 10)", sds);
  }
  return { type: "lkj", eta: positive("lkj", "eta", eta), sds };
}

/** Types of priors on one standard deviation. */
export const SD_PRIORS: readonly string[] = [
  "halfT",
  "halfCauchy",
  "halfNormal",
  "exponential",
  "inverseGamma",
  "uniformSd",
];

/** Whether something is a prior of one of these types, by what it says itself. */
export function isPriorOf(prior: unknown, types: readonly string[]): boolean {
  if (typeof prior !== "object" || prior === null) return false;
  const { type } = prior as { type?: unknown };
  return typeof type === "string" && types.includes(type);
}

type Constructor = (...values: never[]) => BetaPrior | TermPrior;

/** Every constructor by its name, and what its arguments are called. */
const constructors: Readonly<Record<string, readonly [make: Constructor, ...names: string[]]>> = {
  flat: [flat],
  normal: [normal, "mean", "sd"],
  halfT: [halfT, "df", "scale"],
  halfCauchy: [halfCauchy, "scale"],
  halfNormal: [halfNormal, "scale"],
  exponential: [exponential, "rate"],
  inverseGamma: [inverseGamma, "shape", "scale"],
  inverseWishart: [inverseWishart, "df", "scale"],
  huangWand: [(df: number, scale: number) => huangWand({ df, scale }), "df", "scale"],
  lkj: [
    (eta: number, sds: Lkj["sds"]) =>
      lkj(eta, Array.isArray(sds) ? sds.map(sdRemade) : sdRemade(sds as SdPrior)),
    "eta",
    "sds",
  ],
  fixed: [fixed, "value"],
  uniformSd: [uniformSd],
};

/**
 * A prior by its constructor, for one that was written by hand or read from a file:
 * `{ "type": "halfT", "df": 3, "scale": 10 }`.
 *
 * @throws {PriorError} `invalid-prior`; {ArgumentError} `unknown-option` for what its constructor does not take
 */
export function remade(prior: { readonly type: string }): BetaPrior | TermPrior {
  const { type, ...given } = prior as Readonly<Record<string, unknown>> & typeof prior;
  const [make, ...names] = constructors[type];
  knownOptions(`${type}()`, given, names);
  return make(...(names.map((name) => given[name]) as never[]));
}

/** The same of one SD, which holds no other prior; what is none stays for `lkj` to refuse. */
function sdRemade(prior: SdPrior): SdPrior {
  return isPriorOf(prior, SD_PRIORS) ? (remade(prior) as SdPrior) : prior;
}

/** Squares of larger numbers, and of ratios to numbers of the data, are beyond what doubles hold. */
const LARGEST = 1e75;
const SMALLEST = 1e-75;

function positive(prior: string, name: string, value: number): number {
  if (typeof value === "number" && value >= SMALLEST && value <= LARGEST) return value;
  const rule =
    typeof value === "number" && value > 0 && value < Infinity
      ? `between ${SMALLEST} and ${LARGEST}`
      : "positive and finite";
  throw invalid(prior, `${name} must be ${rule}`, value);
}

function finite(prior: string, name: string, value: number): number {
  if (typeof value === "number" && Math.abs(value) <= LARGEST) return value;
  const rule =
    typeof value === "number" && Math.abs(value) < Infinity
      ? `at most ${LARGEST} in size`
      : "a finite number";
  throw invalid(prior, `${name} must be ${rule}`, value);
}

function squareMatrix(prior: string, value: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const k = Array.isArray(value) ? value.length : 0;
  const square =
    k > 0 && value.every((row) => Array.isArray(row) && row.length === k && row.every(Number.isFinite));
  if (!square) throw invalid(prior, "the matrix must be square with finite entries", value);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) {
      if (value[i][j] !== value[j][i]) throw invalid(prior, "the matrix must be symmetric", value);
    }
  }
  if (choleskyInto(Float64Array.from(value.flat()), k) >= 0)
    throw invalid(prior, "the matrix must be positive definite", value);
  return value.map((row) => [...row]);
}

function invalid(prior: string, rule: string, value: unknown): PriorError {
  return new PriorError(
    "invalid-prior",
    `${prior}(): ${rule}, got ${show(value)}.`,
    "Correct the argument.",
    {
      prior,
      value,
    },
  );
}
