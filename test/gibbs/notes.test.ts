import { describe, expect, it } from "vitest";
import {
  cake,
  clusters,
  Dyestuff,
  Dyestuff2,
  eightSchools,
  oats,
  Pastes,
  Penicillin,
  sleepstudy,
  tablets,
  tabletsMissing,
} from "../../src/datasets/index.ts";
import { diagnosticWarnings } from "../../src/gibbs/checks.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import { fixed, type Priors } from "../../src/gibbs/priors.ts";
import { emptyRecord } from "../../src/gibbs/record.ts";
import { runSync } from "../../src/gibbs/run.ts";
import type { Sampler } from "../../src/gibbs/sampler.ts";
import { type GibbsOptions, openSession, workOf } from "../../src/gibbs/session.ts";
import { standings } from "../../src/gibbs/until.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { atOnce, now } from "../../src/pause.ts";
import { Draws } from "../../src/posterior/draws.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { load, save } from "../../src/save.ts";

const codes = ({ warnings }: Pick<Posterior, "warnings">): string[] => warnings.map(({ code }) => code);
const noteOf = (posterior: Posterior, code: string) =>
  posterior.warnings.filter((one) => one.code === code).map(({ message, details }) => ({ message, details }));

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const schools = lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" });
const diagonal = [[600, 0], [0, 35]]; // biome-ignore format: a matrix

describe("fixed-parameter", () => {
  it.each<[string, LinearMixedModel, Priors, string[]]>([
    ["sigma", schools, { sigma: fixed(1) }, ["sigma"]],
    [
      "a covariance matrix",
      sleep,
      { terms: { Subject: fixed(diagonal) } },
      ["sd_Subject__Intercept", "sd_Subject__Days", "cor_Subject__Intercept__Days"],
    ],
    [
      "every sigma of the strata and an SD",
      lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" }),
      { sigma: fixed(15), terms: { block: fixed(14) } },
      ["sd_block__Intercept", "sigma_Golden.rain", "sigma_Marvellous", "sigma_Victory"],
    ],
    [
      "an SD beside a σ that moves",
      lmm("Reaction ~ Days + (1 | Subject)", sleepstudy),
      { terms: { Subject: fixed(35.3) } },
      ["sd_Subject__Intercept"],
    ],
  ])(
    "names what a prior holds, once, and convergence is judged by the rest: %s",
    (_, model, priors, names) => {
      const posterior = gibbsSync(model, { seed: 1, priors });
      expect(posterior.status).toBe("complete");
      expect(codes(posterior)).toEqual(["fixed-parameter"]);
      const [{ message, details }] = noteOf(posterior, "fixed-parameter");
      expect(details).toEqual({ variables: names });
      expect(message).toContain(
        `${names.join(", ")} ${names.length === 1 ? "is" : "are"} fixed by the model`,
      );
      for (const { variable, sd, rhat, essBulk } of posterior
        .summary()
        .filter((row) => names.includes(row.variable)))
        expect({ variable, sd, rhat, essBulk }).toEqual({
          variable,
          sd: 0,
          rhat: Number.NaN,
          essBulk: Number.NaN,
        });
    },
  );
});

describe("slope-far-from-zero", () => {
  const run = (formula: string, zero: number, priors: Priors = {}): Posterior => {
    const rows = sleepstudy.map((row) => ({ ...row, year: row.Days - 4.5 + zero, w: 1 + (row.Days % 2) }));
    return gibbsSync(lmm(formula, rows, { weights: "w" }), { seed: 1, draws: 20, warmup: 10, priors });
  };
  const formula = "Reaction ~ year + (year | Subject)";
  // Days of weight 1 are even, of weight 2 odd: mean 4⅔ − 4½, variance 8.22.
  const sds = (zero: number): number => (zero + 1 / 6) / Math.sqrt(74 / 9);

  it.each([2010, 29, -40])("names the column, and how far it is from %s to zero", (zero) => {
    const [note] = noteOf(run(formula, zero), "slope-far-from-zero");
    expect(note.details).toMatchObject({ term: "Subject", column: "year" });
    expect(note.details["sds"]).toBeCloseTo(Math.abs(sds(zero)), 6);
    expect(note.message).toContain(`${Math.round(Math.abs(sds(zero)))} SDs of year`);
  });

  it("is silent nearer by, without an intercept to correlate with, and where the prior holds the term", () => {
    const held = { terms: { Subject: fixed(diagonal) } };
    expect(codes(run(formula, 28))).not.toContain("slope-far-from-zero");
    expect(codes(run("Reaction ~ year + (year || Subject)", 2010))).not.toContain("slope-far-from-zero");
    expect(codes(run(formula, 2010, held))).not.toContain("slope-far-from-zero");
    expect(codes(run("Reaction ~ year + (center(year) | Subject)", 2010))).not.toContain(
      "slope-far-from-zero",
    );
  });

  it("outlives a save", () => {
    const posterior = run(formula, 2010);
    expect(load(save(posterior)).warnings).toEqual(posterior.warnings);
  });
});

