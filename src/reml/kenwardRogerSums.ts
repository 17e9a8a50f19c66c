/**
 * The traces and products of Kenward and Roger's method, from cross-products.
 *
 * With A = Z′WZ, S = Z′WX, B = (Λ′AΛ + I)⁻¹, U = ΛBΛ′, N = I − UA and F = US,
 *
 *   V⁻¹Z = WZN/σ²,  V⁻¹X = W(X − ZF)/σ²,  M = Z′V⁻¹Z = AN/σ²,  T = Z′V⁻¹X = (S − AF)/σ²,  σ⁴ tr(V⁻¹W⁻¹)² = n − q + tr B²,
 *
 * and G_i = Z E_i Z′ for an element of Σ, W⁻¹ for σ². All of it adds up over the parts of the design that share no
 * row, each of which needs dense matrices of its own order only.
 *
 * @module
 */

import type { BlockSystem } from "../linalg/blocks.ts";
import { effectInverses, timesGramInto } from "../linalg/denseEffects.ts";
import { gram, multiply, transposed } from "../linalg/products.ts";
import { effectCount, effectStarts } from "../linalg/residual.ts";
import type { CrossProducts, TermPlace } from "../model/crossProducts.ts";

/** P_i, Q_ij (p × p each) and K (r × r) over the elements of all Σ and, last, σ²; in working coordinates. */
export interface LinearSums {
  readonly P: readonly Float64Array[];
  readonly Q: readonly (readonly Float64Array[])[];
  readonly K: Float64Array;
}

/** An element of Σ of a term: the positions of its two columns, one pair per level. */
interface Element {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly diagonal: boolean;
}

/**
 * P_i = −X′V⁻¹G_iV⁻¹X, Q_ij = X′V⁻¹G_iV⁻¹G_jV⁻¹X and K_ij = tr(V⁻¹G_iV⁻¹G_j).
 *
 * @param parts - the connected parts of `cross`
 * @param variance - σ², working units
 */
export function linearSums(
  parts: readonly BlockSystem[],
  cross: CrossProducts,
  lambda: readonly Float64Array[],
  variance: number,
): LinearSums {
  const { p, n } = cross;
  const s = cross.places.reduce((sum, { k }) => sum + (k * (k + 1)) / 2, 0);
  const r = s + 1;
  const square = (): Float64Array => new Float64Array(p * p);
  const P = Array.from({ length: r }, square);
  const Q = Array.from({ length: r }, () => Array.from({ length: r }, square));
  const K = new Float64Array(r * r);
  // Σ (S′F + F′S − F′AF) and Σ T′UT.
  const explained = square();
  const TUT = square();
  let trace = n;
  for (const part of parts) {
    const q = effectCount(part);
    const { B, U, N } = effectInverses(part, lambda, q);
    const M = new Float64Array(q * q);
    timesGramInto(M, part, N, q, q);
    for (let i = 0; i < q * q; i++) M[i] /= variance;
    const S = productsWithX(part, q);
    const F = multiply(U, q, q, S, p);
    const AF = new Float64Array(q * p);
    timesGramInto(AF, part, F, q, p);
    const T = S.map((value, i) => (value - AF[i]) / variance);
    // Z′V⁻¹W⁻¹V⁻¹X = N′T/σ².
    const T2 = gram(N, T, q, q, 1 / variance, p);
    const SF = gram(S, F, q, p, 1);
    const FAF = gram(F, AF, q, p, 1);
    for (let j = 0; j < p; j++) {
      for (let i = 0; i < p; i++) explained[i + j * p] += SF[i + j * p] + SF[j + i * p] - FAF[i + j * p];
    }
    add(TUT, gram(T, multiply(U, q, q, T, p), q, p, 1));
    const elements = elementsOf(part, cross.places);
    const ET = elements.map((element) => applied(element, T, q, p));
    elements.forEach((a, i) => {
      add(P[i], gram(T, ET[i], q, p, -1));
      const left = gram(ET[i], M, q, p, 1, q);
      elements.forEach((b, j) => {
        add(Q[i][j], multiply(left, p, q, ET[j], p));
        if (j <= i) K[i + j * r] += traceOf(M, q, a, b);
      });
      add(Q[i][s], gram(ET[i], T2, q, p, 1));
      // tr(E_i Z′V⁻¹W⁻¹V⁻¹Z), with Z′V⁻¹W⁻¹V⁻¹Z = N′M/σ².
      let sum = 0;
      for (let l = 0; l < a.first.length; l++) {
        for (let c = 0; c < q; c++) sum += N[c + a.first[l] * q] * M[c + a.second[l] * q];
      }
      K[s + i * r] += ((a.diagonal ? 1 : 2) * sum) / variance;
    });
    trace -= q;
    for (let i = 0; i < q * q; i++) trace += B[i] * B[i];
  }
  K[s + s * r] = trace / variance ** 2;
  for (let j = 0; j < r; j++) {
    for (let i = 0; i < r; i++) K[i + j * r] = K[Math.max(i, j) + Math.min(i, j) * r];
  }
  for (let i = 0; i < s; i++) Q[s][i].set(transposed(Q[i][s], p));
  for (let j = 0; j < p; j++) {
    for (let i = 0; i < p; i++) {
      const e = i + j * p;
      // X′V⁻¹W⁻¹V⁻¹X = (X − ZF)′W(X − ZF)/σ⁴, and with one more V⁻¹W⁻¹ less T′UT.
      const X2 = (cross.xtx[i + j * cross.q] - explained[e]) / variance ** 2;
      P[s][e] = -X2;
      Q[s][s][e] = (X2 - TUT[e]) / variance;
    }
  }
  return { P, Q, K };
}

function add(sum: Float64Array, more: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += more[i];
}

/** S = Z′WX, q × p. */
function productsWithX(part: BlockSystem, q: number): Float64Array {
  const p = part.q - 1;
  const S = new Float64Array(q * p);
  const starts = effectStarts(part);
  part.factors.forEach(({ levels, k, ztx }, f) => {
    for (let level = 0; level < levels; level++) {
      for (let c = 0; c < p; c++) {
        for (let i = 0; i < k; i++) {
          S[starts[f] + level * k + i + c * q] = ztx[level * k * part.q + i + c * k];
        }
      }
    }
  });
  return S;
}

/** The elements of all Σ, over the levels of a part. */
function elementsOf(part: BlockSystem, places: readonly TermPlace[]): Element[] {
  const starts = effectStarts(part);
  return places.flatMap(({ factor, offset, k }) => {
    const { levels, k: size } = part.factors[factor];
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
