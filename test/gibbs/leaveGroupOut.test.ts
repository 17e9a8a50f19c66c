import { describe, expect, it } from "vitest";
import { oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { type LinearMixedModel, lmm } from "../../src/model/linearMixedModel.ts";
import { logSumExp } from "../../src/posterior/psis.ts";
import { crossedRows, invert, partsOf } from "./harness.ts";

/** log N(y_j; Xβ + other effects, Z Σ Z′ + R) by dense algebra over the rows of one level. */
function dense(
  model: LinearMixedModel,
  draw: number[],
  group: string,
  level: string,
  inside: string[],
): number {
  const parts = partsOf(model, draw);
  const own = model.random.find((term) => term.group === group)!;
  const rows = Array.from({ length: model.n }, (_, i) => i).filter((i) => own.levels[own.codes[i]] === level);
  const short = rows.map((i) => {
    let mu = model.offset?.[i] ?? 0;
    parts.beta.forEach((value, c) => {
      mu += value * model.fixed.values[c * model.n + i];
    });
    model.random.forEach((term, t) => {
      if (inside.includes(term.group)) return;
      term.columns.forEach((_, c) => {
        mu += term.z[c * model.n + i] * parts.b[t][term.codes[i] * term.columns.length + c];
      });
    });
    return model.response.values[i] - mu;
  });
  const V = rows.map((i) =>
    rows.map((j) => {
      const sigma = parts.sigmas[model.strata?.codes[i] ?? 0];
      let value = i === j ? sigma ** 2 / (model.weights?.[i] ?? 1) : 0;
      model.random.forEach((term, t) => {
        if (!inside.includes(term.group) || term.codes[i] !== term.codes[j]) return;
        term.columns.forEach((_a, a) => {
          term.columns.forEach((_b, b) => {
            value += term.z[a * model.n + i] * parts.covariances[t][a][b] * term.z[b * model.n + j];
          });
        });
      });
      return value;
    }),
  );
  const { inverse, logDeterminant } = invert(V);
  let quadratic = 0;
  short.forEach((a, i) => {
    short.forEach((b, j) => {
      quadratic += a * inverse[i][j] * b;
    });
  });
  return -0.5 * (rows.length * Math.log(2 * Math.PI) + logDeterminant + quadratic);
}

describe("the density of a whole group", () => {
  it.each<[string, LinearMixedModel, string, string[]]>([
    ["slopes", lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), "Subject", ["Subject"]],
    ["nested", lmm("strength ~ 1 + (1 | batch/cask)", Pastes), "batch", ["batch", "cask:batch"]],
    ["crossed", lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin), "sample", ["sample"]],
    ["weights", lmm("y ~ x + offset(x) + (x | g) + (1 | h)", crossedRows(), { weights: "w" }), "g", ["g"]],
    ["strata", lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" }), "block", ["block"]],
  ])("is that of dense algebra: %s", (_, model, group, inside) => {
    const posterior = gibbsSync(model, { seed: 3, chains: 1, draws: 12, warmup: 40 });
    const { pointwise } = posterior.loo({ group });
    const draws = Array.from({ length: 12 }, (_unused, d) =>
      posterior.draws.variables.map((name) => posterior.draws.get(name)[d]),
    );
    pointwise.forEach(({ level, elpdLoo, pLoo }) => {
      const exact = draws.map((draw) => dense(model, draw, group, level!, inside));
      // lpd, which importance weights do not touch.
      expect(elpdLoo + pLoo).toBeCloseTo(logSumExp(exact) - Math.log(12), 8);
    });
  });

  it("names levels, and groups that are not there", () => {
    const posterior = gibbsSync(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), {
      seed: 3,
      draws: 300,
    });
    const { pointwise, elpdLoo } = posterior.loo({ group: "Subject" });
    expect(pointwise.map(({ level }) => level)).toEqual(posterior.model.random[0].levels);
    // A new subject is harder to foresee than a new day of a known one.
    expect(elpdLoo).toBeLessThan(posterior.loo().elpdLoo);
    expect(() => posterior.loo({ group: "subject" })).toThrow(/Did you mean "Subject"/);
  });
});

describe("leaving a group out", () => {
  it("agrees with the fit that has not seen it", () => {
    // The rule of Monte Carlo errors: |difference| within 4 of them, estimated from four runs of other seeds.
    const rows = sleepstudy;
    const formula = "Reaction ~ Days + (1 | Subject)";
    const level = "335";
    const runs = [1, 2, 3, 4].map((seed) => {
      const whole = gibbsSync(lmm(formula, rows), { seed, draws: 2000 });
      const importance = whole.loo({ group: "Subject" }).pointwise.find((row) => row.level === level)!;
      expect(importance.paretoK).toBeLessThan(0.7);
      const model = lmm(formula, rows.filter((row) => String(row.Subject) !== level)); // biome-ignore format: a row
      const without = gibbsSync(model, { seed, draws: 2000 });
      const at = without.draws;
      const left = rows.filter((row) => String(row.Subject) === level);
      const densities = Array.from({ length: at.size }, (_, d) => {
        const tau2 = at.get("sd_Subject__Intercept")[d] ** 2;
        const sigma2 = at.get("sigma")[d] ** 2;
        const r = left.map(
          ({ Reaction, Days }) => Reaction - at.get("b_Intercept")[d] - at.get("b_Days")[d] * Days,
        );
        const sum = r.reduce((total, value) => total + value, 0);
        const squares = r.reduce((total, value) => total + value * value, 0);
        const n = r.length;
        // Compound symmetry: |V| = σ^(2(n − 1)) (σ² + nτ²), and its inverse likewise.
        const logDeterminant = (n - 1) * Math.log(sigma2) + Math.log(sigma2 + n * tau2);
        const quadratic = (squares - (tau2 / (sigma2 + n * tau2)) * sum * sum) / sigma2;
        return -0.5 * (n * Math.log(2 * Math.PI) + logDeterminant + quadratic);
      });
      return { importance: importance.elpdLoo, exact: logSumExp(densities) - Math.log(densities.length) };
    });
    const mean = (values: number[]): number =>
      values.reduce((total, value) => total + value, 0) / values.length;
    const error = (values: number[]): number =>
      Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));
    const importance = runs.map((run) => run.importance);
    const exact = runs.map((run) => run.exact);
    const difference = Math.abs(mean(importance) - mean(exact));
    expect(difference).toBeLessThan(4 * Math.hypot(error(importance), error(exact)));
    expect(difference).toBeLessThan(0.1);
  });
});
