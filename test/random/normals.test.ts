import { describe, expect, it } from "vitest";
import { seededState } from "../../src/random/bits.ts";
import { AREA, fillNormals, LAYERS, nextNormal, TAIL } from "../../src/random/normals.ts";
import { normalCdf, normalQuantile, normalUpper } from "../../src/stats/normal.ts";
import { KS_BOUND, kolmogorovSmirnov, Z_BOUND } from "./statistics.ts";

const n = 1_000_000;
const batch = new Float64Array(n);
fillNormals(batch, seededState(2024));
const singles = Float64Array.from(
  { length: n },
  (
    (state) => () =>
      nextNormal(state)
  )(seededState(2025)),
);

for (const [name, sample] of [
  ["fillNormals", batch],
  ["nextNormal", singles],
] as const) {
  describe(`${name}: a million standard normals`, () => {
    it("have the moments 0, 1, 0, 3, 0, 15", () => {
      // E x^m and E x^2m; each mean lies within Z_BOUND standard errors.
      const moments = [1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395];
      for (let m = 1; m <= 6; m++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += sample[i] ** m;
        const variance = moments[2 * m] - moments[m] ** 2;
        expect(Math.abs(sum / n - moments[m]) / Math.sqrt(variance / n), `x^${m}`).toBeLessThan(Z_BOUND);
      }
    });

    it("follow the normal distribution function (Kolmogorov–Smirnov)", () => {
      expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(KS_BOUND);
    });

    it("fall into 1000 bins of equal probability evenly (χ²)", () => {
      const bins = 1000;
      const edges = Float64Array.from({ length: bins - 1 }, (_, b) => normalQuantile((b + 1) / bins));
      const counts = new Float64Array(bins);
      for (const x of sample) {
        let low = 0;
        let high = bins - 1;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (x < edges[middle]) high = middle;
          else low = middle + 1;
        }
        counts[low]++;
      }
      let chiSquare = 0;
      for (const count of counts) chiSquare += (count - n / bins) ** 2 / (n / bins);
      // χ² with 999 degrees of freedom: mean 999, SD 45; 5 SDs either way.
      expect(Math.abs(chiSquare - 999)).toBeLessThan(5 * Math.sqrt(2 * 999));
    });

    it("reach into both tails as often as they should", () => {
      // 3.6541528853610088 is where the ziggurat's tail begins.
      for (const edge of [2, 3, 3.6541528853610088, 4, 4.5]) {
        for (const sign of [1, -1]) {
          let count = 0;
          for (let i = 0; i < n; i++) if (sign * sample[i] > edge) count++;
          const expected = n * normalUpper(edge);
          expect(Math.abs(count - expected) / Math.sqrt(expected), `${sign * edge}`).toBeLessThan(Z_BOUND);
        }
      }
    });

    it("are not correlated with the next ones, in value or in size", () => {
      for (const lag of [1, 2, 3]) {
        let values = 0;
        let sizes = 0;
        for (let i = lag; i < n; i++) {
          values += sample[i] * sample[i - lag];
          sizes += (sample[i] ** 2 - 1) * (sample[i - lag] ** 2 - 1);
        }
        expect(Math.abs(values) / Math.sqrt(n)).toBeLessThan(Z_BOUND);
        // The product of two (x² − 1) has variance 4.
        expect(Math.abs(sizes) / Math.sqrt(4 * n)).toBeLessThan(Z_BOUND);
      }
    });
  });
}

describe("the ziggurat", () => {
  it("has a base layer that holds the tail, and closes at the top", () => {
    // Under exp(−x²/2): a wrong area would shift mass between tail and centre by less than a million draws show.
    // The area is written with 12 digits.
    const base = TAIL * Math.exp(-0.5 * TAIL * TAIL) + Math.sqrt(2 * Math.PI) * normalUpper(TAIL);
    expect(Math.abs(base / AREA - 1)).toBeLessThan(1e-11);
    let edge = TAIL;
    let height = Math.exp(-0.5 * TAIL * TAIL);
    for (let layer = 2; layer < LAYERS; layer++) {
      height += AREA / edge;
      edge = Math.sqrt(-2 * Math.log(height));
    }
    // 254 layers add up the rounding of the area.
    expect(Math.abs(height + AREA / edge - 1)).toBeLessThan(1e-8);
  });
});

describe("fillNormals", () => {
  it("writes the same numbers wherever in a buffer they go, and nothing beside them", () => {
    const alone = new Float64Array(500);
    fillNormals(alone, seededState(1));
    const inside = new Float64Array(700).fill(-9);
    fillNormals(inside, seededState(1), 100, 600);
    expect([...inside.subarray(100, 600)]).toEqual([...alone]);
    expect([...inside.subarray(0, 100), ...inside.subarray(600)]).toEqual(Array(200).fill(-9));
  });

  it("draws nothing for an empty range", () => {
    const state = seededState(1);
    fillNormals(new Float64Array(5), state, 3, 3);
    expect([...state]).toEqual([...seededState(1)]);
  });
});
