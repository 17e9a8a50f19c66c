/**
 * The same cross-products with the columns of one random term in another order.
 *
 * @module
 */

import type { FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import type { CrossProducts } from "./crossProducts.ts";

/**
 * Cross-products whose term `t` has its columns reordered: column c of the result is column `order[c]` of the
 * original. Nothing else changes.
 */
export function permuteTerm(cross: CrossProducts, t: number, order: readonly number[]): CrossProducts {
  const { factor, offset, k } = cross.places[t];
  const size = cross.factors[factor].k;
  const from = Array.from({ length: size }, (_, c) =>
    c >= offset && c < offset + k ? offset + order[c - offset] : c,
  );
  const factors = cross.factors.map((own, f) => (f === factor ? permuteFactor(own, from, cross.q) : own));
  const pairs = cross.pairs.map((row, f) =>
    row.map((pair, d) => {
      const h = f + 1 + d;
      if (f === factor) return permutePair(pair, size, cross.factors[h].k, (a, b) => [from[a], b]);
      if (h === factor) return permutePair(pair, cross.factors[f].k, size, (a, b) => [a, from[b]]);
      return pair;
    }),
  );
  const zScale = cross.zScale.map((own, f) => (f === factor ? own.map((_, c) => own[from[c]]) : own));
  const strata = cross.strata && {
    ...cross.strata,
    systems: cross.strata.systems.map((own) => permuteTerm({ ...cross, ...own, strata: null }, t, order)),
  };
  return { ...cross, factors, pairs, zScale, strata };
}

function permuteFactor(own: FactorBlocks, from: readonly number[], q: number): FactorBlocks {
  const { levels, k } = own;
  const ztz = new Float64Array(own.ztz.length);
  const ztx = new Float64Array(own.ztx.length);
  for (let level = 0; level < levels; level++) {
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++)
        ztz[level * k * k + a + b * k] = own.ztz[level * k * k + from[a] + from[b] * k];
      for (let c = 0; c < q; c++) ztx[level * k * q + a + c * k] = own.ztx[level * k * q + from[a] + c * k];
    }
  }
  return { levels, k, ztz, ztx };
}

function permutePair(
  pair: PairBlocks,
  kf: number,
  kh: number,
  source: (a: number, b: number) => readonly [number, number],
): PairBlocks {
  const size = kf * kh;
  const values = new Float64Array(pair.values.length);
  for (let a = 0; a < kf; a++) {
    for (let b = 0; b < kh; b++) {
      const [fa, fb] = source(a, b);
      for (let at = 0; at < values.length; at += size)
        values[at + a + b * kf] = pair.values[at + fa + fb * kf];
    }
  }
  return { ...pair, values };
}
