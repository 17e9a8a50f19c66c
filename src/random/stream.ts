/**
 * A stream of random numbers, and the one door to @stdlib/random.
 *
 * @module
 */

// The algorithm of Marsaglia & Tsang 2000 on generators of ours. The package's main export brings a Mersenne twister
// of its own, which it seeds with 32 of our bits: a state that no checkpoint could keep.
import marsagliaTsang from "@stdlib/random-base-gamma/lib/gamma.js";
import { integerIn } from "../errors.ts";
import { exp, ln } from "../stats/special.ts";
import { type BitState, fillUniforms, jump, nextUniform, seededState } from "./bits.ts";
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
  readonly #uniform: () => number;
  readonly #normal: () => number;

  /**
   * @param seed - an integer from 0 to 2³² − 1
   * @param index - which stream of the seed: 0, 1, 2, … (the chain)
   * @throws {ArgumentError} `invalid-argument`
   */
  constructor(seed: number, index = 0) {
    this.#state = seededState(integerIn("seed", seed, 0, 4294967295));
    for (let i = 0; i < integerIn("index", index, 0, 65535); i++) jump(this.#state);
    this.#uniform = () => nextUniform(this.#state);
    this.#normal = () => nextNormal(this.#state);
  }

  /** A uniform number in [0, 1). */
  uniform(): number {
    return nextUniform(this.#state);
  }

  /** Fills `out[from … to)` with uniform numbers in [0, 1), those of as many calls of {@link uniform}. */
  uniformsInto(out: Float64Array, from = 0, to: number = out.length): void {
    fillUniforms(out, this.#state, from, to);
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
    return this.#standardGamma(shape) / rate;
  }

  /** Inverse-gamma: density ∝ v^(−shape−1) e^(−scale/v). */
  inverseGamma(shape: number, scale: number): number {
    return scale / this.#standardGamma(shape);
  }

  /** χ² with `df` degrees of freedom. */
  chiSquare(df: number): number {
    return 2 * this.#standardGamma(df / 2);
  }

  /** Gamma with rate 1, NaN for a shape that is not positive; below shape 1, gamma(shape + 1) u^(1/shape). */
  #standardGamma(shape: number): number {
    if (!(shape > 0)) return Number.NaN;
    if (shape < 1) return this.#standardGamma(shape + 1) * exp(ln(1 - this.uniform()) / shape);
    const d = shape - 1 / 3;
    return marsagliaTsang(this.#uniform, this.#normal, 1, d, 1 / Math.sqrt(9 * d));
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
