import { describe, expect, it } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import { oats, Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { type Loo, loo, waic } from "../../src/posterior/loo.ts";
import { looCompare } from "../../src/posterior/looCompare.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";
import { crossedRows, logLikelihood, partsOf } from "./harness.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const posterior = gibbsSync(sleep, { seed: 1, draws: 400 });
const { draws } = posterior;
const S = draws.size;

describe("epred", () => {
  it("is x′β + z′b of every row at every draw", () => {
    const table = posterior.epred();
    expect(table.length).toBe(S);
    for (const d of [0, 17, S - 1]) {
      sleepstudy.forEach(({ Days, Subject }, i) => {
        const at = (name: string): number => draws.get(name)[d];
        const expected =
          at("b_Intercept") +
          at(`r_Subject[${Subject},Intercept]`) +
          Days * (at("b_Days") + at(`r_Subject[${Subject},Days]`));
        // The same sum in another order.
        expect(table[d][i]).toBeCloseTo(expected, 9);
      });
    }
    expect(posterior.linpred([sleepstudy[3]])[5][0]).toBe(table[5][3]);
  });

  it("leaves random effects out for the population, all or some", () => {
    const rows = [{ Days: 4 }];
    const [value] = posterior.epred(rows, { groups: "population" })[9];
    expect(value).toBeCloseTo(draws.get("b_Intercept")[9] + 4 * draws.get("b_Days")[9], 10);
    const pastes = gibbsSync(lmm("strength ~ 1 + (1 | batch/cask)", Pastes), { seed: 1, draws: 50 });
    const [batches] = pastes.epred([{ batch: "A", cask: "a" }], { terms: ["batch"] })[3];
    const at = (name: string): number => pastes.draws.get(name)[3];
    expect(batches).toBeCloseTo(at("b_Intercept") + at("r_batch[A,Intercept]"), 10);
  });

  it("has the offset in it, and stands at the rows of the data", () => {
    const rows = crossedRows().map((row, i) => ({ ...row, o: i / 10, y: i === 4 ? Number.NaN : row.y }));
    const model = lmm("y ~ x + offset(o) + (1 | g)", rows);
    const own = gibbsSync(model, { seed: 1, draws: 20 });
    const table = own.epred()[2];
    expect(table.length).toBe(rows.length);
    expect(table[4]).toBeNaN();
    const at = (name: string): number => own.draws.get(name)[2];
    const { x, g } = rows[7];
    expect(table[7]).toBeCloseTo(0.7 + at("b_Intercept") + x * at("b_x") + at(`r_g[${g},Intercept]`), 10);
    expect(own.predict()[4].estimate).toBeNaN();
    expect(own.predict()[7].estimate).toBeCloseTo(mean(own.epred().map((row) => row[7])), 10);
  });
});

describe("predict", () => {
  it("sums the draws of a row up: mean, sd, central interval", () => {
    const rows = [{ Days: 10, Subject: "308" }, { Days: 0, Subject: "335" }]; // biome-ignore format: a table
    const table = posterior.epred(rows);
    posterior.predict(rows).forEach(({ estimate, sd: spread, lower, upper }, i) => {
      const values = table.map((row) => row[i]);
      expect(estimate).toBeCloseTo(mean(values), 9);
      expect(spread).toBeCloseTo(sd(values), 9);
      const inside = values.filter((value) => value >= lower && value <= upper).length;
      // 95% of the draws, up to one at either end.
      expect(Math.abs(inside - 0.95 * S)).toBeLessThanOrEqual(2);
    });
    const [wide] = posterior.predict(rows, { level: 0.99 });
    expect(wide.upper - wide.lower).toBeGreaterThan(
      posterior.predict(rows)[0].upper - posterior.predict(rows)[0].lower,
    );
  });

  it("adds the noise of an observation", () => {
    const rows = [{ Days: 5, Subject: "308" }];
    const [of] = posterior.predict(rows);
    const [one] = posterior.predict(rows, { interval: "observation" });
    const sigma = Math.sqrt(mean(draws.get("sigma").map((value) => value * value)));
    // An sd of 1600 independent draws: relative standard error 1.8%.
    expect(Math.abs(one.sd / Math.hypot(of.sd, sigma) - 1)).toBeLessThan(0.07);
    expect(Math.abs(one.estimate - of.estimate)).toBeLessThan((4 * one.sd) / Math.sqrt(S));
    expect(posterior.predict(rows, { interval: "observation" })).toEqual([one]);
    expect(mean(posterior.predictive(rows).map(([value]) => value))).toBeCloseTo(one.estimate, 9);
  });

  it("draws the effects of an unseen label from N(0, Σ), the same wherever the label stands", () => {
    const rows = [0, 10].map((Days) => ({ Days, Subject: "new" }));
    const both = posterior.epred(rows, { groups: "new" });
    const late = posterior.epred([{ Days: 10, Subject: "new" }], { groups: "new" });
    expect(late.map(([value]) => value)).toEqual(both.map((row) => row[1]));
    const slope = both.map((row, d) => (row[1] - row[0]) / 10 - draws.get("b_Days")[d]);
    const intercept = both.map((row, d) => row[0] - draws.get("b_Intercept")[d]);
    const rms = (values: ArrayLike<number>): number =>
      Math.sqrt(mean(Array.from(values, (value) => value * value)));
    // Effects over their SDs at the same draw are standard normal, 1600 of them: standard errors 2.5% and 1.8%.
    for (const [values, name] of [
      [intercept, "sd_Subject__Intercept"],
      [slope, "sd_Subject__Days"],
    ] as const) {
      const z = values.map((value, d) => value / draws.get(name)[d]);
      expect(Math.abs(mean(z))).toBeLessThan(0.1);
      expect(Math.abs(rms(z) - 1)).toBeLessThan(0.07);
    }
    const other = posterior.epred([{ Days: 10, Subject: "newer" }], { groups: "new" });
    expect(other[0][0]).not.toBe(late[0][0]);
    // A missing label is nobody's: each row its own.
    const nobody = posterior.epred([{ Days: 0, Subject: null }, { Days: 0, Subject: null }], { groups: "new" }); // biome-ignore format: a table
    expect(nobody[0][0]).not.toBe(nobody[0][1]);
  });

  it("is the same whether random effects were kept or are made again", () => {
    const lean = gibbsSync(sleep, { seed: 1, draws: 400, keep: "hyper" });
    expect(lean.predict(sleepstudy.slice(0, 12))).toEqual(posterior.predict(sleepstudy.slice(0, 12)));
    expect(lean.loo().elpdLoo).toBe(posterior.loo().elpdLoo);
  });

  it("notes rows with missing cells and numbers outside the range", () => {
    const rows = [{ Days: null, Subject: "308" }, { Days: 30, Subject: "308" }]; // biome-ignore format: a table
    const predictions = posterior.predict(rows);
    expect(predictions[0].estimate).toBeNaN();
    expect(predictions.warnings.map(({ code }) => code).sort()).toEqual(["extrapolation", "missing-rows"]);
  });

  it.each<[string, () => unknown, string]>([
    ["an unseen label", () => posterior.predict([{ Days: 1, Subject: "nobody" }]), "unseen-group-level"],
    ["a missing label", () => posterior.epred([{ Days: 1, Subject: null }]), "missing-group-label"],
    ["a missing column", () => posterior.predict([{ Subject: "308" }]), "missing-column"],
    ["an infinite value", () => posterior.predict([{ Days: 1 / 0, Subject: "308" }]), "infinite-value"],
    ["no rows", () => posterior.predict([]), "no-rows"],
    ["a level of 95", () => posterior.predict(undefined, { level: 95 }), "invalid-argument"],
    ["an unknown option", () => posterior.epred(undefined, { interval: "mean" } as object), "unknown-option"],
    ["an unknown term", () => posterior.predict(undefined, { terms: ["Subjects"] }), "unknown-term"],
  ])("refuses %s by code", (_, call, code) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
  });
});

