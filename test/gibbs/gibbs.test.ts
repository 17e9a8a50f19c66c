import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Dyestuff, Dyestuff2, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbs, gibbsSync } from "../../src/gibbs/gibbs.ts";
import { fixed, halfT, inverseWishart, lkj, normal, uniformSd } from "../../src/gibbs/priors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { crossedRows } from "./harness.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const codes = (warnings: readonly { readonly code: string }[]): string[] => warnings.map(({ code }) => code);
const hash = (values: Float64Array): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");

describe("gibbs", () => {
  it("gives the same bits for the same seed, in one go or round by round, and other bits for another seed", async () => {
    const options = { chains: 2, draws: 60, warmup: 30, seed: 5 };
    const one = gibbsSync(sleep, options);
    const two = await gibbs(sleep, options);
    expect(hash(two.draws.values)).toBe(hash(one.draws.values));
    expect(hash(gibbsSync(sleep, { ...options, seed: 6 }).draws.values)).not.toBe(hash(one.draws.values));
  });

  it("draws chain c from stream c of the seed, whoever else runs", () => {
    const four = gibbsSync(sleep, { chains: 4, draws: 20, warmup: 10, seed: 5 });
    const two = gibbsSync(sleep, { chains: 2, draws: 20, warmup: 10, seed: 5 });
    expect(four.draws.chain("b_Days", 1)).toEqual(two.draws.chain("b_Days", 1));
  });

  it("keeps every thin-th iteration of the same run", () => {
    const all = gibbsSync(sleep, { chains: 1, draws: 30, warmup: 10, seed: 5 });
    const third = gibbsSync(sleep, { chains: 1, draws: 10, warmup: 10, seed: 5, thin: 3 });
    const expected = Array.from({ length: 10 }, (_, i) => all.draws.get("sigma")[3 * i + 2]);
    expect([...third.draws.get("sigma")]).toEqual(expected);
  });

  it.each(["blocked", "full-conditionals"] as const)(
    "gives the same bits when y and a column of x are multiplied by powers of two (%s)",
    (scheme) => {
      const rows = crossedRows();
      const scaled = rows.map((row) => ({ ...row, y: 1024 * row.y, x: row.x / 8 }));
      const options = { chains: 1, draws: 40, warmup: 20, seed: 3, scheme };
      const plain = gibbsSync(lmm("y ~ x + (x | g) + (1 | h)", rows), options).draws;
      const other = gibbsSync(lmm("y ~ x + (x | g) + (1 | h)", scaled), options).draws;
      const factor = (name: string): number => (name.includes("cor_") ? 1 : /x\]?$/.test(name) ? 8192 : 1024);
      for (const name of plain.variables) {
        const expected = plain.get(name).map((value) => value * factor(name));
        expect(other.get(name), name).toEqual(expected);
      }
    },
  );

  it("names variables as brms does and keeps them in one order", () => {
    const { draws } = gibbsSync(lmm("strength ~ 1 + (1 | batch/cask)", Pastes), {
      draws: 2,
      warmup: 1,
      seed: 1,
    });
    expect(draws.variables.slice(0, 5)).toEqual([
      "b_Intercept",
      "sd_cask:batch__Intercept",
      "sd_batch__Intercept",
      "sigma",
      "r_cask:batch[a:A,Intercept]",
    ]);
  });

  it("reports progress of every chain and finishes at its total", () => {
    const seen: number[] = [];
    gibbsSync(sleep, {
      chains: 2,
      draws: 70,
      warmup: 40,
      seed: 1,
      onProgress: ({ chain, iteration, total, phase }) => {
        expect(total).toBe(110);
        expect(phase).toBe(iteration <= 40 ? "warmup" : "sampling");
        if (chain === 1) seen.push(iteration);
      },
    });
    expect(seen.at(-1)).toBe(110);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("stops at a signal and keeps the draws that every chain has reached", async () => {
    const stop = new AbortController();
    const whole = gibbsSync(sleep, { draws: 400, warmup: 50, seed: 9 });
    const part = await gibbs(sleep, {
      draws: 400,
      warmup: 50,
      seed: 9,
      signal: stop.signal,
      onProgress: ({ kept, chain }) => {
        if (kept > 20 && chain === 2) stop.abort();
      },
    });
    // Chain 2 is further than chain 3 then: only whole rounds count.
    const { iterations } = part.draws;
    expect(part.status).toBe("cancelled");
    expect(iterations).toBeGreaterThan(0);
    expect(iterations).toBeLessThan(400);
    expect(codes(part.warnings)).toContain("stopped-early");
    for (let c = 0; c < 4; c++) {
      expect(part.draws.chain("sigma", c)).toEqual(whole.draws.chain("sigma", c).slice(0, iterations));
    }
  });

  it("throws when it is cancelled before a first draw", async () => {
    const stop = AbortSignal.abort();
    await expect(gibbs(sleep, { signal: stop, seed: 1 })).rejects.toMatchObject({ code: "cancelled" });
  });

  it("holds what is fixed at its value", () => {
    const { draws } = gibbsSync(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff), {
      draws: 50,
      warmup: 10,
      seed: 1,
      priors: { sigma: fixed(50), terms: { Batch: fixed(40) } },
    });
    // The value passes through working units and back: powers of two, so exactly.
    expect(new Set(draws.get("sigma"))).toEqual(new Set([50]));
    // The SD passes through a square and a root.
    for (const value of draws.get("sd_Batch__Intercept")) expect(value).toBeCloseTo(40, 10);
  });

  it("leaves what is fixed out of the verdict on convergence", () => {
    const posterior = gibbsSync(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff), {
      seed: 1,
      priors: { sigma: fixed(50) },
    });
    expect(posterior.status).toBe("complete");
    expect(posterior.summary().at(-1)).toMatchObject({
      variable: "sigma",
      mean: 50,
      sd: 0,
      rhat: Number.NaN,
    });
    expect(codes(posterior.warnings)).toEqual(["fixed-parameter"]);
  });

  it("records the seed it has drawn when none is given", () => {
    const first = gibbsSync(sleep, { chains: 1, draws: 5, warmup: 5 });
    const again = gibbsSync(sleep, { chains: 1, draws: 5, warmup: 5, seed: first.seed });
    expect(again.draws.values).toEqual(first.draws.values);
  });
});

