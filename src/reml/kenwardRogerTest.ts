/**
 * The F test of Kenward and Roger.
 *
 * @module
 */

import { multiply, solveSymmetric } from "../linalg/products.ts";
import type { KenwardRoger } from "./kenwardRoger.ts";

/**
 * Degrees of freedom and scale of Kenward and Roger's F: with Θ = L′(LΦL′)⁻¹L,
 *
 *   A₁ = Σ W_ij tr(ΘΦP_iΦ) tr(ΘΦP_jΦ),  A₂ = Σ W_ij tr(ΘΦP_iΦΘΦP_jΦ),
 *
 * B, g, c₁, c₂, c₃, ρ as in their §3.2. R: `pbkrtest:::.KR_adjust`, with its guards.
 */
export function kenwardRogerTest(
  { phi, P, W }: KenwardRoger,
  rows: readonly Float64Array[],
): { denDf: number; scale: number } {
  const q = rows.length;
  const p = rows[0].length;
  const r = P.length;
  const L = new Float64Array(q * p);
  rows.forEach((row, i) => {
    for (let j = 0; j < p; j++) L[i + j * q] = row[j];
  });
  const Lt = new Float64Array(p * q);
  for (let i = 0; i < q; i++) for (let j = 0; j < p; j++) Lt[j + i * p] = L[i + j * q];
  const LPhi = multiply(L, q, p, phi, p);
  const middle = multiply(LPhi, q, p, Lt, q);
  // tr(ΘΦP_iΦ) = tr(H_i), H_i = (LΦL′)⁻¹ LΦP_iΦL′, and the product of two likewise.
  const PhiLt = multiply(phi, p, p, Lt, q);
  const H = P.map((Pi) =>
    solveSymmetric(middle, multiply(multiply(LPhi, q, p, Pi, p), q, p, PhiLt, q), q, q),
  );
  const traces = H.map((Hi) => {
    let sum = 0;
    for (let i = 0; i < q; i++) sum += Hi[i + i * q];
    return sum;
  });
  let A1 = 0;
  let A2 = 0;
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < r; j++) {
      A1 += W[i + j * r] * traces[i] * traces[j];
      let sum = 0;
      for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) sum += H[i][a + b * q] * H[j][b + a * q];
      A2 += W[i + j * r] * sum;
    }
  }
  const B = (A1 + 6 * A2) / (2 * q);
  const g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2);
  const below = 3 * q + 2 * (1 - g);
  const V0 = 1 + (g / below) * B;
  const V1 = 1 - ((q - g) / below) * B;
  const V2 = 1 - ((q + 2 - g) / below) * B;
  const ratio = Math.abs(1 - A2 / q) < 1e-14 && Math.abs(V1) < 1e-14 ? 1 : (1 - A2 / q) / V1;
  const rho = ((ratio * ratio) / q) * ((Math.abs(V0) < 1e-10 ? 0 : V0) / V2);
  const denDf = 4 + (q + 2) / (q * rho - 1);
  const scale = Math.abs(denDf - 2) < 1e-2 ? 1 : (denDf * (1 - A2 / q)) / (denDf - 2);
  return { denDf, scale };
}
