/**
 * Sums of several sources as sums of all their rows.
 *
 * R of each source, weighted by √n and set one below the other, has a QR decomposition of its own: it gives R of all,
 * and T such that Q of all is QT on the rows of a source. The response is Qβ + ỹ in each source, so that the residual
 * of the common regression is Q(β_source − Tβ) + ỹ_source. Offsets cancel before anything is squared.
 *
 * @module
 */

import { productInto, transposedProductInto } from "../linalg/dense.ts";
import { orthogonalize } from "./orthogonalize.ts";
import type { ModelSums } from "./sums.ts";
import { productsOf } from "./sumsProducts.ts";
import { sumsWith } from "./sumsSummaries.ts";
import { type SumsTarget, targetOf, type Way, wayTo } from "./sumsTarget.ts";
import { type SumsLayout, unite } from "./unite.ts";

/**
 * The sums of the rows of both.
 *
 * @throws {ModelError} what `unite` throws
 */
export function addSums(a: ModelSums, b: ModelSums): ModelSums {
  return sumsIn(unite(a, b), [a, b]);
}

/** The sums of the rows of all sources, in a layout that has all their labels. */
export function sumsIn(layout: SumsLayout, sources: readonly ModelSums[]): ModelSums {
  const target = targetOf(layout);
  const n = sources.reduce((sum, source) => sum + source.n, 0);
  const ways = sources.map((source) => wayTo(target, source));
  const { R, Ts } = stacked(target, ways, n);
  const { rows } = R;
  const beta = new Float64Array(rows);
  const gaps = sources.map(({ products }) => products.betaOls.slice());
  // Twice: the second pass removes what rounding left of the first.
  for (let pass = 0; pass < 2; pass++) {
    const step = new Float64Array(rows);
    sources.forEach(({ n: own }, s) => {
      const part = new Float64Array(rows);
      transposedProductInto(part, 0, Ts[s], 0, gaps[s], 0, rows, 1, gaps[s].length);
      for (let i = 0; i < rows; i++) step[i] += (own / n) * part[i];
    });
    for (let i = 0; i < rows; i++) beta[i] += step[i];
    gaps.forEach((gap, s) => {
      const part = new Float64Array(gap.length);
      productInto(part, 0, Ts[s], 0, step, 0, gap.length, 1, rows);
      for (let i = 0; i < gap.length; i++) gap[i] -= part[i];
    });
  }
  const parts = ways.map((way, s) => ({ ...way, sign: 1 as const, T: Ts[s], gap: gaps[s] }));
  return sumsWith(target, parts, productsOf(target, parts, { R: R.values, beta }));
}

/** R of all sources, and T of each. */
function stacked(
  { p }: SumsTarget,
  ways: readonly Way[],
  n: number,
): {
  readonly R: { readonly rows: number; readonly values: Float64Array };
  readonly Ts: readonly Float64Array[];
} {
  const ranks = ways.map(({ source }) => source.products.q - 1);
  const m = ranks.reduce((sum, rank) => sum + rank, 0);
  const stack = new Float64Array(m * p);
  let first = 0;
  const starts = ways.map(({ source, R }, s) => {
    const share = Math.sqrt(source.n / n);
    const start = first;
    for (let j = 0; j < p; j++)
      for (let i = 0; i < ranks[s]; i++) stack[start + i + j * m] = share * R[i + j * ranks[s]];
    first += ranks[s];
    return start;
  });
  const { Q, R, rank } = orthogonalize(stack, m, p, null);
  // Columns of Q have the square length m; those wanted have n over all rows, of which a source has its share.
  const Ts = ways.map(({ source }, s) => {
    const size = Math.sqrt(n / source.n / m);
    const T = new Float64Array(ranks[s] * rank);
    for (let j = 0; j < rank; j++)
      for (let i = 0; i < ranks[s]; i++) T[i + j * ranks[s]] = Q[starts[s] + i + j * m] * size;
    return T;
  });
  return { R: { rows: rank, values: R.map((value) => value * Math.sqrt(m)) }, Ts };
}
