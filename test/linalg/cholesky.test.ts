import fc from "fast-check";
import { CholeskyDecomposition, inverse, Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  choleskyInto,
  inverseFromCholeskyInto,
  solveLowerInto,
  solveLowerTransposedInto,
} from "../../src/linalg/cholesky.ts";
import { numbers, spread } from "./numbers.ts";

const cases = fc.record({
  seed: fc.nat(),
  n: fc.integer({ min: 1, max: 13 }),
  offset: fc.integer({ min: 0, max: 5 }),
});

/** A well-conditioned symmetric matrix B B′ + I. */
function positive(seed: number, n: number): Matrix {
  const next = numbers(seed);
  const B = Matrix.zeros(n, n).apply(function (this: Matrix, i: number, j: number) {
    this.set(i, j, spread(next));
  });
  return Matrix.add(B.mmul(B.transpose()), Matrix.eye(n));
}

/** Column-major after `offset` entries of 7; what a kernel must not touch above the diagonal is NaN. */
function lowerOf(A: Matrix, offset = 0): Float64Array {
  const n = A.rows;
  const out = new Float64Array(offset + n * n).fill(7);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) out[offset + i + j * n] = i < j ? Number.NaN : A.get(i, j);
  return out;
}

// n ≤ 13 and eigenvalues of at least 1 beside largest ones of some 100: rounding stays near n · 1e-16 · 100.
const ROUNDING = 1e-12;

describe("choleskyInto", () => {
  it("gives the lower factor and reads nothing above the diagonal", () => {
    fc.assert(
      fc.property(cases, ({ seed, n, offset }) => {
        const A = positive(seed, n);
        const L = lowerOf(A, offset);
        expect(choleskyInto(L, n, offset)).toBe(-1);
        const oracle = new CholeskyDecomposition(A).lowerTriangularMatrix;
        for (let j = 0; j < n; j++) {
          for (let i = 0; i < n; i++) {
            const value = L[offset + i + j * n];
            if (i < j) expect(value).toBeNaN();
            else expect(Math.abs(value - oracle.get(i, j))).toBeLessThan(ROUNDING * Math.sqrt(A.get(i, i)));
          }
        }
        expect([...L.subarray(0, offset)]).toEqual(Array(offset).fill(7));
      }),
    );
  });

  it("returns the first pivot that is not positive", () => {
    const A = positive(3, 6);
    for (let pivot = 0; pivot < 6; pivot++) {
      const broken = A.clone();
      broken.set(pivot, pivot, -1);
      expect(choleskyInto(lowerOf(broken), 6)).toBe(pivot);
    }
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(choleskyInto(singular, 2)).toBe(1);
    expect(choleskyInto(Float64Array.of(Number.NaN), 1)).toBe(0);
  });
});

describe("triangular solves", () => {
  it("solveLowerInto and solveLowerTransposedInto solve for every column", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 4 }), ({ seed, n, offset }, columns) => {
        const A = positive(seed, n);
        const lower = new CholeskyDecomposition(A).lowerTriangularMatrix;
        const L = lowerOf(lower, offset);
        const next = numbers(seed + 1);
        const B = Matrix.zeros(n, columns).apply(function (this: Matrix, i: number, j: number) {
          this.set(i, j, spread(next));
        });
        const fill = (): Float64Array => {
          const X = new Float64Array(offset + n * columns).fill(7);
          for (let c = 0; c < columns; c++) for (let i = 0; i < n; i++) X[offset + i + c * n] = B.get(i, c);
          return X;
        };
        for (const [kernel, M] of [
          [solveLowerInto, lower],
          [solveLowerTransposedInto, lower.transpose()],
        ] as const) {
          const X = fill();
          kernel(X, offset, L, offset, n, columns);
          const oracle = solve(M, B);
          for (let c = 0; c < columns; c++) {
            for (let i = 0; i < n; i++) {
              const size = 1 + Math.abs(oracle.get(i, c));
              // The condition of L is below 100.
              expect(Math.abs(X[offset + i + c * n] - oracle.get(i, c))).toBeLessThan(ROUNDING * size);
            }
          }
        }
      }),
    );
  });
});

describe("inverseFromCholeskyInto", () => {
  it("gives the full symmetric inverse, from a factor inside a larger matrix too", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 3 }), ({ seed, n, offset }, extra) => {
        const A = positive(seed, n);
        const lower = new CholeskyDecomposition(A).lowerTriangularMatrix;
        const ld = n + extra;
        const L = new Float64Array(offset + ld * n).fill(Number.NaN);
        for (let j = 0; j < n; j++) for (let i = j; i < n; i++) L[offset + i + j * ld] = lower.get(i, j);
        const M = new Float64Array(n * n).fill(Number.NaN);
        inverseFromCholeskyInto(M, L, n, ld, offset);
        const oracle = inverse(A);
        for (let j = 0; j < n; j++) {
          for (let i = 0; i < n; i++) {
            // Entries of the inverse are at most 1, for A ≥ I.
            expect(Math.abs(M[i + j * n] - oracle.get(i, j))).toBeLessThan(ROUNDING);
            expect(M[i + j * n]).toBe(M[j + i * n]);
          }
        }
      }),
    );
  });
});
