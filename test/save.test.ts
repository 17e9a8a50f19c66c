import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compare } from "../src/compare.ts";
import { cake, Dyestuff2, Pastes, Penicillin, sleepstudy } from "../src/datasets/index.ts";
import type { BlmmError } from "../src/errors.ts";
import { gibbs, gibbsSync } from "../src/gibbs/gibbs.ts";
import type { Posterior } from "../src/gibbs/posterior.ts";
import { exponential, fixed, inverseWishart, lkj, normal } from "../src/gibbs/priors.ts";
import type { GibbsOptions } from "../src/gibbs/session.ts";
import type { LinearMixedModel } from "../src/model/linearMixedModel.ts";
import { lmm } from "../src/model/lmm.ts";
import { student } from "../src/model/student.ts";
import { caterpillar, intervals, priorPosterior, trace } from "../src/plot/index.ts";
import { anova } from "../src/reml/anova.ts";
import { type FitOptions, ml, reml } from "../src/reml/fit.ts";
import type { LmmFit } from "../src/reml/lmmFit.ts";
import { bytesOf, treeOf } from "../src/save/tree.ts";
import { VERSION } from "../src/save/version.ts";
import { load, save } from "../src/save.ts";
import { lmmFromSql } from "../src/sql/index.ts";
import { crossedRows } from "./gibbs/harness.ts";
import { fill, startDuckdb } from "./sql/engines.ts";

