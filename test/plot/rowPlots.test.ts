import { describe, expect, it } from "vitest";
import { compare } from "../../src/compare.ts";
import { parseCsv } from "../../src/data/csv.ts";
import { factor } from "../../src/data/factor.ts";
import { Dyestuff, oats, sleepstudy, tablets } from "../../src/datasets/index.ts";
import type { BlmmError } from "../../src/errors.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { ppCheck } from "../../src/gibbs/ppCheck.ts";
import { halfNormal, halfT, normal } from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";
import * as plot from "../../src/plot/index.ts";
import { essBulk, quantile, rhat } from "../../src/posterior/diagnostics.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { reml } from "../../src/reml/fit.ts";
import { lmList } from "../../src/reml/lmList.ts";
import { readShared, sharedFiles } from "../shared.ts";
import { fakeDraws } from "./fakeDraws.ts";

const draws = fakeDraws(4, 60, 5);
const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return (error as BlmmError).code;
  }
  return "nothing";
}

describe("the rows behind plots of draws", () => {
  it("of areas integrate to one, the inner part to its probability", () => {
    const rows = plot.areasData(draws, { variables: ["b_Days"], prob: 0.8 });
    const step = rows[1].value - rows[0].value;
    const mass = (of: typeof rows): number => of.reduce((sum, row) => sum + row.density * step, 0);
    expect(mass(rows)).toBeCloseTo(1, 2);
    const inner = rows.filter((row) => row.inner);
    const chains = draws.chainsOf("b_Days");
    expect(inner[0].value).toBeGreaterThanOrEqual(quantile(chains, 0.1));
    expect(inner[0].value - step).toBeLessThan(quantile(chains, 0.1));
    // The density is a smooth version of the draws: 240 of them, smoothed by about a third of their SD.
    expect(Math.abs(mass(inner) - 0.8)).toBeLessThan(0.06);
    expect(codeOf(() => plot.areas(draws, { prob: 1 }))).toBe("invalid-argument");
    expect(plot.ridgesData(draws, { variables: ["b_Days"] })).toHaveLength(rows.length);
  });

  it("of R-hat and ESS are those of the diagnostics, worst first, constants left out", () => {
    const all = drawsFrom({
      ...Object.fromEntries(draws.variables.map((name) => [name, draws.chainsOf(name)])),
      constant: Array.from({ length: 4 }, () => new Array<number>(60).fill(1)),
    });
    const hats = plot.rhatDotsData(all);
    expect(hats).toHaveLength(draws.variables.length);
    for (const { variable, value, verdict } of hats) {
      expect(value).toBe(rhat(draws.chainsOf(variable)));
      expect(verdict).toBe(value <= 1.01 ? "good" : value <= 1.05 ? "fair" : "bad");
    }
    expect(hats.every(({ value }, k) => k === 0 || value <= hats[k - 1].value)).toBe(true);
    const [worst] = plot.essDotsData(draws, { most: 1 });
    const ratios = draws.variables.map((name) => essBulk(draws.chainsOf(name)) / draws.size);
    expect(worst.value).toBe(Math.min(...ratios));
    expect(JSON.stringify(plot.essDots(draws, { most: 3 }).caption)).toContain("the 3 worst");
  });

  it("of priors are densities of the priors as far as the posterior reaches", () => {
    const model = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy);
    const priors = {
      beta: { Days: normal(10, 5) },
      sigma: halfNormal(40),
      terms: { Subject: halfT(3, 50) },
    };
    const posterior = gibbsSync(model, { priors, seed: 1, draws: 200, chains: 2 });
    const rows = plot.priorPosteriorData(posterior).filter(({ source }) => source === "prior");
    const exact: Record<string, (x: number) => number> = {
      b_Days: (x) => Math.exp(-0.5 * ((x - 10) / 5) ** 2) / (5 * Math.sqrt(2 * Math.PI)),
      sigma: (x) => (Math.sqrt(2 / Math.PI) / 40) * Math.exp(-0.5 * (x / 40) ** 2),
      sd_Subject__Intercept: (x) => (12 * Math.sqrt(3)) / (Math.PI * 50 * (3 + (x / 50) ** 2) ** 2),
    };
    // The intercept is flat and has none.
    expect(new Set(rows.map(({ variable }) => variable))).toEqual(new Set(Object.keys(exact)));
    const highest = new Map(
      Object.entries(exact).map(([name, f]) => [
        name,
        Math.max(...rows.filter((row) => row.variable === name).map((row) => f(row.value))),
      ]),
    );
    // Kernel densities of 20 000 draws: noise and smoothing of a few percent of the height.
    const far = rows.filter(
      ({ variable, value, density }) =>
        Math.abs(density - exact[variable](value)) > 0.08 * highest.get(variable)!,
    );
    expect(far).toEqual([]);
  });
});

