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
