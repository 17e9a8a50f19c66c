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
  /** Everything the next step depends on beside the tuning and the stream; `start` goes on from it, bit for bit. */
  save(): Float64Array;
}

/** A sampling scheme. */
export interface Scheme {
  readonly name: string;
  /** Warm-up iterations per chain when the user names none. */
  readonly warmup: number;
  /**
   * Makes a model ready: what all chains share, before the first of them starts. Yields every few milliseconds of a
   * long trial, so that a caller can look up.
   *
   * @param pilot - numbers for trial runs, apart from those of the chains
   * @param tuning - what an earlier trial of the same model found, in place of another trial
   */
  prepare(setup: Setup, pilot: RandomStream, tuning?: Tuning): Generator<void, Prepared, void>;
}

/** What trial runs found, as plain JSON: a checkpoint keeps it and a worker is given it. */
export type Tuning = Readonly<Record<string, string | number | readonly number[]>>;

/** A scheme made ready for one model. */
export interface Prepared {
  readonly tuning: Tuning;
  /** Acceptance of the trial run, where the scheme has one: below 0.3 another scheme should be taken. */
  readonly acceptance?: number;
  /**
   * Starts a chain, or goes on with one.
   *
   * @param stream - where the chain's random numbers come from
   * @param from - from `save`, or a state to stand at; nothing is drawn from the stream then
   */
  start(stream: RandomStream, from?: Float64Array | State): Chain;
}
