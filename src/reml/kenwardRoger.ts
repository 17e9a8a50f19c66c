/**
 * Kenward and Roger's small-sample covariance of the fixed effects and their F test, from cross-products.
 *
 * V = Σ_i γ_i G_i is linear in the elements γ of the covariance matrices Σ and σ²; with P_i = −X′V⁻¹G_iV⁻¹X,
 * Q_ij = X′V⁻¹G_iV⁻¹G_jV⁻¹X, K_ij = tr(V⁻¹G_iV⁻¹G_j) and Φ = (X′V⁻¹X)⁻¹,
 *
 *   I_ij = K_ij − 2 tr(ΦQ_ij) + tr(ΦP_iΦP_j),   W = 2I⁻¹,   Φ_A = Φ + 2Φ {Σ W_ij (Q_ij − P_iΦP_j)} Φ.
 *
 * Kenward & Roger 1997, Biometrics 53, 983–997; Halekoh & Højsgaard 2014, J. Stat. Softw. 59(9) (R: pbkrtest).
 * No row is looked at: with A = Z′WZ, S = Z′WX, B = (Λ′AΛ + I)⁻¹, U = ΛBΛ′, N = I − UA and F = US,
 *
 *   V⁻¹Z = WZN/σ²,  V⁻¹X = W(X − ZF)/σ²,  M = Z′V⁻¹Z = AN/σ²,  T = Z′V⁻¹X = (S − AF)/σ²,  σ⁴ tr(V⁻¹W⁻¹)² = n − q + tr B².
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import { effectInverses, timesGramInto } from "../linalg/denseEffects.ts";
import { gram, multiply, solveUpper, symmetrise, transposed } from "../linalg/products.ts";
import { effectCount, effectStarts } from "../linalg/residual.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { symmetricEigen } from "../stats/optimize.ts";
import { fixedCovariance } from "./estimates.ts";
import type { Optimum } from "./fit.ts";

/** Most random effects that the dense matrices of this method are made for: q³ operations, 24 q² bytes. */
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
 * @throws {ModelError} `kenward-roger-needs-reml` for ML fits, `too-large` beyond 4000 random effects
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
  const q = effectCount(problem.cross);
  if (q > MOST_EFFECTS) {
    throw new ModelError(
      "too-large",
      `Kenward and Roger's method needs dense ${q} × ${q} matrices for the ${q} random effects of this model; it is made for ${MOST_EFFECTS} at most.`,
      'Use df: "satterthwaite", which agrees with it in designs of this size.',
      { randomEffects: q, most: MOST_EFFECTS },
    );
  }
  const found = known.get(optimum) ?? compute(optimum, q);
  known.set(optimum, found);
  return found;
}

/** An element of Σ of a term: the positions of its two columns, one pair per level. */
interface Element {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly diagonal: boolean;
}

