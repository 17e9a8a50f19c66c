import { describe, expect, it } from "vitest";
import { recover } from "../../src/check/recover.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { normal } from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

describe("recover", () => {
  it("finds REML unbiased in the coefficients and σ², its intervals covering at their level", async () => {
    const truth = { b_Days: 5, sd_Subject__Days: 4, cor_Subject__Intercept__Days: -0.4 };
    const simulations = 600;
    const { rows, converged, level } = await recover(model, truth, {
      estimator: "reml",
      simulations,
      seed: 1,
    });
    expect([level, converged]).toEqual([0.95, 1]);
    for (const { variable, bias, biasMcse, coverage } of rows) {
      if (!variable.startsWith("b_")) continue;
      // Exactly unbiased by symmetry: within 4 Monte Carlo errors.
      expect(Math.abs(bias), variable).toBeLessThan(4 * biasMcse);
      // Satterthwaite's t is near exact here: within 4 √(0.95 · 0.05/600) = 0.036.
      expect(Math.abs(coverage - 0.95), variable).toBeLessThan(0.036);
    }
    const days = rows[1];
    expect(days.truth).toBe(5);
    // The standard error of Days is √((σ_d² + σ²/Σ(x − x̄)²)/18) in a balanced design; 600 estimates give it to 1/√1200 = 3%.
    const sigma = rows[5].truth;
    expect(days.rmse / Math.sqrt((16 + sigma ** 2 / 82.5) / 18)).toBeCloseTo(1, 0.9);
  });

  it("sees an estimator that is off: a tight prior far from the truth", async () => {
    const priors = { beta: { Days: normal(0, 2) } };
    const { rows } = await recover(model, { b_Days: 10 }, { priors, simulations: 15, seed: 2 });
    const [, days] = rows;
    expect(days.bias).toBeLessThan(-4 * days.biasMcse);
    // Of 15 intervals at 95% at most 9 hold the truth with probability 4e-5.
    expect(days.coverage).toBeLessThan(0.65);
  });

  it("covers by the posterior too, and takes the truth from a fit or a posterior", async () => {
    const fit = reml(model);
    const posterior = gibbsSync(model, { seed: 1 });
    const options = { simulations: 25, seed: 4 };
    const byFit = await recover(model, fit, options);
    expect(byFit.rows.map(({ truth }) => truth)).toEqual(fit.estimates().map(({ estimate }) => estimate));
    for (const { variable, coverage } of byFit.rows) {
      // Of 25 intervals at 95% fewer than 19 hold the truth with probability 2e-4.
      expect(coverage, variable).toBeGreaterThan(0.75);
    }
    const bayes = await recover(model, posterior, { ...options, estimator: "reml" });
    expect(bayes.rows.map(({ truth }) => truth)).toEqual(posterior.summary().map(({ mean }) => mean));
  });

  it("simulates from the edge: an SD of 0 and a correlation of 1", async () => {
    const edge = { sd_Subject__Intercept: 0, sd_Subject__Days: 0, cor_Subject__Intercept__Days: 1 };
    const { rows } = await recover(model, edge, { estimator: "reml", simulations: 50, seed: 1 });
    const [, , , days, cor] = rows;
    expect(days.bias).toBeGreaterThan(0);
    expect(cor.estimates).toBeLessThan(50);
    expect(Number.isFinite(cor.bias)).toBe(true);
  });

  it("prints a table, is the same for the same seed, and stops", async () => {
    const stop = new AbortController();
    const options = { estimator: "reml", seed: 7 } as const;
    const part = await recover(
      model,
      {},
      {
        ...options,
        simulations: 50,
        signal: stop.signal,
        onProgress: (done) => {
          if (done === 12) stop.abort();
        },
      },
    );
    const short = await recover(model, {}, { ...options, simulations: 12 });
    expect(part.rows).toEqual(short.rows);
    const show = (part as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")];
    expect(show()).toMatch(/^REML estimates and 95% intervals of 12 simulated data sets\n.*truth.*coverage/);
  });

  it.each<[string, object, object, string, RegExp]>([
    ["an unknown parameter", { b_Dayz: 1 }, {}, "unknown-variable", /"b_Days"/],
    ["a negative SD", { sd_Subject__Days: -1 }, {}, "invalid-argument", /sd_Subject__Days.*at least 0.*-1/],
    ["σ of 0", { sigma: 0 }, {}, "invalid-argument", /sigma.*above 0/],
    ["a correlation of 2", { cor_Subject__Intercept__Days: 2 }, {}, "invalid-argument", /from -1 to 1/],
    ["a coefficient in words", { b_Days: "5" }, {}, "invalid-argument", /b_Days.*"5"/],
    ["an unknown estimator", {}, { estimator: "ml" }, "invalid-argument", /"ml"/],
    ["priors for REML", {}, { estimator: "reml", priors: {} }, "invalid-argument", /"priors"/],
    ["a level of 95", {}, { level: 95 }, "invalid-argument", /"level"/],
    ["an unknown option", {}, { sims: 20 }, "unknown-option", /"sims"/],
  ])("refuses %s", async (_, truth, options, code, text) => {
    const call = recover(model, truth as Record<string, number>, { seed: 1, ...options });
    await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  });

  it("refuses correlations that do not go together", async () => {
    const three = lmm("Reaction ~ Days + (Days + I(Days^2) | Subject)", sleepstudy);
    const names = ["Intercept__Days", "Intercept__I(Days^2)", "Days__I(Days^2)"];
    const truth = Object.fromEntries(names.map((name, i) => [`cor_Subject__${name}`, i < 2 ? 0.9 : -0.9]));
    await expect(recover(three, truth, { seed: 1 })).rejects.toThrow(/No covariance matrix.*Subject/);
  });
});
