/**
 * How comparisons print.
 *
 * @module
 */

import { fixed, showAs } from "../data/format.ts";
import { harmless } from "../errors.ts";

/** Digits after the point that show an error of this size to three digits. */
export function decimalsFor(size: number): number {
  return size > 0 ? Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(size)))) : 3;
}

/** `[low, high]`. */
export function intervalCell(low: number, high: number, decimals: number): string {
  return `[${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
}

/** Gives an object a `toString` that is not one of its enumerable properties, and shows it by that (and as HTML). */
export function withText<T extends object>(
  value: T,
  text: () => string,
  html?: () => string,
): T & { toString(): string } {
  return showAs(Object.defineProperty(value, "toString", { value: () => harmless(text()) }), text, html);
}
