/**
 * `blmm/vitest`: matchers that keep models under test. Importing this registers nothing; pass the matchers to
 * vitest once, in a test file or a setup file:
 *
 * ```ts
 * import { matchers } from "blmm/vitest";
 * expect.extend(matchers);
 *
 * expect(posterior).toHaveConverged();
 * expect(posterior).toAgreeWith(reml(model), { within: 0.5 });
 * expect(posterior).toHaveCoefficient("Days", 10.5, { within: 0.2 });
 * ```
 *
 * @module
 */

import type {} from "vitest";
import type { LmmFit } from "../reml/lmmFit.ts";
import {
  type ConvergenceLimits,
  toAgreeWith,
  toHaveCoefficient,
  toHaveConverged,
  type Within,
} from "./matchers.ts";

export type { ConvergenceLimits, Within } from "./matchers.ts";
export type { MatcherResult } from "./received.ts";

/** All matchers, for `expect.extend(matchers)`. */
export const matchers: {
  readonly toHaveConverged: typeof toHaveConverged;
  readonly toAgreeWith: typeof toAgreeWith;
  readonly toHaveCoefficient: typeof toHaveCoefficient;
} = { toHaveConverged, toAgreeWith, toHaveCoefficient };

/** The matchers as methods of `expect(…)`. */
export interface BlmmMatchers<R> {
  /** R-hat and ESS of every variable reach the limits; a fit's optimiser has settled. */
  toHaveConverged(limits?: ConvergenceLimits): R;
  /** Posterior means are within so many standard errors (default 1) of the estimates of a fit. */
  toAgreeWith(fit: LmmFit, options?: Within): R;
  /** An estimate, by R's coefficient name or a variable's, is within a tolerance of a value. */
  toHaveCoefficient(name: string, value: number, options?: Within): R;
}

declare module "vitest" {
  interface Matchers<T> extends BlmmMatchers<void> {}
}
