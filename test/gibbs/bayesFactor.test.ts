import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Dyestuff, Dyestuff2, sleepstudy } from "../../src/datasets/index.ts";
import type { BlmmError } from "../../src/errors.ts";
import { bayesFactor, marginalLikelihood } from "../../src/gibbs/bayesFactor.ts";
import {
  coordinateCount,
  coordinatesFromLambdaInto,
  lambdaFromCoordinatesInto,
  logTermPrior,
} from "../../src/gibbs/coordinates.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import { logTermConstant } from "../../src/gibbs/priorConstants.ts";
import { drawFactorFromPrior } from "../../src/gibbs/priorDraws.ts";
import {
  exponential,
  halfCauchy,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import { fittedProposal, logProposalConstant, Proposer } from "../../src/gibbs/proposal.ts";
import { workingPriors } from "../../src/gibbs/workingPriors.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { bridge } from "../../src/posterior/bridge.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { DATA, golden, priorsOf } from "./references.ts";

const EXACT = [
  "exact-Dyestuff-halft",
  "exact-Dyestuff-ig",
  "exact-Dyestuff2-halfcauchy",
  "exact-clusters-ig",
  "exact-sleepstudy-ri-halft",
  "exact-sleepstudy-ri-ig",
  "exact-tablets-ig",
];

function sampled(
  formula: string,
  table: Parameters<typeof lmm>[1],
  priors: Priors = {},
  options: LmmOptions = {},
): Posterior {
  return gibbsSync(lmm(formula, table, options), { priors, draws: 50, chains: 1, seed: 3 });
}

async function code(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as BlmmError).code;
  }
  return "";
}

describe("marginalLikelihood", () => {
  it.each(EXACT)("is that of quadrature: %s", async (id) => {
    const reference = golden(id);
    const exact = (reference as unknown as { log_marginal_likelihood: number }).log_marginal_likelihood;
    const table = DATA[reference.data];
    const posterior = sampled(reference.formula, table, priorsOf(reference, lmm(reference.formula, table)));
    const { logMarginal, mcse } = await marginalLikelihood(posterior);
    // 4 Monte Carlo errors of 4000 draws, which are to be well below the 0.05 nats asked for.
    expect(Math.abs(logMarginal - exact)).toBeLessThan(4 * mcse);
    expect(mcse).toBeLessThan(0.0125);
  });

  it("is a density of the response: its units and those of σ count once each", async () => {
    const priors = (unit: number, sigma = unit): Priors => ({
      beta: normal(0, 50 * unit),
      sigma: halfT(3, 30 * sigma),
      terms: { Subject: huangWand({ scale: [40 * unit, 10 * unit] }) },
    });
    const formula = "Reaction ~ Days + (Days | Subject)";
    const table = sleepstudy.map((row) => ({ ...row, tenfold: 10 * row.Reaction, w: 4 }));
    const one = await marginalLikelihood(sampled(formula, table, priors(1)));
    const ten = await marginalLikelihood(sampled(formula.replace("Reaction", "tenfold"), table, priors(10)));
    const weighted = await marginalLikelihood(sampled(formula, table, priors(1, 2), { weights: "w" }));
    // The same random numbers: what differs is rounding, which decides on an acceptance now and then.
    expect(ten.logMarginal - one.logMarginal).toBeCloseTo(-180 * Math.log(10), 1);
    expect(weighted.logMarginal).toBeCloseTo(one.logMarginal, 1);
  });
});

