/**
 * Profile likelihoods of the SD τ and the correlation ρ of a term with compound symmetry.
 *
 * In polar coordinates α = s √k cos φ, β = s √(k/(k − 1)) sin φ the relative SD is s and 1 + (k − 1)ρ = k cos² φ.
 *
 * @module
 */

import type { CrossProducts } from "../model/crossProducts.ts";
import { minimize } from "../stats/optimize.ts";
import { criterionOf } from "./criterion.ts";
import {
  devianceAt,
  firstOf,
  minimizeFree,
  type Profile,
  pieces,
  profiledDeviance,
} from "./profilePieces.ts";

/** The profile of τ (`"sd"`) or ρ (`"cor"`) of term t. */
export function symmetricProfile(
  cross: CrossProducts,
  theta: Float64Array,
  variance: number | null,
  t: number,
  what: "sd" | "cor",
): Profile {
  const { k, factor, offset } = cross.places[t];
  const problem = criterionOf(cross, "ML", variance);
  const at = firstOf(cross, t);
  const ra = Math.sqrt(k);
  const rb = Math.sqrt(k / (k - 1));
  const s = Math.max(Math.hypot(theta[at] / ra, theta[at + 1] / rb), 1e-3);
  const phi =
    theta[at] === 0 && theta[at + 1] === 0 ? Math.PI / 4 : Math.atan2(theta[at + 1] / rb, theta[at] / ra);
  if (what === "sd") {
    const unit = cross.zScale[factor][offset];
    const start = theta.slice();
    start[at] = Math.log(s);
    start[at + 1] = phi;
    const others = Array.from(theta.keys()).filter((i) => i !== at && i !== at + 1);
    const known = variance === null ? null : Math.sqrt(variance) * cross.yScale;
    return {
      start,
      edges: { lower: minimizeFree(problem, theta, others, [at, at + 1]) },
      at: (psi) => (x, gradient) => {
        const own = x.slice();
        const size = known === null ? Math.exp(x[at]) : (Math.abs(psi) * unit) / known;
        own[at] = size * ra * Math.cos(x[at + 1]);
        own[at + 1] = size * rb * Math.sin(x[at + 1]);
        const sigma = known ?? (Math.abs(psi) * unit) / size;
        const parts = pieces(problem, own);
        const value = devianceAt(problem, parts, sigma, gradient);
        const [ga, gb] = [gradient[at], gradient[at + 1]];
        // With σ known the size follows from ψ, and its coordinate stands idle.
        gradient[at] =
          known === null
            ? own[at] * ga + own[at + 1] * gb - 2 * cross.n + (2 * parts.pwrss) / (sigma * sigma)
            : 0;
        gradient[at + 1] = size * (rb * Math.cos(x[at + 1]) * gb - ra * Math.sin(x[at + 1]) * ga);
        return value;
      },
    };
  }
  const least = -1 / (k - 1);
  const free = Array.from(theta.keys()).filter((i) => i !== at + 1);
  const start = Float64Array.from(free, (i) => (i === at ? Math.max(s, 0.05) : theta[i]));
  const whole = new Float64Array(theta.length);
  const held = (psi: number) => (x: Float64Array, gradient: Float64Array) => {
    const own = new Float64Array(theta.length);
    free.forEach((i, f) => {
      own[i] = x[f];
    });
    const byAlpha = Math.sqrt(Math.max(0, 1 + (k - 1) * psi));
    const byBeta = Math.sqrt(Math.max(0, 1 - psi));
    const size = own[at];
    own[at] = size * byAlpha;
    own[at + 1] = size * byBeta;
    const value = profiledDeviance(problem, pieces(problem, own), whole);
    free.forEach((i, f) => {
      gradient[f] = i === at ? byAlpha * whole[at] + byBeta * whole[at + 1] : whole[i];
    });
    return value;
  };
  return {
    start,
    edges: { lower: minimize(held(least), start).value, upper: minimize(held(1), start).value },
    least,
    at: held,
  };
}
