import fc from "fast-check";
import { EVD, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { symmetricEigen } from "../../src/stats/symmetric.ts";
import { numbers, spread } from "../linalg/numbers.ts";

/** Symmetric, eigenvalues spread over some orders of magnitude and both signs. */
function symmetric(seed: number, d: number): Float64Array {
  const next = numbers(seed);
  const A = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i <= j; i++) {
      A[i + j * d] = spread(next) * 10 ** (3 * next());
      A[j + i * d] = A[i + j * d];
    }
  }
  return A;
}

describe("symmetricEigen", () => {
  it("has the eigenvalues of ml-matrix's EVD, orthonormal vectors, and A = V D V′", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, d) => {
        const A = symmetric(seed, d);
        const copy = A.slice();
        const { values, vectors } = symmetricEigen(A, d);
        expect(A).toEqual(copy);
        const size = Math.hypot(...A);
        const M = Matrix.zeros(d, d).apply(function (this: Matrix, i: number, j: number) {
          this.set(i, j, A[i + j * d]);
        });
        const oracle = new EVD(M, { assumeSymmetric: true }).realEigenvalues;
        const ascending = (list: ArrayLike<number>): number[] => Array.from(list).sort((a, b) => a - b);
        // Backward stable: a few roundings of the norm.
        const rounding = 1e-13 * size;
        const sorted = ascending(oracle);
        ascending(values).forEach((value, i) => {
          expect(Math.abs(value - sorted[i])).toBeLessThan(rounding);
        });
        for (let i = 0; i < d; i++) {
          for (let j = 0; j < d; j++) {
            let inner = 0;
            let product = 0;
            for (let e = 0; e < d; e++) {
              inner += vectors[e + i * d] * vectors[e + j * d];
              product += vectors[i + e * d] * values[e] * vectors[j + e * d];
            }
            expect(Math.abs(inner - (i === j ? 1 : 0))).toBeLessThan(1e-13);
            expect(Math.abs(product - A[i + j * d])).toBeLessThan(rounding);
          }
        }
      }),
    );
  });

  it("takes a diagonal matrix, a zero matrix and an empty one", () => {
    expect([...symmetricEigen(Float64Array.of(3, 0, 0, -2), 2).values]).toEqual([3, -2]);
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect(symmetricEigen(new Float64Array(0), 0).values).toHaveLength(0);
  });
});
