/**
 * Dense matrices of the order of the random effects, for methods that cannot do without them.
 *
 * @module
 */

import type { BlockSystem } from "./blocks.ts";
import { choleskyInto, inverseFromCholeskyInto } from "./cholesky.ts";
import { transposed } from "./products.ts";
import { effectStarts } from "./residual.ts";

/** B = (Λ′AΛ + I)⁻¹, U = ΛBΛ′ and N = I − UA, all q × q. */
export function effectInverses(
  cross: BlockSystem,
  lambda: readonly Float64Array[],
  q: number,
): { B: Float64Array; U: Float64Array; N: Float64Array } {
  const dense = new Float64Array(q * q);
  const identity = new Float64Array(q * q);
  for (let i = 0; i < q; i++) identity[i + i * q] = 1;
  const L = identity.slice();
  timesLambda(L, cross, lambda, q, q, false);
  timesGramInto(dense, cross, L, q, q);
  timesLambda(dense, cross, lambda, q, q, true);
  for (let i = 0; i < q; i++) dense[i + i * q] += 1;
  choleskyInto(dense, q);
  const B = new Float64Array(q * q);
  inverseFromCholeskyInto(B, dense, q, q);
  // ΛB from the left, then its transpose BΛ′ from the left again: U = Λ(BΛ′).
  const LB = B.slice();
  timesLambda(LB, cross, lambda, q, q, false);
  const U = transposed(LB, q);
  timesLambda(U, cross, lambda, q, q, false);
  if (wellScaled(cross, lambda)) {
    // N = ΛBΛ⁻¹ loses no digits where Λ can be inverted: (I + ΛΛ′A)⁻¹ = Λ(I + Λ′AΛ)⁻¹Λ⁻¹.
    timesInverseLambdaFromRight(LB, cross, lambda, q);
    return { B, U, N: LB };
  }
  const AU = new Float64Array(q * q);
  timesGramInto(AU, cross, U, q, q);
  const N = transposed(AU, q);
  for (let i = 0; i < q * q; i++) N[i] = identity[i] - N[i];
  return { B, U, N };
}

function wellScaled(cross: BlockSystem, lambda: readonly Float64Array[]): boolean {
  const pivots = cross.factors.flatMap(({ k }, f) =>
    Array.from({ length: k }, (_, i) => lambda[f][i + i * k]),
  );
  return Math.min(...pivots) > 1e-4 * Math.max(...pivots);
}

/** C ← ΛC or, transposed, C ← Λ′C: block by block down each column of C (q × columns). */
function timesLambda(
  C: Float64Array,
  cross: BlockSystem,
  lambda: readonly Float64Array[],
  q: number,
  columns: number,
  transpose: boolean,
): void {
  const starts = effectStarts(cross);
  cross.factors.forEach(({ levels, k }, f) => {
    const L = lambda[f];
    const out = new Float64Array(k);
    for (let c = 0; c < columns; c++) {
      for (let level = 0; level < levels; level++) {
        const at = starts[f] + level * k + c * q;
        for (let i = 0; i < k; i++) {
          let sum = 0;
          if (transpose) for (let a = i; a < k; a++) sum += L[a + i * k] * C[at + a];
          else for (let a = 0; a <= i; a++) sum += L[i + a * k] * C[at + a];
          out[i] = sum;
        }
        C.set(out, at);
      }
    }
  });
}

/** C ← CΛ⁻¹, C q × q: in every row of every block, x′Λ⁻¹ by back substitution. */
function timesInverseLambdaFromRight(
  C: Float64Array,
  cross: BlockSystem,
  lambda: readonly Float64Array[],
  q: number,
): void {
  const starts = effectStarts(cross);
  cross.factors.forEach(({ levels, k }, f) => {
    const L = lambda[f];
    for (let level = 0; level < levels; level++) {
      const at = (starts[f] + level * k) * q;
      for (let row = 0; row < q; row++) {
        for (let j = k - 1; j >= 0; j--) {
          let value = C[at + row + j * q];
          for (let a = j + 1; a < k; a++) value -= C[at + row + a * q] * L[a + j * k];
          C[at + row + j * q] = value / L[j + j * k];
        }
      }
    }
  });
}

/** out ← A C for A = Z′WZ, kept as blocks, and C (q × columns). */
export function timesGramInto(
  out: Float64Array,
  cross: BlockSystem,
  C: Float64Array,
  q: number,
  columns: number,
): void {
  const { factors, pairs } = cross;
  const starts = effectStarts(cross);
  out.fill(0);
  for (let c = 0; c < columns; c++) {
    const base = c * q;
    factors.forEach(({ levels, k, ztz }, f) => {
      for (let level = 0; level < levels; level++) {
        const at = base + starts[f] + level * k;
        for (let j = 0; j < k; j++) {
          for (let i = 0; i < k; i++) out[at + i] += ztz[level * k * k + i + j * k] * C[at + j];
        }
        for (let h = f + 1; h < factors.length; h++) {
          const { rowStart, column, values } = pairs[f][h - f - 1];
          const kh = factors[h].k;
          for (let entry = rowStart[level]; entry < rowStart[level + 1]; entry++) {
            const there = base + starts[h] + column[entry] * kh;
            for (let j = 0; j < kh; j++) {
              for (let i = 0; i < k; i++) {
                const value = values[entry * k * kh + i + j * k];
                out[at + i] += value * C[there + j];
                out[there + j] += value * C[at + i];
              }
            }
          }
        }
      }
    });
  }
}
