import { describe, expect, it } from "vitest";
import { Dyestuff2, eightSchools, sleepstudy } from "../../src/datasets/index.ts";
import { compare, fixed, gibbs, gibbsSync, lmm, ml, ppCheck, reml } from "../../src/index.ts";
import { reportHtml, toSVG } from "../../src/io/node.ts";
import * as plot from "../../src/plot/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: the arguments are wrong on purpose.
type Any = any;

const model: Any = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const fit: Any = reml(model);
const posterior: Any = gibbsSync(model, { seed: 1, draws: 50, chains: 2 });

describe("a plot of the wrong thing says what it takes", () => {
  it.each<[title: string, call: () => unknown, words: RegExp]>([
    ["a fit where draws are wanted", () => plot.trace(fit), /takes a posterior or draws/],
    [
      "a posterior that is still a promise",
      () => plot.trace(gibbs(model, { draws: 1 }) as Any),
      /a promise.*await/,
    ],
    ["nothing", () => (plot.ridges as Any)(), /got undefined/],
    [
      "one name in place of several",
      () => plot.trace(posterior, { variables: "b_Days" as Any }),
      /\["b_Days"\]/,
    ],
    ["no column", () => plot.histogram(posterior, { columns: 0 }), /"columns" must be an integer/],
    ["half a column", () => plot.facets(fit, { columns: 0 }), /"columns" must be an integer of at least 1/],
    [
      "no width",
      () => plot.trace(posterior, { width: Number.NaN }),
      /"width" must be a positive number, got NaN/,
    ],
    [
      "a height in words",
      () => plot.facets(fit, { panelHeight: "90px" as Any }),
      /"panelHeight" must be a positive/,
    ],
    ["no points", () => plot.pairs(posterior, { points: 0 }), /"points" must be an integer of at least 1/],
    ["names of nothing", () => plot.pairs(posterior, { variables: [] }), /"variables" is empty/],
    [
      "one name where R-hat is asked for",
      () => plot.rhatDots(posterior, { variables: "sigma" as Any }),
      /\["sigma"\]/,
    ],
    [
      "one name in a comparison",
      () => plot.compareIntervals(compare(posterior, fit) as Any, { variables: "sigma" as Any }),
      /\["sigma"\]/,
    ],
    ["one panel", () => plot.qq(fit, { panels: "residuals" as Any }), /\["residuals"\]/],
    [
      "nothing where effects are wanted",
      () => plot.caterpillar(null as Any),
      /takes a posterior or a fit, got null/,
    ],
    ["a model in place of a check", () => plot.ppcStat(model), /type "stat"/],
    ["a model in place of a comparison", () => plot.compareIntervals(model), /posterior with a fit/],
    ["a model where lines are wanted", () => plot.facets(model), /takes a fit or a posterior/],
    ["a model of residuals", () => plot.residualFitted(model), /takes a fit or a posterior/],
    ["a model that shrinks nothing", () => plot.shrinkage(model), /takes a fit or a posterior/],
    ["a model without quantiles", () => plot.qq(model), /takes a fit, a posterior or quantiles/],
    ["a fit without priors", () => plot.priorPosterior(fit), /takes a posterior/],
    ["a check of another type", () => plot.ppcStat(ppCheck(posterior) as Any), /type: "stat"/],
    ["a fit in place of a check", () => plot.ppcDensityOverlay(fit), /type "density"/],
    [
      "posteriors side by side",
      () => plot.compareIntervals(compare(posterior, posterior) as Any),
      /posterior with a fit/,
    ],
    ["no options", () => (plot.interactionPlot as Any)(sleepstudy), /trace: …/],
  ])("%s", (_, call, words) => {
    expect(call).toThrow(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringMatching(words) }),
    );
  });

  it("options that it does not have", () => {
    const of: Any = { variables: ["b_Days"] };
    const unknown = expect.objectContaining({ code: "unknown-option" });
    expect(() => plot.trace(posterior, { variable: ["b_Days"] } as Any)).toThrow('Did you mean "variables"?');
    for (const draw of [
      plot.areas,
      plot.autocorrelation,
      plot.densityOverlay,
      plot.essDots,
      plot.histogram,
      plot.intervals,
    ])
      expect(() => draw(posterior, { ...of, title: "Sleep" })).toThrow(unknown);
    for (const draw of [plot.pairs, plot.priorPosterior, plot.rankOverlay, plot.rhatDots, plot.ridges])
      expect(() => draw(posterior, { ...of, pars: "b_Days" })).toThrow(unknown);
    for (const draw of [
      plot.caterpillar,
      plot.facets,
      plot.qq,
      plot.residualFitted,
      plot.shrinkage,
      plot.spaghetti,
    ])
      expect(() => draw(fit, { title: "Sleep" } as Any)).toThrow(unknown);
    for (const draw of [plot.ppcDensityOverlay, plot.ppcIntervals, plot.ppcStat])
      expect(() => draw(posterior, { type: "stat" } as Any)).toThrow(unknown);
    expect(() => plot.compareIntervals(posterior, fit, { most: 3 } as Any)).toThrow(unknown);
    const axes = { x: "Days", trace: "Subject", y: "Reaction", group: "Subject" };
    expect(() => plot.interactionPlot(sleepstudy, axes as Any)).toThrow(unknown);
  });

  it("levels that are not there", () => {
    for (const levels of [["3088"], [308]] as Any[])
      expect(() => plot.facets(fit, { levels })).toThrow(expect.objectContaining({ code: "unknown-level" }));
    const check = ppCheck(posterior, { type: "stat", group: "Subject" });
    expect(() => plot.ppcStat(check, { levels: [308] as Any })).toThrow("There is no level 308.");
  });
});

