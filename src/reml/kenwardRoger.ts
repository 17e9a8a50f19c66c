/**
 * Kenward and Roger's small-sample covariance of the fixed effects and their F test, from cross-products.
 *
 * V = Σ_i γ_i G_i is linear in the elements γ of the covariance matrices Σ and σ²; with P_i = −X′V⁻¹G_iV⁻¹X,
 * Q_ij = X′V⁻¹G_iV⁻¹G_jV⁻¹X, K_ij = tr(V⁻¹G_iV⁻¹G_j) and Φ = (X′V⁻¹X)⁻¹,
 *
 *   I_ij = K_ij − 2 tr(ΦQ_ij) + tr(ΦP_iΦP_j),   W = 2I⁻¹,   Φ_A = Φ + 2Φ {Σ W_ij (Q_ij − P_iΦP_j)} Φ.
 *
 * Kenward & Roger 1997, Biometrics 53, 983–997; Halekoh & Højsgaard 2014, J. Stat. Softw. 59(9) (R: pbkrtest).
 * No row is looked at: see kenwardRogerSums.ts.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import type { BlockSystem } from "../linalg/blocks.ts";
import { connectedParts } from "../linalg/parts.ts";
import { multiply, solveUpper, symmetrise, transposed } from "../linalg/products.ts";
import { effectCount } from "../linalg/residual.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { fixedCovariance } from "./estimates.ts";
import { type LinearSums, linearSums } from "./kenwardRogerSums.ts";
import type { Optimum } from "./optimum.ts";

/** Most random effects of one connected part, for which dense matrices are made: q³ operations, 50 q² bytes. */
const MOST_EFFECTS = 4000;

/** Everything the tests need, in the units of the data. */
export interface KenwardRoger {
  /** Φ, p × p. */
  readonly phi: Float64Array;
  /** Φ_A, p × p. */
  readonly adjusted: Float64Array;
  /** P_i, one p × p matrix per element of γ. */
  readonly P: readonly Float64Array[];
  /** W, r × r. */
  readonly W: Float64Array;
}

const known = new WeakMap<Optimum, KenwardRoger>();

/**
 * Φ_A and what the F tests need, once per optimum. R: `pbkrtest::vcovAdj`.
 *
 * @throws {ModelError} `kenward-roger-needs-reml` for ML fits, `one-sigma` with strata, `known-sigma`, `too-large` when more than 4000 random effects are
 * connected by rows (one factor and nested ones never are)
 */
export function kenwardRoger(optimum: Optimum): KenwardRoger {
  const { problem } = optimum;
  if (problem.method !== "REML") {
    throw new ModelError(
      "kenward-roger-needs-reml",
      "Kenward and Roger's method corrects REML estimates, and this fit is by maximum likelihood.",
      'Fit the model by reml(), or use df: "satterthwaite".',
    );
  }
  if (problem.cross.strata !== null) {
    throw new ModelError(
      "one-sigma",
      "Kenward and Roger's method is made for one residual variance, and this model has one for each stratum.",
      'Use df: "satterthwaite".',
    );
  }
  if (problem.variance !== null) {
    throw new ModelError(
      "known-sigma",
      "Kenward and Roger's method counts sigma among the estimates, and this fit holds it as known.",
      'Use df: "satterthwaite" or "z".',
    );
  }
  const held = known.get(optimum);
  if (held !== undefined) return held;
  const parts = connectedParts(problem.cross);
  const q = parts.reduce((most, part) => Math.max(most, effectCount(part)), 0);
  if (q > MOST_EFFECTS) {
    throw new ModelError(
      "too-large",
      `Kenward and Roger's method needs dense ${q} × ${q} matrices for the ${q} random effects that share rows in this model; it is made for ${MOST_EFFECTS} at most.`,
      'Use df: "satterthwaite".',
      { randomEffects: q, most: MOST_EFFECTS },
    );
  }
  const found = compute(optimum, parts);
  known.set(optimum, found);
  return found;
}

/**
 * The sums for the γ that the structures leave free. They are linear or bilinear in the G_i, so that those of compound
 * symmetry, Σ = γ₁I + γ₂11′, are sums over elements of an unstructured Σ.
 */
