import { describe, expect, it } from "vitest";
import { compare } from "../src/compare.ts";
import { Dyestuff2, oats, sleepstudy } from "../src/datasets/index.ts";
import { gibbsSync } from "../src/gibbs/gibbs.ts";
import { fixed, inverseWishart, normal } from "../src/gibbs/priors.ts";
import { lmm } from "../src/model/lmm.ts";
import { ml, reml } from "../src/reml/fit.ts";
import { numbers } from "./linalg/numbers.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

describe("compare(posterior, fit)", () => {
  it("has one row per variable, in the order of the posterior's summary", () => {
    const posterior = gibbsSync(sleep, { seed: 1 });
    const fit = reml(sleep);
    const { rows } = compare(posterior, fit);
    const summary = posterior.summary();
    expect(rows.map(({ variable }) => variable)).toEqual(summary.map(({ variable }) => variable));
    const confint = fit.confint({ method: "wald" });
    rows.forEach((row, i) => {
      expect(row.mean).toBe(summary[i].mean);
      expect(row.low).toBe(summary[i]["q2.5"]);
      expect([row.estimate, row.lower, row.upper]).toEqual([
        confint[i].estimate,
        confint[i].lower,
        confint[i].upper,
      ]);
      expect(row.difference).toBeCloseTo((row.mean - row.estimate) / row.se, 12);
      expect(row.reason === "").toBe(Math.abs(row.difference) <= 0.25);
    });
  });

  it("calls skewness what the mode of the same draws explains (sleepstudy, default prior)", () => {
    const { rows } = compare(gibbsSync(sleep, { seed: 1 }), reml(sleep));
    const reasons = new Map(rows.map(({ variable, reason }) => [variable, reason]));
    expect(reasons.get("sd_Subject__Intercept")).toBe("skewness");
    expect(reasons.get("sd_Subject__Days")).toBe("skewness");
    expect(reasons.get("b_Days")).toBe("");
  });

  it("calls prior pull what a flat prior would undo (inverse-Wishart on sleepstudy)", () => {
    const identity = [[1, 0], [0, 1]]; // biome-ignore format: a matrix
    const priors = { terms: { Subject: inverseWishart(3, identity) } };
    const { rows } = compare(gibbsSync(sleep, { seed: 1, priors }), reml(sleep));
    for (const { variable, reason } of rows) {
      expect(reason, variable).toBe(variable.startsWith("b_") ? "" : "prior pull");
    }
  });

  it("calls prior pull what a fixed σ does, where the fit estimates it", () => {
    const { rows } = compare(gibbsSync(sleep, { seed: 1, priors: { sigma: fixed(40) } }), reml(sleep));
    const pulled = rows.filter(({ reason }) => reason === "prior pull").map(({ variable }) => variable);
    expect(pulled).toEqual(["sd_Subject__Intercept", "cor_Subject__Intercept__Days", "sigma"]);
    expect(rows.every(({ reason }) => reason !== "unexplained")).toBe(true);
  });

  it("blames too few draws before anything else", () => {
    const { rows } = compare(gibbsSync(sleep, { seed: 1, chains: 1, draws: 1 }), reml(sleep));
    expect(new Set(rows.map(({ reason }) => reason))).toEqual(new Set(["Monte Carlo error", ""]));
  });

  it("calls boundary what no mean can follow (Dyestuff2)", () => {
    const model = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2);
    const { rows } = compare(gibbsSync(model, { seed: 1 }), reml(model));
    expect(rows.find(({ variable }) => variable === "sd_Batch__Intercept")).toMatchObject({
      estimate: 0,
      lower: 0,
      reason: "boundary",
    });
  });

  it("calls degrees of freedom what ML lacks against REML (oats, 12 coefficients)", () => {
    const model = lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats);
    const posterior = gibbsSync(model, { seed: 1, draws: 2000 });
    const sigma = (fit: Parameters<typeof compare>[1]) =>
      compare(posterior, fit).rows.find(({ variable }) => variable === "sigma")!;
    expect(sigma(ml(model)).difference).toBeGreaterThan(sigma(reml(model)).difference + 0.5);
    expect(sigma(ml(model)).reason).not.toBe("unexplained");
    const small = compare(posterior, ml(model)).rows.map(({ reason }) => reason);
    expect(small).toContain("degrees of freedom");
  });

  it("calls Monte Carlo error what a short run leaves open", () => {
    const posterior = gibbsSync(sleep, {
      seed: 4,
      chains: 2,
      draws: 8,
      scheme: "full-conditionals",
      warmup: 200,
    });
    const reasons = compare(posterior, reml(sleep)).rows.map(({ reason }) => reason);
    expect(reasons).toContain("Monte Carlo error");
  });

  it("calls averaging what flat priors leave, and explains every gap of ordinary data", () => {
    // Groups of few rows, slopes that hardly differ: as their SD goes to 0 its correlation is free, so that there is more
    // mass there than the height of the likelihood tells, and the residual takes what the slopes lose.
    const reasons = new Map<string, number>();
    for (let seed = 1; seed <= 12; seed++) {
      const draw = numbers(seed);
      const normals = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
      const rows = Array.from({ length: [200, 50, 20, 10][seed % 4] }, (_, g) => {
        const [a, b] = [normals(), 0.2 * normals()];
        return Array.from({ length: 3 }, () => {
          const x = normals();
          return { y: 1 + a + (0.5 + b) * x + normals(), x, g: `g${g}` };
        });
      }).flat();
      const model = lmm("y ~ x + (x | g)", rows);
      for (const { reason } of compare(gibbsSync(model, { seed }), reml(model)).rows)
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    expect(reasons.get("averaging")).toBeGreaterThan(1);
    expect(reasons.get("unexplained")).toBeUndefined();
  });

  it("leaves unexplained what it cannot test, rather than guess", () => {
    // Two groups: a flat prior on their SD would be improper, so no posterior can tell what the prior did.
    const rows = sleepstudy.filter(({ Subject }) => Number(Subject) <= 309);
    const model = lmm("Reaction ~ Days + (1 | Subject)", rows);
    const priors = { beta: { Days: normal(40, 1) }, terms: { Subject: fixed(50) } };
    const found = compare(gibbsSync(model, { seed: 1, priors }), reml(model)).rows;
    expect(found.find(({ variable }) => variable === "b_Days")).toMatchObject({ reason: "unexplained" });
  });

  it("leaves unexplained what only an improper posterior could test", () => {
    // Three rows in a stratum, two coefficients: the stratum's SD must not be flat.
    const rows = sleepstudy.map((row, i) => ({ ...row, half: i < 3 ? "early" : "late" }));
    const model = lmm("Reaction ~ Days + (1 | Subject)", rows, { sigmaBy: "half" });
    const priors = { beta: { Days: normal(40, 1) } };
    const found = compare(gibbsSync(model, { seed: 1, draws: 200, priors }), reml(model)).rows;
    expect(found.find(({ variable }) => variable === "b_Days")).toMatchObject({ reason: "unexplained" });
  });

  it("prints a table and keeps its rows in JSON", () => {
    const comparison = compare(gibbsSync(sleep, { seed: 1 }), reml(sleep));
    const lines = String(comparison).split("\n");
    expect(lines[0]).toBe("Posterior against REML");
    expect(lines).toHaveLength(8);
    expect(lines[1]).toMatch(/REML.*95% Wald.*Posterior.*95% CI.*Diff\/SE.*Reason/);
    expect(JSON.parse(JSON.stringify(comparison)).rows).toHaveLength(6);
  });

  it("refuses a fit of another model, or of other rows, by code", () => {
    const posterior = gibbsSync(sleep, { seed: 1, draws: 10, warmup: 5 });
    const other = reml(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy));
    expect(() => compare(posterior, other)).toThrow(
      /The posterior is of Reaction ~ Days \+ \(Days \| Subject\)/,
    );
    const fewer = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy.slice(0, 170)));
    expect(() => compare(posterior, fewer)).toThrow(/different rows/);
    // The same model built again is the same model.
    expect(() =>
      compare(posterior, reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy))),
    ).not.toThrow();
  });
});
