import { expect, it } from "vitest";
import { demos } from "../../src/cli/demo.ts";
import { compare } from "../../src/compare.ts";
import * as datasets from "../../src/datasets/index.ts";
import { gibbs } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { blmm } from "./pretend.ts";

it.each(["sleepstudy", "tablets"])("blmm demo %s prints code, and what it prints", async (name) => {
  const { code, out } = await blmm(["demo", name]);
  expect(code).toBe(0);
  const [script, printed] = out.split(/\n\n(?=Posterior against REML)/);
  const body = script.replace(/^(\/\/|import).*$/gm, "");
  const AsyncFunction = (async () => {}).constructor as new (
    ...words: string[]
  ) => (...values: unknown[]) => unknown;
  let said = "";
  const log = (value: unknown): void => {
    said += `${value}\n`;
  };
  const scope = { compare, gibbs, lmm, reml, ...datasets, console: { log } };
  await new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
  expect(printed).toBe(said);
});

it.each(Object.keys(demos))("blmm demo %s --csv prints rows that fit as the data set does", async (name) => {
  const { code, out } = await blmm(["demo", name, "--csv"]);
  expect(code).toBe(0);
  const { rows, formula } = demos[name];
  // A CSV file does not say which level comes first.
  const levels = Object.entries(rows.levels ?? {}).flatMap(([column, labels]) => [
    "--levels",
    `${column}=${labels.join(",")}`,
  ]);
  const printed = await blmm(["fit", "-", formula, "--reml", ...levels], { stdin: out });
  expect(printed.out).toBe(`${reml(lmm(formula, rows))}\n`);
});

it("blmm demo --csv refuses what has no effect on rows", async () => {
  for (const option of ["--json", "--seed=3"])
    expect(await blmm(["demo", "--csv", option])).toMatchObject({ code: 2, out: "" });
});

it("every bundled data set is shown, but for eightSchools, which needs a known residual variance", () => {
  expect([...Object.keys(demos), "eightSchools"].sort()).toEqual(Object.keys(datasets).sort());
});