describe("prior constants", () => {
  const S = [
    [4, 1],
    [1, 2],
  ];
  it.each([
    ["half-t", 1, halfT(3, 10)],
    ["half-Cauchy", 1, halfCauchy(5)],
    ["half-normal", 1, halfNormal(7)],
    ["exponential", 1, exponential(0.1)],
    ["inverse-gamma", 1, inverseGamma(2, 30)],
    ["Huang–Wand", 1, huangWand({ df: 3, scale: 8 })],
    ["Huang–Wand", 2, huangWand({ df: 2, scale: [20, 5] })],
    ["Huang–Wand", 3, huangWand({ df: 4, scale: [20, 5, 1] })],
    ["inverse-Wishart", 2, inverseWishart(5, S)],
    ["LKJ(3)", 2, lkj(3, [halfNormal(20), exponential(0.3)])],
    ["LKJ(1)", 3, halfNormal(6)],
    ["LKJ(0.7)", 3, lkj(0.7, halfT(5, 10))],
  ] as const)("%s on %d columns integrates to 1", (_, k, prior) => {
    const columns = ["1", "Days", "I(Days^2)"].slice(0, k).join(" + ");
    const model = lmm(`Reaction ~ Days + (${columns} | Subject)`, sleepstudy);
    const [working] = workingPriors(model, {
      name: "custom",
      beta: new Map(model.fixed.names.map((name) => [name, { type: "flat" }])),
      sigma: halfT(3, 1),
      terms: [{ name: "Subject", prior, structure: "us" }],
    }).terms;
    const units = model.crossProducts.zScale[0].map((scale) => scale / model.crossProducts.yScale);
    const d = coordinateCount(k);
    const stream = new RandomStream(7, k);
    const L = new Float64Array(k * k);
    const scratch = new Float64Array(k * k);
    const draw = (): Float64Array => {
      const factor = drawFactorFromPrior(prior, "us", "Subject", k, stream);
      for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) L[i + j * k] = factor[i + j * k] * units[i];
      const x = new Float64Array(d);
      coordinatesFromLambdaInto(x, L, k);
      return x;
    };
    const ratio = (x: Float64Array, density: number): number => {
      const M = new Float64Array(k * k);
      lambdaFromCoordinatesInto(M, x, k);
      return logTermPrior(working, x, M, k, scratch) - Math.log(density);
    };
    const n = 8000;
    const fitted = Float64Array.from(Array.from({ length: n }, draw).flatMap((x) => Array.from(x)));
    const proposal = fittedProposal(fitted, d);
    const propose = new Proposer(proposal);
    const x = new Float64Array(d);
    const density = new Float64Array(1);
    const { log, mcse } = bridge(
      Float64Array.from({ length: n }, () => {
        const own = draw();
        return ratio(own, propose.density(own));
      }),
      Float64Array.from({ length: n }, () => {
        propose.drawInto([x], density, stream);
        return ratio(x, density[0]);
      }),
    );
    if (working.kind === "symmetric") throw new Error("not under compound symmetry");
    const total = log - logProposalConstant(proposal) + logTermConstant(working, k);
    // 4 Monte Carlo errors; a factor of 2 that was forgotten is 0.69.
    expect(Math.abs(total)).toBeLessThan(4 * mcse);
    expect(mcse).toBeLessThan(0.03);
  });
});

