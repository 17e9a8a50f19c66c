import { describe, expect, it } from "vitest";
import { inverseWishartFactorInto, slice, wishartScratch } from "../../src/random/distributions.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { chiSquareCdf } from "../../src/stats/distributions.ts";
import { normalCdf } from "../../src/stats/normal.ts";
import { KS_BOUND, kolmogorovSmirnov, Z_BOUND, zOfMean } from "./statistics.ts";

const n = 100_000;
const sampleOf = (draw: () => number): Float64Array => Float64Array.from({ length: n }, draw);

describe("gamma, inverse-gamma and χ² of a stream", () => {
  for (const [shape, rate] of [
    [0.3, 2],
    [1, 0.5],
    [2.5, 3],
    [60, 0.01],
  ]) {
    it(`gamma(${shape}, ${rate}) has mean, variance and distribution of density ∝ x^(shape−1) e^(−rate x)`, () => {
      const stream = new RandomStream(31);
      const sample = sampleOf(() => stream.gamma(shape, rate));
      expect(Math.abs(zOfMean(sample, shape / rate))).toBeLessThan(Z_BOUND);
      const variance = shape / rate ** 2;
      expect(Math.abs(zOfMean(sample, variance, (x) => (x - shape / rate) ** 2))).toBeLessThan(Z_BOUND);
      // 2 · rate · x is χ² with 2 · shape degrees of freedom.
      expect(kolmogorovSmirnov(sample, (x) => chiSquareCdf(2 * rate * x, 2 * shape))).toBeLessThan(KS_BOUND);
    });
  }

  it("inverseGamma(shape, scale) has mean scale / (shape − 1) and the distribution of 1 / gamma", () => {
    const stream = new RandomStream(32);
    const sample = sampleOf(() => stream.inverseGamma(5, 3));
    expect(Math.abs(zOfMean(sample, 3 / 4))).toBeLessThan(Z_BOUND);
    expect(kolmogorovSmirnov(sample, (v) => 1 - chiSquareCdf(6 / v, 10))).toBeLessThan(KS_BOUND);
  });

  it("chiSquare(df) has mean df, variance 2 df and its distribution", () => {
    const stream = new RandomStream(33);
    for (const df of [1, 4, 30]) {
      const sample = sampleOf(() => stream.chiSquare(df));
      expect(Math.abs(zOfMean(sample, df))).toBeLessThan(Z_BOUND);
      expect(Math.abs(zOfMean(sample, 2 * df, (x) => (x - df) ** 2))).toBeLessThan(Z_BOUND);
      expect(kolmogorovSmirnov(sample, (x) => chiSquareCdf(x, df))).toBeLessThan(KS_BOUND);
    }
  });
});

describe("gamma and its kin with a parameter that is not positive", () => {
  it("are NaN, never a number", () => {
    const stream = new RandomStream(1);
    for (const shape of [0, -1.5, Number.NaN]) {
      expect(stream.gamma(shape, 1)).toBeNaN();
      expect(stream.inverseGamma(shape, 1)).toBeNaN();
      expect(stream.chiSquare(shape)).toBeNaN();
    }
  });
});

