/**
 * Draws held against means and quantiles of another sampler, in Monte Carlo standard errors of both.
 */

import { mcseMean, mcseQuantile, quantile } from "../../src/posterior/diagnostics.ts";
import { mean } from "../../src/stats/descriptive.ts";
import { recordDeviation } from "../accuracy.ts";

/** What `test/golden/generate/*.R` writes of one quantity. */
export interface GoldenQuantity {
  readonly mean: number;
  readonly q5: number;
  readonly q95: number;
  readonly mcseMean: number;
  readonly mcseQ5: number;
  readonly mcseQ95: number;
}

/** The largest distance of mean, q5 or q95 of any quantity, and whose it is. @param quantities - draws, chain after chain */
export function worstAgainst(
  golden: Readonly<Record<string, GoldenQuantity>>,
  quantities: readonly (readonly [name: string, draws: Float64Array])[],
  chains: number,
): { readonly worst: number; readonly name: string } {
  let found = { worst: 0, name: "" };
  for (const [name, draws] of quantities) {
    const size = draws.length / chains;
    const list = Array.from({ length: chains }, (_, c) => draws.subarray(c * size, (c + 1) * size));
    const reference = golden[name];
    const distances = {
      mean: (mean(draws) - reference.mean) / Math.hypot(mcseMean(list), reference.mcseMean),
      q5: (quantile(list, 0.05) - reference.q5) / Math.hypot(mcseQuantile(list, 0.05), reference.mcseQ5),
      q95: (quantile(list, 0.95) - reference.q95) / Math.hypot(mcseQuantile(list, 0.95), reference.mcseQ95),
    };
    for (const [what, distance] of Object.entries(distances)) {
      recordDeviation(`${name} ${what}`, distance);
      if (!(Math.abs(distance) <= found.worst))
        found = { worst: Math.abs(distance), name: `${name}: ${what}` };
    }
  }
  return found;
}
