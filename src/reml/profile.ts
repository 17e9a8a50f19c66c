/**
 * Confidence intervals by the profile likelihood, with exact limits by root finding.
 *
 * For a parameter ψ, D(ψ) is the smallest ML deviance with ψ held. The limits are where D(ψ) − D(ψ̂) reaches the
 * χ²₁ quantile; a limit at the edge of the range (an SD of 0, a correlation of ±1) means that the edge itself
 * lies inside. As lme4's `profile`, REML fits are profiled by their ML deviance.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables } from "../model/variables.ts";
import { normalQuantile } from "../stats/normal.ts";
import { minimize } from "../stats/optimize.ts";
import { profileOf } from "./profileOf.ts";
import type { Profile } from "./profilePieces.ts";
import type { ParameterEstimate } from "./wald.ts";

/** Limits of one parameter. */
export interface ProfileInterval {
  readonly variable: string;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Profile intervals of every parameter of `parameterVariables`, in that order.
 *
 * @param model - the model
 * @param theta - working θ at the ML optimum, and its deviance
 * @param variance - σ² in working units where it is known; its limits are then σ itself
 * @param estimates - of the fit to be reported, with Wald standard errors for the first guesses
 * @param ml - Wald estimates at the ML optimum, from which the limits are sought
 * @param level - coverage, between 0 and 1
 */
export function profileIntervals(
  model: LinearMixedModel,
  theta: Float64Array,
  deviance: number,
  variance: number | null,
  estimates: readonly ParameterEstimate[],
  ml: readonly ParameterEstimate[],
  level: number,
): ProfileInterval[] {
  const root = normalQuantile(0.5 + level / 2);
  return parameterVariables(model).map(({ name, kind }, v) => {
    if (kind === "sigma" && variance !== null) {
      const { estimate } = estimates[v];
      return { variable: name, estimate, lower: estimate, upper: estimate };
    }
    const profile = profileOf(model, theta, variance, v);
    const { estimate, se, boundary } = ml[v];
    const limit = (direction: -1 | 1): number => {
      const edge = direction < 0 ? profile.edges.lower : profile.edges.upper;
      const range =
        kind === "cor"
          ? direction < 0
            ? (profile.least ?? -1)
            : 1
          : kind === "fixed"
            ? direction * Number.POSITIVE_INFINITY
            : direction < 0
              ? 0
              : Number.POSITIVE_INFINITY;
      if (edge !== undefined && edge - deviance <= root * root) return range;
      return findLimit(
        profile,
        deviance,
        root,
        estimate,
        boundary || !(se > 0) ? Number.NaN : se,
        direction,
        range,
      );
    };
    const lower = limit(-1);
    const upper = limit(1);
    return { variable: name, estimate: estimates[v].estimate, lower, upper };
  });
}

/**
 * The ψ on one side of the estimate at which √(D(ψ) − D̂) reaches `root`. Steps outward from the optimum, then
 * the secant rule inside the bracket (Illinois variant); √ makes the function nearly linear.
 */
function findLimit(
  profile: Profile,
  deviance: number,
  root: number,
  estimate: number,
  se: number,
  direction: -1 | 1,
  range: number,
): number {
  let warm: Float64Array = profile.start;
  const excess = (psi: number): number => {
    const found = minimize(profile.at(psi), warm);
    warm = found.x;
    return Math.sqrt(Math.max(0, found.value - deviance)) - root;
  };
  let inner = Number.isFinite(estimate) ? estimate : 0;
  let fInner = -root;
  let step = Number.isFinite(se) ? 0.5 * root * se : 0.25 * Math.max(Math.abs(inner), 1);
  let outer = inner;
  let fOuter = fInner;
  for (let tries = 0; fOuter < 0; tries++) {
    if (tries > 60) return range;
    inner = outer;
    fInner = fOuter;
    outer = inner + direction * step;
    // Towards a finite edge of the range, half the way at most.
    if (direction * (range - outer) <= 0) outer = Number.isFinite(range) ? (inner + range) / 2 : outer;
    fOuter = excess(outer);
    step *= 1.6;
  }
  let side = 0;
  for (let iteration = 0; iteration < 60; iteration++) {
    const next = (inner * fOuter - outer * fInner) / (fOuter - fInner);
    const value = excess(next);
    if (Math.abs(value) < 1e-9 || Math.abs(outer - inner) < 1e-12 * Math.max(1e-300, Math.abs(next)))
      return next;
    if (value < 0) {
      inner = next;
      fInner = value;
      if (side === -1) fOuter /= 2;
      side = -1;
    } else {
      outer = next;
      fOuter = value;
      if (side === 1) fInner /= 2;
      side = 1;
    }
  }
  return (inner + outer) / 2;
}