describe("logLik", () => {
  it.each([
    ["slopes", sleep],
    ["weights and two factors", lmm("y ~ x + (x | g) + (1 | h)", crossedRows(), { weights: "w" })],
    ["a sigma for each variety", lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" })],
  ])("adds up to the density of the model: %s", (_, model) => {
    const own = gibbsSync(model, { seed: 1, draws: 20, warmup: 30, chains: 2 });
    const table = own.logLik();
    const values = (d: number): number[] => own.draws.variables.map((name) => own.draws.get(name)[d]);
    const total = (d: number): number => table[d].reduce((sum, value) => sum + value, 0);
    const density = (d: number): number => logLikelihood(model, partsOf(model, values(d)));
    // The harness leaves constants out.
    expect(total(31) - total(2)).toBeCloseTo(density(31) - density(2), 8);
    const constant = -0.5 * model.n * Math.log(2 * Math.PI);
    const weights = model.weights?.reduce((sum, w) => sum + 0.5 * Math.log(w), 0) ?? 0;
    expect(total(7)).toBeCloseTo(density(7) + constant + weights, 8);
  });

  it("knows what it is of: other rows, though as many, and other responses are not compared", () => {
    const run = (formula: string, rows: TableLike): Loo =>
      gibbsSync(lmm(formula, rows), { seed: 1, draws: 20, chains: 2 }).loo();
    const [first, second] = [3, 5].map((gone) =>
      sleepstudy.map((row, i) => (i === gone ? { ...row, Days: null } : row)),
    );
    const one = run("Reaction ~ Days + (1 | Subject)", first);
    const models: [Loo, string][] = [
      [run("Reaction ~ Days + (Days | Subject)", second), "different-rows"],
      [run("log(Reaction) ~ Days + (1 | Subject)", first), "different-response"],
    ];
    for (const [other, code] of models)
      expect(() => looCompare({ one, other })).toThrow(expect.objectContaining({ code }));
    expect(looCompare({ one, other: run("Reaction ~ Days + (Days | Subject)", first) })).toHaveLength(2);
  });

  it("is what loo and waic of a posterior are made of", () => {
    const table = posterior.logLik();
    expect(posterior.loo().pointwise).toEqual(loo(table, { chains: 4 }).pointwise);
    expect(posterior.waic().waic).toBe(waic(table).waic);
  });
});