describe("a plot shows", () => {
  it("maximum likelihood under its name", () => {
    const comparison = compare(posterior, ml(model));
    expect(plot.compareIntervalsData(comparison)[0].estimator).toBe("ML");
    expect(toSVG(plot.compareIntervals(comparison))).not.toContain("REML");
  });

  it("a constant as one bin around it", () => {
    const schools = lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" });
    const known = gibbsSync(schools, { seed: 1, draws: 100, priors: { sigma: fixed(1) } });
    expect(plot.histogramData(known, { variables: ["sigma"] })).toEqual([
      { variable: "sigma", low: 0.99, high: 1.01, count: 400 },
    ]);
    // What is fixed has no chains to look at.
    const figures = reportHtml(known, reml(schools, { sigma: 1 })).match(/<figure>.*?<\/figure>/gs) ?? [];
    expect(figures.find((one) => one.includes("Ranks of each chain"))).not.toContain(">sigma<");
  });

  it("rows of each level along the whole of its panel", () => {
    const svg = toSVG(plot.ppcIntervals(posterior, { group: "Subject" }));
    expect(svg).toContain("Reaction by row of each level");
    const byRow = toSVG(
      plot.ppcIntervals(ppCheck(posterior, { type: "intervals", group: "Subject", x: "Days" })),
    );
    const places = (text: string) => text.match(/cx="[^"]*"/g);
    expect(places(svg)).toEqual(places(byRow)); // ten days each
  });

  it("names of several lines on one, and long ones cut", () => {
    const rows = Dyestuff2.map(({ Yield, Batch }, i) => ({
      "Yield\n(g)": Yield,
      x: i % 5,
      batch: `Batch\n${Batch} ${"of many ".repeat(9)}`,
    }));
    const { fit, posterior } = (() => {
      const model = lmm("`Yield\n(g)` ~ x + (1 | batch)", rows);
      return { fit: reml(model), posterior: gibbsSync(model, { seed: 1, draws: 50 }) };
    })();
    for (const options of [
      plot.caterpillar(posterior),
      plot.facets(fit),
      plot.residualFitted(fit),
      plot.rhatDots(posterior),
      plot.ppcDensityOverlay(posterior),
    ])
      expect(toSVG(options)).not.toContain("<tspan");
    expect(toSVG(plot.facets(fit))).toContain("Batch A of …any ");
    const effects = plot.intervals(posterior, { variables: posterior.draws.variables.slice(-2) });
    expect(toSVG(effects)).toMatch(/r_batch\[Batch F .*… ,Intercept\]/);
  });
});
