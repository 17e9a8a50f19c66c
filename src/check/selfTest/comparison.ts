/**
 * One figure of the library held against its oracle.
 *
 * @module
 */

/** One figure held against what it must be. */
export interface Comparison {
  readonly what: string;
  readonly value: number | string;
  readonly expected: number | string;
  /** How far a number may lie off; 0 asks for the same bits, or the same text. */
  readonly tolerance: number;
  readonly ok: boolean;
}

/** Takes a comparison down; `tolerance` defaults to 0. */
export type Compare = (
  what: string,
  value: number | string | undefined,
  expected: number | string,
  tolerance?: number,
) => void;

/** A list of comparisons, and what adds to it. */
export function comparisons(): { readonly list: Comparison[]; readonly compare: Compare } {
  const list: Comparison[] = [];
  const compare: Compare = (what, value = "nothing", expected, tolerance = 0) => {
    const near = (a: unknown, b: unknown): boolean =>
      typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= tolerance;
    const ok = Object.is(value, expected) || near(value, expected);
    list.push({ what, value, expected, tolerance, ok });
  };
  return { list, compare };
}
