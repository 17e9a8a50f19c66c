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
import { denseColumns, divide } from "./crossed/plan.ts";
import { crossed } from "./crossed.ts";
import { schemes } from "./sampler.ts";
import type { Prepared, Scheme } from "./scheme.ts";
import type { Setup } from "./state.ts";

/**
 * Coefficients and levels beside the largest factor up to which everything is integrated out: with several factors as
 * long as that gives more effective draws per second than one large factor after the other (measured, for random
 * intercepts alone and with slopes).
 */
const MOST_CORE = { oneFactor: 150, intercepts: 60, slopes: 30 };
/** Variance parameters that an independence proposal can still follow. */
const MOST_PARAMETERS = 10;

/** The reason of a scheme that the caller named. */
export const ASKED_FOR = "asked for";

/** A scheme, made ready, and why it was taken. */
export interface Choice {
  readonly scheme: Scheme;
  readonly prepared: Prepared;
  readonly reason: string;
  readonly warnings: readonly Warning[];
}

/**
 * Makes a scheme ready. `"auto"` takes `collapsed` where the design is small beside its largest factor, or three factors
 * and more are nested in each other, and its trial run accepts at least 30%; else `crossed` with two factors or more, else
 * `blocked`.
 *
 * Structured variances, which only conditional schemes can sample, and Student-t parts take `blocked`.
 *
 * @param name - of a scheme, or `"auto"`
 * @param seed - of the run; trial runs draw from a stream apart from those of the chains
 * @throws {ArgumentError} `scheme-cannot` when the scheme asked for cannot take the model
 */
export function* choose(setup: Setup, name: string, seed: number): Generator<void, Choice, void> {
  const pilot = (): RandomStream => new RandomStream((seed ^ 0x6a09e667) >>> 0, 1);
  const structured = structureOf(setup);
  if ((name === "collapsed" || name === "crossed") && structured !== null) {
    throw new ArgumentError(
      "scheme-cannot",
      `The ${name} scheme is made for unstructured covariance matrices and one sigma, and the model has ${structured}.`,
      'Use scheme: "blocked", or leave it out.',
      { scheme: name },
    );
  }
  const mixture = studentOf(setup);
  if (name !== "auto" && name !== "blocked" && mixture !== null) {
    throw new ArgumentError(
      "scheme-cannot",
      `The ${name} scheme is made for normal residuals and effects, and the model has ${mixture}.`,
      'Use scheme: "blocked", or leave it out.',
      { scheme: name },
    );
  }
  if (name !== "auto") {
    const scheme = schemes.get(name)!;
    const prepared = yield* scheme.prepare(setup, pilot());
    return { scheme, prepared, reason: ASKED_FOR, warnings: lowAcceptance(scheme.name, prepared) };
  }
  const { cross } = setup;
  // Three factors nested in each other are eliminated level by level at little cost; with two the crossed scheme, which
  // holds as many outer levels at a cost linear in them, has 1.2 to 2.5 times the effective draws per second.
  const [, second] = cross.factors;
  const beside = cross.factors.length === 2 ? second.levels * second.k : denseColumns(cross);
  const core = cross.p + beside;
  const parameters = cross.places.reduce((sum, { k }) => sum + coordinateCount(k), 0);
  function* take(scheme: Scheme, reason: string): Generator<void, Choice, void> {
    return { scheme, prepared: yield* scheme.prepare(setup, pilot()), reason, warnings: [] };
  }
  const fallback = (reason: string): Generator<void, Choice, void> =>
    take(cross.factors.length > 1 ? crossed : blocked, reason);
  const special = mixture ?? structured;
  if (special !== null) return yield* take(blocked, special);
  const slopes = cross.factors.some(({ k }) => k > 1);
  const several = slopes ? MOST_CORE.slopes : MOST_CORE.intercepts;
  if (core > (cross.factors.length === 1 ? MOST_CORE.oneFactor : several)) {
    const large = divide(cross).length;
    return yield* fallback(
      large > 1
        ? `${large} large crossed factors`
        : `${core} coefficients and levels beside the largest factor`,
    );
  }
  if (parameters > MOST_PARAMETERS) return yield* fallback(`${parameters} variance parameters`);
  const prepared = yield* collapsed.prepare(setup, pilot());
  const acceptance = prepared.acceptance ?? 1;
  const percent = `${Math.round(100 * acceptance)}%`;
  if (acceptance < LOWEST_ACCEPTANCE)
    return yield* fallback(`the collapsed scheme would accept only ${percent}`);
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

/** What is sampled as a scale mixture of normals. */
function studentOf({ cross: { student } }: Setup): string | null {
  if (student === null) return null;
  return student.residuals === null ? "Student-t random effects" : "Student-t residuals";
}
