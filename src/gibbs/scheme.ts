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
  start(setup: Setup, stream: RandomStream): Chain;
}
