/**
 * Which scheme a model is sampled by.
 *
 * @module
 */

import { ArgumentError, type Warning, warning } from "../errors.ts";
import { RandomStream } from "../random/stream.ts";
import { blocked } from "./blocked.ts";
import { collapsed, LOWEST_ACCEPTANCE } from "./collapsed.ts";
import { coordinateCount } from "./coordinates.ts";
import { schemes } from "./sampler.ts";
import type { Prepared, Scheme } from "./scheme.ts";
import type { Setup } from "./state.ts";

/** Coefficients and levels beside the largest factor up to which integrating everything out is cheap. */
const MOST_CORE = 150;
/** Variance parameters that an independence proposal can still follow. */
const MOST_PARAMETERS = 10;

/** A scheme, made ready, and why it was taken. */
export interface Choice {
  readonly scheme: Scheme;
  readonly prepared: Prepared;
  readonly reason: string;
  readonly warnings: readonly Warning[];
}

/**
 * Makes a scheme ready. `"auto"` takes `collapsed` where the design is small enough beside its largest factor and
 * its trial run accepts at least 30%, else `blocked`.
 *
 * Structured variances, which only conditional schemes can sample, take `blocked`.
 *
 * @param name - of a scheme, or `"auto"`
 * @param seed - of the run; trial runs draw from a stream apart from those of the chains
 * @throws {ArgumentError} `scheme-cannot` when the scheme asked for cannot take the model
 */
export function choose(setup: Setup, name: string, seed: number): Choice {
  const pilot = (): RandomStream => new RandomStream((seed ^ 0x6a09e667) >>> 0, 1);
  const structured = structureOf(setup);
  if (name === "collapsed" && structured !== null) {
    throw new ArgumentError(
      "scheme-cannot",
      `The collapsed scheme is made for unstructured covariance matrices and one sigma, and the model has ${structured}.`,
      'Use scheme: "blocked", or leave it out.',
      { scheme: name },
    );
  }
  if (name !== "auto") {
    const scheme = schemes.get(name)!;
    const prepared = scheme.prepare(setup, pilot());
    return { scheme, prepared, reason: "asked for", warnings: lowAcceptance(scheme.name, prepared) };
  }
  const { cross } = setup;
  const core = cross.p + cross.factors.slice(1).reduce((sum, { levels, k }) => sum + levels * k, 0);
  const parameters = cross.places.reduce((sum, { k }) => sum + coordinateCount(k), 0);
  const fallback = (reason: string): Choice => ({
    scheme: blocked,
    prepared: blocked.prepare(setup, pilot()),
    reason,
    warnings: [],
  });
  if (structured !== null) return fallback(structured);
  if (core > MOST_CORE) return fallback(`${core} coefficients and levels beside the largest factor`);
  if (parameters > MOST_PARAMETERS) return fallback(`${parameters} variance parameters`);
  const prepared = collapsed.prepare(setup, pilot());
  const acceptance = prepared.acceptance ?? 1;
  const percent = `${Math.round(100 * acceptance)}%`;
  if (acceptance < LOWEST_ACCEPTANCE) return fallback(`the collapsed scheme would accept only ${percent}`);
  return {
    scheme: collapsed,
    prepared,
    reason: `all but σ and Σ integrated out, acceptance ${percent}`,
    warnings: [],
  };
}

/** `low-acceptance`: a scheme that was asked for although its trial run hardly moved. */
function lowAcceptance(name: string, { acceptance = 1 }: Prepared): Warning[] {
  if (acceptance >= LOWEST_ACCEPTANCE) return [];
  return [
    warning(
      "low-acceptance",
      `The trial run of the ${name} scheme accepted ${Math.round(100 * acceptance)}%, so its chains will stick. Use scheme: "auto" or "blocked".`,
      { scheme: name, acceptance },
    ),
  ];
}

/** What only conditional schemes can sample: compound symmetry, a sigma for each stratum. */
function structureOf({ cross: { places, strata } }: Setup): string | null {
  if (strata !== null) return "a residual SD for each stratum";
  return places.some(({ structure }) => structure === "cs") ? "a term with compound symmetry" : null;
}
