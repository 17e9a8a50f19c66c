/**
 * Random terms of which the fixed part leaves nothing.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
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
    const { levels, k, ztz, ztx } = factors[factor];
    columns.forEach((column, c) => {
      const own = offset + c;
      let whole = 0;
      let explained = 0;
      for (let j = 0; j < levels; j++) {
        whole += ztz[j * k * k + own * (k + 1)];
        for (let i = 0; i < p; i++) explained += ztx[j * k * q + own + i * k] ** 2 / n;
      }
      if (whole - explained > NOTHING * whole || whole === 0) return;
      const term = column === "(Intercept)" ? "1" : column;
      throw new ModelError(
        "group-in-fixed",
        `The fixed part tells every ${group} from the others, which leaves nothing for (${term} | ${group}) to explain.`,
        `Remove from the fixed part what follows from ${group}, or the random term.`,
        { group, term: column },
      );
    });
  });
}
