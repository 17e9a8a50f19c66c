/**
 * Chains as one flat buffer with the start of each chain: splitting a chain moves no number.
 *
 * @module
 */

import { ArgumentError, show } from "../errors.ts";

/** What the diagnostics take: one array per chain, all of one length; or a single chain. */
export type ChainsInput = readonly ArrayLike<number>[] | ArrayLike<number>;

/** Chain c is `values[starts[c]] … values[starts[c] + length − 1]`. */
export interface Chains {
  readonly values: Float64Array;
  readonly starts: readonly number[];
  readonly length: number;
}

/**
 * Reads chains into a flat buffer.
 *
 * @throws `no-draws` for no chains or empty ones; `unequal-chains`; `not-a-number` for anything but numbers.
 */
export function asChains(input: ChainsInput): Chains {
  const isOne = input !== null && typeof input === "object" && typeof input[0] === "number";
  const list = (isOne ? [input] : input) as readonly ArrayLike<number>[];
  const length = list?.[0]?.length;
  if (typeof length !== "number" || length < 1 || !Array.isArray(list)) {
    throw new ArgumentError(
      "no-draws",
      `There are no draws in ${show(input)}.`,
      "Pass one array of numbers per chain.",
    );
  }
  const values = new Float64Array(list.length * length);
  for (let c = 0; c < list.length; c++) {
    if (list[c]?.length !== length) {
      throw new ArgumentError(
        "unequal-chains",
        `Chain ${c} has ${list[c]?.length ?? "no"} draws where chain 0 has ${length}.`,
        "Cut all chains to one length.",
        { chain: c },
      );
    }
    for (let i = 0; i < length; i++) values[c * length + i] = numberAt(list[c], c, i);
  }
  return chainsOf(values, list.length);
}

function numberAt(chain: ArrayLike<unknown>, c: number, i: number): number {
  const value = chain[i];
  if (typeof value === "number") return value;
  throw new ArgumentError(
    "not-a-number",
    `Draw ${i} of chain ${c} is ${show(value)}.`,
    "Pass numbers; NaN stands for a missing one.",
    { chain: c, iteration: i },
  );
}

/** Chains over a buffer laid out [chain][iteration]. Nothing is copied. */
export function chainsOf(values: Float64Array, count: number): Chains {
  const length = values.length / count;
  return { values, starts: Array.from({ length: count }, (_, c) => c * length), length };
}

/** The same chains over other values at the same places. */
export function withValues(chains: Chains, values: Float64Array): Chains {
  return { values, starts: chains.starts, length: chains.length };
}

/** Each chain cut into two halves; of an odd number of draws the middle one is left out. Nothing is copied. */
export function splitChains(chains: Chains): Chains {
  const { values, starts, length } = chains;
  if (length === 1) return chains;
  const half = Math.floor(length / 2);
  return { values, starts: starts.flatMap((start) => [start, start + length - half]), length: half };
}

/**
 * Whether a diagnostic is defined: every draw finite, and not all draws equal (to the last two bits).
 * posterior: `should_return_NA`, with the tolerance relative to the draws' own size.
 */
export function isDefined({ values, starts, length }: Chains): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const start of starts) {
    for (let i = start; i < start + length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) return false;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high - low > 2 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high));
}