describe("a chain that does not move", () => {
  /** The sampler with variable 1 of some chains held at a value. */
  const stuck = (sampler: Sampler, chains: readonly number[]): Sampler => ({
    length: sampler.length,
    turn(chain, iterations, from) {
      const turn = sampler.turn(chain, iterations, from);
      if (chains.includes(chain))
        for (let at = 1; at < turn.draws.length; at += sampler.length) turn.draws[at] = 10;
      return turn;
    },
  });
  const statusWith = (chains: readonly number[], priors: Priors): string => {
    const session = atOnce(openSession(sleep, { seed: 1, chains: 2, maxDraws: 1000, priors }));
    const work = workOf(session, emptyRecord(2), {}, now());
    return runSync({ ...work, sampler: stuck(work.sampler, chains) }).status;
  };

  it("is not taken for a parameter that is fixed: the run does not count as complete", () => {
    const priors = { sigma: fixed(25) };
    expect(statusWith([], priors)).toBe("complete");
    expect(statusWith([0], priors)).toBe("max-draws");
    expect(statusWith([0, 1], priors)).toBe("max-draws");
  });

  it.each<[string, (chain: number, value: number) => number, RegExp]>([
    [
      "one",
      (chain, value) => (chain === 1 ? 3 : value),
      /^x: R-hat \S+, ESS unknown of 400 wanted; chain 1 has not moved\. Use/,
    ],
    [
      "all, apart",
      (chain) => chain,
      /^x: R-hat Infinity, ESS unknown of 400 wanted; chains 0, 1, 2 have not moved\. Use/,
    ],
    [
      "all, at one value",
      () => 3,
      /^x: R-hat unknown, ESS unknown of 400 wanted; chains 0, 1, 2 have not moved\./,
    ],
  ])("is told of by not-converged: %s", (_, held, text) => {
    const [chains, iterations] = [3, 500];
    const stream = new RandomStream(1, 0);
    const values = Float64Array.from({ length: 2 * chains * iterations }, () => stream.normal());
    for (let i = 0; i < chains * iterations; i++) values[i] = held(Math.floor(i / iterations), values[i]);
    const info = ["x", "y"].map((name) => ({ name, kind: "sd" as const }));
    const draws = new Draws({ info, chains, iterations, values });
    const notes = diagnosticWarnings(draws, standings(draws, ["y", "x"]), { rhat: 1.01, ess: 400 });
    expect(notes.map(({ code }) => code)).toEqual(["not-converged"]);
    expect(notes[0].message).toMatch(text);
  });
});

describe("slow-mixing", () => {
  const textbook = { seed: 1, draws: 1000, scheme: "full-conditionals" } as const;
  const penicillin = lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin);

  it.each<[string, LinearMixedModel, GibbsOptions, string, string | undefined, number]>([
    ["intercept, group means", penicillin, textbook, "b_Intercept", "the mean of r_sample[…,Intercept]", -1],
    ["slope, group slopes", sleep, textbook, "b_Days", "the mean of r_Subject[…,Days]", -1],
    [
      "SD, spread of its effects",
      lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" }),
      { ...textbook, priors: { sigma: fixed(1) } },
      "sd_school__Intercept",
      "the spread of r_school[…,Intercept]",
      1,
    ],
    ["effects not kept", penicillin, { ...textbook, keep: "hyper" }, "b_Intercept", undefined, 0],
  ])(
    "names the slowest parameter and what it moves together with: %s",
    (_, model, options, variable, partner, sign) => {
      const posterior = gibbsSync(model, options);
      const [{ message, details }] = noteOf(posterior, "slow-mixing");
      expect(details["variable"]).toBe(variable);
      expect(details["partner"]).toBe(partner);
      expect(details["ess"]).toBeLessThan(400);
      expect(message).toMatch(
        new RegExp(`^${variable} lags: ESS \\d+ of 4000 draws, where \\S+ has \\d+\\.`),
      );
      expect(message).toMatch(/Leave scheme out/);
      if (partner === undefined) return;
      expect(message).toContain(`It moves together with ${partner} (correlation `);
      expect(sign * (details["correlation"] as number)).toBeGreaterThan(0.7);
    },
  );

  it("is silent where the scheme left out mixes well, and in runs too short to tell", () => {
    expect(codes(gibbsSync(penicillin, { ...textbook, scheme: "auto" }))).toEqual([]);
    expect(codes(gibbsSync(penicillin, { ...textbook, draws: 50 }))).toEqual(["not-converged"]);
  });

  it.each<[string, Parameters<typeof lmm>[1], LmmOptions?, Priors?]>([
    ["Reaction ~ Days + (1 | Subject)", sleepstudy],
    ["Reaction ~ Days + (Days || Subject)", sleepstudy],
    ["Reaction ~ Days + (Days | Subject)", sleepstudy, { residuals: student() }],
    ["Reaction ~ Days + (Days | Subject)", sleepstudy, { effects: { Subject: student() } }],
    ["Yield ~ 1 + (1 | Batch)", Dyestuff],
    ["Yield ~ 1 + (1 | Batch)", Dyestuff2],
    ["strength ~ 1 + (1 | batch/cask)", Pastes],
    ["yield ~ variety + nitrogen + (1 | block/variety)", oats],
    ["yield ~ variety + nitrogen + cs(0 + variety | block)", oats],
    ["yield ~ variety + nitrogen + (1 | block)", oats, { sigmaBy: "variety" }],
    ["angle ~ recipe * temperature + (1 | recipe:replicate)", cake],
    ["effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" }, { sigma: fixed(1) }],
    ["y ~ x + (x | clus)", clusters],
    ["y ~ method + (1 | tablet)", tablets],
    ["y ~ method + (1 | tablet)", tabletsMissing],
  ])("does not come by itself: %s", (formula, data, options, priors = {}) => {
    for (const draws of ["auto", 200] as const) {
      expect(codes(gibbsSync(lmm(formula, data, options), { seed: 2, draws, priors }))).not.toContain(
        "slow-mixing",
      );
    }
  });
});
