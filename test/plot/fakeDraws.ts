import type { ComparisonLike } from "../../src/plot/compareIntervals.ts";
import type { Draws } from "../../src/posterior/draws.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";

/** Bell-shaped numbers from a linear congruential generator: the same bits on every engine. */
export function* bells(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    let sum = 0;
    for (let i = 0; i < 12; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32;
    }
    yield sum - 6;
  }
}

/** Draws that look like sleepstudy's: autocorrelated, of very different sizes, with standard deviations near 0. */
export function fakeDraws(chains = 4, iterations = 400, levels = 6): Draws {
  const shape: [string, number, number][] = [
    ["b_Intercept", 251.4, 7],
    ["b_Days", 10.5, 1.6],
    ["sd_Subject__Intercept", 25, 6.5],
    ["sd_Subject__Days", 2.2, 2.1],
    ["cor_Subject__Intercept__Days", 0.08, 0.28],
    ["sigma", 25.8, 1.6],
  ];
  for (let j = 0; j < levels; j++) {
    shape.push([`r_Subject[${308 + j},Intercept]`, ((j * 37) % 50) - 25, 12]);
    shape.push([`r_Subject[${308 + j},Days]`, ((j * 13) % 11) - 5, 2.4]);
  }
  const bell = bells(20);
  const source: Record<string, number[][]> = {};
  for (const [name, centre, spread] of shape) {
    source[name] = Array.from({ length: chains }, () => {
      let state = bell.next().value;
      return Array.from({ length: iterations }, () => {
        state = 0.5 * state + 0.866 * bell.next().value;
        const value = centre + spread * state;
        if (name.startsWith("cor")) return Math.max(-0.95, Math.min(0.95, value));
        return name.startsWith("s") ? Math.abs(value) : value;
      });
    });
  }
  return drawsFrom(source);
}

/** A comparison as `compare()` returns it, as far as plots read it; one variance has no interval. */
export const fakeComparison: ComparisonLike = {
  rows: [
    {
      variable: "b_Intercept",
      estimate: 251.405,
      lower: 238.03,
      upper: 264.78,
      mean: 251.5,
      low: 237.6,
      high: 265.2,
    },
    { variable: "b_Days", estimate: 10.467, lower: 7.438, upper: 13.497, mean: 10.45, low: 7.2, high: 13.7 },
    {
      variable: "sd_Subject__Intercept",
      estimate: 24.74,
      lower: 14.38,
      upper: 37.72,
      mean: 26.2,
      low: 15.1,
      high: 41.6,
    },
    { variable: "sd_Subject__Days", estimate: 5.92, lower: 3.8, upper: 8.75, mean: 6.4, low: 4.1, high: 9.8 },
    {
      variable: "cor_Subject__Intercept__Days",
      estimate: 0.066,
      lower: -0.48,
      upper: 0.68,
      mean: 0.08,
      low: -0.46,
      high: 0.66,
    },
    {
      variable: "sigma",
      estimate: 25.59,
      lower: Number.NaN,
      upper: Number.NaN,
      mean: 25.8,
      low: 22.9,
      high: 29.1,
    },
  ],
};
