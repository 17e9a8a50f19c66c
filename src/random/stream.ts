/**
 * A stream of random numbers, and the one door to @stdlib/random.
 *
 * @module
 */

import gamma from "@stdlib/random-base-gamma";
import { integerIn } from "../errors.ts";
import { type BitState, jump, nextUniform, seededState } from "./bits.ts";
import { fillNormals, nextNormal } from "./normals.ts";

/**
 * Random numbers for one chain. Streams of one seed are 2^64 words apart, so they never overlap, and the
 * numbers of a stream depend on (seed, index) alone.
 *
 * @example
 * const stream = new RandomStream(1, 0);
 * stream.normal(); // 0.…
 */
export class RandomStream {
  readonly #state: BitState;
  readonly #gamma: (shape: number, rate: number) => number;

  /**
   * @param seed - an integer from 0 to 2³² − 1
   * @param index - which stream of the seed: 0, 1, 2, … (the chain)
   * @throws {ArgumentError} `invalid-argument`
   */
  constructor(seed: number, index = 0) {
    this.#state = seededState(integerIn("seed", seed, 0, 4294967295));
    for (let i = 0; i < integerIn("index", index, 0, 65535); i++) jump(this.#state);
    this.#gamma = gamma.factory({ prng: () => nextUniform(this.#state) });
  }

  /** A uniform number in [0, 1). */
  uniform(): number {
    return nextUniform(this.#state);
  }

  /** A standard normal. */
  normal(): number {
    return nextNormal(this.#state);
  }

  /** Fills `out[from … to)` with standard normals; defaults to all of it. */
  normalsInto(out: Float64Array, from = 0, to: number = out.length): void {
    fillNormals(out, this.#state, from, to);
  }

  /** Gamma with the given shape and rate; density ∝ x^(shape−1) e^(−rate·x). */
  gamma(shape: number, rate: number): number {
    return this.#gamma(shape, rate);
  }

  /** Inverse-gamma: density ∝ v^(−shape−1) e^(−scale/v). */
  inverseGamma(shape: number, scale: number): number {
    return scale / this.#gamma(shape, 1);
  }

  /** χ² with `df` degrees of freedom. */
  chiSquare(df: number): number {
    return 2 * this.#gamma(df / 2, 1);
  }

  /** The state as four integers, for a checkpoint. */
  snapshot(): number[] {
    return Array.from(this.#state);
  }

  /** Goes back to a state taken by {@link snapshot}. */
  restore(state: readonly number[]): void {
    this.#state.set(state);
  }
}
