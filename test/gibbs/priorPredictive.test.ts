import { describe, expect, it } from "vitest";
import { cake, sleepstudy } from "../../src/datasets/index.ts";
import { priorPredictive } from "../../src/gibbs/priorPredictive.ts";
import {
  exponential,
  fixed,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  type TermPrior,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { tCdf } from "../../src/stats/distributions.ts";
import { crossedRows } from "./harness.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const beta = { "(Intercept)": 250, Days: 10 };
const DRAWS = 20_000;
const drawn = (term: TermPrior, own: Priors = {}) =>
  priorPredictive(sleep, { priors: { ...own, terms: { Subject: term } }, beta, draws: DRAWS, seed: 7 }).draws;

/** √N·D of the Kolmogorov–Smirnov test; beyond 2.23 with probability 1e-4. */
function ks(values: ArrayLike<number>, cdf: (x: number) => number): number {
  const ascending = Float64Array.from(values).sort();
  const n = ascending.length;
  let most = 0;
  ascending.forEach((x, i) => {
    most = Math.max(most, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n));
  });
  return Math.sqrt(n) * most;
}
const LIMIT = 2.23;
const halfTCdf = (df: number, scale: number) => (x: number) => 2 * tCdf(x / scale, df) - 1;
const uniform = (x: number): number => (x + 1) / 2;

describe("draws from a prior have its distribution", () => {
  it("Huang–Wand with df 2: half-t SDs, uniform correlation", () => {
    const draws = drawn(huangWand({ df: 2, scale: [30, 5] }));
    expect(ks(draws.get("sd_Subject__Intercept"), halfTCdf(2, 30))).toBeLessThan(LIMIT);
    expect(ks(draws.get("sd_Subject__Days"), halfTCdf(2, 5))).toBeLessThan(LIMIT);
    expect(ks(draws.get("cor_Subject__Intercept__Days"), uniform)).toBeLessThan(LIMIT);
  });

  it("LKJ(1) with SDs of their own: uniform correlation", () => {
    const draws = drawn(lkj(1, [halfT(3, 20), exponential(0.2)]), { sigma: halfT(4, 25) });
    expect(ks(draws.get("sd_Subject__Intercept"), halfTCdf(3, 20))).toBeLessThan(LIMIT);
    expect(ks(draws.get("sd_Subject__Days"), (x) => 1 - Math.exp(-0.2 * x))).toBeLessThan(LIMIT);
    expect(ks(draws.get("cor_Subject__Intercept__Days"), uniform)).toBeLessThan(LIMIT);
    expect(ks(draws.get("sigma"), halfTCdf(4, 25))).toBeLessThan(LIMIT);
  });

  it("LKJ(2): correlation with density ∝ 1 − ρ²", () => {
    const draws = drawn(lkj(2, halfNormal(1)));
    const cdf = (x: number): number => 0.5 + 0.75 * (x - (x * x * x) / 3);
    expect(ks(draws.get("cor_Subject__Intercept__Days"), cdf)).toBeLessThan(LIMIT);
  });

  it("inverse-Wishart and inverse-gamma: means of the variances", () => {
    const scale = [[8, 2], [2, 4]]; // biome-ignore format: a matrix
    const draws = drawn(inverseWishart(8, scale), { sigma: inverseGamma(6, 10) });
    const meanSquare = (name: string): number =>
      draws.get(name).reduce((sum, sd) => sum + sd * sd, 0) / DRAWS;
    // E Σ = S/(ν − k − 1); a variance has relative sd √(2/(ν − k − 3)) < 0.9, so 4 standard errors are 2.5%.
    expect(meanSquare("sd_Subject__Intercept") / (8 / 5)).toBeCloseTo(1, 1);
    expect(meanSquare("sd_Subject__Days") / (4 / 5)).toBeCloseTo(1, 1);
    expect(meanSquare("sigma")).toBeCloseTo(2, 1);
  });

  it("normal coefficients, fixed values, compound symmetry", () => {
    const draws = drawn(fixed([[100, 5], [5, 9]]), { beta: { Days: normal(10, 3) }, sigma: fixed(20) }); // biome-ignore format: a row
    const slope = draws.get("b_Days");
    // 4 standard errors of 3/√20000.
    expect(Math.abs(slope.reduce((sum, value) => sum + value, 0) / DRAWS - 10)).toBeLessThan(0.085);
    expect(new Set(draws.get("b_Intercept"))).toEqual(new Set([250]));
    expect(draws.get("sd_Subject__Intercept")[5]).toBeCloseTo(10, 12);
    expect(draws.get("cor_Subject__Intercept__Days")[5]).toBeCloseTo(5 / 30, 12);
    const cs = priorPredictive(lmm("angle ~ 1 + cs(0 + recipe | replicate)", cake), {
      beta: { Intercept: 30 },
      draws: DRAWS,
      seed: 3,
    });
    const correlation = cs.draws.variables.find((name) => name.startsWith("cor_"))!;
    // Three recipes: uniform from −1/2 to 1.
    expect(ks(cs.draws.get(correlation), (x) => (x + 0.5) / 1.5)).toBeLessThan(LIMIT);
  });
});

describe("responses", () => {
  it("are x′β + z′b and noise, at the rows of the data", () => {
    const rows = crossedRows().map((row, i) => ({ ...row, o: i, y: i === 3 ? Number.NaN : row.y }));
    const model = lmm("y ~ x + offset(o) + (x | g)", rows);
    const options = { beta: { Intercept: 1, x: 2 }, draws: 5, seed: 2, priors: { sigma: fixed(1e-9) } };
    const { y, draws } = priorPredictive(model, options);
    expect(y[4].length).toBe(rows.length);
    expect(y[4][3]).toBeNaN();
    const { x, g } = rows[8];
    const at = (name: string): number => draws.get(name)[4];
    const expected = 8 + at("b_Intercept") + at(`r_g[${g},Intercept]`) + x * (at("b_x") + at(`r_g[${g},x]`));
    // Noise of 1e-9 against numbers of about 10.
    expect(y[4][8]).toBeCloseTo(expected, 7);
    expect(priorPredictive(model, options).y[4]).toEqual(y[4]);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    [
      "a flat coefficient without a value",
      () => priorPredictive(sleep, { beta: { Days: 1 } }),
      "improper-prior",
      /\(Intercept\) is flat/,
    ],
    [
      "a flat SD",
      () => priorPredictive(sleep, { beta, priors: { terms: { Subject: lkj(1, uniformSd()) } } }),
      "improper-prior",
      /Subject is uniformSd/,
    ],
    [
      "a value for a coefficient that is not there",
      () => priorPredictive(sleep, { beta: { ...beta, Dayz: 1 } }),
      "invalid-argument",
      /"Dayz".*"Days"/,
    ],
    [
      "a value that is none",
      () => priorPredictive(sleep, { beta: { ...beta, Days: Number.NaN } }),
      "invalid-argument",
      /NaN/,
    ],
    ["no draws", () => priorPredictive(sleep, { beta, draws: 0 }), "invalid-argument", /"draws"/],
    ["an unknown option", () => priorPredictive(sleep, { beta, n: 5 } as object), "unknown-option", /"n"/],
  ])("refuse %s", (_, call, code, text) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toMatch(text);
  });
});
