/**
 * A posterior held against a REML or ML fit: the only place that sees both estimators.
 *
 * @module
 */

import { ModelError, type Warning } from "./errors.ts";
import type { Posterior } from "./gibbs/posterior.ts";
import type { LmmFit } from "./reml/lmmFit.ts";

/** Why a posterior mean and an estimate differ by more than a quarter of a standard error. */
export type Reason =
  | ""
  | "prior pull"
  | "skewness"
  | "boundary"
  | "Monte Carlo error"
  | "degrees of freedom"
  | "unexplained";

/** One variable, both ways. */
export interface ComparisonRow {
  readonly variable: string;
  /** REML or ML estimate, its standard error and 95% Wald interval. */
  readonly estimate: number;
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
  /** Posterior mean, sd and central 95% interval. */
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** (mean − estimate) in standard errors. */
  readonly difference: number;
  /** Empty when |difference| ≤ 0.25. */
  readonly reason: Reason;
}

/** A comparison; prints as a table. */
export interface Comparison {
  readonly method: "REML" | "ML";
  readonly rows: readonly ComparisonRow[];
  readonly warnings: readonly Warning[];
  toString(): string;
}

/** Holds a posterior against a fit of the same model. Under construction. */
export function compare(posterior: Posterior, fit: LmmFit): Comparison {
  throw new ModelError("different-models", `${posterior.model.formula} against ${fit.model.formula}`, "");
}
