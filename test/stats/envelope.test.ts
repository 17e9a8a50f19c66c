import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/random/stream.ts";
import { envelope } from "../../src/stats/envelope.ts";

/** Sorted samples of 30 standard normals. */
function curves(count: number, seed: number): Float64Array[] {
  const stream = new RandomStream(seed);
  return Array.from({ length: count }, () => {
    const values = new Float64Array(30);
    stream.normalsInto(values);
    return values.sort();
  });
}

/** Shares of curves, and of points, inside a band. */
function coverage(of: readonly Float64Array[], { lower, upper }: ReturnType<typeof envelope>) {
  const inside = of.map((curve) => Array.from(curve, (v, i) => v >= lower[i] && v <= upper[i]));
  return {
    curves: inside.filter((own) => own.every(Boolean)).length / of.length,
    points: inside.flat().filter(Boolean).length / (30 * of.length),
  };
}

describe("envelope", () => {
  const simulated = curves(2000, 1);
  const fresh = curves(2000, 2);

  it("holds whole curves with its level when simultaneous", () => {
    for (const level of [0.5, 0.95]) {
      // A share of 2000 fresh curves, and the quantile of 2000 simulated: √2 · √(level (1 − level)/2000), four times.
      const error = 4 * Math.sqrt((2 * level * (1 - level)) / 2000);
      const { curves: share } = coverage(fresh, envelope(simulated, level, "simultaneous"));
      expect(Math.abs(share - level)).toBeLessThan(error);
    }
  });

  it("holds each point with its level when pointwise", () => {
    const { curves: whole, points } = coverage(fresh, envelope(simulated, 0.95, "pointwise"));
    // As above, of every point; the mean over dependent points varies no more than one of them.
    expect(Math.abs(points - 0.95)).toBeLessThan(4 * Math.sqrt((2 * 0.95 * 0.05) / 2000));
    expect(whole).toBeLessThan(0.8);
  });

  it("stays at a point where all curves agree", () => {
    const flat = curves(50, 3).map((curve) => curve.map((value, i) => (i === 7 ? 2 : value)));
    for (const kind of ["pointwise", "simultaneous"] as const) {
      const { lower, middle, upper } = envelope(flat, 0.95, kind);
      expect([lower[7], middle[7], upper[7]]).toEqual([2, 2, 2]);
    }
  });
});
