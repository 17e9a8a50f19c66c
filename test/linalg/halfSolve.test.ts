import fc from "fast-check";
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { blockFactor, factorize } from "../../src/linalg/blockCholesky.ts";
import { bilinearForm, halfSolve, halfSolver, type LevelEntry } from "../../src/linalg/halfSolve.ts";
import { leastSquares } from "../../src/linalg/leastSquares.ts";
import { solveGeneral } from "../../src/linalg/lu.ts";
import { numbers, spread } from "./numbers.ts";
import { randomSystem, SHAPES } from "./randomSystem.ts";

describe("halfSolve()", () => {
  it("gives the quadratic forms a′H⁻¹b of any sparse functionals, in every shape of design", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(...SHAPES),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (seed, shape, ks, p) => {
          const { system, lambda, starts, H } = randomSystem(seed, shape, ks, p);
          const factor = blockFactor(system);
          factorize(factor, lambda);
          const size = H.rows - 1;
          const M = inverse(H.subMatrix(0, size - 1, 0, size - 1));
          const next = numbers(seed + 1);
          const solver = halfSolver(factor);
          const functionals = Array.from({ length: 6 }, (_, r) => {
            const dense = new Array<number>(size).fill(0);
            const entries: LevelEntry[] = system.factors.flatMap(({ levels, k }, f) => {
              // The last functionals leave factors or X out.
              if (r === 4 && f === 0) return [];
              const level = Math.floor(next() * levels);
              const values = Float64Array.from({ length: k }, () => spread(next));
              values.forEach((value, c) => {
                dense[starts[f] + level * k + c] = value;
              });
              return [{ factor: f, level, values }];
            });
            const x = r === 5 ? null : Float64Array.from({ length: p }, () => spread(next));
            x?.forEach((value, c) => {
              dense[size - p + c] = value;
            });
            return { dense: Matrix.columnVector(dense), half: halfSolve(solver, entries, x) };
          });
          for (const a of functionals) {
            for (const b of functionals) {
              const expected = a.dense.transpose().mmul(M).mmul(b.dense).get(0, 0);
              // Orders below 60, entries near 1, eigenvalues of H of at least 1 but for X: some 1e-14 of M's largest.
              const scale = 1 + M.clone().abs().max();
              expect(Math.abs(bilinearForm(solver, a.half, b.half) - expected)).toBeLessThan(1e-10 * scale);
            }
          }
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe("solveGeneral()", () => {
  it("solves systems that need row exchanges", () => {
    // Column-major: [[0, 2], [1, 1]] x = (4, 3).
    expect(Array.from(solveGeneral(Float64Array.of(0, 1, 2, 1), Float64Array.of(4, 3), 2) ?? [])).toEqual([
      1, 2,
    ]);
  });

  it("agrees with ml-matrix on random systems and leaves its arguments as they were", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 12 }), (seed, n) => {
        const next = numbers(seed);
        const A = Float64Array.from({ length: n * n }, () => spread(next));
        const x = Float64Array.from({ length: n }, () => spread(next));
        const b = Float64Array.from({ length: n }, (_, i) =>
          x.reduce((sum, value, j) => sum + A[i + j * n] * value, 0),
        );
        const before = A.slice();
        const solved = solveGeneral(A, b, n);
        expect(A).toEqual(before);
        // Judged by the residual: the condition of a random matrix may be anything.
        expect(solved).not.toBeNull();
        for (let i = 0; i < n; i++) {
          const left = solved?.reduce((sum, value, j) => sum + A[i + j * n] * value, 0) ?? Number.NaN;
          const size = solved?.reduce((most, value) => Math.max(most, Math.abs(value)), 1) ?? 1;
          expect(Math.abs(left - b[i])).toBeLessThan(1e-11 * size);
        }
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it("says so when the matrix is singular", () => {
    expect(solveGeneral(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 2), 2)).toBeNull();
    expect(solveGeneral(Float64Array.of(0, 0, 0, 0), Float64Array.of(1, 2), 2)).toBeNull();
    expect(solveGeneral(Float64Array.of(0.1, 0.3, 0.7, 2.1), Float64Array.of(1, 2), 2)).toBeNull();
  });
});

describe("leastSquares()", () => {
  it("solves the weighted normal equations, with and without an intercept", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.boolean(), (seed, hasIntercept, weighted) => {
        const next = numbers(seed);
        const n = 30;
        const p = 4;
        const X = Float64Array.from({ length: n * p }, (_, e) => (hasIntercept && e < n ? 1 : spread(next)));
        const y = Float64Array.from({ length: n }, () => spread(next));
        const w = weighted ? Float64Array.from({ length: n }, () => 0.2 + next()) : null;
        const { beta, inverse: C, residuals, rss, effects } = leastSquares(X, y, n, p, w, hasIntercept);
        const D = new Matrix(
          Array.from({ length: n }, (_, i) => Array.from({ length: p }, (_, c) => X[c * n + i])),
        );
        const W = Matrix.diag(Array.from({ length: n }, (_, i) => w?.[i] ?? 1));
        const XWX = D.transpose().mmul(W).mmul(D);
        const exact = inverse(XWX);
        const b = exact.mmul(
          D.transpose()
            .mmul(W)
            .mmul(Matrix.columnVector([...y])),
        );
        let total = 0;
        for (let c = 0; c < p; c++) {
          // The oracle squares the condition of X, some 10 here.
          expect(Math.abs(beta[c] - b.get(c, 0))).toBeLessThan(1e-10);
          for (let d = 0; d < p; d++) expect(Math.abs(C[c + d * p] - exact.get(c, d))).toBeLessThan(1e-10);
          if (!hasIntercept || c > 0) total += effects[c] ** 2;
        }
        for (let i = 0; i < n; i++) {
          total += (w?.[i] ?? 1) * residuals[i] ** 2;
          expect(residuals[i] + D.getRow(i).reduce((sum, x, c) => sum + x * beta[c], 0)).toBeCloseTo(
            y[i],
            12,
          );
        }
        expect(rss).toBeGreaterThan(0);
        // Sums of squares add up to that of y, about its mean with an intercept.
        const weights = Array.from({ length: n }, (_, i) => w?.[i] ?? 1);
        const sum = weights.reduce((a, b_) => a + b_, 0);
        const mean = hasIntercept ? weights.reduce((a, b_, i) => a + b_ * y[i], 0) / sum : 0;
        expect(total).toBeCloseTo(
          weights.reduce((a, b_, i) => a + b_ * (y[i] - mean) ** 2, 0),
          9,
        );
      }),
      { numRuns: 60, seed: 6 },
    );
  });
});