const slopes = "Reaction ~ Days + (Days | Subject)";
const sleep = lmm(slopes, sleepstudy);
const intercepts = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy);
const cakes = lmm("angle ~ recipe * temperature + (1 | recipe:replicate)", cake);
const again = <T extends LmmFit | Posterior>(result: T): T => load(save(result)) as T;
const sameBits = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
/** What a call gives, or the code it refuses with. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as BlmmError).code;
  }
}

const fits: readonly (readonly [string, LinearMixedModel, FitOptions])[] = [
  ["slopes", sleep, {}],
  ["two crossed factors", lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin), {}],
  ["nested factors", lmm("strength ~ 1 + (1 | batch/cask)", Pastes), {}],
  ["a singular fit", lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2), {}],
  ["factors and their interaction", cakes, {}],
  ["rows left out, weights and a transformation that keeps its state", lmm("y ~ poly(x, 2) + offset(w) + (x | g)", [...crossedRows(), { y: Number.NaN, x: 1, w: 1, g: "a", h: "a" }], { weights: "w" }), {}], // biome-ignore format: a row
  ["a sigma for each stratum", lmm("y ~ x + (1 | g)", crossedRows(), { sigmaBy: "h" }), {}],
  ["compound symmetry", lmm("y ~ x + cs(0 + h | g)", crossedRows()), {}],
  ["two terms of a group", lmm("Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", sleepstudy), {}],
  ["sigma known", sleep, { sigma: 25.6 / 3 }],
];

describe("a fit, saved and loaded", () => {
  it.each(fits)("has the same numbers, bit for bit: %s", (_, model, options) => {
    for (const estimate of [reml, ml]) {
      const fit = estimate(model, options);
      const loaded = again(fit);
      expect(loaded.model.hasRows).toBe(false);
      expect(loaded.toString()).toBe(fit.toString());
      expect(JSON.stringify(loaded)).toBe(JSON.stringify(fit));
      expect({ ...loaded, model: null }).toEqual({ ...fit, model: null });
      for (const call of [
        (one: LmmFit) => one.coefTable(),
        (one: LmmFit) => one.parameters(),
        (one: LmmFit) => one.anova({ type: "II" }),
        (one: LmmFit) => one.confint({ method: "wald" }),
        (one: LmmFit) => one.coef(),
        (one: LmmFit) => one.shrinkage(),
      ]) {
        expect(JSON.stringify(outcome(() => call(loaded)))).toBe(JSON.stringify(outcome(() => call(fit))));
      }
      // And saved again it is the same bytes.
      expect(Buffer.compare(save(loaded), save(fit))).toBe(0);
    }
  });

  it("profiles, predicts, has means and is tested against another", () => {
    const fit = reml(sleep);
    const loaded = again(fit);
    expect([...loaded.confint()]).toEqual([...fit.confint()]);
    const rows = [
      { Days: 10, Subject: "308" },
      { Days: 2.5, Subject: "372" },
    ];
    for (const interval of ["mean", "observation"] as const) {
      expect([...loaded.predict(rows, { interval })]).toEqual([...fit.predict(rows, { interval })]);
    }
    const [large, small] = [ml(sleep), ml(intercepts)];
    expect(anova(again(small), again(large)).toString()).toBe(anova(small, large).toString());
    expect(anova(again(small), large).toString()).toBe(anova(small, large).toString());
    const means = reml(cakes);
    expect(again(means).emmeans("recipe").pairs().toString()).toBe(
      means.emmeans("recipe").pairs().toString(),
    );
  });

  it("has means over numbers whose names stand in back-quotes", () => {
    const rows = crossedRows().map((row, i) => ({ ...row, "my z": Math.sin(i * i) }));
    const fit = reml(lmm("y ~ h + `my z` + (1 | g)", rows));
    expect(String(again(fit).emmeans("h"))).toBe(String(fit.emmeans("h")));
  });

  it("tests several numbers by type III as with the rows, alone and in products with factors", () => {
    const rows = crossedRows().map((row, i) => ({ ...row, z: Math.sin(i * i), v: Math.cos(3 * i * i) }));
    for (const fixed of ["x + z", "x * z + v", "h * x + h:z + poly(v, 2)", "x + I(2 * x) + z * h"]) {
      const fit = reml(lmm(`y ~ ${fixed} + (1 | g)`, rows, { collinear: "drop" }));
      const tests = again(fit).anova({ type: "III" }).rows;
      fit.anova({ type: "III" }).rows.forEach(({ numDf, f }, i) => {
        expect(tests[i].numDf).toBe(numDf);
        if (numDf > 0) expect(Math.abs(tests[i].f / f - 1)).toBeLessThan(1e-9);
      });
    }
  });

  it("keeps no Hessian that is dear, and makes it again", () => {
    // 303 columns beside the larger factor: beyond the core that a Hessian is made of on the way.
    const rows = Array.from({ length: 1500 }, (_, i) => {
      const [g, h] = [i % 310, (i * 7 + Math.floor(i / 310)) % 303];
      return { y: Math.sin(g * 1.7) + Math.cos(h * 2.3) + Math.sin(i * i), g: `g${g}`, h: `h${h}` };
    });
    const fit = reml(lmm("y ~ 1 + (1 | g) + (1 | h)", rows));
    expect(fit.saved().hessian).toBeNull();
    expect(again(fit).parameters()).toEqual(fit.parameters());
  });

  it("refuses what reads rows", () => {
    const loaded = again(reml(sleep));
    for (const call of [
      () => loaded.fitted(),
      () => loaded.residuals(),
      () => loaded.cooksDistance(),
      () => loaded.update(". ~ . - Days"),
      () => loaded.predict(),
      () => loaded.icc(),
    ]) {
      expect(outcome(call)).toBe("needs-rows");
    }
  });
});

const runs: readonly (readonly [string, LinearMixedModel, GibbsOptions])[] = [
  ["draws of all variables", sleep, {}],
  ["random effects made again", sleep, { keep: "hyper", thin: 2 }],
  ["crossed", lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin), { scheme: "crossed" }],
  ["blocked", lmm("strength ~ 1 + (1 | batch/cask)", Pastes), { scheme: "blocked", keep: "hyper" }],
  ["the textbook's", intercepts, { scheme: "full-conditionals" }],
  ["a sigma for each stratum", lmm("y ~ x + (1 | g)", crossedRows(), { sigmaBy: "h" }), {}],
  ["compound symmetry", lmm("y ~ x + cs(0 + h | g)", crossedRows()), {}],
  ["Student-t effects", lmm(slopes, sleepstudy, { effects: { Subject: student() } }), { keep: "hyper" }],
  ["priors by name", sleep, { priors: { beta: { Days: normal(10, 5) }, sigma: exponential(0.01), terms: { Subject: lkj(2, exponential(0.1)) } } }], // biome-ignore format: a row
  ["priors of matrices", sleep, { priors: { terms: { Subject: inverseWishart(4, [[300, 0], [0, 30]]) } } }], // biome-ignore format: a row
  ["a covariance matrix that is known", sleep, { priors: { sigma: fixed(25), terms: { Subject: fixed([[600, 9], [9, 35]]) } } }], // biome-ignore format: a row
];

describe("a posterior, saved and loaded", () => {
  it.each(runs)("has the same draws and goes on with the same bits: %s", async (_, model, options) => {
    const common = { chains: 2, warmup: 20, seed: 8, ...options };
    const posterior = gibbsSync(model, { ...common, draws: 70 });
    const loaded = again(posterior);
    expect(loaded.model.hasRows).toBe(false);
    expect(sameBits(loaded.draws.values, posterior.draws.values)).toBe(true);
    expect(loaded.toString()).toBe(posterior.toString());
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(posterior));
    expect(loaded.timing).toEqual(posterior.timing);
    expect(JSON.stringify([loaded.ranef(), loaded.varCorr()])).toBe(
      JSON.stringify([posterior.ranef(), posterior.varCorr()]),
    );
    expect(loaded.checkpoint().checksum).toBe(posterior.checkpoint().checksum);
    const whole = gibbsSync(model, { ...common, draws: 100 }).draws.values;
    expect(sameBits(loaded.extendSync(30).draws.values, whole)).toBe(true);
    const onwards = await again(loaded.extendSync(10)).extend(20);
    expect(sameBits(onwards.draws.values, whole)).toBe(true);
    expect(Buffer.compare(save(loaded), save(posterior))).toBe(0);
  });

  it("predicts, is plotted and compared as before", () => {
    const posterior = gibbsSync(sleep, { seed: 1, draws: 200, keep: "hyper" });
    const loaded = again(posterior);
    const rows = [
      { Days: 10, Subject: "308" },
      { Days: 3, Subject: "nobody" },
    ];
    for (const interval of ["mean", "observation"] as const) {
      const options = { interval, groups: "new" } as const;
      expect([...loaded.predict(rows, options)]).toEqual([...posterior.predict(rows, options)]);
    }
    for (const plot of [trace, caterpillar, intervals, priorPosterior]) {
      expect(JSON.stringify(plot(loaded))).toBe(JSON.stringify(plot(posterior)));
    }
    const fit = reml(sleep);
    const text = compare(posterior, fit).toString();
    expect(compare(loaded, again(fit)).toString()).toBe(text);
    expect(compare(loaded, fit).toString()).toBe(text);
    const other = lmm(
      slopes,
      sleepstudy.map((row) => ({ ...row, Reaction: row.Reaction + 1 })),
    );
    expect(outcome(() => compare(loaded, reml(other)))).toBe("different-response");
    expect(outcome(() => compare(loaded, reml(intercepts)))).toBe("different-models");
    expect(outcome(() => loaded.loo())).toBe("needs-rows");
  });

  it("that was stopped says so still", async () => {
    const stop = new AbortController();
    const onProgress = ({ kept }: { readonly kept: number }): void => {
      if (kept > 50) stop.abort();
    };
    const part = await gibbs(sleep, { seed: 4, draws: 700, signal: stop.signal, onProgress });
    const loaded = again(part);
    expect(loaded.status).toBe("cancelled");
    expect(loaded.warnings).toEqual(part.warnings);
  });

  it("with Student-t residuals is refused, which need the rows", () => {
    const model = lmm(slopes, sleepstudy, { residuals: student() });
    const posterior = gibbsSync(model, { seed: 1, chains: 2, draws: 10 });
    expect(() => save(posterior)).toThrow(/resume\(\)/);
    expect(outcome(() => save(posterior))).toBe("needs-rows");
  });
});

it("keeps models of sums in a database as well", async () => {
  const engine = await startDuckdb();
  await fill(engine, "sleep", sleepstudy);
  const model = await lmmFromSql(slopes, engine.source("sleep"));
  const [fit, posterior] = [reml(model), gibbsSync(model, { seed: 1, chains: 2, draws: 30, keep: "hyper" })];
  expect(JSON.stringify(again(fit))).toBe(JSON.stringify(fit));
  expect(String(again(fit))).toBe(String(fit));
  expect(JSON.stringify(again(posterior))).toBe(JSON.stringify(posterior));
  await engine.stop();
});

describe("a save", () => {
  const bytes = save(gibbsSync(sleep, { seed: 1, draws: 1000, keep: "hyper" }));

  it("of sleepstudy with 4 × 1000 draws of β, SDs, correlation and σ takes at most 220 kB", () => {
    // 192 kB of them are draws: 6 variables × 4000 × 8 bytes.
    expect(bytes.length).toBeGreaterThan(192_000);
    expect(bytes.length).toBeLessThan(220_000);
    expect(save(reml(sleep)).length).toBeLessThan(5000);
  });

  it("grows with groups, not with rows", () => {
    const rows = [...sleepstudy, ...sleepstudy, ...sleepstudy].map((row, i) => ({
      ...row,
      Reaction: row.Reaction + (i % 7),
    }));
    const [once, thrice] = [sleepstudy, rows].map((data) => save(reml(lmm(slopes, data))).length);
    expect(Math.abs(thrice - once)).toBeLessThan(200);
  });

  it("is taken as a buffer too, and nothing else is", () => {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    expect(String(load(buffer))).toBe(String(load(bytes)));
    for (const other of ["run.blmm", null, undefined, {}, [...bytes.slice(0, 9)]]) {
      expect(outcome(() => load(other as never))).toBe("invalid-argument");
    }
    for (const other of [null, sleep, { model: sleep }, "fit", Promise.resolve(1)]) {
      expect(outcome(() => save(other as never))).toBe("invalid-argument");
    }
  });

  it("is refused where it was cut or edited", () => {
    for (let at = 8; at < bytes.length; at += 1993) {
      const edited = bytes.slice();
      edited[at] ^= 1 << (at % 8);
      expect(outcome(() => load(edited))).toBe("invalid-save");
      expect(outcome(() => load(bytes.slice(0, at)))).toBe("invalid-save");
    }
    expect(outcome(() => load(new Uint8Array(0)))).toBe("unknown-format");
    expect(outcome(() => load(new TextEncoder().encode("Days,Reaction\n0,249.56\n")))).toBe("unknown-format");
  });

  it("is refused where its content was put together by hand and is no fit", () => {
    const content = treeOf(save(reml(sleep))) as { model: object; result: object };
    const { model, result } = content;
    for (const forged of [
      null,
      {},
      [],
      { ...content, model: null },
      { ...content, model: { ...model, products: null } },
      { ...content, result: null },
      { ...content, result: { ...result, theta: Float64Array.of(1) } },
      { ...content, result: { ...result, theta: Float64Array.of(1, Number.NaN, 1) } },
      { ...content, result: { ...result, kind: "posterior" } },
    ]) {
      expect(["invalid-save", "wrong-length", "invalid-argument"]).toContain(
        outcome(() => load(bytesOf(forged))),
      );
    }
  });

  it("of another version is taken with a warning", () => {
    const fit = reml(sleep);
    for (const result of [fit, gibbsSync(sleep, { seed: 1, draws: 10 })]) {
      const content = treeOf(save(result)) as object;
      const loaded = load(bytesOf({ ...content, version: "0.0.9" }));
      const told = loaded.warnings.filter(({ code }) => code === "saved-elsewhere");
      expect(told.map(({ details }) => details)).toEqual([{ saved: "0.0.9", loaded: VERSION }]);
      expect(loaded.toString()).toContain("Saved by blmm 0.0.9");
      // Saved again by this version it stays said, once.
      expect(again(loaded).warnings.filter(({ code }) => code === "saved-elsewhere")).toHaveLength(1);
      expect(again(result).warnings.map(({ code }) => code)).not.toContain("saved-elsewhere");
    }
  });

  it("names the version of the package", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(VERSION).toBe(version);
  });
});
