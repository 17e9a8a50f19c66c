import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "../../src/compare.ts";
import { parseCsv } from "../../src/data/csv.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { anova } from "../../src/reml/anova.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { blmm, folder } from "./pretend.ts";

const SLOPES = "Reaction ~ Days + (Days | Subject)";
const INTERCEPTS = "Reaction ~ Days + (1 | Subject)";
const slopes = lmm(SLOPES, sleepstudy);
const intercepts = lmm(INTERCEPTS, sleepstudy);
let files: string;
let sleep: string;

beforeAll(async () => {
  files = folder();
  sleep = join(files, "sleep.csv");
  writeFileSync(sleep, (await blmm(["demo", "--csv"])).out);
});
afterAll(() => rmSync(files, { recursive: true }));

describe("blmm compare", () => {
  it("holds the posterior of one formula against REML, or ML", async () => {
    const posterior = gibbsSync(intercepts, { seed: 1 });
    const { code, out, err } = await blmm(["compare", sleep, INTERCEPTS, "--seed=1"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`${compare(posterior, reml(intercepts))}\n`);
    const byMl = JSON.parse((await blmm(["compare", sleep, INTERCEPTS, "--seed=1", "--ml", "--json"])).out);
    expect(byMl).toMatchObject({
      version: "0.1.0",
      formula: INTERCEPTS,
      seed: 1,
      method: "ML",
      warnings: [],
    });
    expect(byMl.rows).toEqual(compare(posterior, ml(intercepts)).rows);
  });

  it("tests several formulas against each other", async () => {
    const { out } = await blmm(["compare", sleep, INTERCEPTS, SLOPES]);
    expect(out).toBe(`${anova(reml(intercepts), reml(slopes))}\n`);
    const byMl = JSON.parse((await blmm(["compare", sleep, INTERCEPTS, SLOPES, "--ml", "--json"])).out);
    expect(byMl.rows[1].p).toBe(anova(ml(intercepts), ml(slopes)).rows[1].p);
  });

  it("puts their posteriors side by side, with seeds of their own", async () => {
    const run = ["--gibbs", "--seed=1", "--draws=200", "--json"];
    const { out, err } = await blmm(["compare", sleep, INTERCEPTS, SLOPES, ...run]);
    const [a, b] = [intercepts, slopes].map((model, k) => gibbsSync(model, { seed: 1 + k, draws: 200 }));
    const expected = compare(a, b);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ seeds: [1, 2], formulas: [INTERCEPTS, SLOPES] });
    expect(document.rows).toEqual(expected.rows);
    expect(document.loo).toEqual(expected.loo);
    expect(document.warnings.map(({ code }: { code: string }) => code)).not.toContain("same-seed");
    expect(err).toBe("");
  });

  it("says on standard error what the table does not", async () => {
    // The fit of the smaller model is singular, which a table of tests does not show.
    const rows = (await blmm(["demo", "Dyestuff2", "--csv"])).out;
    const model = lmm("Yield ~ 1 + (1 | Batch)", parseCsv(rows));
    const { code, err } = await blmm(["compare", "-", "Yield ~ 1 + (1 | Batch)", "--seed=1"], {
      stdin: rows,
    });
    expect(code).toBe(0);
    expect(err).toContain(`warning [singular-fit]: ${reml(model).warnings[0].message}\n`);
  });
});
