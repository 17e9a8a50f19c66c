import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factor } from "../../src/data/factor.ts";
import { lmm } from "../../src/model/lmm.ts";
import { base } from "./sample.ts";

describe("designFor() repeats the model's design on new rows", () => {
  const formula = "y ~ poly(x, 2) + scale(h) * f + center(z) + log(w) + offset(scale(x)) + (x | g) + (1 | h)";

  it("gives the model's own matrices on its own rows", () => {
    const model = lmm(formula, base);
    const design = model.designFor(base);
    expect(design.names).toEqual(model.fixed.names);
    // The same operations on the same numbers.
    expect([...design.X]).toEqual([...model.fixed.values]);
    expect([...(design.offset as Float64Array)]).toEqual([...(model.offset as Float64Array)]);
    design.random.forEach((term, t) => {
      expect(term.name).toBe(model.random[t].name);
      expect([...term.codes]).toEqual([...model.random[t].codes]);
      expect([...term.z]).toEqual([...model.random[t].z]);
    });
  });

  it("gives each row what it has among the others, whatever rows come with it", () => {
    const model = lmm(formula, base);
    const one = model.designFor([base[5]]);
    expect([...one.X]).toEqual(model.X().rows[5]);
    expect(one.offset?.[0]).toBe(model.offset?.[5]);
    expect(one.random[1].labels).toEqual(["g1"]);
  });

  it("marks unseen groups by -1 and refuses unseen levels of fixed factors", () => {
    const model = lmm(formula, base);
    const [known] = base;
    const design = model.designFor([{ ...known, g: "new" }]);
    const term = design.random.find((t) => t.group === "g");
    expect([term?.codes[0], term?.labels[0]]).toEqual([-1, "new"]);
    expect(() => model.designFor([{ ...known, f: "huge" }])).toThrow(
      'f has the value "huge", which the model has never seen. It knows "hi", "lo", "mid".',
    );
    expect(() => model.designFor([{ x: 1 }])).toThrow('No column "h" in the data.');
  });

  it("keeps rows with missing values in place, as NaN", () => {
    const model = lmm(formula, base);
    const design = model.designFor([base[0], { ...base[1], f: null }, { ...base[2], g: null }]);
    const p = model.p;
    expect(Array.from({ length: p }, (_, j) => design.X[j * 3 + 1]).every(Number.isNaN)).toBe(true);
    expect(Array.from({ length: p }, (_, j) => design.X[j * 3 + 2]).some(Number.isNaN)).toBe(false);
    const term = design.random.find((t) => t.group === "g");
    expect([term?.codes[2], term?.labels[2]]).toEqual([-1, null]);
  });

  it("needs no groups when only the fixed part is asked for", () => {
    const model = lmm("y ~ x + (x | g)", base);
    expect(model.designFor([{ x: 2 }], { random: false }).random).toEqual([]);
    expect([...model.designFor([{ x: 2 }], { random: false }).X]).toEqual([1, 2]);
  });
});

describe("designFor() makes the columns of R's model.matrix() on new rows", () => {
  interface Golden {
    data: Record<string, (string | number | boolean | null)[]>;
    new: Record<string, (string | number)[]>;
    predicted: { formula: string; names: string[]; values: number[][] }[];
  }
  const golden: Golden = JSON.parse(
    readFileSync(new URL("../golden/design/design.json", import.meta.url), "utf8"),
  );
  const data = { ...golden.data, o: factor(golden.data["o"], { ordered: true }) };
  for (const { formula, names, values } of golden.predicted) {
    it(formula, () => {
      const model = lmm(`${formula} + (1 | g)`, data, { collinear: "drop" });
      const { X } = model.designFor(golden.new, { random: false });
      expect(model.fixed.names).toEqual(names.filter((name) => !model.fixed.dropped.includes(name)));
      model.fixed.names.forEach((name, j) => {
        values.forEach((row, i) => {
          const expected = row[names.indexOf(name)];
          // poly() by recurrence here, by a QR decomposition in R; extrapolated by up to half the range.
          expect(Math.abs(X[j * values.length + i] - expected)).toBeLessThanOrEqual(
            1e-10 * Math.max(1, Math.abs(expected)),
          );
        });
      });
    });
  }
});
