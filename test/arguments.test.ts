import { describe, expect, it } from "vitest";
import { sleepstudy } from "../src/datasets/index.ts";
import {
  bootstrapSync,
  compare,
  comparePooling,
  criterionAt,
  emmeans,
  gibbs,
  gibbsSync,
  gls,
  halfT,
  hdi,
  henderson,
  huangWand,
  hypothesis,
  inverseWishart,
  lkj,
  lmList,
  lmm,
  load,
  loo,
  looCompare,
  marginalCovariance,
  ml,
  parseCsv,
  reml,
  rhatBasic,
  summarize,
} from "../src/index.ts";
import { drawsToCsv, toSVG } from "../src/io/node.ts";
import { duckdb } from "../src/sql/index.ts";

// From JavaScript, where no compiler says so, everything below can be called.
// biome-ignore lint/suspicious/noExplicitAny: the arguments are wrong on purpose.
type Any = any;

const formula = "Reaction ~ Days + (Days | Subject)";
const model: Any = lmm(formula, sleepstudy);
const fit: Any = reml(model);
const posterior: Any = gibbsSync(model, { seed: 1, draws: 20, chains: 2 });
const data: Any = sleepstudy;
const text: Any = formula;

describe("a call on the wrong kind of object says what it takes", () => {
  it.each<[title: string, call: () => unknown, words: RegExp]>([
    [
      "reml() of a formula and data",
      () => reml(text, data),
      /reml\(\) takes a model of lmm\(\).*lmm\(formula/,
    ],
    ["reml() of a fit", () => reml(fit), /reml\(\) takes a model of lmm\(\).*fit\.model/],
    ["ml() of nothing", () => (ml as Any)(), /ml\(\) takes a model of lmm\(\), got undefined/],
    ["criterionAt() of a fit", () => criterionAt(fit, [1, 0, 1]), /criterionAt\(\) takes a model/],
    ["gibbsSync() of a fit", () => gibbsSync(fit), /gibbs\(\) takes a model/],
    ["compare() the other way round", () => compare(fit, posterior), /compare\(posterior, fit\)/],
    [
      "compare() of a model",
      () => compare(posterior, model),
      /takes a fit second.*compare\(posterior, fit\)/,
    ],
    [
      "compare() of a posterior that is still a promise",
      () => compare(Promise.resolve(posterior) as Any, fit),
      /a promise.*await/,
    ],
    ["emmeans() of a model", () => emmeans(model, "Days"), /emmeans\(\) takes a fit/],
    ["emmeans() of no factor", () => fit.emmeans(), /at least one factor/],
    ["bootstrapSync() of a model", () => bootstrapSync(model), /bootstrap\(\) takes a fit/],
    ["comparePooling() of data", () => comparePooling(data), /takes a model of lmm\(\)/],
    ["marginalCovariance() of nothing", () => (marginalCovariance as Any)(), /takes a model of lmm\(\)/],
    ["henderson() of nothing", () => (henderson as Any)(), /a fit, a model or matrices/],
    ["gls() of a fit alone", () => (gls as Any)(fit), /gls\(\) takes a matrix X.*model\.X\(\)/],
    ["gls() of a number for y", () => (gls as Any)(3, model.X(), [[1]]), /gls\(\) takes y, a matrix X/],
    ["rhatBasic() with null", () => rhatBasic([[1, 2]], null as Any), /takes options as an object, got null/],
    ["summarize() of a posterior", () => summarize(posterior), /posterior\.draws/],
    ["parseCsv() of rows", () => parseCsv(data), /parseCsv\(\) takes text, got \[.* and 175 more\]/],
    [
      "lmm() of contrasts without a column",
      () => lmm(formula, data, { contrasts: "sum" } as Any),
      /contrasts by column/,
    ],
    [
      "gibbs() of one prior for all terms",
      () => gibbsSync(model, { priors: { terms: halfT(3, 1) } } as Any),
      /terms by name, got one prior, halfT\(\)\. Write terms: \{ "Subject": /,
    ],
    [
      "gibbs() of draws as text",
      () => gibbsSync(model, { draws: "1000" } as Any),
      /"draws" must be an integer/,
    ],
    ["hypothesis() of a fit", () => hypothesis(fit, "Days > 7"), /hypothesis\(\) takes a posterior or draws/],
    ["looCompare() of nothing", () => (looCompare as Any)(null), /no two models/],
    [
      "looCompare() of a model without loo",
      () => (looCompare as Any)({ a: posterior.loo(), b: null }),
      /takes results of loo\(\)/,
    ],
    [
      "one name for the terms of predictions",
      () => posterior.predict(data, { terms: "Subject" }),
      /list as terms/,
    ],
    ["a number for the terms of predictions", () => fit.predict(data, { terms: 1 }), /list as terms/],
    [
      "one name for a summary",
      () => summarize(posterior.draws, { variables: "sigma" } as Any),
      /list as variables/,
    ],
    [
      "one probability for a summary",
      () => summarize(posterior.draws, { probs: 0.5 } as Any),
      /list as probs/,
    ],
    ["hdi() with a rule alone", () => (hdi as Any)([1, 2, 3], 0.9, null), /options as an object/],
    [
      "looCompare() of posteriors",
      () => (looCompare as Any)(posterior, posterior),
      /looCompare\(\{ a: a\.loo\(\)/,
    ],
    [
      "load() of a promise",
      () => load(Promise.resolve(new Uint8Array()) as Any),
      /takes bytes, got a promise/,
    ],
    [
      "confint() of a method alone",
      () => fit.confint("wald"),
      /confint takes options as an object, got "wald"/,
    ],
    [
      "toSVG() of a posterior",
      () => toSVG(posterior),
      /toSVG\(\) takes options of a plot.*trace\(posterior\)/,
    ],
    ["drawsToCsv() of a fit", () => drawsToCsv(fit), /takes a posterior or draws/],
    ["duckdb() of nothing", () => duckdb(undefined as Any, "visits"), /duckdb\(\) takes a connection/],
    ["update() without a change", () => fit.update(), /must be text, got undefined/],
  ])("%s", (_, call, words) => {
    expect(call).toThrow(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringMatching(words) }),
    );
  });

  it("gibbs() of a fit rejects with the same words", async () => {
    await expect(gibbs(fit)).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("refit() of something that is no array", () => {
    for (const y of [undefined, null, 3, "a", {}] as Any[]) {
      expect(() => fit.refit(y)).toThrow(
        expect.objectContaining({ code: "not-a-number", message: expect.stringMatching(/array of numbers/) }),
      );
    }
    // Each of these would be a number to Float64Array.from().
    for (const cell of [
      (y: number) => String(y),
      (y: number) => [y],
      (y: number) => y > 300,
      (y: number) => new Date(y),
    ]) {
      expect(() => fit.refit(data.map((row: Any) => cell(row.Reaction)))).toThrow(
        expect.objectContaining({ code: "not-a-number", message: expect.stringMatching(/but holds/) }),
      );
    }
    expect(() => fit.refit(fit.simulate({ n: 2, seed: 1 }))).toThrow(/simulations\[0\]/);
    expect(() => fit.refit([1])).toThrow(/has 1 value, but/);
  });

  it("data that are still a promise, or the text of a file", () => {
    for (const [given, words] of [
      [Promise.resolve(data), /a promise\. Put await before/],
      ["sleep.csv", /readTable\(path\)/],
      [[], /the data are empty/],
    ] as const)
      expect(() => lmm(formula, given as Any)).toThrow(words);
  });

  it("options that a method does not have are told with those it has", () => {
    expect(() => fit.confint({ parm: "Days" })).toThrow("It knows method, level.");
    expect(() => loo(posterior)).toThrow("posterior.loo()");
    expect(() => (lmList as Any)(formula, data)).toThrow("a grouping column third");
  });

  it("priors without their arguments", () => {
    const calls: readonly (readonly [() => unknown, RegExp])[] = [
      [() => (lkj as Any)(1), /lkj\(\): sds must be priors/],
      [() => (huangWand as Any)(), /huangWand\(\): scale .* got undefined/],
      [() => (inverseWishart as Any)(4), /inverseWishart\(\): the matrix/],
    ];
    for (const [call, words] of calls) {
      expect(call).toThrow(
        expect.objectContaining({ code: "invalid-prior", message: expect.stringMatching(words) }),
      );
    }
  });

  it("names of a term with many columns are cut short", () => {
    expect(() => lmm("Reaction ~ 1 + (factor(Days) | Subject)", sleepstudy)).toThrow(
      expect.objectContaining({
        code: "too-many-random-effects",
        message: expect.stringMatching(/^\(1 \+ .*factor\(Days\)4 \+ 5 more \| Subject\) has 180 effects/),
      }),
    );
  });

  it("arguments of R are answered with those of blmm", () => {
    const calls: readonly (readonly [() => unknown, string])[] = [
      [() => fit.predict([{ Days: 1 }], { "re.form": null }), "groups"],
      [() => posterior.predict([{ Days: 1 }], { allow_new_levels: true }), "groups"],
      [() => fit.simulate({ nsim: 2 }), "n"],
      [() => gibbsSync(model, { iter: 2000 } as Any), "draws"],
      [() => lmm(formula, data, { naAction: "omit" } as Any), "missing"],
      [() => fit.anova({ ddf: "satterthwaite" }), "df"],
    ];
    for (const [call, name] of calls) {
      expect(call).toThrow(
        expect.objectContaining({
          code: "unknown-option",
          message: expect.stringContaining(`Did you mean "${name}"?`),
        }),
      );
    }
    expect(() => fit.emmeans("~ Days | Subject")).toThrow(/write \("a", \{ by: "b" \}\)/);
    expect(() => fit.predict([{ Days: 1 }], { constructor: 1 })).toThrow(/It knows groups/);
  });

  it("predictions at infinite values are refused, those at missing ones are NaN", () => {
    expect(() => fit.predict([{ Days: Number.POSITIVE_INFINITY, Subject: "308" }])).toThrow(
      expect.objectContaining({ code: "infinite-value", message: expect.stringMatching(/Days .* rows 0/) }),
    );
    expect(fit.predict([{ Days: null, Subject: "308" }])[0].estimate).toBeNaN();
  });
});
