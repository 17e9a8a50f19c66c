import { describe, expect, it } from "vitest";
import { Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { byDraw } from "../../src/gibbs/byDraw.ts";
import { meansOfRows } from "../../src/gibbs/drawsOfRows.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { type PpCheckOptions, ppCheck } from "../../src/gibbs/ppCheck.ts";
import { lmm } from "../../src/model/lmm.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { mean, sampleQuantile, sd } from "../../src/stats/descriptive.ts";

const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const posterior = gibbsSync(sleep, { seed: 1, draws: 200 });
const pastes = gibbsSync(lmm("strength ~ 1 + (1 | batch / cask)", Pastes), { seed: 1, draws: 50 });
/** The same replicated responses: draws × rows. */
const replicated = posterior.predictive();
const y = sleep.response.values;

describe("ppCheck, a statistic", () => {
  it("is that of y among those of the replicated responses", () => {
    const { statistic, rows } = ppCheck(posterior, { type: "stat", statistic: "sd" });
    expect([statistic, rows.length]).toEqual(["sd", 1]);
    const T = replicated.map((own) => sd(own));
    expect(Array.from(rows[0].replicated)).toEqual(T);
    expect(rows[0].observed).toBe(sd(y));
    expect(rows[0].mean).toBeCloseTo(mean(T), 9);
    expect(rows[0].lower).toBe(sampleQuantile(T, 0.025));
    expect(rows[0].probability).toBe(T.filter((value) => value >= sd(y)).length / 800);
  });

  it.each([
    ["mean", 5],
    ["min", 3],
    ["max", 9],
    ["median", 5],
  ] as const)("by name: %s", (statistic, value) => {
    const rows = [3, 5, 9, 4, 6, 4, 6, 3, 5].map((own, i) => ({ y: own, g: "abc"[i % 3] }));
    const own = gibbsSync(lmm("y ~ 1 + (1 | g)", rows), { seed: 1, draws: 20 });
    const centre = mean(rows.map((row) => row.y));
    const expected = statistic === "mean" ? centre : value;
    expect(ppCheck(own, { type: "stat", statistic }).rows[0].observed).toBe(expected);
  });

  it("can be any function, by groups, of some draws", () => {
    const range = (own: Float64Array): number => Math.max(...own) - Math.min(...own);
    const check = ppCheck(posterior, { type: "stat", statistic: range, group: "Subject", draws: 10 });
    expect(check.statistic).toBe("range");
    expect(check.rows.map(({ group }) => group)).toEqual(sleep.random[0].levels);
    const [first] = check.rows;
    expect(first.observed).toBe(range(y.slice(0, 10)));
    // Ten draws of four chains: three iterations of the first two, two of the others.
    expect(first.replicated).toHaveLength(10);
    const all = replicated.map((own) => range(own.slice(0, 10)));
    expect(new Set(first.replicated).size).toBe(10);
    // Other draws of the same posterior: inside its range, widened by a tenth.
    const [low, high] = [Math.min(...all), Math.max(...all)];
    for (const value of first.replicated) {
      expect(value).toBeGreaterThan(low - 0.1 * (high - low));
      expect(value).toBeLessThan(high + 0.1 * (high - low));
    }
  });

  it("finds what the model does not have, and only that", () => {
    // Responses from the model itself, then with a row of the highest group 10 residual SDs away.
    const stream = new RandomStream(5);
    const clean = Array.from({ length: 120 }, (_, i) => ({
      g: String(i % 12),
      y: (i % 12) + stream.normal(),
    }));
    const dirty = clean.map((row, i) => (i === 47 ? { ...row, y: row.y + 10 } : row));
    const p = (rows: readonly object[], statistic: "max" | "mean"): number => {
      const own = gibbsSync(lmm("y ~ 1 + (1 | g)", rows), { seed: 2, draws: 500 });
      return ppCheck(own, { type: "stat", statistic }).rows[0].probability;
    };
    expect(p(clean, "max")).toBeGreaterThan(0.025);
    expect(p(clean, "max")).toBeLessThan(0.975);
    expect(p(dirty, "max")).toBeLessThan(0.01);
    // The mean is fitted: it cannot be seen to be wrong.
    expect(Math.abs(p(dirty, "mean") - 0.5)).toBeLessThan(0.1);
  });
});

describe("ppCheck, intervals", () => {
  it("are quantiles of the replicated responses of each row", () => {
    const { rows, coverage } = ppCheck(posterior, { type: "intervals", prob: 0.6, probOuter: 0.8 });
    rows.forEach((row, i) => {
      const own = replicated.map((values) => values[i]);
      expect(row.y).toBe(y[i]);
      expect([row.row, row.x]).toEqual([i, i]);
      expect([row.low, row.innerLow, row.median, row.innerHigh, row.high]).toEqual(
        [0.5 - 0.4, 0.5 - 0.3, 0.5, 0.5 + 0.3, 0.5 + 0.4].map((p) =>
          expect.closeTo(sampleQuantile(own, p), 9),
        ),
      );
    });
    const inside = rows.filter((row) => row.y >= row.innerLow && row.y <= row.innerHigh).length;
    expect(coverage).toEqual([
      {
        group: null,
        rows: 180,
        inner: inside / 180,
        outer: rows.filter((row) => row.y >= row.low && row.y <= row.high).length / 180,
      },
    ]);
  });

  it("stand at a column of the data, for each level of a group, of the rows kept", () => {
    const rows = sleepstudy.map((row, i) => ({ ...row, Reaction: i === 3 ? Number.NaN : row.Reaction }));
    const own = gibbsSync(lmm("Reaction ~ Days + (1 | Subject)", rows), { seed: 1, draws: 20 });
    const check = ppCheck(own, { type: "intervals", group: "Subject", x: "Days" });
    expect(check.rows.slice(2, 4).map(({ row, x, group }) => [row, x, group])).toEqual([
      [2, 2, "308"],
      [4, 4, "308"],
    ]);
    expect(check.coverage.map((level) => level.rows).slice(0, 2)).toEqual([9, 10]);
    const { coverage } = ppCheck(own, { type: "intervals", group: "Days" });
    expect(coverage.map((level) => level.rows)).toEqual([18, 18, 18, 17, 18, 18, 18, 18, 18, 18]);
  });
});

describe("ppCheck, densities", () => {
  it("are densities on one grid: of y, and of so many draws", () => {
    const { rows } = ppCheck(posterior, { draws: 7 });
    const curves = [null, 0, 1, 2, 3, 4, 5, 6].map((draw) => rows.filter((row) => row.draw === draw));
    expect(rows.length).toBe(8 * 128);
    for (const curve of curves) {
      expect(curve.map(({ value }) => value)).toEqual(curves[0].map(({ value }) => value));
      const step = curve[1].value - curve[0].value;
      // The grid ends three bandwidths beyond the data; the rule of rectangles on 128 points.
      expect(Math.abs(curve.reduce((sum, { density }) => sum + density * step, 0) - 1)).toBeLessThan(0.01);
      const centre = curve.reduce((sum, { value, density }) => sum + value * density * step, 0);
      // Means of 180 responses around that of y, sd 56/√180 at most.
      expect(Math.abs(centre - mean(y))).toBeLessThan(4 * 4.2);
    }
  });

  it("come by the groups of the model too", () => {
    const { rows } = ppCheck(pastes, { group: "cask:batch", draws: 3 });
    expect(new Set(rows.map(({ group }) => group)).size).toBe(30);
    expect(rows).toHaveLength(30 * 4 * 128);
  });
});

describe("replicated responses", () => {
  it("are the same whether random effects were kept or are made again", () => {
    const lean = gibbsSync(sleep, { seed: 1, draws: 200, keep: "hyper" });
    const options = { type: "stat", statistic: "max" } as const;
    expect(ppCheck(lean, options).rows).toEqual(ppCheck(posterior, options).rows);
  });

  it("come draw by draw in blocks of any size", () => {
    const means = posterior.epred();
    const iterations = [3, 40, 41, 100, 199];
    for (const size of [1, 180 * 4 * 2, 1e6]) {
      const seen = [...byDraw(posterior, iterations, 180, (source) => meansOfRows(source, "known"), size)];
      expect(seen.map(({ draw }) => draw).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
      for (const { draw, values } of seen) {
        const chain = Math.floor(draw / iterations.length);
        expect(values).toEqual(means[chain * 200 + iterations[draw % iterations.length]]);
      }
    }
  });
});

describe("ppCheck", () => {
  it("prints itself", () => {
    const text = (options: PpCheckOptions): string => {
      const inspect = Symbol.for("nodejs.util.inspect.custom");
      return (ppCheck(posterior, options as object) as unknown as Record<symbol, () => string>)[inspect]();
    };
    expect(text({}).split("\n")).toHaveLength(11);
    expect(text({ type: "stat" })).toMatch(/^T = mean of Reaction and of 800 replicated responses\n/);
    expect(text({ type: "intervals", group: "Days" }).split("\n")[1]).toBe(
      "Days  rows  inside 50%  inside 90%",
    );
  });

  it.each<[string, () => unknown, string]>([
    ["an unknown type", () => ppCheck(posterior, { type: "ecdf" } as object), "invalid-argument"],
    ["an option of another type", () => ppCheck(posterior, { statistic: "sd" }), "unknown-option"],
    ["an unknown column", () => ppCheck(posterior, { group: "subject" }), "unknown-column"],
    [
      "an unknown statistic",
      () => ppCheck(posterior, { type: "stat", statistic: "var" } as never),
      "invalid-argument",
    ],
    [
      "a statistic that is no number",
      () => ppCheck(posterior, { type: "stat", statistic: () => Number.NaN }),
      "invalid-argument",
    ],
    ["no draws", () => ppCheck(posterior, { draws: 0 }), "invalid-argument"],
    [
      "probabilities the wrong way round",
      () => ppCheck(posterior, { type: "intervals", prob: 0.9, probOuter: 0.5 }),
      "invalid-argument",
    ],
    ["labels for x", () => ppCheck(pastes, { type: "intervals", x: "batch" }), "invalid-argument"],
    ["levels of one row", () => ppCheck(posterior, { group: "Reaction" }), "invalid-argument"],
    ["a model", () => ppCheck(sleep as never), "invalid-argument"],
  ])("refuses %s by code", (_, call, code) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
  });

  it("names the row without a label", () => {
    const rows = sleepstudy.map((row, i) => ({ ...row, site: i === 3 ? null : "a" }));
    const own = gibbsSync(lmm("Reaction ~ Days + (1 | Subject)", rows), { seed: 1, draws: 20 });
    expect(() => ppCheck(own, { group: "site" })).toThrow(/Row 3 \(counting from 0\) has no site/);
  });
});