function structured(sums: LinearSums, { places, p }: CrossProducts): LinearSums {
  if (places.every(({ structure }) => structure === "us")) return sums;
  const members: number[][] = [];
  let at = 0;
  for (const { k, structure } of places) {
    const diagonal: number[] = [];
    const all: number[] = [];
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++, at++) {
        all.push(at);
        if (i === j) diagonal.push(at);
      }
    }
    members.push(...(structure === "cs" ? [diagonal, all] : all.map((e) => [e])));
  }
  members.push([at]);
  const total = (list: readonly Float64Array[]): Float64Array =>
    Float64Array.from({ length: p * p }, (_, e) => list.reduce((sum, matrix) => sum + matrix[e], 0));
  const r = members.length;
  const K = new Float64Array(r * r);
  members.forEach((a, i) => {
    members.forEach((b, j) => {
      for (const x of a) for (const y of b) K[i + j * r] += sums.K[x + y * (at + 1)];
    });
  });
  return {
    P: members.map((a) => total(a.map((x) => sums.P[x]))),
    Q: members.map((a) => members.map((b) => total(a.flatMap((x) => b.map((y) => sums.Q[x][y]))))),
    K,
  };
}

function compute(optimum: Optimum, parts: readonly BlockSystem[]): KenwardRoger {
  const { problem, pwrss } = optimum;
  const { cross } = problem;
  const { p } = cross;
  const phi = toWorking(fixedCovariance(optimum), cross);
  const { P, Q, K } = structured(linearSums(parts, cross, problem.lambda, pwrss / problem.df), cross);
  const r = P.length;
  const PP = P.map((Pi) => multiply(phi, p, p, Pi, p));
  const information = new Float64Array(r * r);
  for (let j = 0; j < r; j++) {
    for (let i = 0; i < r; i++) {
      let value = K[i + j * r];
      for (let a = 0; a < p; a++) {
        for (let b = 0; b < p; b++) {
          value += PP[i][a + b * p] * PP[j][b + a * p] - 2 * phi[a + b * p] * Q[i][j][b + a * p];
        }
      }
      information[i + j * r] = value;
    }
  }
  const W = twiceInverse(information, r);
  const inner = new Float64Array(p * p);
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < r; j++) {
      const second = multiply(P[i], p, p, PP[j], p);
      for (let e = 0; e < p * p; e++) inner[e] += W[i + j * r] * (Q[i][j][e] - second[e]);
    }
  }
  const adjusted = multiply(multiply(phi, p, p, inner, p), p, p, phi, p);
  for (let e = 0; e < p * p; e++) adjusted[e] = phi[e] + 2 * adjusted[e];
  symmetrise(adjusted, p);
  return {
    phi: fixedCovariance(optimum),
    adjusted: toData(adjusted, cross),
    P: P.map((Pi) => informationToData(Pi, cross)),
    W,
  };
}

/** 2I⁻¹ of the expected information, scaled to unit diagonal first; directions without information get 0. */
function twiceInverse(information: Float64Array, r: number): Float64Array {
  const scale = Float64Array.from(
    { length: r },
    (_, i) => 1 / Math.sqrt(Math.max(information[i + i * r], 1e-300)),
  );
  const scaled = information.map((value, e) => value * scale[e % r] * scale[Math.floor(e / r)]);
  const { values, vectors } = symmetricEigen(scaled, r);
  const out = new Float64Array(r * r);
  for (let e = 0; e < r; e++) {
    if (!(values[e] > 1e-12)) continue;
    for (let j = 0; j < r; j++) {
      for (let i = 0; i < r; i++) {
        out[i + j * r] += (2 * scale[i] * scale[j] * vectors[i + e * r] * vectors[j + e * r]) / values[e];
      }
    }
  }
  return out;
}

/** R V R′ / s²: a covariance of β from the coordinates of X to those of Q, in working units. */
function toWorking(V: Float64Array, { R, p, yScale }: CrossProducts): Float64Array {
  const RV = multiply(R, p, p, V, p);
  const out = multiply(RV, p, p, transposed(R, p), p);
  return out.map((value) => value / (yScale * yScale));
}

/** R⁻¹ V R′⁻¹ s²: the way back. */
function toData(V: Float64Array, { R, p, yScale }: CrossProducts): Float64Array {
  const half = solveUpper(R, V, p);
  const out = solveUpper(R, transposed(half, p), p);
  return out.map((value) => value * yScale * yScale);
}

/** R′ P R / s²: an information matrix of β from the coordinates of Q to those of X. */
function informationToData(P: Float64Array, { R, p, yScale }: CrossProducts): Float64Array {
  const out = multiply(multiply(transposed(R, p), p, p, P, p), p, p, R, p);
  return out.map((value) => value / (yScale * yScale));
}
