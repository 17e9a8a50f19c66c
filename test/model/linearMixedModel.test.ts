import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factor } from "../../src/data/factor.ts";
import type { TableLike } from "../../src/data/table.ts";
import { Pastes, Penicillin, sleepstudy, tabletsMissing } from "../../src/datasets/index.ts";
import { quoteName } from "../../src/formula/parser.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { atRow, base, withColumn } from "./sample.ts";

describe("lmm() warns of what it did and what the data hardly tell", () => {
  const codes = (formula: string, data: TableLike, options?: LmmOptions): string[] =>
    lmm(formula, data, options).warnings.map((w) => w.code);

  it("names the rows left out and keeps the way back to the input", () => {
    const model = lmm("y ~ method + (1 | tablet)", tabletsMissing);
    expect([model.inputRows, model.n]).toEqual([40, 30]);
    expect(model.rows.length).toBe(30);
    expect(tabletsMissing[model.rows[20]].y).toBe(model.response.values[20]);
    expect(model.warnings[0].code).toBe("missing-rows");
    expect(model.warnings[0].message).toMatch(
      /10 of 40 rows left out because of missing values in y \(rows 20, 22/,
    );
    expect(String(model)).toContain("10 of 40 left out");
  });

  it("zero weights leave rows out", () => {
    const model = lmm("y ~ x + (1 | g)", atRow(3, { w: 0 }), { weights: "w" });
    expect(model.n).toBe(23);
    expect(model.weights?.length).toBe(23);
    expect(model.warnings.map((w) => w.code)).toEqual(["zero-weight"]);
  });

  it("few groups", () => {
    expect(codes("y ~ x + (1 | f)", base)).toEqual(["few-groups"]);
    expect(codes("y ~ x + (1 | g)", base)).toEqual([]);
  });

  it("nested labels used again", () => {
    expect(codes("strength ~ 1 + (1 | batch) + (1 | cask)", Pastes)).toContain("reused-nested-labels");
    expect(codes("strength ~ 1 + (1 | batch/cask)", Pastes)).toEqual([]);
    expect(codes("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin)).toEqual([]);
  });

  it("measurements used as labels", () => {
    const data = withColumn((_, i) => ({ m: Math.min(i, 20) + 0.5 }));
    expect(codes("y ~ x + (1 | m)", data)).toContain("continuous-group");
  });

  it("slopes that few groups know about", () => {
    const data = withColumn((r, i) => ({ v: i < 8 ? r.x : 0 }));
    expect(codes("y ~ v + (v | g)", data)).toEqual(["slope-varies-in-few-groups"]);
  });

  it("levels without rows", () => {
    const { y, x, g } = { y: base.map((r) => r.y), x: base.map((r) => r.x), g: base.map((r) => r.g) };
    const f = factor(
      base.map((r) => r.f),
      { levels: ["lo", "mid", "hi", "never"] },
    );
    const model = lmm("y ~ x + f + (1 | g)", { y, x, g, f });
    expect(model.warnings[0]).toMatchObject({
      code: "unused-levels",
      message: "Levels of f without rows: never.",
    });
    expect(model.fixed.names).toEqual(["(Intercept)", "x", "fmid", "fhi"]);
  });

  it("columns left out on request, in formula order", () => {
    const data = withColumn((r) => ({ x3: 2 * r.x }));
    const model = lmm("y ~ x3 + x + f + (1 | g)", data, { collinear: "drop" });
    expect(model.fixed.names).toEqual(["(Intercept)", "x3", "flo", "fmid"]);
    expect(model.fixed.dropped).toEqual(["x"]);
    expect(model.warnings.map((w) => w.code)).toEqual(["collinear-columns"]);
  });
});

describe("lmm() builds random terms", () => {
  it("sorts terms by levels, and numbers further terms of a group in formula order", () => {
    const model = lmm("y ~ x + (1 | h) + (x || g)", base);
    expect(model.random.map((t) => [t.name, t.group, t.levels.length])).toEqual([
      ["h", "h", 8],
      ["g", "g", 6],
      ["g.1", "g", 6],
    ]);
  });

  it("shares levels and codes between the terms of a group", () => {
    const [first, second] = lmm("y ~ x + (x || g)", base).random;
    expect(second.codes).toBe(first.codes);
    expect(second.levels).toBe(first.levels);
  });

  it("takes two bars to mean no correlation for factors too", () => {
    const model = lmm(
      "y ~ f + (f || h)",
      withColumn((_, i) => ({ h: i % 2 })),
    );
    expect(model.random.map((t) => t.columns)).toEqual([["(Intercept)"], ["flo"], ["fmid"]]);
  });

  it("sorts numeric labels numerically", () => {
    const model = lmm(
      "Reaction ~ Days + (1 | n)",
      sleepstudy.map((r) => ({ ...r, n: r.Subject % 12 })),
    );
    expect(model.random[0].levels.map(Number)).toEqual(
      [...model.random[0].levels].map(Number).sort((a, b) => a - b),
    );
  });
});

describe("lmm() does not care about units or a far-away zero", () => {
  it("keeps columns apart that differ in scale by 1e12 or sit at 1e9", () => {
    const data = withColumn((r, i) => ({ tiny: r.x * 1e-9, huge: r.z * 1e9, year: 1e9 + (i % 5) }));
    expect(lmm("y ~ tiny + huge + year + (1 | g)", data).p).toBe(4);
    expect(lmm("y ~ year + I(year - 1e9):x + (1 | g)", data).p).toBe(3);
  });
});

describe("lmm() takes any text for the name of a column or a label", () => {
  const hostile = fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "<img onerror=alert(1)>",
    "a:b",
    "NA",
    "",
    "1",
    "é\u0301",
  );
  const text = fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 6 }));
  const names = fc.uniqueArray(
    text.filter((name) => name !== "" && name !== "."),
    { minLength: 3, maxLength: 3 },
  );
  const labels = fc.uniqueArray(text, { minLength: 6, maxLength: 6 });

  it("with names and labels as they are in the result", () => {
    fc.assert(
      fc.property(names, labels, ([y, x, g], levels) => {
        const columns = new Map<string, unknown[]>([
          [y, base.map((r) => r.y)],
          [x, base.map((r) => r.x)],
          [g, base.map((_, i) => levels[i % 6])],
        ]);
        const data = Object.create(null);
        for (const [name, values] of columns)
          Object.defineProperty(data, name, { value: values, enumerable: true });
        const model = lmm(`${quoteName(y)} ~ ${quoteName(x)} + (1 | ${quoteName(g)})`, data);
        expect(model.fixed.names).toEqual(["(Intercept)", quoteName(x)]);
        expect(model.random[0].group).toBe(g);
        expect([...model.random[0].levels].sort()).toEqual([...levels].sort());
        expect(({} as Record<string, unknown>)["y"]).toBeUndefined();
      }),
    );
  });
});

describe("lmm() on rows in another order", () => {
  it("holds the same rows in that order", () => {
    const formula = "y ~ x * f + (x | g) + (1 | h:f)";
    const data = base.map((row, i) => ({ ...row, h: [30, 4, 100][i % 3] }));
    const before = lmm(formula, data);
    const order = fc.shuffledSubarray(
      data.map((_, i) => i),
      { minLength: data.length },
    );
    fc.assert(
      fc.property(order, (rows) => {
        const after = lmm(
          formula,
          rows.map((i) => data[i]),
        );
        expect(after.X().rows).toEqual(rows.map((i) => before.X().rows[i]));
        after.random.forEach((term, t) => {
          const { levels, codes, z } = before.random[t];
          expect(term.levels).toEqual(levels);
          expect([...term.codes]).toEqual(rows.map((i) => codes[i]));
          expect([...term.z.slice(0, after.n)]).toEqual(rows.map((i) => z[i]));
        });
      }),
    );
  });
});
