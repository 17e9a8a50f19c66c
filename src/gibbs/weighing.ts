/**
 * Cross-products of one chain's own, made anew as the weights of rows and levels move.
 *
 * Rows have precision w_iλ_i/δ_c²: λ_i makes Student-t residuals normal, δ_c is that of the row's stratum. Level j of a
 * term with Student-t effects has b_j ~ N(0, Σ/λ_j): with b̃_j = √λ_j b_j ~ N(0, Σ) its columns are Z_j/√λ_j, and
 * everything else stays as it is for normal effects.
 *
 * @module
 */

import type { BlockSystem } from "../linalg/blocks.ts";
import { emptyLike, mixInto, stretchInto } from "../linalg/mixture.ts";
import { systemInto } from "../model/rowSystem.ts";
import type { Setup } from "./state.ts";

/**
 * The setup for one chain: with strata or Student-t parts its cross-products are the chain's own, and `weigh` makes them
 * those of a state. Until then they are empty.
 */
export function ownSetup(setup: Setup): Setup {
  const { strata, student } = setup.cross;
  if (strata === null && student === null) return setup;
  const rows = student?.rows ?? null;
  const stretched = student?.effects.some((own) => own !== null) === true;
  // One system for each stratum: of rows, then of stretched columns, then mixed.
  const given: readonly BlockSystem[] = strata === null ? [setup.cross] : strata.systems;
  const plain = rows === null ? given : given.map(emptyLike);
  const systems = stretched ? plain.map(emptyLike) : plain;
  const whole = strata === null ? systems[0] : emptyLike(setup.cross);
  const { q, xtx, factors, pairs } = whole;
  const cross = { ...setup.cross, q, xtx, factors, pairs, strata: strata && { ...strata, systems } };
  const weights = new Float64Array(rows === null ? 0 : rows.system.n);
  const precisions = new Float64Array(systems.length);
  const weigh: Setup["weigh"] = ({ ratios, student: scales }) => {
    for (let c = 0; c < systems.length; c++) {
      if (rows !== null) {
        const lambda = scales!.rows;
        for (let i = 0; i < weights.length; i++) {
          const here = rows.strata === null || rows.strata[i] === c;
          weights[i] = here ? lambda[i] * (rows.weights === null ? 1 : rows.weights[i]) : 0;
        }
        systemInto(plain[c], rows.system, weights);
      }
      if (stretched) stretchInto(systems[c], plain[c], scales!.stretch);
      if (ratios !== undefined) precisions[c] = 1 / (ratios[c] * ratios[c]);
    }
    if (strata !== null) mixInto(whole, systems, precisions);
  };
  return { ...setup, cross, weigh };
}
