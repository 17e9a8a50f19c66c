import { describe, expect, it } from "vitest";
import { fillUniforms, nextUniform, seededState } from "../../src/random/bits.ts";
import { fillNormals } from "../../src/random/normals.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { normalCdf } from "../../src/stats/normal.ts";
import { KS_BOUND, kolmogorovSmirnov, Z_BOUND } from "./statistics.ts";

describe("numbers taken in one go", () => {
  it("are those of as many single uniforms", () => {
    const [one, all] = [seededState(8), seededState(8)];
    const batch = new Float64Array(1000);
    fillUniforms(batch, all, 0, 1000);
    expect(Array.from(batch)).toEqual(Array.from({ length: 1000 }, () => nextUniform(one)));
    expect([...all]).toEqual([...one]);
    const stream = new RandomStream(3);
    const part = new Float64Array(5).fill(7);
    stream.uniformsInto(part, 1, 3);
    expect([part[0], part[3], part[4]]).toEqual([7, 7, 7]);
    expect([part[1], part[2]]).toEqual([new RandomStream(3).uniform(), part[2]]);
  });

  it("fill odd and even stretches of normals, and nothing beside them", () => {
    for (const length of [0, 1, 2, 3, 7, 1024, 1025]) {
      const out = new Float64Array(length + 2).fill(9);
      fillNormals(out, seededState(4), 1, length + 1);
      expect([out[0], out[length + 1]]).toEqual([9, 9]);
      expect(out.subarray(1, length + 1).every((x) => Math.abs(x) < 9)).toBe(true);
      expect(new Set(out.subarray(1, length + 1)).size).toBe(length);
    }
  });

  it("ten million normals follow the normal distribution function (Kolmogorov–Smirnov)", () => {
    const sample = new Float64Array(10_000_000);
    fillNormals(sample, seededState(77));
    expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(KS_BOUND);
  }, 20_000);

  it("the two normals that share a word are not correlated, in value, size or sign", () => {
    const n = 2_000_000;
    const sample = new Float64Array(n);
    fillNormals(sample, seededState(78));
    let values = 0;
    let sizes = 0;
    let signs = 0;
    for (let i = 0; i < n; i += 2) {
      const [a, b] = [sample[i], sample[i + 1]];
      values += a * b;
      sizes += (a * a - 1) * (b * b - 1);
      signs += Math.sign(a) * Math.sign(b);
    }
    const pairs = n / 2;
    expect(Math.abs(values) / Math.sqrt(pairs)).toBeLessThan(Z_BOUND);
    // The product of two (x² − 1) has variance 4.
    expect(Math.abs(sizes) / Math.sqrt(4 * pairs)).toBeLessThan(Z_BOUND);
    expect(Math.abs(signs) / Math.sqrt(pairs)).toBeLessThan(Z_BOUND);
  });
});

describe("streams", () => {
  const n = 100_000;
  const normalsOf = (seed: number, index: number): Float64Array => {
    const out = new Float64Array(n);
    new RandomStream(seed, index).normalsInto(out);
    return out;
  };

  /** Largest |z| of cross-correlations between any two, in value and in size, at lags −2 … 2. */
  function worst(samples: readonly Float64Array[]): number {
    let largest = 0;
    samples.forEach((a, i) => {
      for (const b of samples.slice(i + 1)) {
        for (let lag = -2; lag <= 2; lag++) {
          let values = 0;
          let sizes = 0;
          for (let t = 2; t < n - 2; t++) {
            const [x, y] = [a[t], b[t + lag]];
            values += x * y;
            sizes += (x * x - 1) * (y * y - 1);
          }
          largest = Math.max(
            largest,
            Math.abs(values) / Math.sqrt(n - 4),
            Math.abs(sizes) / Math.sqrt(4 * (n - 4)),
          );
        }
      }
    });
    return largest;
  }

  // 28 pairs, 5 lags, 2 statistics: 280 normal deviations, of which one exceeds 5.5 with probability 1e-5.
  const BOUND = 5.5;

  it("of one seed are not correlated with one another", () => {
    expect(worst(Array.from({ length: 8 }, (_, index) => normalsOf(1, index)))).toBeLessThan(BOUND);
  });

  it("of neighbouring seeds are not correlated with one another", () => {
    expect(worst(Array.from({ length: 8 }, (_, seed) => normalsOf(seed, 0)))).toBeLessThan(BOUND);
  });

  it("differ in about half of their bits, whatever the seeds and indices", () => {
    const words = [0, 1, 2, 3, 4294967295].flatMap((seed) =>
      [0, 1, 2].map((index) => new RandomStream(seed, index).snapshot()),
    );
    for (let a = 0; a < words.length; a++) {
      for (let b = 0; b < a; b++) {
        let different = 0;
        for (let w = 0; w < 4; w++) {
          for (let bits = (words[a][w] ^ words[b][w]) >>> 0; bits !== 0; bits >>>= 1) different += bits & 1;
        }
        // Of 128 fair coins the number of heads has SD 5.66; 105 pairs.
        expect(Math.abs(different - 64)).toBeLessThan(5.5 * 5.66);
      }
    }
  });
});
