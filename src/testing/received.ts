/**
 * What the matchers accept, and how they read it.
 *
 * @module
 */

import { ArgumentError, didYouMean, listOf, show } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import type { LmmFit } from "../reml/lmmFit.ts";

/** What vitest wants back from a matcher. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

// By shape, not by class: a test may load the library from two places.

/** Whether a value is what `gibbs()` returns. */
export function isPosterior(value: unknown): value is Posterior {
  return typeof value === "object" && value !== null && "draws" in value && "scheme" in value;
}

/** Whether a value is what `reml()` or `ml()` returns. */
export function isFit(value: unknown): value is LmmFit {
  return typeof value === "object" && value !== null && "convergence" in value && "criterion" in value;
}

/** @throws {ArgumentError} `invalid-argument`, always. */
export function notAResult(matcher: string, what: string, value: unknown): never {
  throw new ArgumentError(
    "invalid-argument",
    `${matcher}() works on ${what}, got ${show(value)}.`,
    "Await gibbs() before expecting.",
    { matcher },
  );
}

/** Checks a tolerance. @throws {ArgumentError} `invalid-argument` unless it is 0 or more. */
export function tolerance(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be 0 or more, got ${show(value)}.`,
    "Pass such a number.",
    {
      name,
      value,
    },
  );
}

/**
 * An estimate (posterior mean, or the fit's own) by variable name or by R's coefficient name.
 *
 * @throws {ArgumentError} `unknown-variable`
 */
export function estimateOf(result: Posterior | LmmFit, name: string): { variable: string; value: number } {
  const rows = isPosterior(result)
    ? result.summary().map(({ variable, mean }) => ({ variable, value: mean }))
    : result.parameters().map(({ variable, estimate }) => ({ variable, value: estimate }));
  const wanted = [name, `b_${name === "(Intercept)" ? "Intercept" : name}`];
  const row = rows.find(({ variable }) => wanted.includes(variable));
  if (row !== undefined) return row;
  const names = rows.map(({ variable }) => variable);
  const near = didYouMean(name, [...result.model.fixed.names, ...names]);
  throw new ArgumentError(
    "unknown-variable",
    `There is no coefficient or variable ${show(name)} in ${result.model.formula}.`,
    near === undefined ? `There are ${listOf(names, 8)}.` : `Did you mean ${show(near)}?`,
    { name },
  );
}
