import fc from "fast-check";
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/errors.ts";
import {
  type CrossProducts,
  crossProducts,
  fixedEffectsFromWorkingInto,
} from "../../src/model/crossProducts.ts";
import { lmm } from "../../src/model/lmm.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { reml } from "../../src/reml/fit.ts";
import { numbers, spread } from "../linalg/numbers.ts";

type Input = Parameters<typeof crossProducts>[0];

/** 40 rows: 2 or 3 columns of X, two terms of one group of 4 and one term of a group of 7. */
function rows(seed: number, weighted: boolean, withOffset: boolean, p: number): Input {
  const next = numbers(seed);
  const n = 40;
  const column = (count: number, first: number): Float64Array =>
    Float64Array.from({ length: count * n }, (_, e) => (e < first * n ? 1 : spread(next)));
  const few = Int32Array.from({ length: n }, () => Math.floor(4 * next()));
  const many = Int32Array.from({ length: n }, () => Math.floor(7 * next()));
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `l${i}`);
  return {
    n,
    p,
    y: column(1, 0),
    X: column(p, 1),
    weights: weighted ? Float64Array.from({ length: n }, () => 0.2 + next()) : null,
    offset: withOffset ? column(1, 0) : null,
    random: [
      { group: "few", levels: names(4), codes: few, columns: ["(Intercept)", "x"], z: column(2, 1) },
      { group: "many", levels: names(7), codes: many, columns: ["(Intercept)"], z: column(1, 1) },
      {
        group: "few",
        levels: names(4),
        codes: few,
        columns: ["v"],
        z: column(1, 0).map((value) => 37 * value),
      },
    ],
  };
}

const dense = (values: Float64Array, n: number): Matrix =>
  Matrix.zeros(n, values.length / n).apply(function (this: Matrix, i: number, j: number) {
    this.set(i, j, values[i + j * n]);
  });

// Forty terms of size 1 to 10 per product.
const ROUNDING = 1e-12;