describe("bayesFactor", () => {
  /** log p(y) of y ~ N(μ, σ²), μ ~ N(0, s²), σ half-t(df, scale), by the trapezoid rule over log σ. */
  function logEvidenceOfMean(y: readonly number[], s: number, df: number, scale: number): number {
    const n = y.length;
    const sum = y.reduce((a, b) => a + b, 0);
    const squares = y.reduce((a, b) => a + b * b, 0);
    const gamma: Readonly<Record<number, number>> = { 1: 1 / Math.PI, 3: 2 / (Math.PI * Math.sqrt(3)) };
    const step = 0.01;
    const logs: number[] = [];
    for (let u = -4; u < 12; u += step) {
      const v = Math.exp(2 * u);
      const precision = n / v + 1 / (s * s);
      const logLikelihood =
        -0.5 * n * (Math.log(2 * Math.PI) + 2 * u) -
        Math.log(s) -
        0.5 * Math.log(precision) -
        0.5 * (squares / v - (sum / v) ** 2 / precision);
      const prior = Math.log((2 * gamma[df]) / scale) - 0.5 * (df + 1) * Math.log1p(v / (df * scale * scale));
      logs.push(logLikelihood + prior + u);
    }
    const most = Math.max(...logs);
    return most + Math.log(logs.reduce((a, log) => a + Math.exp(log - most), 0) * step);
  }

  it.each([
    ["exact-Dyestuff-halft", Dyestuff, 10_000, 3, 50],
    ["exact-Dyestuff2-halfcauchy", Dyestuff2, 1000, 1, 5],
  ] as const)("of a variance is the ratio of two integrals: %s", async (id, table, s, df, scale) => {
    const reference = golden(id);
    const exact = (reference as unknown as { log_marginal_likelihood: number }).log_marginal_likelihood;
    const model = lmm(reference.formula, table);
    const posterior = sampled(reference.formula, table, priorsOf(reference, model));
    const result = await bayesFactor(posterior, { without: "Batch" });
    const none = logEvidenceOfMean(Array.from(model.response.values), s, df, scale);
    expect(Math.abs(result.logBayesFactor - (exact - none))).toBeLessThan(4 * result.mcse);
    expect(result.mcse).toBeLessThan(0.0125);
    expect(result.probability).toBeCloseTo(result.bayesFactor / (1 + result.bayesFactor), 12);
    expect(inspect(result)).toContain("without Batch");
  });

  it("does not ask for a proper prior on what both models share", async () => {
    const slopes = sampled("Reaction ~ Days + (Days | Subject)", sleepstudy);
    const intercepts = sampled("Reaction ~ Days + (1 | Subject)", sleepstudy);
    const { logBayesFactor, mcse } = await bayesFactor(slopes, intercepts);
    const back = await bayesFactor(intercepts, slopes);
    expect(back.logBayesFactor).toBe(-logBayesFactor);
    // REML criteria differ by 42.8, 21.4 nats, of which the priors on two more parameters take a few.
    expect(logBayesFactor).toBeGreaterThan(15);
    expect(logBayesFactor).toBeLessThan(21.4);
    expect(mcse).toBeLessThan(0.05);
    const none = sampled("Reaction ~ 1 + (1 | Subject)", sleepstudy);
    expect(await code(() => bayesFactor(intercepts, none))).toBe("improper-prior");
    const proper = { beta: { Days: normal(0, 20) } };
    const days = await bayesFactor(sampled("Reaction ~ Days + (1 | Subject)", sleepstudy, proper), none);
    expect(days.logBayesFactor).toBeGreaterThan(40);
  });

  it("takes its seed for both models", async () => {
    const proper = { beta: normal(100, 300) };
    const slopes = sampled("Reaction ~ Days + (Days | Subject)", sleepstudy, proper);
    const intercepts = sampled("Reaction ~ Days + (1 | Subject)", sleepstudy, proper);
    const options = { seed: 5, draws: 500 };
    const { logBayesFactor } = await bayesFactor(slopes, intercepts, options);
    const [one, other] = [
      await marginalLikelihood(slopes, options),
      await marginalLikelihood(intercepts, options),
    ];
    expect(logBayesFactor).toBe(one.logMarginal - other.logMarginal);
  });

  it("refuses what has no answer", async () => {
    const posterior = sampled("Yield ~ 1 + (1 | Batch)", Dyestuff);
    expect(await code(() => marginalLikelihood(posterior))).toBe("improper-prior");
    const flatSd = sampled("Yield ~ 1 + (1 | Batch)", Dyestuff, { terms: { Batch: uniformSd() } });
    expect(await code(() => bayesFactor(flatSd, posterior))).toBe("improper-prior");
    expect(await code(() => bayesFactor(posterior, { without: "Bach" }))).toBe("unknown-term");
    expect(await code(() => bayesFactor(posterior, {}))).toBe("invalid-argument");
    expect(await code(() => bayesFactor(posterior, posterior, { without: "Batch" }))).toBe("unknown-option");
    expect(await code(() => bayesFactor(posterior, sampled("Yield ~ 1 + (1 | Batch)", Dyestuff2)))).toBe(
      "different-response",
    );
    const fewer = sampled("Yield ~ 1 + (1 | Batch)", Dyestuff.slice(1));
    expect(await code(() => bayesFactor(posterior, fewer))).toBe("different-rows");
    const strata = sampled(
      "Reaction ~ Days + (1 | Subject)",
      sleepstudy.map((row, i) => ({ ...row, half: i % 2 ? "a" : "b" })),
      {},
      { sigmaBy: "half" },
    );
    expect(await code(() => bayesFactor(strata, { without: "Subject" }))).toBe("no-marginal-likelihood");
    const signal = AbortSignal.abort();
    expect(await code(() => bayesFactor(posterior, { without: "Batch", signal }))).toBe("cancelled");
  });
});
