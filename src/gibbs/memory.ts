/**
 * What the draws of a run will weigh, and whether that fits.
 *
 * @module
 */

import { ArgumentError } from "../errors.ts";

/** 2³¹ doubles is what an engine may refuse to allocate at once. */
const MOST_NUMBERS = 2147483647;
/** Bytes taken for granted where the platform tells nothing. */
const USUAL = 4e9;

/** Numbers per draw: all of them, and without the random effects. */
export interface DrawSizes {
  readonly all: number;
  readonly hyper: number;
}

/**
 * Refuses a run whose draws cannot be held, with the numbers.
 *
 * @param sizes - numbers per draw
 * @param keep - which of them are kept
 * @param chains - number of chains
 * @param draws - kept draws per chain, at least
 * @param most - bytes that may be used; defaults to what the platform has left
 * @throws {ArgumentError} `not-enough-memory`
 */
export function checkMemory(
  sizes: DrawSizes,
  keep: "all" | "hyper",
  chains: number,
  draws: number,
  most: number = bytesLeft(),
): void {
  const numbers = sizes[keep] * chains * draws;
  if (8 * numbers <= most && numbers <= MOST_NUMBERS) return;
  const megabytes = (count: number): string => `${Math.ceil((8 * count) / 1e6)} MB`;
  const lean = sizes.hyper * chains * draws;
  const leanFits = keep === "all" && 8 * lean <= most && lean <= MOST_NUMBERS;
  throw new ArgumentError(
    "not-enough-memory",
    `${sizes[keep]} variables × ${chains} chains × ${draws} draws need about ${megabytes(numbers)}; ${megabytes(Math.min(most / 8, MOST_NUMBERS))} may be used.`,
    leanFits
      ? `keep: "hyper" needs ${megabytes(lean)} and makes random effects again when they are asked for; or ask for fewer draws, or thin them.`
      : "Ask for fewer draws, or thin them.",
    { bytes: 8 * numbers, hyperBytes: 8 * lean, limit: most, chains, draws },
  );
}

/** The draws per chain that fit, two copies of them for as long as a run grows. */
export function drawsThatFit(numbers: number, chains: number, most: number = bytesLeft()): number {
  return Math.floor(Math.min(most / 16, MOST_NUMBERS) / (numbers * chains));
}

/** Bytes that this process may still take, as far as the platform tells. */
function bytesLeft(): number {
  const platform = globalThis as {
    process?: { availableMemory?: () => number };
    navigator?: { deviceMemory?: number };
  };
  const available = platform.process?.availableMemory?.();
  if (available !== undefined && available > 0) return available;
  const device = platform.navigator?.deviceMemory;
  return device === undefined ? USUAL : device * 0.5e9;
}
