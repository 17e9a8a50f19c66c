/**
 * How comparisons print.
 *
 * @module
 */

import { fixed } from "../data/format.ts";

/** Digits after the point that show an error of this size to three digits. */
export function decimalsFor(size: number): number {
  return size > 0 ? Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(size)))) : 3;
}

/** `[low, high]`. */
export function intervalCell(low: number, high: number, decimals: number): string {
  return `[${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
}