function compute(optimum: Optimum, q: number): KenwardRoger {
  const { problem, pwrss } = optimum;
  const { cross } = problem;
  const { p, n } = cross;
  const variance = pwrss / problem.df;
  const phi = toWorking(fixedCovariance(optimum), cross);
  const { B, U, N } = effectInverses(cross, problem.lambda, q);
  const M = new Float64Array(q * q);
  timesGramInto(M, cross, N, q, q);
  for (let i = 0; i < q * q; i++) M[i] /= variance;
  const S = productsWithX(cross, q);
  const F = multiply(U, q, q, S, p);
  const T = new Float64Array(q * p);
  timesGramInto(T, cross, F, q, p);
  for (let i = 0; i < q * p; i++) T[i] = (S[i] - T[i]) / variance;
  const { T2, X2, X3 } = residualParts(cross, S, F, T, U, N, variance, q);

  const elements = elementsOf(cross);
  const r = elements.length + 1;
  const s = r - 1;
  const ET = elements.map((element) => applied(element, T, q, p));
  const P = ET.map((E) => gram(T, E, q, p, -1));
  P.push(X2.map((value) => -value));
  const Q: Float64Array[][] = elements.map((_, i) => {
    const left = gram(ET[i], M, q, p, 1, q);
    return elements.map((_, j) => multiply(left, p, q, ET[j], p));
  });
  elements.forEach((_, i) => {
    Q[i].push(gram(ET[i], T2, q, p, 1));
  });
  Q.push([...elements.map((_, i) => transposed(Q[i][s], p)), X3]);

  const K = new Float64Array(r * r);
  elements.forEach((a, i) => {
    elements.forEach((b, j) => {
      if (j <= i) K[i + j * r] = K[j + i * r] = traceOf(M, q, a, b);
    });
    // tr(E_i Z′V⁻¹W⁻¹V⁻¹Z), with Z′V⁻¹W⁻¹V⁻¹Z = N′M/σ².
    let sum = 0;
    for (let l = 0; l < a.first.length; l++) {
      for (let c = 0; c < q; c++) sum += N[c + a.first[l] * q] * M[c + a.second[l] * q];
    }
    K[i + s * r] = K[s + i * r] = ((a.diagonal ? 1 : 2) * sum) / variance;
  });
  let traceB2 = 0;
  for (let i = 0; i < q * q; i++) traceB2 += B[i] * B[i];
  K[s + s * r] = (n - q + traceB2) / (variance * variance);

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

/** S = Z′WX, q × p. */
function productsWithX(cross: CrossProducts, q: number): Float64Array {
  const S = new Float64Array(q * cross.p);
  const starts = effectStarts(cross);
  cross.factors.forEach(({ levels, k, ztx }, f) => {
    for (let level = 0; level < levels; level++) {
      for (let c = 0; c < cross.p; c++) {
        for (let i = 0; i < k; i++) {
          S[starts[f] + level * k + i + c * q] = ztx[level * k * cross.q + i + c * k];
        }
      }
    }
  });
  return S;
}

/** What belongs to σ²: Z′V⁻¹W⁻¹V⁻¹X, X′V⁻¹W⁻¹V⁻¹X and X′V⁻¹W⁻¹V⁻¹W⁻¹V⁻¹X. */
function residualParts(
  cross: CrossProducts,
  S: Float64Array,
  F: Float64Array,
  T: Float64Array,
  U: Float64Array,
  N: Float64Array,
  variance: number,
  q: number,
): { T2: Float64Array; X2: Float64Array; X3: Float64Array } {
  const { p } = cross;
  const T2 = multiply(transposed(N, q), q, q, T, p).map((value) => value / variance);
  const SF = gram(S, F, q, p, 1);
  const AF = new Float64Array(q * p);
  timesGramInto(AF, cross, F, q, p);
  const FAF = gram(F, AF, q, p, 1);
  const TUT = gram(T, multiply(U, q, q, T, p), q, p, 1);
  const X2 = new Float64Array(p * p);
  const X3 = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let i = 0; i < p; i++) {
      const e = i + j * p;
      X2[e] = (cross.xtx[i + j * cross.q] - SF[e] - SF[j + i * p] + FAF[e]) / variance ** 2;
      X3[e] = (X2[e] - TUT[e]) / variance;
    }
  }
  return { T2, X2, X3 };
}

function elementsOf(cross: CrossProducts): Element[] {
  const starts = effectStarts(cross);
  return cross.places.flatMap(({ factor, offset, k }) => {
    const { levels, k: size } = cross.factors[factor];
    const at = (c: number): Int32Array =>
      Int32Array.from({ length: levels }, (_, level) => starts[factor] + level * size + offset + c);
    const out: Element[] = [];
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++) out.push({ first: at(i), second: at(j), diagonal: i === j });
    }
    return out;
  });
}

/** E C for the pattern matrix E of an element. */
function applied(element: Element, C: Float64Array, q: number, columns: number): Float64Array {
  const out = new Float64Array(C.length);
  const { first, second, diagonal } = element;
  for (let c = 0; c < columns; c++) {
    for (let l = 0; l < first.length; l++) {
      out[first[l] + c * q] += C[second[l] + c * q];
      if (!diagonal) out[second[l] + c * q] += C[first[l] + c * q];
    }
  }
  return out;
}

/** tr(M E_a M E_b): over the levels of both, M with rows of one and columns of the other. */
function traceOf(M: Float64Array, q: number, a: Element, b: Element): number {
  let sum = 0;
  for (let l = 0; l < a.first.length; l++) {
    for (let m = 0; m < b.first.length; m++) {
      const ff = M[a.first[l] + b.first[m] * q];
      const ss = M[a.second[l] + b.second[m] * q];
      if (a.diagonal && b.diagonal) sum += ff * ss;
      else {
        const fs = M[a.first[l] + b.second[m] * q];
        const sf = M[a.second[l] + b.first[m] * q];
        sum += 2 * (a.diagonal || b.diagonal ? 0.5 : 1) * (ff * ss + fs * sf);
      }
    }
  }
  return sum;
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
