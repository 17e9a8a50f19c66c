import type { PpcDensityLike } from "../../src/plot/ppcDensityOverlay.ts";
import type { PpcIntervalsLike } from "../../src/plot/ppcIntervals.ts";
import type { PpcStatLike } from "../../src/plot/ppcStat.ts";
import type { QqLike } from "../../src/plot/qq.ts";
import { density } from "../../src/stats/density.ts";
import { bells } from "./fakeDraws.ts";

export const LEVELS = ["308", "309", "310", "330"];

/** Bell-shaped numbers. */
function sample(count: number, centre: number, spread: number, seed: number): Float64Array {
  const bell = bells(seed);
  return Float64Array.from({ length: count }, () => centre + spread * bell.next().value);
}

/** Densities of y and six replicated responses, of each level or of all rows. */
export function fakeDensity(levels: readonly (string | null)[] = [null]): PpcDensityLike {
  const rows = levels.flatMap((group, g) =>
    [null, 0, 1, 2, 3, 4, 5].flatMap((draw, k) => {
      const { x, density: heights } = density(sample(60, 300 + 20 * g, 50, 7 * g + k + 1), {
        from: 100,
        to: 550,
        points: 40,
      });
      return Array.from(x, (value, i) => ({ group, draw, value, density: heights[i] }));
    }),
  );
  return { response: "Reaction", rows };
}

/** A statistic of each level, or of all rows. */
export function fakeStat(levels: readonly (string | null)[] = [null]): PpcStatLike {
  const rows = levels.map((group, g) => ({
    group,
    observed: 52 + 9 * g,
    probability: 0.7 - 0.2 * g,
    replicated: sample(400, 55, 6, g + 3),
  }));
  return { statistic: "sd", rows };
}

/** Ten days of four subjects. */
export function fakeIntervals(levels: readonly (string | null)[] = [null]): PpcIntervalsLike {
  const rows = levels.flatMap((group, g) =>
    Array.from(sample(10, 0, 25, g + 11), (off, day) => {
      const middle = 250 + 10 * day + 8 * g;
      return {
        group,
        x: day,
        y: middle + off,
        low: middle - 45,
        innerLow: middle - 18,
        median: middle,
        innerHigh: middle + 18,
        high: middle + 45,
      };
    }),
  );
  return { response: "Reaction", x: "Days", rows };
}

/** Residuals with one that leaves its band, and random effects. */
export const fakeQq: QqLike = {
  level: 0.95,
  band: "simultaneous",
  rows: (["residuals", "r_Subject__Intercept", "r_Subject__Days"] as const).flatMap((panel, p) => {
    const count = p === 0 ? 40 : 12;
    const scale = [1, 25, 6][p];
    const values = sample(count, 0, scale, p + 30).sort();
    return Array.from(values, (value, i) => {
      const theoretical = (4 * (i - (count - 1) / 2)) / count;
      const expected = theoretical * scale;
      const half = scale * (0.4 + 0.2 * theoretical * theoretical);
      return {
        panel,
        label: String(i),
        theoretical,
        value: p === 0 && i === count - 1 ? 4.2 : value,
        lower: expected - half,
        expected,
        upper: expected + half,
      };
    });
  }),
};
