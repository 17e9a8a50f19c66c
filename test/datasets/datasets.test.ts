import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as datasets from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";

const folder = new URL("../golden/models/", import.meta.url);
const byName = new Map(Object.entries(datasets));
const byFile = new Map<string, readonly object[]>(byName);
byFile.set("tablets_missing", datasets.tabletsMissing);

interface Reference {
  data: string;
  formula: string;
  fixed_names: string[];
  cnms: Record<string, string[]>;
  factor_levels: Record<string, string[]>;
}

describe("lmm() on the bundled data has the names, terms and levels of lme4", () => {
  for (const file of readdirSync(folder)) {
    const reference: Reference = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    it(`${file}: ${reference.formula}`, () => {
      const data = byFile.get(reference.data.replace(".csv", "")) as readonly object[];
      const model = lmm(reference.formula, data);
      expect(model.fixed.names).toEqual(reference.fixed_names);
      expect(Object.fromEntries(model.random.map((term) => [term.name, term.columns]))).toEqual(
        reference.cnms,
      );
      expect(model.random.map((term) => term.name)).toEqual(Object.keys(reference.cnms));
      for (const term of model.random) {
        if (term.group in reference.factor_levels)
          expect(term.levels).toEqual(reference.factor_levels[term.group]);
      }
      for (const recipe of model.recipe.variables.values()) {
        if (recipe.kind === "factor") expect(recipe.levels).toEqual(reference.factor_levels[recipe.column]);
      }
    });
  }
});

describe("the data sets", () => {
  const rowCounts = {
    cake: 270,
    clusters: 250,
    Dyestuff: 30,
    Dyestuff2: 30,
    eightSchools: 8,
    oats: 72,
    Pastes: 60,
    Penicillin: 144,
    sleepstudy: 180,
    tablets: 20,
    tabletsMissing: 40,
  };
  for (const [name, rows] of Object.entries(rowCounts)) {
    it(`${name} has ${rows} rows, a source and the same columns in every row`, () => {
      const data = byName.get(name) as (typeof datasets)[keyof typeof rowCounts];
      expect(data.length).toBe(rows);
      expect(data.source.length).toBeGreaterThan(20);
      for (const row of data) {
        expect(Object.keys(row)).toEqual(data.columns);
        expect(Object.values(row)).not.toContain(undefined);
      }
    });
  }

  it("are all in this list", () => {
    expect(Object.keys(rowCounts).sort()).toEqual([...byName.keys()].sort());
  });

  it("tabletsMissing has 10 rows without a value", () => {
    expect(datasets.tabletsMissing.filter((row) => row.y === null).length).toBe(10);
  });
});
