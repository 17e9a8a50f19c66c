import { describe, expect, it } from "vitest";
import { Dyestuff, sleepstudy } from "../../src/datasets/index.ts";
import { toSVG } from "../../src/io/svg.ts";
import { lmm } from "../../src/model/lmm.ts";
import * as plot from "../../src/plot/index.ts";
import { rangeOf } from "../../src/plot/panels.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { reml } from "../../src/reml/fit.ts";
import { fakeStat } from "./fakeChecks.ts";

const chain = (at: number, spread: number): number[] =>
  Array.from({ length: 40 }, (_, i) => at + spread * Math.sin(7 * i));

/** Texts of a picture. */
const texts = (svg: string): string[] => Array.from(svg.matchAll(/<text[^>]*>([^<]+)</g), ([, text]) => text);

describe("labels of plots", () => {
  const long = (k: number): string =>
    `b_the average of what was answered in the questionnaire number ${k} of ten`;
  const draws = drawsFrom({ [long(1)]: [chain(0, 1)], [long(2)]: [chain(0, 1)] });

  it("keeps titles within their panels", () => {
    for (const draw of [plot.trace, plot.areas, plot.histogram, plot.autocorrelation, plot.densityOverlay]) {
      const titles = texts(toSVG(draw(draws))).filter((text) => text.includes("average"));
      expect(titles).toHaveLength(2);
      for (const title of titles) expect(title.length).toBeLessThan(46);
      expect(texts(toSVG(draw(draws, { columns: 1 })))).toContain(long(1));
    }
    const [first, last] = texts(toSVG(plot.pairs(draws))).filter(
      (text) => text.includes("…") || text === long(1),
    );
    expect(first).toBe(long(1));
    expect(last.length).toBeLessThan(48);
  });

  it("cuts a long level, not its p-value", () => {
    const levels = ["the first of the clinics in the city", "the second of the clinics in the city"];
    const titles = texts(toSVG(plot.ppcStat(fakeStat(levels)))).filter((text) => text.startsWith("the "));
    expect(titles).toHaveLength(2);
    for (const title of titles) expect(title).toMatch(/^the .*…the city, p = 0\.\d{3}$/);
  });

  it("tells ticks apart whose numbers are far from zero", () => {
    const labels = rangeOf([1e6, 1e6 + 0.002]).ticks.map(({ label }) => label);
    expect(labels.length).toBeGreaterThan(1);
    expect(new Set(labels).size).toBe(labels.length);
    expect(rangeOf([1e-7, 5e-7]).ticks[0].label).toBe("1e-07");
  });

  it("gives a scale two ticks", () => {
    for (let k = 1; k < 60; k++)
      for (const count of [2, 3, 5])
        expect(rangeOf([k * 0.37, k * 0.61 + 1], count).ticks.length).toBeGreaterThan(1);
  });

  it("writes numbers that Plot would cut at the margin as R does", () => {
    const rows = sleepstudy.map(({ Reaction, Days, Subject }) => ({
      y: Reaction * 1e-9,
      x: 1e9 + Days,
      Subject,
    }));
    const fit = reml(lmm("y ~ x + (1 | Subject)", rows));
    for (const draw of [plot.spaghetti, plot.facets, plot.residualFitted]) {
      const found = texts(toSVG(draw(fit)));
      expect(found.some((text) => /^−?\d(\.\d)?e-0[78]$/.test(text))).toBe(true);
      expect(found.some((text) => text.includes("0.0000"))).toBe(false);
    }
  });

  it("has fewer ticks where their labels would touch", () => {
    const large = drawsFrom({ [long(1)]: [chain(2.5e8, 1e7)], [long(2)]: [chain(2.5e8, 1e7)] });
    const found = texts(toSVG(plot.intervals(large))).filter((text) => /^\d\.\d+e\+08$/.test(text));
    expect(found.length).toBeGreaterThan(3);
    expect((found.length / 2) * 8 * 6.2).toBeLessThan(0.55 * 720);
    const rows = sleepstudy.map(({ Reaction, Days, Subject }) => ({ y: Reaction, x: 1.7e9 + Days, Subject }));
    const panels = texts(toSVG(plot.facets(reml(lmm("y ~ x + (1 | Subject)", rows)))));
    expect(panels.filter((text) => text.startsWith("17000"))).toHaveLength(6);
  });

  it("stands the name of a group above its levels", () => {
    const picture = toSVG(plot.shrinkage(reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff))));
    expect(picture).not.toContain("rotate(-90)");
  });

  it("counts rows in whole numbers", () => {
    const rows = Array.from({ length: 4 }, (_, x) => ({
      ...{ group: null, x, y: x, low: 0, innerLow: 1, median: 2, innerHigh: 3, high: 4 },
    }));
    const found = texts(toSVG(plot.ppcIntervals({ response: "y", x: null, rows })));
    expect(found).not.toContain("0.5");
  });
});
