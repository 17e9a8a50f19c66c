import { describe, expect, it } from "vitest";
import * as plot from "../../src/plot/index.ts";
import { place, rangeOf, roundNumbers } from "../../src/plot/panels.ts";
import { quantile } from "../../src/posterior/diagnostics.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { fakeDensity, fakeIntervals, fakeQq, fakeStat, LEVELS } from "./fakeChecks.ts";
import { fakeComparison, fakeDraws } from "./fakeDraws.ts";

const draws = fakeDraws(2, 50, 3);
const shown = draws.variables.filter((name) => !name.startsWith("r_"));

function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "nothing";
}

describe("the rows behind plots", () => {
  it("of traces are the draws, of everything but group effects unless named", () => {
    const rows = plot.traceData({ draws });
    expect([...new Set(rows.map((row) => row.variable))]).toEqual(shown);
    expect(rows).toHaveLength(shown.length * 2 * 50);
    expect(rows[50]).toEqual({
      variable: "b_Intercept",
      chain: 1,
      iteration: 0,
      value: draws.get("b_Intercept")[50],
    });
    expect(plot.traceData(draws, { variables: ["r_Subject[308,Days]"] })).toHaveLength(100);
  });

  it("of traces are thinned evenly beyond 2000 points a chain", () => {
    const long = drawsFrom({ x: [Array.from({ length: 5000 }, (_, i) => i)] });
    const rows = plot.traceData(long);
    expect(rows).toHaveLength(1667);
    expect(rows[2]).toEqual({ variable: "x", chain: 0, iteration: 6, value: 6 });
    expect(JSON.stringify(plot.trace(long).x)).toContain("one in 3 drawn");
  });

  it("of densities integrate to one within the support", () => {
    const rows = plot
      .densityOverlayData(draws, { variables: ["sd_Subject__Days"] })
      .filter((row) => row.chain === 1);
    const step = rows[1].value - rows[0].value;
    const mass = rows.reduce((sum, row, i) => sum + row.density * step * (i === 0 || i === 127 ? 0.5 : 1), 0);
    expect(rows[0].value).toBe(0);
    // The trapezoid rule on 128 points, and up to 0.3% of the mass beyond the common grid.
    expect(Math.abs(mass - 1)).toBeLessThan(0.01);
  });

  it("of intervals are type-7 quantiles, 50% and 90% unless asked otherwise", () => {
    const chains = draws.chainsOf("sigma");
    const [row] = plot.intervalsData(draws, { variables: ["sigma"] });
    expect(row).toEqual({
      variable: "sigma",
      low: quantile(chains, (1 - 0.9) / 2),
      innerLow: quantile(chains, 0.25),
      median: quantile(chains, 0.5),
      innerHigh: quantile(chains, 0.75),
      high: quantile(chains, (1 + 0.9) / 2),
    });
    expect(codeOf(() => plot.intervalsData(draws, { prob: 50 }))).toBe("invalid-argument");
  });

  it("of a comparison are two intervals a variable", () => {
    const rows = plot.compareIntervalsData(fakeComparison, { variables: ["b_Days"] });
    expect(rows).toEqual([
      { variable: "b_Days", estimator: "REML", centre: 10.467, low: 7.438, high: 13.497 },
      { variable: "b_Days", estimator: "posterior", centre: 10.45, low: 7.2, high: 13.7 },
    ]);
    expect(codeOf(() => plot.compareIntervalsData(fakeComparison, { variables: ["b_days"] }))).toBe(
      "unknown-variable",
    );
  });

  it("of ranks count every draw once", () => {
    const rows = plot.rankOverlayData(draws, { variables: ["b_Days"], bins: 10 });
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(100);
    // Each bin holds as many ranks as every other, over all chains.
    expect(rows.filter((row) => row.low === 20).reduce((sum, row) => sum + row.count, 0)).toBe(10);
  });

  it("of histograms count every draw once, the largest in the last bin", () => {
    const rows = plot.histogramData(drawsFrom({ x: [0, 1, 2, 3, 4] }), { bins: 2 });
    expect(rows).toEqual([
      { variable: "x", low: 0, high: 2, count: 2 },
      { variable: "x", low: 2, high: 4, count: 3 },
    ]);
  });

  it("of autocorrelations start at one", () => {
    const rows = plot.autocorrelationData(draws, { variables: ["sigma"], lags: 3 });
    expect(rows).toHaveLength(8);
    expect(rows[4]).toEqual({ variable: "sigma", chain: 1, lag: 0, autocorrelation: 1 });
  });

  it("of caterpillars order the levels by their first coefficient", () => {
    const rows = plot.caterpillarData(draws).filter((row) => row.term === "(Intercept)");
    expect(rows.map((row) => row.mean)).toEqual(rows.map((row) => row.mean).sort((a, b) => a - b));
    expect(codeOf(() => plot.caterpillarData(draws, { group: "subject" }))).toBe("unknown-group");
    expect(codeOf(() => plot.caterpillarData(draws.subset({ variables: ["sigma"] })))).toBe(
      "no-group-effects",
    );
  });

  it("of caterpillars make effects again where they were not kept", () => {
    const lean = {
      draws: draws.subset({ variables: ["sigma"] }),
      effects: () => draws.subset({ variables: draws.variables.filter((name) => name.startsWith("r_")) }),
    };
    expect(plot.caterpillarData(lean)).toEqual(plot.caterpillarData(draws));
  });

  it("of pairs hold both variables of one draw", () => {
    const rows = plot.pairsData(draws, { variables: ["b_Days", "sigma"], points: 10 });
    expect(rows).toHaveLength(10);
    expect(rows[1]).toMatchObject({
      variableX: "b_Days",
      variableY: "sigma",
      draw: 10,
      y: draws.get("sigma")[10],
    });
  });

  it("of predictive densities and intervals are those of the check, for the levels wanted", () => {
    const check = fakeDensity(LEVELS);
    expect(plot.ppcDensityOverlayData(check)).toEqual(check.rows);
    const [first] = plot.ppcDensityOverlayData(check, { levels: ["330", "308"] });
    expect(first).toEqual(check.rows.find(({ group }) => group === "330"));
    const intervals = fakeIntervals(LEVELS);
    expect(plot.ppcIntervalsData(intervals)).toEqual(intervals.rows);
    expect(plot.ppcIntervalsData(intervals, { levels: ["309"] })).toEqual(intervals.rows.slice(10, 20));
  });

  it("of predictive statistics count every replication once, beside the observed one", () => {
    const check = fakeStat(LEVELS);
    const rows = plot.ppcStatData(check, { bins: 10, levels: ["310"] });
    expect(rows).toHaveLength(10);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(400);
    expect(rows[9]).toMatchObject({ group: "310", observed: 70, probability: 0.7 - 0.4 });
    expect(rows[0].low).toBe(Math.min(...check.rows[2].replicated));
  });

  it("of QQ plots say what lies outside its band", () => {
    const rows = plot.qqData(fakeQq, { panels: ["residuals"] });
    expect(rows).toHaveLength(40);
    expect(rows[39].outside).toBe(true);
    for (const { value, lower, upper, outside } of rows) expect(outside).toBe(value < lower || value > upper);
  });

  it("refuse a level or a panel that is not there", () => {
    expect(codeOf(() => plot.ppcStat(fakeStat(LEVELS), { levels: ["307"] }))).toBe("unknown-level");
    expect(codeOf(() => plot.ppcIntervals(fakeIntervals(), { levels: ["308"] }))).toBe("unknown-level");
    expect(codeOf(() => plot.ppcDensityOverlay(fakeDensity(), { levels: ["308"] }))).toBe("unknown-level");
    expect(codeOf(() => plot.qq(fakeQq, { panels: ["residual"] }))).toBe("unknown-panel");
  });

  it("refuse a variable that is not there", () => {
    for (const f of [
      plot.trace,
      plot.densityOverlay,
      plot.intervals,
      plot.rankOverlay,
      plot.histogram,
      plot.pairs,
    ]) {
      expect(codeOf(() => f(draws, { variables: ["sigmo"] }))).toBe("unknown-variable");
    }
  });
});

describe("a panel's own scale", () => {
  it("has round ticks, labelled alike", () => {
    expect(roundNumbers(-0.48, 0.68, 5)).toEqual([-0.4, -0.2, 0, 0.2, 0.4, 0.6]);
    expect(rangeOf([0, 1], 4, 0).ticks.map((tick) => tick.label)).toEqual([
      "0.0",
      "0.2",
      "0.4",
      "0.6",
      "0.8",
      "1.0",
    ]);
    expect(place(rangeOf([10, 20], 4, 0), 15)).toBe(0.5);
  });

  it("exists for constant and for missing values", () => {
    expect(rangeOf([5, 5]).low).toBeLessThan(5);
    expect(rangeOf([Number.NaN]).ticks.length).toBeGreaterThan(1);
  });
});
