/**
 * What columns of Z have in common, seen in their cross-products.
 *
 * @module
 */

import type { CrossProducts } from "../model/crossProducts.ts";

/** Columns whose squared cosine is nearer to 1 than this are multiples: 10⁻¹⁶ times the square root of 10⁸ rows. */
const SAME = 1e-12;

/** Whether a column of a term, or the sum of its columns, is a multiple of the sum of those of another of the group. */
export function sharesSum(
  { factors, places, zScale }: Pick<CrossProducts, "factors" | "places" | "zScale">,
  term: number,
  other: number,
): boolean {
  const { factor, offset, k } = places[other];
  const { k: width, ztz } = factors[factor];
  const total = new Float64Array(width * width);
  ztz.forEach((value, e) => {
    total[e % total.length] += value;
  });
  const product = (left: readonly number[], right: readonly number[]): number => {
    let sum = 0;
    for (const a of left)
      for (const b of right) sum += total[a + b * width] * zScale[factor][a] * zScale[factor][b];
    return sum;
  };
  const columnsOf = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, c) => from + c);
  const own = columnsOf(places[term].offset, places[term].k);
  const others = columnsOf(offset, k);
  return [...others.map((column) => [column]), others].some((columns) => {
    const size = product(own, own) * product(columns, columns);
    return size > 0 && product(own, columns) ** 2 >= (1 - SAME) * size;
  });
}
