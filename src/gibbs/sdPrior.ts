/**
 * Densities of the priors on one standard deviation.
 *
 * @module
 */

import { exp, ln } from "../stats/special.ts";
import type { SdPrior } from "./priors.ts";

/** Log density of an SD prior at τ = e^u, on the scale of τ, up to a constant. */
export function logSdPrior(prior: SdPrior, u: number): number {
  switch (prior.type) {
    case "halfT": {
      const ratio = exp(u) / prior.scale;
      return -0.5 * (prior.df + 1) * ln(1 + (ratio * ratio) / prior.df);
    }
    case "halfNormal": {
      const ratio = exp(u) / prior.scale;
      return -0.5 * ratio * ratio;
    }
    case "exponential":
      return -prior.rate * exp(u);
    case "inverseGamma":
      return -(2 * prior.shape + 1) * u - prior.scale * exp(-2 * u);
    case "uniformSd":
      return 0;
  }
}