describe("inverseWishartFactorInto", () => {
  const S3 = Float64Array.of(4, 1.2, -0.8, 1.2, 2, 0.5, -0.8, 0.5, 1);
  const S2 = Float64Array.of(4, 1.2, 1.2, 2);

  /** Σ = L L′ of n draws, entry after entry. */
  function draws(seed: number, df: number, S: Float64Array, k: number): Float64Array[] {
    const stream = new RandomStream(seed);
    const L = new Float64Array(k * k);
    const scratch = wishartScratch(k);
    const entries = Array.from({ length: k * k }, () => new Float64Array(n));
    for (let d = 0; d < n; d++) {
      inverseWishartFactorInto(L, stream, df, S, k, scratch);
      for (let j = 0; j < k; j++) {
        for (let i = 0; i < k; i++) {
          let sum = 0;
          for (let c = 0; c < k; c++) sum += L[i + c * k] * L[j + c * k];
          entries[i + j * k][d] = sum;
        }
      }
    }
    return entries;
  }

  for (const [k, S, df] of [
    [1, Float64Array.of(3), 6],
    [2, S2, 7.5],
    [3, S3, 9],
  ] as const) {
    it(`with k = ${k}, E Σ = S / (df − k − 1) and Σ_ii is inverse-gamma`, () => {
      const entries = draws(41, df, S, k);
      for (let e = 0; e < k * k; e++) {
        expect(Math.abs(zOfMean(entries[e], S[e] / (df - k - 1)))).toBeLessThan(Z_BOUND);
      }
      // Σ_ii ~ IG((df − k + 1) / 2, S_ii / 2): S_ii / Σ_ii is χ² with df − k + 1 degrees of freedom.
      for (let i = 0; i < k; i++) {
        const e = i + i * k;
        const upper = (v: number): number => 1 - chiSquareCdf(S[e] / v, df - k + 1);
        expect(kolmogorovSmirnov(entries[e], upper)).toBeLessThan(KS_BOUND);
      }
    });
  }

  it("a′Σ⁻¹a / a′S⁻¹a is χ² with df degrees of freedom for any a", () => {
    const [s00, s10, , s11] = draws(42, 5, S2, 2);
    const quadratic = (a: number, b: number, v00: number, v10: number, v11: number): number =>
      (a * a * v11 - 2 * a * b * v10 + b * b * v00) / (v00 * v11 - v10 * v10);
    for (const [a, b] of [
      [1, 0],
      [0, 1],
      [1, -2],
    ]) {
      const scale = quadratic(a, b, S2[0], S2[1], S2[3]);
      const sample = s00.map((_, d) => quadratic(a, b, s00[d], s10[d], s11[d]) / scale);
      expect(kolmogorovSmirnov(sample, (x) => chiSquareCdf(x, 5))).toBeLessThan(KS_BOUND);
    }
  });

  it("with df = k + 1 and a diagonal scale every correlation is uniform on (−1, 1)", () => {
    for (const k of [2, 3]) {
      const S = Float64Array.from({ length: k * k }, (_, e) => (e % (k + 1) === 0 ? 1 + e : 0));
      const entries = draws(43, k + 1, S, k);
      for (let j = 0; j < k; j++) {
        for (let i = j + 1; i < k; i++) {
          const rho = entries[i + j * k].map(
            (value, d) => value / Math.sqrt(entries[i + i * k][d] * entries[j + j * k][d]),
          );
          expect(kolmogorovSmirnov(rho, (r) => (r + 1) / 2)).toBeLessThan(KS_BOUND);
        }
      }
    }
  });

  it("returns a lower factor and throws not-positive-definite for a scale that is not", () => {
    const L = new Float64Array(9).fill(Number.NaN);
    inverseWishartFactorInto(L, new RandomStream(1), 5, S3, 3, wishartScratch(3));
    expect([L[3], L[6], L[7]]).toEqual([0, 0, 0]);
    for (const diagonal of [L[0], L[4], L[8]]) expect(diagonal).toBeGreaterThan(0);
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(() =>
      inverseWishartFactorInto(new Float64Array(4), new RandomStream(1), 5, singular, 2, wishartScratch(2)),
    ).toThrow(/positive definiteness/);
  });
});

describe("slice", () => {
  const gammaCdf = (x: number): number => chiSquareCdf(2 * x, 4);
  const gammaLog = (x: number): number => (x > 0 ? Math.log(x) - x : Number.NEGATIVE_INFINITY);
  const normalLog = (x: number): number => -0.5 * x * x;

  for (const width of [0.2, 2, 30]) {
    it(`leaves a normal and a gamma density as they were, first interval ${width} wide`, () => {
      const stream = new RandomStream(51);
      const normals = sampleOf(() => slice(stream, stream.normal(), width, normalLog));
      expect(kolmogorovSmirnov(normals, normalCdf)).toBeLessThan(KS_BOUND);
      const gammas = sampleOf(() => slice(stream, stream.gamma(2, 1), width, gammaLog));
      expect(kolmogorovSmirnov(gammas, gammaCdf)).toBeLessThan(KS_BOUND);
    });
  }

  it("reaches the density from far away and moves at every step", () => {
    const stream = new RandomStream(52);
    let x = 40;
    let stays = 0;
    const step = (): number => {
      const next = slice(stream, x, 2, normalLog);
      if (next === x) stays++;
      x = next;
      return x;
    };
    for (let i = 0; i < 200; i++) step();
    // Every tenth: the autocorrelation of a slice sampler of this width is below 0.01 there.
    const sample = sampleOf(() => {
      for (let i = 0; i < 9; i++) step();
      return step();
    });
    expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(KS_BOUND);
    expect(stays).toBe(0);
  });

  it("never leaves the support", () => {
    const stream = new RandomStream(53);
    let x = 1e-8;
    for (let i = 0; i < 5000; i++) {
      x = slice(stream, x, 5, gammaLog);
      expect(x).toBeGreaterThan(0);
    }
  });
});
