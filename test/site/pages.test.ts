import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pagesOf } from "../../site/pages.ts";
import { codeFor } from "../../site/playground/code.ts";
import { open } from "../../site/playground/data.ts";
import { EXAMPLES } from "../../site/playground/examples.ts";
import { readDoors } from "../../site/reference.ts";
import { lmm } from "../../src/model/lmm.ts";
import * as plots from "../../src/plot/index.ts";

const root = join(import.meta.dirname, "../..");

describe("the navigation", () => {
  it("has every page of docs/ once", () => {
    const sources = pagesOf(root).flatMap(({ source }) =>
      source?.startsWith("docs/") ? [source.slice(5)] : [],
    );
    expect(sources.sort()).toEqual(readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")));
  });
});

describe("the page of plots", () => {
  it("shows every plot", () => {
    const page = readFileSync(join(root, "docs/plots.md"), "utf8");
    const shown = [...page.matchAll(/^\/\/ .+\nawait writeSVG\("out\/plots\/(\w+)\.svg", (\w+)\(.*\);$/gm)];
    for (const [, file, call] of shown) expect(call).toBe(file);
    const names = Object.keys(plots).filter((name) => !/Data$|^[A-Z]/.test(name));
    expect(shown.map(([, file]) => file).sort()).toEqual(names.sort());
  });
});

describe("the reference", () => {
  const doors = readDoors(root);
  const entry = (path: string, name: string) =>
    doors.find((door) => door.path === path)?.entries.find((one) => one.name === name);

  it("has every function that the entries export, with its comment", () => {
    expect(doors.map(({ path }) => path)).toContain("blmm/plot");
    const names = doors.find(({ path }) => path === "blmm/plot")?.entries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(plots)));
    const functions = doors.flatMap(({ entries }) =>
      entries.filter(({ signatures }) => /^(async )?function/.test(signatures[0])),
    );
    expect(functions.filter(({ doc }) => doc.text === "").map(({ name }) => name)).toEqual([]);
  });

  it("shows declarations without bodies, overloads one by one", () => {
    expect(entry("blmm", "ml")?.signatures).toEqual([
      "function ml(model: LinearMixedModel, options: FitOptions = {}): LmmFit",
    ]);
    expect(entry("blmm", "compare")?.signatures).toHaveLength(2);
    expect(entry("blmm", "ml")?.doc.tags.map(({ name }) => name)).toContain("throws");
  });

  it("shows what users see of a class", () => {
    const members = entry("blmm", "Draws")?.members.map(({ signature }) => signature) ?? [];
    expect(members).toContain("get(name: string): Float64Array");
    expect(members.filter((member) => /^#|constructor/.test(member))).toEqual([]);
  });
});

describe("the playground", () => {
  it("begins with formulas that its data sets can answer", () => {
    for (const [name, formula] of Object.entries(EXAMPLES)) {
      const opened = open({ kind: "dataset", name });
      expect(opened.formula).toBe(formula);
      expect(lmm(formula, opened.table).n).toBeGreaterThan(0);
    }
  });

  it("finds a formula for a file, whatever its columns are called", () => {
    const csv = "__proto__,a name,the `y`\n1,u,2\n2,u,3.5\n3,v,1\n4,v,5\n5,w,4\n6,w,2";
    const { columns, formula, table } = open({ kind: "csv", name: "a.csv", text: csv });
    expect(columns.map(({ what }) => what)).toEqual(["numbers", "3 labels", "numbers"]);
    expect(formula).toBe("__proto__ ~ 1 + (1 | `a name`)");
    expect(lmm(formula, table).response.name).toBe("__proto__");
    expect(open({ kind: "csv", name: "b.csv", text: "x\n1\n2" }).formula).toBe("");
  });

  it("writes names into programs as texts", () => {
    const source = { kind: "csv", name: '"); alert(1); ("', text: "y,g\n1,a\n2,a\n3,b\n5,b" } as const;
    const { table } = open(source);
    const code = codeFor(lmm("y ~ 1 + (1 | g)", table), source, "TypeScript");
    expect(code).toContain(`readTable("\\"); alert(1); (\\"")`);
    expect(codeFor(lmm("y ~ 1 + (1 | g)", table), source, "lme4")).toContain("lmer(");
  });
});
