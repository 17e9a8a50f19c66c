/**
 * Weighted sums of block systems that share one pattern.
 *
 * @module
 */

import type { BlockSystem } from "./blocks.ts";

/** A system in the pattern of another, with numbers of its own to be written over. */
export function emptyLike(system: BlockSystem): BlockSystem {
  return {
    q: system.q,
    xtx: new Float64Array(system.xtx.length),
    factors: system.factors.map((own) => ({
      ...own,
      ztz: new Float64Array(own.ztz.length),
      ztx: new Float64Array(own.ztx.length),
    })),
    pairs: system.pairs.map((row) =>
      row.map((own) => ({ ...own, values: new Float64Array(own.values.length) })),
    ),
  };
}

/** out ← Σ_c weights[c] · systems[c]. */
export function mixInto(out: BlockSystem, systems: readonly BlockSystem[], weights: ArrayLike<number>): void {
  const sum = (into: Float64Array, of: (system: BlockSystem) => Float64Array): void => {
    into.fill(0);
    systems.forEach((system, c) => {
      const from = of(system);
      const weight = weights[c];
      for (let i = 0; i < into.length; i++) into[i] += weight * from[i];
    });
  };
  sum(out.xtx, ({ xtx }) => xtx);
  out.factors.forEach(({ ztz, ztx }, f) => {
    sum(ztz, ({ factors }) => factors[f].ztz);
    sum(ztx, ({ factors }) => factors[f].ztx);
  });
  out.pairs.forEach((row, f) => {
    row.forEach(({ values }, h) => {
      sum(values, ({ pairs }) => pairs[f][h].values);
    });
  });
}

/** out ← the system with column e of Z multiplied by `stretch[e]` (factor after factor, level after level). */
export function stretchInto(out: BlockSystem, system: BlockSystem, stretch: Float64Array): void {
  const { q, factors, pairs } = system;
  out.xtx.set(system.xtx);
  let start = 0;
  for (let f = 0; f < factors.length; f++) {
    const { levels, k, ztz, ztx } = factors[f];
    const own = out.factors[f];
    for (let level = 0; level < levels; level++) {
      const at = start + level * k;
      for (let i = 0; i < k; i++) {
        const s = stretch[at + i];
        for (let c = 0; c < k; c++) {
          const e = level * k * k + i + c * k;
          own.ztz[e] = s * stretch[at + c] * ztz[e];
        }
        for (let c = 0; c < q; c++) {
          const e = level * k * q + i + c * k;
          own.ztx[e] = s * ztx[e];
        }
      }
    }
    let other = start + levels * k;
    for (let h = f + 1; h < factors.length; h++) {
      const { rowStart, column, values } = pairs[f][h - f - 1];
      const into = out.pairs[f][h - f - 1].values;
      const kh = factors[h].k;
      for (let level = 0; level < levels; level++) {
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++) {
          for (let c = 0; c < kh; c++) {
            const s = stretch[other + column[e] * kh + c];
            for (let i = 0; i < k; i++) {
              const place = e * k * kh + i + c * k;
              into[place] = s * stretch[start + level * k + i] * values[place];
            }
          }
        }
      }
      other += factors[h].levels * kh;
    }
    start += levels * k;
  }
}
