import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { Sums, sums, sumsFromJson } from "../../src/model/takeSums.ts";
import { cases, rowsOf } from "./parts.ts";

describe("sums as JSON", () => {
  it("come back with every bit", () => {
    for (const [formula, rows, options] of cases) {
      for (const own of [sums(formula, rows, options), sums(formula, rows.slice(0, 1), options)]) {
        const text = JSON.stringify(own);
        expect(sumsFromJson(text).data).toEqual(own.data);
        expect(JSON.stringify(sumsFromJson(JSON.parse(text)))).toBe(text);
      }
    }
  });

  it("keep a negative zero and what is not a number", () => {
    const own = sums("Reaction ~ Days + (1 | Subject)", rowsOf(sleepstudy)).data;
    const products = { ...own.products, R: Float64Array.of(-0, Number.NaN, 5e-324, 1 / 3) };
    const back = sumsFromJson(JSON.stringify(new Sums({ ...own, products })));
    expect([...back.data.products.R]).toEqual([-0, Number.NaN, 5e-324, 1 / 3]);
  });

  it("come back from a store that orders keys and writes numbers its own way", () => {
    const own = sums("Reaction ~ Days + (Days | Subject)", rowsOf(sleepstudy));
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .map(([key, part]) => [key, turned(part)])
          .reverse(),
      );
    };
    const text = JSON.stringify(turned(JSON.parse(JSON.stringify(own))), null, 2);
    expect(sumsFromJson(text).data).toEqual(own.data);
  });

  it("hold no row", () => {
    const marked = rowsOf(sleepstudy).map((row, i) =>
      i === 42 ? { ...row, Reaction: 314.1592, Days: 3.7182, unused: "Ada" } : { ...row, unused: "Bob" },
    );
    const text = JSON.stringify(sums("Reaction ~ Days + (Days | Subject)", marked));
    for (const mark of ["314.159", "3.718", "Ada", "unused"]) expect(text).not.toContain(mark);
    expect(text).toContain("308");
    // The size is that of the groups, not of the rows.
    const many = Array.from({ length: 20 }, () => marked).flat();
    const longer = JSON.stringify(sums("Reaction ~ Days + (Days | Subject)", many));
    expect(longer.length).toBeLessThan(1.1 * text.length);
  });

  it("are refused when cut, edited or something else", () => {
    const text = JSON.stringify(sums("Reaction ~ Days + (1 | Subject)", rowsOf(sleepstudy)));
    const refuse = (json: unknown, words: string): void => {
      expect(() => sumsFromJson(json as string)).toThrow(
        expect.objectContaining({ code: "invalid-sums", message: expect.stringContaining(words) }),
      );
    };
    refuse(text.slice(0, -10), "cut");
    refuse(text.replace('"308"', '"309"'), "edited");
    refuse(text.replace(/(\d)\.(\d)(\d)/, "$1.$3$2"), "edited");
    refuse(text.replace("blmm-sums@1", "blmm-sums@2"), "format");
    refuse("null", "null");
    refuse([], "format is undefined");
    refuse(undefined, "undefined");
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("7", "e", ",", "]"), (at, sign) => {
        const edited = text.slice(0, at) + sign + text.slice(at + 1);
        if (edited === text) return;
        expect(() => sumsFromJson(edited)).toThrow();
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it("print what they are", () => {
    expect(String(sums("strength ~ 1 + (1 | batch/cask)", rowsOf(Pastes)))).toBe(
      "Sums of 60 rows: strength ~ 1 + (1 | batch/cask)\ngroups: cask:batch 30, batch 10",
    );
  });
});
