import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sbc } from "../../src/check/sbc.ts";
import { compare } from "../../src/compare.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbs, gibbsSync, resume } from "../../src/gibbs/gibbs.ts";
import { priorPredictive } from "../../src/gibbs/priorPredictive.ts";
import { fixed, halfT, inverseWishart, normal, type Priors } from "../../src/gibbs/priors.ts";
import { studentMove } from "../../src/gibbs/student.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { parameterVariables } from "../../src/model/variables.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { henderson } from "../../src/reml/henderson.ts";
import { mean } from "../../src/stats/descriptive.ts";
import { type GoldenQuantity, worstAgainst } from "./goldenQuantities.ts";
import { againstGrid, crossedRows, invert, LIMIT, partsOf, prepared } from "./harness.ts";

const golden = JSON.parse(readFileSync(new URL("../golden/student.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, GoldenQuantity>
>;

/** Reaction times with 150 ms added to three rows, as in `generate/student.R`. */
const rows = sleepstudy.map((row, i) => ({
  ...row,
  Reaction: row.Reaction + ([7, 60, 133].includes(i) ? 150 : 0),
}));
const intercepts = "Reaction ~ Days + (1 | Subject)";
const slopes = "Reaction ~ Days + (Days | Subject)";
const priors: Priors = {
  beta: normal(0, 1000),
  sigma: halfT(3, 50),
  terms: { Subject: halfT(3, 50) },
};

/** log of the density of a Student-t number at q with scale 1, by quadrature over its mixing scale λ ~ Gamma(ν/2, ν/2). */
function logT(q2: number, df: number, k: number): number {
  // u = log λ; the integrand is λ^((ν + k)/2) e^(−λ(ν + q²)/2), its constant λ-free: Γ(ν/2) by the same rule.
  const integral = (power: number, rate: number): number => {
    const top = Math.log(power / rate);
    let sum = 0;
    for (let u = top - 14; u < top + 6; u += 0.2)
      sum += Math.exp(power * (u - top) - rate * (Math.exp(u) - Math.exp(top)));
    return Math.log(sum) + power * top - rate * Math.exp(top);
  };
  return integral((df + k) / 2, (df + q2) / 2) - integral(df / 2, df / 2) - (k / 2) * Math.log(2 * Math.PI);
}

const logDfPrior = (df: number): number => (df < 1 ? Number.NEGATIVE_INFINITY : Math.log(df) - 0.1 * df);

/** Largest distance between the cdf of draws and that of a density on a grid, times √N. */
function distance(draws: readonly number[], density: (x: number) => number, top: number): number {
  const ascending = [...draws].sort((a, b) => a - b);
  const grid = Array.from({ length: 20_001 }, (_, i) => (i * top) / 20_000);
  const sums = [0];
  for (let i = 1; i < grid.length; i++) {
    sums.push(sums[i - 1] + density((grid[i] + grid[i - 1]) / 2));
  }
  let worst = 0;
  ascending.forEach((x, i) => {
    const at = Math.min((x / top) * 20_000, 20_000);
    const low = Math.floor(at);
    const cdf = (sums[low] + (at - low) * ((sums[low + 1] ?? sums[low]) - sums[low])) / sums[20_000];
    worst = Math.max(worst, Math.abs(cdf - (i + 0.5) / ascending.length));
  });
  return worst * Math.sqrt(ascending.length);
}

describe("student()", () => {
  it("takes degrees of freedom of at least 1, and nothing else", () => {
    expect(student({ df: 1 })).toEqual({ type: "student", df: 1 });
    expect(student()).toEqual({ type: "student", df: null });
    for (const df of [0.9, 0, -4, Number.NaN, Number.POSITIVE_INFINITY, "4" as never]) {
      expect(() => student({ df })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
    expect(() => student({ nu: 4 } as never)).toThrow(expect.objectContaining({ code: "unknown-option" }));
  });

  it("stands in lmm() for residuals and for terms by name", () => {
    const model = lmm(slopes, rows, { residuals: student({ df: 4 }), effects: { Subject: student() } });
    expect(String(model)).toContain("effects of Subject: student(df estimated)\nresiduals: student(df = 4)");
    expect(parameterVariables(model).map(({ name }) => name)).toContain("df_Subject");
    const two = lmm("Reaction ~ Days + (Days || Subject)", rows, { effects: { "Subject.1": student() } });
    expect(parameterVariables(two).filter(({ kind }) => kind === "df")).toEqual([
      { name: "df_Subject.1", kind: "df", group: "Subject" },
    ]);
    const refused: [LmmOptions, string][] = [
      [{ effects: { Subjekt: student() } }, "unknown-option"],
      [{ residuals: "student" as never }, "invalid-argument"],
      [{ effects: { Subject: { df: 4 } as never } }, "invalid-argument"],
    ];
    for (const [options, code] of refused) {
      expect(() => lmm(slopes, rows, options)).toThrow(expect.objectContaining({ code }));
    }
    expect(lmm(intercepts, rows, { effects: {} }).student).toBeNull();
  });
});

describe("the draws of σ, ν and λ given β and b", () => {
  const small = crossedRows();

  it.each([
    ["σ and ν", {}, student(), ["sigma", "nu"]],
    ["the σ of two strata", { sigmaBy: "s" }, student({ df: 4 }), ["sigma_u", "sigma_v"]],
  ] as const)("%s have their joint density with λ integrated out", (_, options, residuals, axes) => {
    const data = small.map((row, i) => ({ ...row, s: "uv"[i % 2] }));
    const model = lmm("y ~ x + (1 | g)", data, { weights: "w", residuals, ...options });
    const { setup: made, state, stream } = prepared(model, { sigma: halfT(4, 3) }, 4);
    const move = studentMove(made);
    const names = parameterVariables(model).map(({ name }) => name);
    const nu = names.indexOf("nu");
    const distances = againstGrid(
      { made, state },
      axes.map((name) => ({ at: names.indexOf(name), scale: "log" as const })),
      () => {
        for (let i = 0; i < 6; i++) move(state, stream);
      },
      (draw) => {
        const { beta, sigmas, b } = partsOf(model, draw.toSpliced(nu < 0 ? draw.length : nu, 1));
        const df = nu < 0 ? 4 : draw[nu];
        let sum = nu < 0 ? 0 : logDfPrior(df);
        for (const sigma of sigmas) sum -= 2.5 * Math.log(1 + (sigma / 3) ** 2 / 4);
        for (let i = 0; i < model.n; i++) {
          const s = sigmas[model.strata?.codes[i] ?? 0] / Math.sqrt(model.weights![i]);
          const X = model.fixed.values;
          const mu = beta[0] * X[i] + beta[1] * X[model.n + i] + b[0][model.random[0].codes[i]];
          sum += logT(((model.response.values[i] - mu) / s) ** 2, df, 1) - Math.log(s);
        }
        return sum;
      },
      30,
    );
    for (const found of distances) expect(found).toBeLessThan(LIMIT);
  });

  it("ν of effects of two columns has its density with λ integrated out", () => {
    const model = lmm("y ~ x + (x | g)", small, { effects: { g: student() } });
    const own = prepared(model, {}, 5);
    const move = studentMove(own.setup);
    const at = parameterVariables(model).findIndex(({ name }) => name === "df_g");
    const [found] = againstGrid(
      { made: own.setup, state: own.state },
      [{ at, scale: "log" }],
      () => {
        for (let i = 0; i < 6; i++) move(own.state, own.stream);
      },
      (draw) => {
        const { covariances, b } = partsOf(model, draw.slice(0, at).concat(draw.slice(at + 1)));
        const { inverse: P } = invert(covariances[0]);
        let sum = logDfPrior(draw[at]);
        for (let e = 0; e < b[0].length; e += 2) {
          const [u, v] = [b[0][e], b[0][e + 1]];
          sum += logT(P[0][0] * u * u + 2 * P[0][1] * u * v + P[1][1] * v * v, draw[at], 2);
        }
        return sum;
      },
      400,
    );
    expect(found).toBeLessThan(LIMIT);
  });

  it("λ of a row and of a level have prior times likelihood for density, and b stays", () => {
    const model = lmm("y ~ x + (1 | g)", small, {
      weights: "w",
      residuals: student({ df: 3 }),
      effects: { g: student({ df: 5 }) },
    });
    const { setup: made, state, stream } = prepared(model, { sigma: fixed(5), terms: { g: fixed(4) } }, 6);
    const move = studentMove(made);
    const before = state.b.map((value, e) => value * state.student!.stretch[e]);
    const ofRow: number[] = [];
    const ofLevel: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      move(state, stream);
      ofRow.push(state.student!.rows[3]);
      ofLevel.push(1 / state.student!.stretch[2] ** 2);
    }
    // 20 000 products of ratios leave rounding of √20000 · 1e-16.
    state.b.forEach((value, e) => {
      expect(Math.abs(value * state.student!.stretch[e] - before[e])).toBeLessThan(1e-12);
    });
    const { cross } = made;
    const beta = [0, 0];
    for (let j = 1; j >= 0; j--) {
      let value = state.beta[j] * cross.yScale + cross.betaOls[j];
      for (let c = j + 1; c < 2; c++) value -= cross.R[j + c * 2] * beta[c];
      beta[j] = value / cross.R[j + j * 2];
    }
    const unit = cross.yScale / cross.zScale[0][0];
    const r = small[3].y - beta[0] - beta[1] * small[3].x - unit * before[model.random[0].codes[3]];
    const gamma = (lambda: number, df: number): number =>
      lambda ** (df / 2 - 1) * Math.exp((-df / 2) * lambda);
    const likelihood = (lambda: number, x: number, s: number): number =>
      Math.sqrt(lambda) * Math.exp(-0.5 * lambda * (x / s) ** 2);
    const limit = LIMIT;
    expect(
      distance(ofRow, (l) => gamma(l, 3) * likelihood(l, r, 5 / Math.sqrt(small[3].w)), 30),
    ).toBeLessThan(limit);
    expect(distance(ofLevel, (l) => gamma(l, 5) * likelihood(l, unit * before[2], 4), 30)).toBeLessThan(
      limit,
    );
  });
});

/** Student-t models in the library and in JAGS. */
describe("posteriors within 4 Monte Carlo standard errors of JAGS", () => {
  const iw = inverseWishart(4, [
    [2500, 0],
    [0, 100],
  ]);
  const tau = "sd_Subject__Intercept";
  const base = { "b[1]": "b_Intercept", "b[2]": "b_Days", sigma: "sigma" };
  const one = { ...base, tau, "r[1]": "r_Subject[308,Intercept]" };
  const two = {
    ...base,
    "tau[1]": tau,
    "tau[2]": "sd_Subject__Days",
    rho: "cor_Subject__Intercept__Days",
    "r[1,1]": "r_Subject[308,Intercept]",
  };
  const cells: [string, string, LmmOptions, Priors, Record<string, string>][] = [
    ["residuals4", intercepts, { residuals: student({ df: 4 }) }, priors, one],
    ["residuals", intercepts, { residuals: student() }, priors, { ...one, nu: "nu" }],
    ["effects", intercepts, { effects: { Subject: student() } }, priors, { ...one, nu: "df_Subject" }],
    [
      "slopes4",
      slopes,
      { effects: { Subject: student({ df: 4 }) } },
      { ...priors, terms: { Subject: iw } },
      two,
    ],
  ];
  it.each(cells)("%s: mean, q5 and q95 of every parameter", (name, formula, options, own, names) => {
    const { draws, scheme } = gibbsSync(lmm(formula, rows, options), { priors: own, seed: 11, draws: 2000 });
    expect(scheme.name).toBe("blocked");
    expect(scheme.reason).toMatch(/^Student-t/);
    const quantities = Object.keys(golden[name]).map((key): [string, Float64Array] => [
      key,
      draws.get(names[key]),
    ]);
    const { worst, name: where } = worstAgainst(golden[name], quantities, draws.chains);
    expect(worst, where).toBeLessThan(4);
  });

  it("with a million degrees of freedom they are those of the normal model", () => {
    const normalDraws = gibbsSync(lmm(slopes, rows), { seed: 2, draws: 1000 }).summary();
    const options = { residuals: student({ df: 1e6 }), effects: { Subject: student({ df: 1e6 }) } };
    const studentDraws = gibbsSync(lmm(slopes, rows, options), { seed: 3, draws: 1000 }).summary();
    studentDraws.forEach((row, v) => {
      const other = normalDraws[v];
      expect(row.variable).toBe(other.variable);
      expect(Math.abs(row.mean - other.mean)).toBeLessThan(4 * Math.hypot(row.mcseMean, other.mcseMean));
    });
  });
});

describe("a Student-t run", () => {
  const model = lmm(slopes, rows, { residuals: student(), effects: { Subject: student() } });
  const settings = { seed: 5, chains: 2, warmup: 50 };

  it("has the same bits in one go, extended, resumed and with random effects made again", async () => {
    const whole = gibbsSync(model, { ...settings, draws: 150 });
    const part = gibbsSync(model, { ...settings, draws: 70 });
    const extended = part.extendSync(80);
    expect(extended.draws.values).toEqual(whole.draws.values);
    const stored = JSON.parse(JSON.stringify(part.checkpoint()));
    const resumed = await resume(model, stored);
    expect((await resumed.extend(80)).draws.values).toEqual(whole.draws.values);
    const lean = await gibbs(model, { ...settings, draws: 150, keep: "hyper" });
    const name = "r_Subject[335,Days]";
    expect(lean.effects({ variables: [name] }).get(name)).toEqual(whole.draws.get(name));
    const other = lmm(slopes, rows, { residuals: student({ df: 4 }), effects: { Subject: student() } });
    await expect(resume(other, stored)).rejects.toMatchObject({ code: "checkpoint-mismatch" });
  });

  it("is refused by the schemes that are made for normal models, and by everything that is", () => {
    for (const scheme of ["collapsed", "crossed", "full-conditionals"] as const) {
      expect(() => gibbsSync(model, { ...settings, scheme })).toThrow(
        expect.objectContaining({
          code: "scheme-cannot",
          reason: expect.stringContaining("Student-t residuals"),
        }),
      );
    }
    const effects = lmm(slopes, rows, { effects: { Subject: student() } });
    for (const estimate of [reml, ml, (m: typeof model) => criterionAt(m, [1, 0, 1])]) {
      expect(() => estimate(effects)).toThrow(
        expect.objectContaining({ code: "needs-gibbs", remedy: expect.stringContaining("gibbs()") }),
      );
    }
    expect(() =>
      henderson(model, {
        sigma2: 1,
        G: {
          Subject: [
            [1, 0],
            [0, 1],
          ],
        },
      }),
    ).toThrow(expect.objectContaining({ code: "needs-gibbs" }));
    const posterior = gibbsSync(model, { ...settings, draws: 20 });
    expect(() => compare(posterior, reml(lmm(slopes, rows)))).toThrow(
      expect.objectContaining({ code: "needs-normal" }),
    );
  });

  it("prints its distributions, their priors and their degrees of freedom", () => {
    const text = String(gibbsSync(model, { ...settings, draws: 100 }));
    expect(text).toContain("residuals: student(df estimated)");
    expect(text).toContain("df_Subject ~ gamma(2, 0.1) from 1");
    expect(text).toMatch(/\nnu +\d/);
    expect(text).toMatch(/\ndf +\d/);
  });
});

describe("what is read off Student-t draws", () => {
  const formula = "y ~ x + (1 | g)";
  const model = lmm(formula, crossedRows(), {
    weights: "w",
    residuals: student({ df: 5 }),
    effects: { g: student({ df: 6 }) },
  });
  const own = { beta: normal(0, 100), sigma: fixed(5), terms: { g: fixed(3) } };
  const posterior = gibbsSync(model, { priors: own, seed: 1, draws: 5000, chains: 2 });
  const { draws } = posterior;

  it("logLik(), loo() and waic() use the density of Student-t residuals", () => {
    const [row] = posterior.logLik();
    const { y, x, w, g } = crossedRows()[4];
    const mu = draws.get("b_Intercept")[0] + draws.get("b_x")[0] * x + draws.get(`r_g[${g},Intercept]`)[0];
    // Γ(3)/(Γ(5/2)√(5π)) = 8/(3π√5).
    const density = (8 / (3 * Math.PI * Math.sqrt(5))) * (1 + (w * ((y - mu) / 5) ** 2) / 5) ** -3;
    expect(row[4]).toBeCloseTo(Math.log((density * Math.sqrt(w)) / 5), 10);
    const { elpdLoo } = posterior.loo();
    expect(Math.abs(elpdLoo - posterior.waic().elpdWaic)).toBeLessThan(0.5);
    expect(() => posterior.loo({ group: "g" })).toThrow(expect.objectContaining({ code: "no-closed-form" }));
    const normalEffects = lmm("y ~ x + (1 | g) + (1 | h)", crossedRows(), { effects: { h: student() } });
    const held = gibbsSync(normalEffects, { seed: 1, draws: 100 });
    expect(Number.isFinite(held.loo({ group: "g" }).elpdLoo)).toBe(true);
    expect(() => held.loo({ group: "h" })).toThrow(expect.objectContaining({ code: "no-closed-form" }));
  });

  it("new observations and new groups have the variance ν/(ν − 2) of their scale", () => {
    const [mean0] = posterior.predict([{ x: 3, g: "a" }]);
    const [observed] = posterior.predict([{ x: 3, g: "a", w: 2 }], { interval: "observation" });
    const [fresh] = posterior.predict([{ x: 3, g: "new" }], { groups: "new" });
    const [population] = posterior.predict([{ x: 3 }], { groups: "population" });
    // A variance of 10 000 t_5's: kurtosis 9, standard error √(8/10000) = 3%; t_6's: kurtosis 6, √(5/10000) = 2%.
    expect(Math.abs((observed.sd ** 2 - mean0.sd ** 2) / ((25 / 2) * (5 / 3)) - 1)).toBeLessThan(0.15);
    expect(Math.abs((fresh.sd ** 2 - population.sd ** 2) / (9 * (6 / 4)) - 1)).toBeLessThan(0.15);
  });

  it("icc() and bayesR2() take these variances, and refuse where they are infinite", () => {
    const noise = (25 * mean(crossedRows().map(({ w }) => 1 / w)) * 5) / 3;
    expect(posterior.icc().adjusted.estimate).toBeCloseTo((9 * 1.5) / (9 * 1.5 + noise), 10);
    expect(posterior.bayesR2().conditional.estimate).toBeLessThan(1);
    const heavy = gibbsSync(lmm(formula, crossedRows(), { residuals: student({ df: 2 }) }), {
      seed: 1,
      draws: 20,
    });
    for (const read of [() => heavy.icc(), () => heavy.bayesR2()]) {
      expect(read).toThrow(expect.objectContaining({ code: "infinite-variance" }));
    }
  });

  it("priorPredictive() draws ν from its prior and responses from the model", () => {
    const wide = lmm(formula, crossedRows(), {
      weights: "w",
      residuals: student(),
      effects: { g: student() },
    });
    const { draws: drawn, y } = priorPredictive(wide, { priors: own, draws: 4000, seed: 2 });
    for (const name of ["nu", "df_g"]) {
      const values = drawn.get(name);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(1);
      // ∫ν² e^(−0.1ν)/∫ν e^(−0.1ν) from 1 is 10 (2 + 2·0.1 + 0.01)/(1 + 0.1) = 20.09; its sd is 14.1.
      expect(Math.abs(mean(values) - 22.1 / 1.1)).toBeLessThan((4 * 14.2) / Math.sqrt(4000));
    }
    // The quartiles of t_ν are ±1 for ν = 1 and shrink to ±0.6745 as ν grows.
    const r = y.map((one, d) => {
      const [b, x] = [drawn.get("b_Intercept")[d], drawn.get("b_x")[d]];
      const first = crossedRows()[0];
      const residual = one[0] - b - x * first.x - drawn.get(`r_g[${first.g},Intercept]`)[d];
      return (Math.sqrt(first.w) * Math.abs(residual)) / 5;
    });
    const share = (limit: number): number => mean(r.map((value) => Number(value < limit)));
    expect(share(1)).toBeGreaterThan(0.5);
    expect(share(0.6745)).toBeLessThan(0.5 + (4 * 0.5) / Math.sqrt(4000));
  });

  it("sbc() watches ν", async () => {
    const { rows: found, calibrated } = await sbc(lmm(formula, crossedRows(), { residuals: student() }), {
      priors: { sigma: halfT(4, 5), terms: { g: halfT(4, 5) } },
      simulations: 20,
      seed: 3,
    });
    expect(found.map(({ variable }) => variable)).toContain("nu");
    expect(calibrated).toBe(true);
  });
});
