/**
 * Eigenvalues of small symmetric matrices, and the inverses made of them.
 *
 * @module
 */

/**
 * Eigenvalues and vectors of a small symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan 2013, §8.5).
 *
 * @returns values (d, unordered) and vectors (d × d, one column each)
 */
export function symmetricEigen(A: Float64Array, d: number): { values: Float64Array; vectors: Float64Array } {
  const M = A.slice(0, d * d);
  const V = new Float64Array(d * d);
  for (let i = 0; i < d; i++) V[i + i * d] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let on = 0;
    for (let j = 0; j < d; j++) {
      on += M[j + j * d] * M[j + j * d];
      for (let i = 0; i < j; i++) off += M[i + j * d] * M[i + j * d];
    }
    if (off <= 1e-32 * on || off === 0) break;
    for (let q = 1; q < d; q++) {
      for (let p = 0; p < q; p++) {
        const apq = M[p + q * d];
        if (apq === 0) continue;
        const tau = (M[q + q * d] - M[p + p * d]) / (2 * apq);
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = t * c;
        for (let i = 0; i < d; i++) {
          const ip = M[i + p * d];
          const iq = M[i + q * d];
          M[i + p * d] = c * ip - s * iq;
          M[i + q * d] = s * ip + c * iq;
        }
        for (let i = 0; i < d; i++) {
          const pi = M[p + i * d];
          const qi = M[q + i * d];
          M[p + i * d] = c * pi - s * qi;
          M[q + i * d] = s * pi + c * qi;
          const vp = V[i + p * d];
          const vq = V[i + q * d];
          V[i + p * d] = c * vp - s * vq;
          V[i + q * d] = s * vp + c * vq;
        }
      }
    }
  }
  return { values: Float64Array.from({ length: d }, (_, i) => M[i + i * d]), vectors: V };
}

/** M ← |A|⁺ of a symmetric d × d matrix: eigenvalues by size, those below 1e-9 of the largest left out. */
export function invertInto(M: Float64Array, A: Float64Array, d: number): void {
  const { values, vectors } = symmetricEigen(A, d);
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  M.fill(0);
  for (let e = 0; e < d; e++) {
    const size = Math.abs(values[e]);
    if (!(size > 1e-9 * largest)) continue;
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) M[i + j * d] += (vectors[i + e * d] * vectors[j + e * d]) / size;
    }
  }
}

/** |A|⁺ of a symmetric d × d matrix; directions in which it vanishes are left out. */
export function pseudoInverse(A: Float64Array, d: number): Float64Array {
  const M = new Float64Array(d * d);
  invertInto(M, A, d);
  return M;
}
