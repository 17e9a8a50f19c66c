import { describe, expect, it } from "vitest";
import { orthogonalize } from "../../src/model/orthogonalize.ts";
import { numbers, spread } from "../linalg/numbers.ts";

const n = 400;

/** Largest |entry| of Q′WQ/n − I, and of QR − X beside the size of each column. */
function faults(
  X: Float64Array,
  p: number,
  weights: Float64Array | null,
): { rank: number; inner: number; product: number } {
  const { Q, R, rank } = orthogonalize(X, n, p, weights);
  let inner = 0;
  for (let a = 0; a < rank; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (weights?.[i] ?? 1) * Q[a * n + i] * Q[b * n + i];
      inner = Math.max(inner, Math.abs(sum / n - (a === b ? 1 : 0)));
    }
  }
  let product = 0;
  for (let j = 0; j < p; j++) {
    let size = 0;
    let worst = 0;
    for (let i = 0; i < n; i++) {
      let value = -X[j * n + i];
      for (let c = 0; c < rank; c++) value += Q[c * n + i] * R[c + j * rank];
      size = Math.max(size, Math.abs(X[j * n + i]));
      worst = Math.max(worst, Math.abs(value));
    }
    product = Math.max(product, worst / size);
  }
  return { rank, inner, product };
}

/** An intercept and columns of sizes from 1e-6 to 1e6. */
function columns(seed: number, p: number): Float64Array {
  const next = numbers(seed);
  const X = Float64Array.from({ length: n * p }, () => spread(next));
  X.fill(1, 0, n);
  for (let j = 1; j < p; j++) {
    const size = 10 ** (12 * next() - 6);
    for (let i = 0; i < n; i++) X[j * n + i] *= size;
  }
  return X;
}

describe("orthogonalize() of many columns", () => {
  const next = numbers(9);
  const weights = Float64Array.from({ length: n }, () => 0.1 + 5 * next());

  it.each([15, 16, 17, 32, 33, 90])("%i columns: Q′WQ = nI and QR = X to rounding", (p) => {
    for (const own of [null, weights]) {
      const { rank, inner, product } = faults(columns(p, p), p, own);
      expect(rank).toBe(p);
      // 400 products of numbers near 1, and up to 90 terms.
      expect(inner).toBeLessThan(1e-13);
      expect(product).toBeLessThan(1e-13);
    }
  });

  it("keeps them orthogonal where a column has next to nothing new, beside its block or earlier ones", () => {
    const p = 60;
    for (const share of [1e-3, 1e-6, 1e-9, 1e-12]) {
      for (const own of [null, weights]) {
        const X = columns(5, p);
        const small = numbers(11);
        // Column 40 is 3 and 38 but for a share, 57 is one of its block but for as much.
        for (let i = 0; i < n; i++) {
          X[40 * n + i] = X[3 * n + i] / Math.hypot(...X.subarray(3 * n, 4 * n));
          X[40 * n + i] += X[38 * n + i] / Math.hypot(...X.subarray(38 * n, 39 * n));
          X[40 * n + i] *= 1 + share * spread(small);
          X[57 * n + i] = X[56 * n + i] * (1 + share * spread(small));
        }
        const { rank, inner, product } = faults(X, p, own);
        expect(rank).toBe(p);
        // A second pass leaves rounding of the column that is left, not of the one that came.
        expect(inner).toBeLessThan(1e-12);
        expect(product).toBeLessThan(1e-13);
      }
    }
  });

  it("leaves out what earlier columns determine", () => {
    const p = 50;
    const X = columns(6, p);
    for (let i = 0; i < n; i++) {
      X[20 * n + i] = X[2 * n + i];
      X[45 * n + i] = 3 * X[44 * n + i];
    }
    const { rank, inner, product } = faults(X, p, null);
    expect(rank).toBe(48);
    expect(inner).toBeLessThan(1e-13);
    expect(product).toBeLessThan(1e-13);
  });

  it("has the bits of columns taken alone where they are few", () => {
    const p = 16;
    const X = columns(7, p);
    const { Q, R } = orthogonalize(X, n, p, null);
    const fewer = orthogonalize(X.slice(0, 9 * n), n, 9, null);
    expect(Q.slice(0, 9 * n)).toEqual(fewer.Q);
    for (let j = 0; j < 9; j++) for (let i = 0; i <= j; i++) expect(R[i + j * p]).toBe(fewer.R[i + j * 9]);
  });
});
