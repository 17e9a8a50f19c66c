import { describe, expect, it } from "vitest";
import { Dyestuff, oats, sleepstudy } from "../../src/datasets/index.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { toSVG } from "../../src/io/svg.ts";
import { lmm } from "../../src/model/lmm.ts";
import * as plot from "../../src/plot/index.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { reml } from "../../src/reml/fit.ts";
import { fakeDensity, fakeIntervals, fakeQq, fakeStat, LEVELS } from "./fakeChecks.ts";
import { fakeComparison, fakeDraws } from "./fakeDraws.ts";

const draws = fakeDraws(4, 60, 5);

/** Numbers to three decimals and one element a line: what a reader of a changed picture can compare. */
function normalized(svg: string): string {
  return svg
    .replace(/-?\d+\.\d{4,}/g, (number) => String(Number(Number(number).toFixed(3))))
    .replace(/></g, ">\n<");
}

const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

const plots = {
  trace: plot.trace(draws),
  densityOverlay: plot.densityOverlay(draws),
  intervals: plot.intervals(draws),
  intervalsShared: plot.intervals(draws, { scales: "shared", variables: ["sigma", "sd_Subject__Intercept"] }),
  compareIntervals: plot.compareIntervals(fakeComparison),
  rankOverlay: plot.rankOverlay(draws, { bins: 12 }),
  histogram: plot.histogram(draws, { bins: 15 }),
  autocorrelation: plot.autocorrelation(draws),
  caterpillar: plot.caterpillar(draws),
  areas: plot.areas(draws),
  ridges: plot.ridges(draws, { variables: draws.variables.filter((name) => name.endsWith(",Days]")) }),
  rhatDots: plot.rhatDots(draws, { most: 8 }),
  essDots: plot.essDots(draws),
  facets: plot.facets(fit),
  spaghetti: plot.spaghetti(fit),
  shrinkage: plot.shrinkage(fit),
  shrinkageOfIntercepts: plot.shrinkage(reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff))),
  residualFitted: plot.residualFitted(fit),
  interactionPlot: plot.interactionPlot(oats, { x: "nitrogen", trace: "variety", y: "yield" }),
  interactionPlotOfMany: plot.interactionPlot(sleepstudy, { x: "Days", trace: "Subject", y: "Reaction" }),
  priorPosterior: plot.priorPosterior({ model: fit.model, draws, priors: resolvePriors(fit.model) }),
  pairs: plot.pairs(draws, { points: 40, variables: ["b_Days", "sd_Subject__Days", "sigma"] }),
  ppcDensityOverlay: plot.ppcDensityOverlay(fakeDensity()),
  ppcDensityOverlayGrouped: plot.ppcDensityOverlay(fakeDensity(LEVELS)),
  ppcStat: plot.ppcStat(fakeStat()),
  ppcStatGrouped: plot.ppcStat(fakeStat(LEVELS)),
  ppcIntervals: plot.ppcIntervals(fakeIntervals()),
  ppcIntervalsGrouped: plot.ppcIntervals(fakeIntervals(LEVELS)),
  qq: plot.qq(fakeQq),
};

describe("plots", () => {
  it.each(Object.entries(plots))("%s draws what it drew", async (name, options) => {
    await expect(normalized(toSVG(options))).toMatchFileSnapshot(`../svg/${name}.svg`);
  });

  it("draw a chain as one path, however long it is", () => {
    const long = toSVG(plot.trace(fakeDraws(4, 1000, 1), { variables: ["sigma"] }));
    // The ticks of the axis are paths too, short ones.
    expect(long.match(/ d="[^"]{1000,}"/g)).toHaveLength(4);
    expect(long).not.toContain("<circle");
  });

  it("of constant and of single draws are pictures without missing coordinates", () => {
    const odd = drawsFrom({
      b_x: [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      sigma: [
        [1, 2, 3, 4],
        [1, 2, 3, Number.NaN],
      ],
    });
    expect(toSVG(plot.areas(drawsFrom({ x: [[1, 2]], y: [[Number.NaN, Number.NaN]] })))).not.toContain("NaN");
    for (const draw of [
      plot.trace,
      plot.densityOverlay,
      plot.intervals,
      plot.histogram,
      plot.pairs,
      plot.areas,
      plot.ridges,
      plot.rhatDots,
      plot.essDots,
    ]) {
      expect(toSVG(draw(odd))).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