describe("the rows behind plots of models", () => {
  it("of spaghetti and facets are observations and predictions by level", () => {
    const rows = plot.spaghettiData(fit);
    expect(rows).toHaveLength(180);
    const known = fit.predict();
    const population = fit.predict(undefined, { groups: "population" });
    const at = sleepstudy.findIndex(({ Subject, Days }) => Subject === 310 && Days === 4);
    expect(rows[2 * 10 + 4]).toEqual({
      level: "310",
      x: 4,
      observed: sleepstudy[at].Reaction,
      predicted: known[at].estimate,
      population: population[at].estimate,
    });
    expect(plot.facetsData(fit, { levels: ["372", "308"] }).map(({ level }) => level)).toEqual([
      ...new Array<string>(10).fill("372"),
      ...new Array<string>(10).fill("308"),
    ]);
    expect(codeOf(() => plot.spaghetti(fit, { group: "Subjekt" }))).toBe("unknown-group");
    expect(codeOf(() => plot.facets(fit, { x: "Dais" }))).toBe("unknown-column");
    const means = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff));
    expect(codeOf(() => plot.spaghetti(means, { x: "Batch" }))).toBe("not-a-number");
    expect(codeOf(() => plot.spaghetti(means))).toBe("no-numeric-predictor");
    const scaled = reml(lmm("Reaction ~ scale(Days) + (1 | Subject)", sleepstudy));
    expect(plot.spaghettiData(scaled)[3].x).toBe(3);
  });

  it("of shrinkage run from each level's own regression to the model's", () => {
    const rows = plot.shrinkageData(fit);
    const own = lmList("Reaction ~ Days", sleepstudy, "Subject");
    for (const { level, coefficient, alone, pooled, population } of rows) {
      // Two algorithms for one least-squares problem.
      expect(alone).toBeCloseTo(own.get(level)!.fixef()[coefficient], 8);
      const row = fit.coef().find((one) => one.level === level && one.term === coefficient)!;
      expect(pooled).toBeCloseTo(row.value, 10);
      expect(population).toBe(fit.fixef()[coefficient]);
    }
    expect(rows).toHaveLength(36);
    const posterior = gibbsSync(fit.model, { seed: 1, draws: 50, chains: 1 });
    const bayes = plot.shrinkageData(posterior);
    expect(bayes[1].pooled).toBeCloseTo(
      posterior.coef().find(({ level, term }) => level === "308" && term === "Days")!.mean,
      8,
    );
    expect(codeOf(() => plot.shrinkage(fit, { term: "Days" }))).toBe("unknown-term");
  });

  it("of shrinkage have no estimate of their own where a level's rows do not suffice", () => {
    const rows = sleepstudy.filter(({ Subject, Days }) => Subject !== 308 || Days === 3);
    const [intercept, slope] = plot.shrinkageData(reml(lmm("Reaction ~ Days + (Days | Subject)", rows)));
    expect([intercept.level, intercept.alone, slope.alone]).toEqual(["308", Number.NaN, Number.NaN]);
    expect(Number.isFinite(slope.pooled)).toBe(true);
  });

  it("are made of a posterior or a fit where a plot takes what they return", () => {
    const posterior = gibbsSync(fit.model, { seed: 1, draws: 100, chains: 2 });
    const text = (options: object): string => JSON.stringify(options);
    expect(text(plot.compareIntervals(posterior, fit))).toBe(
      text(plot.compareIntervals(compare(posterior, fit))),
    );
    const variables = ["sigma", "b_Days"];
    expect(plot.compareIntervalsData(posterior, fit, { variables })).toEqual(
      plot.compareIntervalsData(compare(posterior, fit), { variables }),
    );
    expect(plot.qqData(fit)).toEqual(plot.qqData(fit.qq({ seed: 1 })));
    expect(plot.qqData(posterior)).toEqual(plot.qqData(posterior.qq()));
    expect(plot.ppcDensityOverlayData(posterior)).toEqual(plot.ppcDensityOverlayData(ppCheck(posterior)));
    expect(plot.ppcStatData(posterior, { statistic: "max", group: "Subject" })).toEqual(
      plot.ppcStatData(ppCheck(posterior, { type: "stat", statistic: "max", group: "Subject" })),
    );
    expect(plot.ppcIntervalsData(posterior, { x: "Days" })).toEqual(
      plot.ppcIntervalsData(ppCheck(posterior, { type: "intervals", x: "Days" })),
    );
  });

  it("of caterpillars of a fit are modes with normal intervals", () => {
    const rows = plot.caterpillarData(fit, { prob: 0.9 });
    expect(rows).toHaveLength(36);
    const { mode, sd } = fit.ranef().find(({ level, term }) => level === "308" && term === "Days")!;
    const row = rows.find(({ variable }) => variable === "r_Subject[308,Days]")!;
    expect(row).toMatchObject({ group: "Subject", term: "Days", level: "308", mean: mode });
    // R: qnorm(0.95)
    expect((row.high - row.low) / 2 / sd).toBeCloseTo(1.6448536269514722, 12);
    const intercepts = rows.filter(({ term }) => term === "(Intercept)").map(({ mean }) => mean);
    expect(intercepts).toEqual([...intercepts].sort((a, b) => a - b));
    expect(codeOf(() => plot.caterpillar(fit, { group: "Day" }))).toBe("unknown-group");
    expect(codeOf(() => plot.caterpillar(fit, { prob: 95 }))).toBe("invalid-argument");
  });

  it("of residuals are response minus fit", () => {
    const rows = plot.residualFittedData(fit);
    const residuals = fit.residuals();
    const fitted = fit.fitted();
    rows.forEach((row, i) => {
      expect(row.residual).toBeCloseTo(residuals[i], 9);
      expect(row.fitted).toBeCloseTo(fitted[i], 9);
    });
    expect(rows).toHaveLength(180);
  });

  it("of interactions are means of cells, in the order of the levels", () => {
    const rows = plot.interactionPlotData(oats, { x: "nitrogen", trace: "variety", y: "yield" });
    // nlme's Oats, tapply(yield, list(nitrogen, variety), mean).
    expect(rows.map(({ mean }) => Number(mean.toFixed(4)))).toEqual([
      80, 98.5, 114.6667, 124.8333, 86.6667, 108.5, 117.1667, 126.8333, 71.5, 89.6667, 110.8333, 118.5,
    ]);
    expect(rows[1]).toMatchObject({ x: "0.2cwt", trace: "Golden.rain", n: 6 });
    const gaps = [
      { a: "x", b: "p", y: 1 },
      { a: "x", b: "q", y: Number.NaN },
      { a: null, b: "q", y: 3 },
    ];
    expect(plot.interactionPlotData(gaps, { x: "a", trace: "b", y: "y" })).toEqual([
      { x: "x", trace: "p", mean: 1, n: 1 },
    ]);
    expect(codeOf(() => plot.interactionPlot(oats, { x: "nitrogen", trace: "variety", y: "block" }))).toBe(
      "not-a-number",
    );
  });

  const { available, title } = sharedFiles("data/planks.csv");
  it.skipIf(!available)(title("of interactions on planks are the four of the lecture notes"), () => {
    const table = parseCsv(readShared("data/planks.csv"));
    const column = (name: string): number[] => {
      const found = table.columns.get(name)!;
      return found.kind === "number" ? Array.from(found.values) : [];
    };
    const [humidity, ...others] = ["humidity", "plank", "width", "depth"].map(column);
    const data = {
      humidity,
      plank: factor(others[0]),
      width: factor(others[1]),
      depth: factor(others[2]),
    };
    for (const [x, trace] of [
      ["width", "plank"],
      ["depth", "plank"],
      ["width", "depth"],
      ["depth", "width"],
    ]) {
      const rows = plot.interactionPlotData(data, { x, trace, y: "humidity" });
      const [across, lines] = [column(x), column(trace)];
      expect(rows).toHaveLength(new Set(across).size * new Set(lines).size);
      for (const row of rows) {
        const cell = humidity.filter((_, i) => String(across[i]) === row.x && String(lines[i]) === row.trace);
        expect(row.mean).toBeCloseTo(cell.reduce((a, b) => a + b, 0) / cell.length, 12);
        expect(row.n).toBe(cell.length);
      }
      expect(plot.interactionPlot(data, { x, trace, y: "humidity" }).marks).toBeDefined();
    }
  });

  it("of tablets by method are the observations", () => {
    const rows = plot.interactionPlotData(tablets, { x: "tablet", trace: "method", y: "y" });
    expect(rows).toHaveLength(20);
    expect(rows.every(({ n }) => n === 1)).toBe(true);
  });
});
