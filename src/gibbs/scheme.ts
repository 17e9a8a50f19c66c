/**
 * What every sampling scheme is: a name, a default warm-up, and a way to start a chain. A new scheme is one file
 * that exports one of these, and a line in `sampler.ts`.
 *
 * @module
 */

import type { RandomStream } from "../random/stream.ts";
import type { Setup, State } from "./state.ts";

/** One chain under way. */
export interface Chain {
  readonly state: State;
  /** One iteration: leaves the posterior invariant. */
  step(): void;
}

/** A sampling scheme. */
export interface Scheme {
  readonly name: string;
  /** Warm-up iterations per chain when the user names none. */
  readonly warmup: number;
  /**
   * What all chains share, made before the first of them starts: buffers, a fitted proposal.
   *
   * @param pilot - numbers for trial runs, apart from those of the chains
   */
  prepare(setup: Setup, pilot: RandomStream): Prepared;
}

/** A scheme made ready for one model. */
export interface Prepared {
  start(stream: RandomStream): Chain;
  /** Acceptance of the trial run, where the scheme has one: below 0.3 another scheme should be taken. */
  readonly acceptance?: number;
}
