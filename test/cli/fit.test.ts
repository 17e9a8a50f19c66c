import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { Dyestuff, oats, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { exponential, halfT, lkj, normal } from "../../src/gibbs/priors.ts";
import { drawsToCsv, readSave, reportHtml } from "../../src/io/node.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { blmm, folder } from "./pretend.ts";

const FORMULA = "Reaction ~ Days + (Days | Subject)";
let files: string;
let sleep: string;
let field: string;
let dye: string;

beforeAll(async () => {
  files = folder();
  sleep = join(files, "sleep.csv");
  field = join(files, "oats.csv");
  writeFileSync(sleep, (await blmm(["demo", "--csv"])).out);
  dye = join(files, "dye.csv");
  writeFileSync(dye, (await blmm(["demo", "Dyestuff", "--csv"])).out);
  writeFileSync(field, (await blmm(["demo", "oats", "--csv"])).out);
});
afterAll(() => rmSync(files, { recursive: true }));

describe("blmm fit", () => {
  it("prints the posterior, and is silent besides where no terminal is", async () => {
    const { code, out, err } = await blmm(["fit", sleep, FORMULA, "--seed", "1"]);
    expect(out).toBe(`${gibbsSync(lmm(FORMULA, sleepstudy), { seed: 1 })}\n`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("prints estimates by REML or ML", async () => {
    const model = lmm(FORMULA, sleepstudy);
    expect((await blmm(["fit", sleep, FORMULA, "--reml"])).out).toBe(`${reml(model)}\n`);
    expect((await blmm(["fit", sleep, FORMULA, "--ml"])).out).toBe(`${ml(model)}\n`);
  });

  it("reads CSV text from standard input", async () => {
    const { out } = await blmm(["fit", "-", FORMULA, "--reml"], { stdin: readFileSync(sleep, "utf8") });
    expect(out).toBe(`${reml(lmm(FORMULA, sleepstudy))}\n`);
  });

  it("hands the options of the model on", async () => {
    const formula = "yield ~ variety + (1 | block)";
    const given = ["--levels", "variety=Victory,Marvellous,Golden.rain", "--weights=w"];
    const [head, ...lines] = readFileSync(field, "utf8").trim().split("\n");
    const stdin = [`${head},w`, ...lines.map((line, i) => `${line},${1 + (i % 3)}`)].join("\n");
    const { out, code } = await blmm(["fit", "-", formula, ...given, "--reml"], { stdin });
    const levels = { variety: ["Victory", "Marvellous", "Golden.rain"] };
    const model = lmm(formula, parseCsv(stdin), { levels, weights: "w" });
    expect(code).toBe(0);
    expect(out).toBe(`${reml(model)}\n`);
    expect(out).toContain("varietyMarvellous");
    const strata = await blmm([
      "fit",
      field,
      "yield ~ nitrogen + (1 | block)",
      "--sigma-by",
      "variety",
      "--reml",
    ]);
    expect(strata.out).toBe(`${reml(lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" }))}\n`);
    const sum = await blmm([
      "fit",
      field,
      "yield ~ variety + (1 | block)",
      "--contrasts",
      "variety=sum",
      "--reml",
    ]);
    expect(sum.out).toContain("variety1");
  });

  it("hands the options of the run on, and priors from a file", async () => {
    const priors = join(files, "priors.json");
    const own = {
      beta: { Days: { type: "normal", mean: 0, sd: 10 } },
      sigma: { type: "exponential", rate: 0.05 },
      terms: {
        Subject: {
          type: "lkj",
          eta: 2,
          sds: [
            { type: "halfT", df: 3, scale: 50 },
            { type: "halfT", df: 3, scale: 10 },
          ],
        },
      },
    };
    writeFileSync(priors, `\uFEFF${JSON.stringify(own)}`); // as editors on Windows write it
    const run = ["--draws=300", "--chains=2", "--warmup=30", "--thin=2", "--scheme=blocked", "--seed=5"];
    const { out } = await blmm(["fit", sleep, FORMULA, ...run, "--priors", priors]);
    const posterior = gibbsSync(lmm(FORMULA, sleepstudy), {
      ...{ draws: 300, chains: 2, warmup: 30, thin: 2, scheme: "blocked", seed: 5 },
      priors: {
        beta: { Days: normal(0, 10) },
        sigma: exponential(0.05),
        terms: { Subject: lkj(2, [halfT(3, 50), halfT(3, 10)]) },
      },
    });
    expect(out).toBe(`${posterior}\n`);
  });

  it("writes one JSON document", async () => {
    const posterior = gibbsSync(lmm(FORMULA, sleepstudy), { seed: 1 });
    const { out } = await blmm(["fit", sleep, FORMULA, "--seed", "1", "--json"]);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ version: "0.1.0", seed: 1, status: "complete", warnings: [] });
    expect(document.summary).toEqual(posterior.summary());
    expect(document.draws).toEqual({ chains: 4, iterations: posterior.draws.iterations });
    const fit = JSON.parse((await blmm(["fit", sleep, FORMULA, "--json", "--reml"])).out);
    expect(fit).toMatchObject({ version: "0.1.0", method: "REML", isSingular: false });
    expect(fit.parameters).toEqual(reml(lmm(FORMULA, sleepstudy)).parameters());
  });

  it("writes draws and a page", async () => {
    const [draws, page] = [join(files, "draws.csv"), join(files, "deep/page.html")];
    const formula = "Yield ~ 1 + (1 | Batch)";
    const line = ["fit", dye, formula, "--seed=1", "--draws=50", "--draws-csv", draws, "--report", page];
    const { code, err } = await blmm(line);
    const posterior = gibbsSync(lmm(formula, Dyestuff), { seed: 1, draws: 50 });
    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(readFileSync(draws, "utf8") === drawsToCsv(posterior.draws)).toBe(true);
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>/);
  });

  it("saves what readSave() reads", async () => {
    const path = join(files, "result.blmm");
    const formula = "Yield ~ 1 + (1 | Batch)";
    await blmm(["fit", dye, formula, "--reml", "--save", path]);
    expect((await readSave(path)).toJSON()).toEqual(reml(lmm(formula, Dyestuff)).toJSON());
    const { out } = await blmm(["fit", dye, formula, "--draws=50", "--save", path]);
    expect(`${await readSave(path)}\n`).toBe(out);
  });

  it("ends with 3 when chains have not mixed", async () => {
    const run = ["--draws=40", "--chains=2", "--warmup=0", "--scheme=full-conditionals", "--seed=1"];
    const { code, out } = await blmm(["fit", sleep, FORMULA, ...run]);
    expect(out).toContain("not-converged");
    expect(code).toBe(3);
  });
});

describe("blmm report", () => {
  it("writes the page, and warnings to standard error", async () => {
    const page = join(files, "report.html");
    const formula = "Yield ~ 1 + (1 | Batch)";
    const { code, out, err } = await blmm(["report", dye, formula, page, "--seed=1", "--draws=100"]);
    const posterior = gibbsSync(lmm(formula, Dyestuff), { seed: 1, draws: 100 });
    expect(readFileSync(page, "utf8") === reportHtml(posterior, reml(posterior.model))).toBe(true);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(/^warning \[not-converged\]: /);
  });
});
