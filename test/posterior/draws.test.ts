import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rhat } from "../../src/posterior/diagnostics.ts";
import { Draws } from "../../src/posterior/draws.ts";
import { drawsFrom, infoOf } from "../../src/posterior/drawsFrom.ts";
import { quantileName, summarize } from "../../src/posterior/summarize.ts";

const draws = drawsFrom({
  b_Intercept: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  "r_Subject[308,Days]": [
    [10, 20, 30],
    [40, 50, 60],
  ],
});

function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return "nothing";
}

describe("Draws", () => {
  it("lie as [variable][chain][iteration] and are read through views", () => {
    expect([...draws.values]).toEqual([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]);
    expect([draws.chains, draws.iterations, draws.size]).toEqual([2, 3, 6]);
    expect([...draws.get("b_Intercept")]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...draws.chain("r_Subject[308,Days]", 1)]).toEqual([40, 50, 60]);
    expect(draws.get("b_Intercept").buffer).toBe(draws.values.buffer);
  });

  it("are cut by variable, chain and iteration, and thinned", () => {
    const part = draws.subset({ variables: ["r_Subject[308,Days]"], chains: [1], iterations: [0, 2] });
    expect([...part.values]).toEqual([40, 60]);
    expect(part.describe("r_Subject[308,Days]").level).toBe("308");
    expect([...draws.thin(2).get("b_Intercept")]).toEqual([1, 3, 4, 6]);
    expect(codeOf(() => draws.subset({ chains: [2] }))).toMatch(/^invalid-argument/);
    for (const wrong of [{ variables: "sigma" }, { chains: 0 }, { iterations: 1 }, null])
      expect(codeOf(() => draws.subset(wrong as never))).toMatch(/^invalid-argument/);
    expect(codeOf(() => draws.subset({ chain: [0] } as never))).toMatch(/^unknown-option/);
  });

  it("become rows and columns whose chains, iterations and draws count from 0", () => {
    expect(draws.toRows()[4]).toEqual({
      chain: 1,
      iteration: 1,
      draw: 4,
      b_Intercept: 5,
      "r_Subject[308,Days]": 50,
    });
    expect(Array.from(draws.toColumns()["iteration"])).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("refuse an unknown variable and name the nearest one", () => {
    expect(codeOf(() => draws.get("b_intercpt"))).toBe(
      'unknown-variable: There is no variable "b_intercpt" among the draws. Did you mean "b_Intercept"?',
    );
    expect(codeOf(() => draws.get("toString"))).toMatch(/^unknown-variable/);
  });

  it("refuse sizes that do not fit, equal names and the names of their own columns", () => {
    const values = new Float64Array(4);
    const sigma = { name: "sigma", kind: "sigma" } as const;
    expect(codeOf(() => new Draws({ info: [sigma], chains: 2, iterations: 3, values }))).toMatch(
      /^invalid-argument/,
    );
    expect(codeOf(() => new Draws({ info: [sigma, sigma], chains: 1, iterations: 2, values }))).toMatch(
      /^duplicate/,
    );
    expect(codeOf(() => drawsFrom({ draw: [1, 2] }))).toMatch(/^reserved-name/);
    expect(codeOf(() => drawsFrom({ a: [1, 2], b: [1] }))).toMatch(/^unequal-chains/);
  });

  it("keep hostile names as names", () => {
    const hostile = drawsFrom(JSON.parse('{"__proto__": [[1, 2]], "constructor": [[3, 4]]}'));
    expect([...hostile.get("__proto__")]).toEqual([1, 2]);
    expect(Object.keys(hostile.toRows()[0])).toContain("__proto__");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("survive JSON bit for bit, missing and infinite draws included", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 20 }), (values) => {
        const back = drawsFrom(JSON.parse(JSON.stringify(drawsFrom({ x: [values] }))));
        // JSON has no −0; it is the one double that comes back as its equal.
        expect([...back.get("x")]).toEqual(values.map((value) => value + 0));
      }),
    );
  });

  it("print as one line", () => {
    expect(inspect(draws)).toBe(
      "Draws of 2 variables from 2 chains of 3 iterations: b_Intercept, r_Subject[308,Days]",
    );
  });

  it("of foreign origin get their kinds from brms's names", () => {
    expect(infoOf("sd_cask:batch__Intercept")).toMatchObject({
      kind: "sd",
      group: "cask:batch",
      term: "(Intercept)",
    });
    expect(infoOf("cor_Subject__Intercept__Days")).toMatchObject({
      kind: "cor",
      term: "(Intercept)",
      term2: "Days",
    });
    expect(infoOf("r_cask:batch[a:A,Intercept]")).toMatchObject({
      kind: "group",
      level: "a:A",
      term: "(Intercept)",
    });
    expect(infoOf("b_Days")).toMatchObject({ kind: "fixed", term: "Days" });
    expect(infoOf("lp__").kind).toBe("other");
  });
});

describe("summarize", () => {
  it("gives posterior's default columns in their order, with further quantiles on request", () => {
    const [row] = summarize(draws, { variables: ["b_Intercept"], probs: [0.025, 0.975] });
    expect(Object.keys(row)).toEqual(
      "variable mean median sd mad q5 q95 q2.5 q97.5 rhat essBulk essTail mcseMean".split(" "),
    );
    // Type 7 on 1 … 6: 1 + 5p. The literals are exact to the last bits of that product.
    expect(row["q2.5"]).toBeCloseTo(1.125, 12);
    expect(row.mean).toBe(3.5);
    expect(row.rhat).toBe(rhat(draws.chainsOf("b_Intercept")));
    expect(quantileName(0.05)).toBe("q5");
  });

  it("refuses options it does not know and probabilities that are none", () => {
    expect(codeOf(() => summarize(draws, { prob: [0.1] } as object))).toMatch(/Did you mean "probs"/);
    expect(codeOf(() => summarize(draws, { probs: [95] }))).toMatch(/^invalid-argument/);
  });
});