describe("a posterior", () => {
  it("says by itself when the textbook scheme has not mixed (Penicillin, Pastes)", () => {
    for (const [formula, data] of [
      ["diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin],
      ["strength ~ 1 + (1 | batch/cask)", Pastes],
    ] as const) {
      const posterior = gibbsSync(lmm(formula, data), { scheme: "full-conditionals", seed: 1 });
      expect(codes(posterior.warnings)).toContain("not-converged");
      expect(String(posterior)).toMatch(/not-converged: .*R-hat .*more draws per chain/);
    }
  });

  it("has nothing to say about sleepstudy under the default prior", () => {
    expect(gibbsSync(sleep, { seed: 1 }).warnings).toEqual([]);
  });

  it("warns, with numbers, when an inverse-Wishart prior ties the correlation to its SDs", () => {
    const identity = [[1, 0], [0, 1]]; // biome-ignore format: a matrix
    const { warnings } = gibbsSync(sleep, {
      seed: 1,
      priors: { terms: { Subject: inverseWishart(3, identity) } },
    });
    const tied = warnings.find(({ code }) => code === "prior-ties-correlation");
    expect(tied?.message).toMatch(/Subject puts 99\.\d% of its mass on \|correlation\| > 0\.9/);
    expect(codes(warnings)).toContain("prior-dominates");
  });

  it("warns that one chain cannot disagree with itself", () => {
    expect(codes(gibbsSync(sleep, { chains: 1, draws: 500, seed: 1 }).warnings)).toContain("one-chain");
  });

  it("prints brms's blocks with the priors in units of the response", () => {
    const text = String(gibbsSync(sleep, { seed: 1 }));
    for (const part of [
      "Formula: Reaction ~ Days + (Days | Subject)",
      "Priors (default@1, in units of Reaction)",
      "huangWand({ df: 2, scale: [140.82, 26.38] })",
      "halfT(3, 140.8)",
      "~Subject (number of levels: 18)",
      "cor(Intercept,Days)",
      "Regression coefficients",
      "Bulk_ESS",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("adds up: coef is fixef plus ranef, and varCorr squares to what the draws say", () => {
    const posterior = gibbsSync(sleep, { draws: 300, seed: 2 });
    const fixef = posterior.fixef();
    const ranef = posterior.ranef();
    for (const row of posterior.coef()) {
      const effect = ranef.find(({ level, term }) => level === row.level && term === row.term)!;
      expect(row.mean).toBeCloseTo(fixef[row.term] + effect.mean, 10);
      expect(row.lower).toBeLessThan(row.mean);
    }
    const rows = posterior.varCorr();
    expect(rows.map(({ group, term1, term2 }) => [group, term1, term2])).toEqual([
      ["Subject", "(Intercept)", null],
      ["Subject", "Days", null],
      ["Subject", "(Intercept)", "Days"],
      ["Residual", null, null],
    ]);
    for (const { covariance, sdCorrelation, term2 } of rows) {
      if (term2 === null) expect(covariance).toBeGreaterThanOrEqual(sdCorrelation ** 2);
    }
  });

  it("survives JSON", () => {
    const posterior = gibbsSync(sleep, { chains: 2, draws: 10, warmup: 5, seed: 2 });
    const json = JSON.parse(JSON.stringify(posterior));
    expect(json.seed).toBe(2);
    expect(json.priors.name).toBe("default@1");
    expect(json.draws.values.length).toBe(posterior.draws.values.length);
  });
});

describe("bad input to gibbs", () => {
  // x is zero but in two levels of h.
  const twoLevelRows = [
    0.3, 1.1, -0.4, 0.9, 2.1, -1.3, 0.2, 0.8, 1.7, -0.6, 0.1, 0.5, 0.4, 1.9, 0.6, -0.2, 1.4, 0.7,
  ].map((y, i) => ({
    y,
    x: i % 6 < 2 ? i + 1 : 0,
    g: `g${i % 2}`,
    h: `h${i % 6}`,
  }));
  const twoLevels = (formula: string): LinearMixedModel => lmm(formula, twoLevelRows);
  const dyestuff = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2);
  const square = [[1, 0], [0, 1]]; // biome-ignore format: a matrix
  it.each<[string, () => unknown, string, RegExp]>([
    ["an unknown option", () => gibbsSync(sleep, { reml: true } as object), "unknown-option", /"reml"/],
    [
      "a seed in words",
      () => gibbsSync(sleep, { seed: "one" } as object),
      "invalid-argument",
      /"seed".*"one"/,
    ],
    ["a seed beyond 2³² − 1", () => gibbsSync(sleep, { seed: 4294967296 }), "invalid-argument", /4294967295/],
    ["no draws", () => gibbsSync(sleep, { draws: 0 }), "invalid-argument", /"draws".*0/],
    ["no chains", () => gibbsSync(sleep, { chains: 0 }), "invalid-argument", /"chains"/],
    ["a negative warm-up", () => gibbsSync(sleep, { warmup: -1 }), "invalid-argument", /"warmup"/],
    ["an unknown scheme", () => gibbsSync(sleep, { scheme: "nuts" } as object), "invalid-argument", /"nuts"/],
    ["too many draws for memory", () => gibbsSync(sleep, { draws: 1e9 }), "not-enough-memory", /MB/],
    [
      "a misspelt prior",
      () => gibbsSync(sleep, { priors: { sigma: { type: "norml" } } } as object),
      "unknown-prior",
      /"norml"/,
    ],
    [
      "a prior in words",
      () => gibbsSync(sleep, { priors: { sigma: "halfT" } } as object),
      "unknown-prior",
      /"halfT"/,
    ],
    [
      "a normal prior on an SD",
      () => gibbsSync(sleep, { priors: { sigma: normal(0, 1) } } as object),
      "unknown-prior",
      /sigma.*"normal"/,
    ],
    [
      "a prior for a coefficient that is not there",
      () => gibbsSync(sleep, { priors: { beta: { Dayz: normal(0, 1) } } }),
      "unknown-prior-target",
      /"Dayz".*Days/,
    ],
    [
      "a prior for a term that is not there",
      () => gibbsSync(sleep, { priors: { terms: { Subjects: halfT(3, 1) } } }),
      "unknown-prior-target",
      /"Subjects".*"Subject"/,
    ],
    [
      "a prior of the wrong dimension",
      () => gibbsSync(dyestuff, { priors: { terms: { Batch: inverseWishart(3, square) } } }),
      "prior-dimension",
      /Batch has 1 effect \(Intercept\).*2/,
    ],
    [
      "a flat SD of two levels",
      () => gibbsSync(twoLevels("y ~ 1 + (1 | g)"), { priors: { terms: { g: uniformSd() } } }),
      "improper-posterior",
      /SD of g with 2 levels/,
    ],
    [
      "a flat SD of a slope that two levels tell of",
      () => gibbsSync(twoLevels("y ~ x + (x | h)"), { priors: { terms: { h: lkj(1, uniformSd()) } } }),
      "improper-posterior",
      /SD of x of h with 2 levels/,
    ],
    [
      "a flat sigma with one row to spare",
      () =>
        gibbsSync(
          lmm(
            "y ~ x + (1 | g)",
            twoLevelRows.slice(0, 3).map((row, i) => ({ ...row, g: `g${i % 2}` })),
          ),
          {
            priors: { sigma: uniformSd() },
          },
        ),
      "improper-posterior",
      /sigma with 3 rows and 2 coefficients/,
    ],
    ["a negative scale", () => halfT(3, -1), "invalid-prior", /scale must be positive.*-1/],
    ["an sd that is not a number", () => normal(0, Number.NaN), "invalid-prior", /sd must be positive.*NaN/],
    [
      "an inverse-Wishart with too few degrees of freedom",
      () => inverseWishart(1, square),
      "invalid-prior",
      /df must be above 1.*1/,
    ],
    [
      "an indefinite matrix",
      () =>
        inverseWishart(3, [
          [1, 2],
          [2, 1],
        ]),
      "invalid-prior",
      /positive definite/,
    ],
    [
      "an asymmetric matrix",
      () =>
        inverseWishart(3, [
          [1, 0.5],
          [0, 1],
        ]),
      "invalid-prior",
      /symmetric/,
    ],
  ])("%s is refused by code, with the user's own words", (_, call, code, text) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toMatch(text);
    expect((thrown as { remedy: string }).remedy).not.toBe("");
  });

  it("treats hostile names as names", () => {
    const priors = JSON.parse('{"terms": {"__proto__": {"type": "halfT", "df": 3, "scale": 1}}}');
    expect(() => gibbsSync(sleep, { priors })).toThrow(/"__proto__"/);
  });
});
