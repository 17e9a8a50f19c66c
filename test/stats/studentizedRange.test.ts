import { describe, expect, it } from "vitest";
import { tQuantile, tTwoSided } from "../../src/stats/distributions.ts";
import {
  studentizedRangeCdf,
  studentizedRangeQuantile,
  studentizedRangeUpper,
} from "../../src/stats/studentizedRange.ts";

const DFS = [0.5, 1, 2, 5, 20, 45, 266, 1e4, 1e7, Number.POSITIVE_INFINITY];

describe("the studentized range", () => {
  it("of two means is Student's t: P(Q > √2 t) = 2 P(T > t), in the far tail too", () => {
    for (const df of DFS) {
      for (const t of [0.1, 1, 3, 8, 25]) {
        const exact = tTwoSided(t, df);
        // A few hundred roundings each; the logarithm of 1e-137 is known to 1e-13 only.
        expect(Math.abs(studentizedRangeUpper(Math.SQRT2 * t, 2, df) / exact - 1)).toBeLessThan(5e-13);
      }
    }
  });

  it("has upper and lower tails that add up to one, each computed on its own", () => {
    for (const df of [1, 7, 45, Number.POSITIVE_INFINITY]) {
      for (const k of [2, 3, 6, 10, 30, 100]) {
        for (const q of [0.5, 2, 4, 7]) {
          const sum = studentizedRangeUpper(q, k, df) + studentizedRangeCdf(q, k, df);
          // Double precision over two sums of some thousand terms.
          expect(Math.abs(sum - 1)).toBeLessThan(1e-13);
        }
      }
    }
  });

  it("agrees with R's ptukey, which is good to about 4e-10", () => {
    // ptukey(q, k, df, lower.tail = FALSE), R 4.2.2.
    for (const [q, k, df, p] of [
      [3.5, 3, 20, 0.05589184908205935],
      [4, 10, 7, 0.2777608847005243],
      [5, 50, 30, 0.3013793785366012],
      [3.3, 3, Number.POSITIVE_INFINITY, 0.05131090641898628],
    ]) {
      // At k = 50 R is off by 2e-8; the sums of the tails above decide who is right.
      const tolerance = k === 50 ? 3e-8 : 4e-10;
      expect(Math.abs(studentizedRangeUpper(q, k, df) - p)).toBeLessThan(tolerance);
    }
  });

  it("of three normals has the closed form P(R ≤ w) = 3∫φ(z)(Φ(z) − Φ(z − w))² dz by Simpson's rule", () => {
    const phi = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const Phi = (z: number): number => 1 - tTwoSided(z, Number.POSITIVE_INFINITY) / 2;
    const cdf = (z: number): number => (z >= 0 ? Phi(z) : 1 - Phi(-z));
    for (const w of [1, 3, 5]) {
      const m = 4000;
      const h = (20 + w) / m;
      let sum = 0;
      for (let i = 0; i <= m; i++) {
        const z = -10 + i * h;
        const weight = i === 0 || i === m ? 1 : i % 2 === 1 ? 4 : 2;
        sum += weight * 3 * phi(z) * (cdf(z) - cdf(z - w)) ** 2;
      }
      // Simpson's error at this step is below 1e-12.
      expect(Math.abs(studentizedRangeCdf(w, 3, Number.POSITIVE_INFINITY) - (sum * h) / 3)).toBeLessThan(
        1e-11,
      );
    }
  });

  it("has a quantile that inverts the upper tail, down to 1e-12", () => {
    for (const p of [0.9, 0.5, 0.05, 1e-4, 1e-12]) {
      for (const [k, df] of [
        [2, 3],
        [4, 45],
        [10, 153],
        [3, Number.POSITIVE_INFINITY],
      ]) {
        // The logarithm of p is met to 1e-13.
        expect(
          Math.abs(studentizedRangeUpper(studentizedRangeQuantile(p, k, df), k, df) / p - 1),
        ).toBeLessThan(1e-11);
      }
    }
    // Two means: √2 times the quantile of t.
    expect(studentizedRangeQuantile(0.05, 2, 12) / (Math.SQRT2 * tQuantile(0.975, 12))).toBeCloseTo(1, 12);
  });

  it("handles the ends of its range", () => {
    expect(studentizedRangeUpper(0, 3, 5)).toBe(1);
    expect(studentizedRangeCdf(0, 3, 5)).toBe(0);
    expect(studentizedRangeUpper(Number.POSITIVE_INFINITY, 3, 5)).toBe(0);
    expect(studentizedRangeUpper(1, 1, 5)).toBeNaN();
    expect(studentizedRangeUpper(1, 3, 0)).toBeNaN();
    expect(studentizedRangeQuantile(1, 3, 5)).toBe(0);
    expect(studentizedRangeQuantile(0, 3, 5)).toBe(Number.POSITIVE_INFINITY);
  });
});
