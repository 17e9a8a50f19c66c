/**
 * Random terms of which the fixed part leaves nothing.
 *
 * @module
 */

import type { CrossProducts } from "../model/crossProducts.ts";
import { groupInFixed } from "../model/identify.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";

/** Share of a squared length below which nothing is left. */
const NOTHING = 1e-12;

/**
 * Refuses terms whose columns are sums of fixed ones, as those of classes are where the fixed part has their names: the
 * criterion is the same whatever their variance is.
 *
 * @throws {ModelError} `group-in-fixed`
 */
export function checkNotExplained(
  { random }: LinearMixedModel,
  { n, p, q, factors, places }: CrossProducts,
): void {
  random.forEach(({ group, columns }, t) => {
    const { factor, offset } = places[t];
    const { k, ztz, ztx } = factors[factor];
    columns.forEach((column, c) => {
      const own = offset + c;
      let whole = 0;
      for (let at = own * (k + 1); at < ztz.length; at += k * k) whole += ztz[at];
      let left = whole;
      for (let at = own, i = 0; at < ztx.length; at += k, i++) if (i % q < p) left -= ztx[at] ** 2 / n;
      if (left <= NOTHING * whole && whole > 0) throw groupInFixed(group, column);
    });
  });
}
