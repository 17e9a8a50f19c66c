/**
 * Leverage and Cook's distance from one factor, without refits. The variance parameters θ and σ are held at the fit.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import { bilinearForm } from "../linalg/halfSolve.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { alignToInput, fittedValues, residualSd } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";
import { halfRowOf, rowForms, rowWeights } from "./rowForms.ts";

/**
 * Leverage h_i = ∂ŷ_i/∂y_i of every row of the data: the diagonal of the map from y to the fitted values,
 *
 *   h_i = w_i a_i′H⁻¹a_i,   a_i = (Λ′z_i, x_i).
 *
 * The sum is the effective number of parameters. NaN where a row was left out.
 *
 * @see lme4 `hatvalues(m)`; Bates et al. 2015, §5.3
 */
export function leverage(model: LinearMixedModel, optimum: Optimum): Float64Array {
  return alignToInput(model, leverageOfRows(model, optimum));
}

function leverageOfRows(model: LinearMixedModel, optimum: Optimum): Float64Array {
  const forms = rowForms(optimum);
  const weights = rowWeights(model, optimum);
  const out = new Float64Array(model.n);
  for (let i = 0; i < model.n; i++) {
    const half = halfRowOf(forms, i, model.n, model.fixed.values, model.random);
    out[i] = (weights === null ? 1 : weights[i]) * bilinearForm(forms.solver, half, half);
  }
  return out;
}

/**
 * Cook's distance of every row of the data, D_i = (r_i / (1 − h_i))² h_i / (p σ²) with r_i = √w_i (y_i − ŷ_i) and the
 * leverage h_i: how far deleting the row would move the fitted values, at θ and σ of the fit.
 *
 * NaN where a row was left out.
 *
 * @throws {ModelError} `no-coefficients`
 * @see lme4 `cooks.distance(m)`; Cook 1977, Technometrics 19
 */
export function cooksDistance(model: LinearMixedModel, optimum: Optimum): Float64Array {
  needsCoefficients(model);
  const h = leverageOfRows(model, optimum);
  const fitted = fittedValues(model, optimum);
  const weights = rowWeights(model, optimum);
  const scale = model.p * residualSd(optimum) ** 2;
  const out = h.map((hi, i) => {
    const w = weights === null ? 1 : weights[i];
    const r = (model.response.values[i] - fitted[i]) / (1 - hi);
    return (w * r * r * hi) / scale;
  });
  return alignToInput(model, out);
}

/** Refuses Cook's distance, which is per fixed effect, where there is none. */
export function needsCoefficients(model: LinearMixedModel): void {
  if (model.p > 0) return;
  throw new ModelError(
    "no-coefficients",
    `Cook's distance is how far the fixed effects move, and ${model.formula} has none.`,
    "leverage() tells of every row how far it draws its own fitted value.",
  );
}
