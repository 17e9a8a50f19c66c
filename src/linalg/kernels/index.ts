/**
 * The loops over the levels of one grouping factor, by number of columns. Beyond four columns the
 * blocked factor stands in.
 *
 * @module
 */

import * as one from "./oneFactor1.ts";
import * as two from "./oneFactor2.ts";
import * as three from "./oneFactor3.ts";
import * as four from "./oneFactor4.ts";

/** S −= Σ over patterns of levels with equal Z′WZ; fills B and |L| of each. */
export type SharedKernel = typeof one.shared1;
/** S −= Σ over levels; fills B; returns Σ log|L_j|. */
export type DistinctKernel = typeof one.distinct1;
/** Draws b of every level. */
export type DrawKernel = typeof one.draw1;

/** The kernels for k columns and q columns of [X y]. */
export interface OneFactorKernels {
  readonly shared: SharedKernel;
  readonly distinct: DistinctKernel;
  readonly draw: DrawKernel;
}

/** Most columns of a factor that have kernels. */
export const MOST_COLUMNS = 4;

/** For k = 1 … 4: those for q = k + 1 … 4, and last the one for any q. */
const byColumns = [
  {
    shared: [one.shared1x2, one.shared1x3, one.shared1x4, one.shared1],
    distinct: [one.distinct1x2, one.distinct1x3, one.distinct1x4, one.distinct1],
    draw: [one.draw1x1, one.draw1x2, one.draw1x3, one.draw1],
  },
  {
    shared: [two.shared2x3, two.shared2x4, two.shared2],
    distinct: [two.distinct2x3, two.distinct2x4, two.distinct2],
    draw: [two.draw2x2, two.draw2x3, two.draw2],
  },
  {
    shared: [three.shared3x4, three.shared3],
    distinct: [three.distinct3x4, three.distinct3],
    draw: [three.draw3x3, three.draw3],
  },
  { shared: [four.shared4], distinct: [four.distinct4], draw: [four.draw4] },
] as const;

/** The kernels for k = 1 … 4 columns and q columns of [X y]. */
export function oneFactorKernels(k: number, q: number): OneFactorKernels {
  const { shared, distinct, draw } = byColumns[k - 1];
  const last = shared.length - 1;
  const at = q > k ? Math.min(q - k - 1, last) : last;
  return { shared: shared[at], distinct: distinct[at], draw: draw[at] };
}