describe("crossProducts", () => {
  it("has the dense products of Z, the orthogonalised X and the least-squares residual of y", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (seed, weighted, shifted, p) => {
          const input = rows(seed, weighted, shifted, p);
          const { n } = input;
          const cross = crossProducts(input);
          const w = (i: number): number => input.weights?.[i] ?? 1;
          const X = dense(input.X, n);
          const R = dense(cross.R, p);
          const Q = X.mmul(inverse(R));
          const y = Matrix.columnVector(Array.from(input.y, (value, i) => value - (input.offset?.[i] ?? 0)));
          const residual = Matrix.sub(y, Q.mmul(Matrix.columnVector([...cross.betaOls]))).div(cross.yScale);
          const T = Matrix.zeros(n, p + 1);
          T.setSubMatrix(Q, 0, 0);
          T.setSubMatrix(residual, 0, p);
          const W = Matrix.diag(Array.from({ length: n }, (_, i) => w(i)));
          const near = (actual: number, expected: number): void => {
            expect(Math.abs(actual - expected)).toBeLessThan(ROUNDING * (n + Math.abs(expected)));
          };

          const TWT = T.transpose().mmul(W).mmul(T);
          const { q } = cross;
          for (let j = 0; j < q; j++) {
            for (let i = 0; i < q; i++) {
              near(cross.xtx[i + j * q], TWT.get(i, j));
              // Q′WQ = nI and Q′Wỹ = 0.
              if (i < p) near(cross.xtx[i + j * q], i === j ? n : 0);
            }
          }

          // The factor with most levels first; the two terms of `few` side by side.
          expect(cross.places).toEqual([
            { factor: 1, offset: 0, k: 2, structure: "us" },
            { factor: 0, offset: 0, k: 1, structure: "us" },
            { factor: 1, offset: 2, k: 1, structure: "us" },
          ]);
          const codes = [input.random[1].codes, input.random[0].codes];
          const z = [
            [input.random[1].z],
            [input.random[0].z.subarray(0, n), input.random[0].z.subarray(n), input.random[2].z],
          ];
          const value = (f: number, c: number, i: number): number => z[f][c][i] / cross.zScale[f][c];
          const sum = (of: (i: number) => number): number => {
            let total = 0;
            for (let i = 0; i < n; i++) total += w(i) * of(i);
            return total;
          };
          cross.factors.forEach(({ levels, k, ztz, ztx }, f) => {
            expect([levels, k]).toEqual(
              [
                [7, 1],
                [4, 3],
              ][f],
            );
            for (let level = 0; level < levels; level++) {
              const here = (i: number): number => (codes[f][i] === level ? 1 : 0);
              for (let a = 0; a < k; a++) {
                for (let b = 0; b < k; b++) {
                  near(
                    ztz[level * k * k + a + b * k],
                    sum((i) => here(i) * value(f, a, i) * value(f, b, i)),
                  );
                }
                for (let c = 0; c < q; c++) {
                  near(
                    ztx[level * k * q + a + c * k],
                    sum((i) => here(i) * value(f, a, i) * T.get(i, c)),
                  );
                }
              }
            }
          });
          const [pair] = cross.pairs[0];
          for (let first = 0; first < 7; first++) {
            const listed = [...pair.column.subarray(pair.rowStart[first], pair.rowStart[first + 1])];
            const seen = [...codes[1]].filter((_, i) => codes[0][i] === first);
            expect(listed).toEqual([...new Set(seen)].sort((a, b) => a - b));
            listed.forEach((second, l) => {
              for (let b = 0; b < 3; b++) {
                near(
                  pair.values[(pair.rowStart[first] + l) * 3 + b],
                  sum((i) =>
                    codes[0][i] === first && codes[1][i] === second ? value(0, 0, i) * value(1, b, i) : 0,
                  ),
                );
              }
            });
          }
          near(
            cross.sumLogWeights,
            Array.from({ length: n }, (_, i) => Math.log(w(i))).reduce((a, b) => a + b, 0),
          );
          for (const scale of [cross.yScale, ...cross.zScale.flatMap((values) => [...values])]) {
            expect(Number.isInteger(Math.log2(scale))).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("refuses a response that the fixed effects reproduce", () => {
    const input = rows(1, false, false, 2);
    const y = input.X.subarray(input.n).map((x) => 3 + 2 * x);
    expect(() => crossProducts({ ...input, y })).toThrow(DataError);
    expect(() => crossProducts({ ...input, y })).toThrow(/reproduce the response/);
  });
});

describe("offsets of the response and of a column cost no digits", () => {
  /** Whole numbers, so that adding a whole offset is exact. */
  function whole(offset: number): Input {
    const input = rows(12, false, false, 2);
    const next = numbers(13);
    const any = (): number => Math.floor(41 * next()) - 20;
    const y = Float64Array.from({ length: input.n }, any);
    const x = Float64Array.from({ length: input.n }, any);
    const X = new Float64Array(2 * input.n).fill(1);
    x.forEach((value, i) => {
      X[input.n + i] = value + offset;
    });
    return { ...input, y: y.map((value) => value + offset), X };
  }
  const blocks = (cross: CrossProducts): number[] => [
    ...cross.xtx,
    ...cross.factors.flatMap(({ ztz, ztx }) => [...ztz, ...ztx]),
  ];

  for (const offset of [1e4, 1e6, 1e8, -12345678]) {
    it(`crossProducts with ${offset} added to y and x has the blocks it has without`, () => {
      // In exact arithmetic nothing changes: Q spans the same space and ỹ is the same residual.
      const plain = blocks(crossProducts(whole(0)));
      blocks(crossProducts(whole(offset))).forEach((value, i) => {
        // Forty terms of size 1; without the centring 1e8 would cost 16 digits.
        expect(Math.abs(value - plain[i])).toBeLessThan(1e-12 * 40);
      });
    });

    it(`least squares with ${offset} added has the coefficients of exact whole-number arithmetic`, () => {
      const input = whole(offset);
      const beta = new Float64Array(2);
      fixedEffectsFromWorkingInto(beta, crossProducts(input), new Float64Array(2));
      const x = [...input.X.subarray(input.n)].map(BigInt);
      const y = [...input.y].map(BigInt);
      const n = BigInt(input.n);
      const total = (values: bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
      const numerator = n * total(x.map((v, i) => v * y[i])) - total(x) * total(y);
      const denominator = n * total(x.map((v) => v * v)) - total(x) ** 2n;
      // Forty digits beyond the point, then one rounding.
      const ratio = (a: bigint, b: bigint): number => Number((a * 10n ** 40n) / b) / 1e40;
      const slope = ratio(numerator, denominator);
      const intercept = ratio(total(y) * denominator - numerator * total(x), n * denominator);
      expect(Math.abs(beta[1] - slope)).toBeLessThan(1e-13 * Math.abs(slope));
      // The intercept is ȳ − slope · x̄: a relative rounding of its two parts.
      expect(Math.abs(beta[0] - intercept)).toBeLessThan(1e-14 * (Math.abs(offset) * (1 + Math.abs(slope))));
    });

    it(`criterionAt() with ${offset} added to y and x is what it is without`, () => {
      const data = (shift: number): object[] => {
        const { y, X, n, random } = whole(shift);
        return Array.from({ length: n }, (_, i) => ({ y: y[i], x: X[n + i], g: `g${random[1].codes[i]}` }));
      };
      for (const method of ["REML", "ML"] as const) {
        const at = (shift: number): number => criterionAt(lmm("y ~ x + (1 | g)", data(shift)), [0.7], method);
        // The tolerance of the criterion everywhere, max(1e-9, 1e-13 · 300).
        expect(Math.abs(at(offset) - at(0))).toBeLessThan(1e-9);
      }
    });
  }
});

describe("multiplying by a power of two changes no bit in working units", () => {
  const powers = fc.integer({ min: -60, max: 60 });
  const working = ({ xtx, factors, pairs }: CrossProducts): unknown => ({ xtx, factors, pairs });

  it("the response: only yScale and the least-squares coefficients follow", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), powers, (seed, weighted, power) => {
        const input = rows(seed, weighted, true, 2);
        const times = (values: Float64Array): Float64Array => values.map((value) => value * 2 ** power);
        const before = crossProducts(input);
        const after = crossProducts({
          ...input,
          y: times(input.y),
          offset: times(input.offset as Float64Array),
        });
        expect(working(after)).toEqual(working(before));
        expect(after.yScale).toBe(before.yScale * 2 ** power);
        expect(after.betaOls).toEqual(times(before.betaOls));
        expect([after.R, after.zScale]).toEqual([before.R, before.zScale]);
      }),
    );
  });

  it("a column of X: only its column of R follows", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), powers, (seed, weighted, power) => {
        const input = rows(seed, weighted, false, 3);
        const X = input.X.map((value, e) => (Math.floor(e / input.n) === 1 ? value * 2 ** power : value));
        const before = crossProducts(input);
        const after = crossProducts({ ...input, X });
        expect(working(after)).toEqual(working(before));
        expect(after.R).toEqual(
          before.R.map((value, e) => (Math.floor(e / 3) === 1 ? value * 2 ** power : value)),
        );
        expect(after.betaOls).toEqual(before.betaOls);
      }),
    );
  });

  it("a column of a random term: only its zScale follows", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), powers, (seed, weighted, power) => {
        const input = rows(seed, weighted, false, 2);
        const random = input.random.map((term, t) =>
          t === 2 ? { ...term, z: term.z.map((value) => value * 2 ** power) } : term,
        );
        const before = crossProducts(input);
        const after = crossProducts({ ...input, random });
        expect(working(after)).toEqual(working(before));
        expect(after.zScale[1][2]).toBe(before.zScale[1][2] * 2 ** power);
      }),
    );
  });

  it("reml() gives the same theta bits for y and x times powers of two, and SDs that follow exactly", () => {
    const data = (y: number, x: number): object[] => {
      const input = rows(3, false, false, 2);
      return Array.from({ length: input.n }, (_, i) => ({
        y: (input.y[i] + input.random[0].codes[i]) * y,
        x: input.X[input.n + i] * x,
        g: `g${input.random[0].codes[i]}`,
      }));
    };
    const fitted = (y: number, x: number) => reml(lmm("y ~ x + (x | g)", data(y, x)));
    const plain = fitted(1, 1);
    const scaled = fitted(2 ** 20, 2 ** -7);
    expect(scaled.theta).toEqual([plain.theta[0], plain.theta[1] * 2 ** 7, plain.theta[2] * 2 ** 7]);
    expect(scaled.sigma).toBe(plain.sigma * 2 ** 20);
    expect(scaled.fixef()["x"]).toBe(plain.fixef()["x"] * 2 ** 27);
  });
});
